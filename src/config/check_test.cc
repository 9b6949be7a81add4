#include <gtest/gtest.h>

#include "config/config.h"
#include "config/faults.h"
#include "config/mistakes_internal.h"

namespace rivet::config {
namespace {

std::string Exports(const std::string& items) {
  return "source: { type: postgres, url_env: DB }\nexports:\n" + items;
}

TEST(Check, NoMessageRepeatsASecret) {
  const std::string configs[] = {
      InConnection("  url: canary-s3cret\n"),
      InConnection("  url: \"canary-s3cret://x\"\n"),
      InConnection("  url_env: canary-s3cret\n"),
      InConnection("  url: [canary-s3cret]\n"),
      InConnection("  url: ${SECRET}\n"),
      InConnection("  url: mysql://u:canary-s3cret@h/d\n"),
      InConnection("  host: h\n  user: u\n  database: d\n  password_env: canary-s3cret\n"),
      InConnection(
          "  host: h\n  user: u\n  database: d\n  password: canary-s3cret\n  password_env: P\n"),
      InConnection("  host: h\n  user: u\n  database: d\n  password: *canary-s3cret\n"),
      InConnection("  host: h\n  user: u\n  database: d\n  password: !canary-s3cret x\n"),
      InConnection("  host: h\n  user: u\n  database: d\n  port: ${SECRET}\n"),
      InExport("    mode: ${SECRET}\n"),
      InExport("    skip_empty: ${SECRET}\n"),
      InExport("    max_file_size: ${SECRET}\n"),
      InExport("    columns: { a: \"${SECRET}\" }\n"),
      InExport("    parallel: ${UNSET:-${SECRET}}\n"),
      InExport("  - name: b\n    table: \"${SECRET}\"\n    format: parquet\n    destination: { "
               "type: local, path: ./b }\n"),
      InExport("  - name: b\n    table: b\n    format: parquet\n    destination: { type: local, "
               "path: \"{${SECRET}}\" }\n"),
      InExport("  - name: b\n    query_file: ${SECRET}\n    format: parquet\n    destination: { "
               "type: local, path: ./b }\n"),
  };
  for (const std::string& text : configs) {
    const Status status = LoadTest(text).status();
    EXPECT_FALSE(status.ok()) << text;
    EXPECT_EQ(Shown(status).find("canary"), std::string::npos) << text << Shown(status);
  }
}

std::vector<std::string> RulesOf(const std::string& text,
                                 std::map<std::string, std::string> params = {}) {
  const auto config = LoadText(text, "rivet.yaml", "/nowhere", TestOptions(std::move(params)));
  if (!config.ok()) return {Shown(config.status())};
  std::vector<std::string> rules;
  for (const Warning& warning : config->warnings) {
    rules.push_back(warning.rule + " " + std::to_string(warning.place.line));
    EXPECT_EQ(warning.message.find("canary"), std::string::npos) << warning.message;
  }
  return rules;
}

TEST(Check, PlainSecretsWarn) {
  using Rules = std::vector<std::string>;
  const Rules warned = {"plaintext-secret 4"};
  EXPECT_EQ(RulesOf(InConnection("  url: postgres://u:canary@h/d\n")), warned);
  EXPECT_EQ(RulesOf(InConnection("  url: postgres://h/d?password=canary\n")), warned);
  EXPECT_EQ(RulesOf(InConnection("  url: \"postgres://${HOST:-u}:canary@h/d\"\n")), warned);
  EXPECT_EQ(RulesOf(InConnection("  url: postgres://u@h/d\n")), Rules{});
  EXPECT_EQ(RulesOf(InConnection("  url: \"postgres://u:${SECRET}@h/d\"\n")), Rules{});
  EXPECT_EQ(RulesOf(InConnection("  url: \"postgres://${HOST:-u}@h:5432/d\"\n")), Rules{});
  EXPECT_EQ(RulesOf(InConnection("  password: canary\n  host: h\n  user: u\n  database: d\n")),
            warned);
  EXPECT_EQ(RulesOf(InConnection("  password: ${SECRET}\n  host: h\n  user: u\n  database: d\n")),
            Rules{});
  EXPECT_EQ(RulesOf(InConnection("  password: ${EMPTY}\n  host: h\n  user: u\n  database: d\n")),
            Rules{});
}

TEST(Check, FoldersThatDifferByRunOrExportAreNotShared) {
  const auto second = [](const std::string& path) {
    return Exports(
        "  - { name: a, table: a, format: parquet, destination: { type: local, path: \"" + path +
        "\" } }\n" +
        "  - { name: b, table: b, format: parquet, destination: { type: local, path: \"" + path +
        "\" } }\n");
  };
  EXPECT_TRUE(RulesOf(second("out/{export}")).empty());
  EXPECT_TRUE(RulesOf(second("out/{table}/{date}")).empty());
  EXPECT_TRUE(RulesOf(second("out/{run_id}")).empty());
  EXPECT_EQ(RulesOf(second("out/{date}")), std::vector<std::string>{"shared-prefix 4"});
}

}  // namespace
}  // namespace rivet::config
