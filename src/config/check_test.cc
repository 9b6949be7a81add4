#include <gtest/gtest.h>

#include "config/config.h"
#include "config/faults.h"
#include "config/mistakes_internal.h"

namespace rivet::config {
namespace {

std::string Exports(const std::string& items) {
  return "source: { type: postgres, url_env: DB }\nexports:\n" + items;
}
constexpr char kTail[] = "    format: parquet\n    destination: { type: local, path: ./out }\n";

// What several keys decide together.
const Mistake kMistakes[] = {
    // Exports as a whole.
    {"source: { type: postgres, url_env: DB }\n", &kNoExports, 1, 1, "declares no exports"},
    {"source: { type: postgres, url_env: DB }\nexports: []\n", &kNoExports, 2, 1, "one is needed"},
    {"source: { type: postgres, url_env: DB }\nexports:\n", &kNoExports, 2, 1, "one is needed"},
    {InExport("  - name: orders\n    table: b\n    format: parquet\n    destination: { type: "
              "local, path: ./b }\n"),
     &kDuplicateExport, 7, 11, "two exports are called `orders`, the first in line 3"},

    // What is read.
    {Exports("  - name: a\n" + std::string(kTail)), &kExportSourceInvalid, 3, 5,
     "none of `table`, `query` and `query_file`"},
    {InExport("    query: SELECT 1\n"), &kExportSourceInvalid, 3, 5,
     "has `table` and `query`, and needs exactly one"},
    {Exports("  - name: a\n    table: a b\n" + std::string(kTail)), &kExportSourceInvalid, 4, 5,
     "not `a b` | a name that needs quotes goes into `query`"},
    {Exports("  - name: a\n    table: a.b.c\n" + std::string(kTail)), &kExportSourceInvalid, 4, 5,
     "`name` or `schema.name`"},
    {Exports("  - name: a\n    table: 'x\"; drop table t;--'\n" + std::string(kTail)),
     &kExportSourceInvalid, 4, 5, "goes into `query`"},
    {Exports("  - name: a\n    table: 1a\n" + std::string(kTail)), &kExportSourceInvalid, 4, 5,
     "not `1a`"},
    {Exports("  - name: a\n    query: \"  \"\n" + std::string(kTail)), &kExportSourceInvalid, 4, 5,
     "`exports[0].query` is empty"},
    {Exports("  - name: a\n    query_file: /etc/passwd\n" + std::string(kTail)), &kPathUnsafe, 4, 5,
     "`/etc/passwd` is absolute"},
    {Exports("  - name: a\n    query_file: ../q.sql\n" + std::string(kTail)), &kPathUnsafe, 4, 5,
     "has `..` in it"},
    {Exports("  - name: a\n    query_file: a/../../q.sql\n" + std::string(kTail)), &kPathUnsafe, 4,
     5, "has `..` in it"},
    {Exports("  - name: a\n    query_file: ''\n" + std::string(kTail)), &kPathUnsafe, 4, 5,
     "is empty"},

    // Names.
    {Exports("  - name: ''\n    table: t\n" + std::string(kTail)), &kPathUnsafe, 3, 5,
     "`exports[0].name` is empty"},
    {Exports("  - name: a/b\n    table: t\n" + std::string(kTail)), &kPathUnsafe, 3, 5,
     "has a slash in it"},
    {Exports("  - name: 'a\\b'\n    table: t\n" + std::string(kTail)), &kPathUnsafe, 3, 5,
     "has a slash in it"},
    {Exports("  - name: a..b\n    table: t\n" + std::string(kTail)), &kPathUnsafe, 3, 5,
     "has `..` in it"},
    {Exports("  - name: .a\n    table: t\n" + std::string(kTail)), &kPathUnsafe, 3, 5,
     "begins with a point"},
    {Exports("  - name: \"a\\nb\"\n    table: t\n" + std::string(kTail)), &kPathUnsafe, 3, 5,
     "has a control character in it"},
    {Exports("  - name: " + std::string(151, 'n') + "\n    table: t\n" + std::string(kTail)),
     &kPathUnsafe, 3, 5, "longer than 150"},

    // Connection.
    {InConnection(""), &kSourceConnectionInvalid, 3, 3,
     "names no connection | set `url_env: DATABASE_URL`"},
    {InSource("  url_file: /run/x\n"), &kSourceConnectionInvalid, 5, 3,
     "2 connections are set: `url_env` and `url_file`"},
    {InSource("  host: h\n"), &kSourceConnectionInvalid, 5, 3,
     "`url_env` and `host` are two styles"},
    {InSource("  password_env: P\n"), &kSourceConnectionInvalid, 5, 3, "choose one"},
    {InSource("  port: 5432\n"), &kSourceConnectionInvalid, 5, 3, "choose one"},
    {InConnection("  host: h\n"), &kSourceConnectionInvalid, 4, 3,
     "lacks `user` and `database` | add `user: extract_ro` | add `database: shop`"},
    {InConnection("  host: h\n  user: u\n  database: ''\n"), &kSourceConnectionInvalid, 4, 3,
     "lacks `database`"},
    {InConnection("  port: 5432\n"), &kSourceConnectionInvalid, 3, 3,
     "lacks `host`, `user` and `database`"},
    {InConnection("  host: h\n  user: u\n  database: d\n  password: p\n  password_env: P\n"),
     &kSourceConnectionInvalid, 7, 3,
     "`password` and `password_env` are both set | keep `password_env`"},
    {InConnection("  url: mysql://h/d\n"), &kSourceConnectionInvalid, 4, 3,
     "begins with `mysql://`, but `source.type` is `postgres`"},
    {InConnection("  url: db.internal\n"), &kSourceConnectionInvalid, 4, 3,
     "does not begin with `postgres://` or `postgresql://`"},
    {InConnection("  url: ''\n"), &kSourceConnectionInvalid, 4, 3, "`source.url` is empty"},
    {InConnection("  url_env: postgres://u@h/d\n"), &kSourceConnectionInvalid, 4, 3,
     "must be the name of an environment variable"},
    {InConnection("  url_file: ''\n"), &kSourceConnectionInvalid, 4, 3,
     "`source.url_file` is empty"},
    {InConnection("  host: h\n  user: u\n  database: d\n  password_env: my-password!\n"),
     &kSourceConnectionInvalid, 7, 3, "write `password_env: DB_PASSWORD`"},
    {InSource("  tls: { ca_file: nowhere.pem }\n"), &kFileUnreadable, 5, 10,
     "there is no file `nowhere.pem`"},

    // Tuning.
    {InExport("    tuning: { batch_size: 5, batch_size_memory_mb: 5 }\n"), &kValueConflict, 7, 30,
     "are both set"},
    {InSource("  tuning: { batch_size: 5, batch_size_memory_mb: 5 }\n"), &kValueConflict, 5, 28,
     "`source.tuning.batch_size`"},

    // Modes.
    {Exports("  - name: a\n    query: SELECT 1\n    mode: chunked\n" + std::string(kTail)),
     &kModeSettingInvalid, 5, 5, "add `chunk_column: id`"},
    {InExport("    chunk_size: 5\n"), &kModeSettingInvalid, 7, 5,
     "`chunk_size` belongs to `mode: chunked`, but exports[0] (\"orders\") has `mode: full`"},
    {InExport("    chunk_size: 5\n"), &kModeSettingInvalid, 7, 5,
     "| set `mode: chunked` | remove `chunk_size`"},
    {InExport("    mode: full\n    chunk_column: id\n"), &kModeSettingInvalid, 8, 5,
     "`chunk_column` belongs to"},
    {InExport("    chunk_checkpoint: false\n"), &kModeSettingInvalid, 7, 5,
     "`chunk_checkpoint` belongs to"},
    {InExport("    chunk_max_attempts: 3\n"), &kModeSettingInvalid, 7, 5,
     "`chunk_max_attempts` belongs to"},
    {InExport("    chunk_dense: true\n"), &kModeSettingInvalid, 7, 5, "`chunk_dense` belongs to"},
    {InExport("    days_window: 7\n"), &kModeSettingInvalid, 7, 5,
     "belongs to `mode: time_window` (not available yet)"},
    {InExport("    mode: chunked\n    time_column: at\n"), &kModeSettingInvalid, 8, 5,
     "has `mode: chunked` | remove `time_column`"},
    {InExport("    cursor_fallback_column: b\n"), &kModeSettingInvalid, 7, 5,
     "belongs to `mode: incremental`"},
    {InExport("    mode: chunked\n    chunk_column: ''\n"), &kModeSettingInvalid, 8, 5,
     "`exports[0].chunk_column` is empty"},

    // Files.
    {InExport("    compression_level: 0\n"), &kValueOutOfRange, 7, 5,
     "must be from 1 to 22 for zstd, not `0`"},
    {InExport("    compression_level: 23\n"), &kValueOutOfRange, 7, 5,
     "must be from 1 to 22 for zstd"},
    {InExport("    compression: gzip\n    compression_level: 11\n"), &kValueOutOfRange, 8, 5,
     "must be from 0 to 10 for gzip"},
    {InExport("    compression: snappy\n    compression_level: 1\n"), &kValueOutOfRange, 8, 5,
     "no meaning for `compression: snappy`"},
    {InExport("    compression: none\n    compression_level: 1\n"), &kValueOutOfRange, 8, 5,
     "only zstd (1 to 22) and gzip"},
    {InExport("    max_file_size: 0\n"), &kValueOutOfRange, 7, 20, "above zero, not `0`"},
    {InExport("    max_file_size: -5MB\n"), &kValueOutOfRange, 7, 20, "such as 512MB"},
    {InExport("    max_file_size: 5TB\n"), &kValueOutOfRange, 7, 20, "not `5TB`"},
    {InExport("    max_file_size: MB\n"), &kValueOutOfRange, 7, 20, "not `MB`"},
    {InExport("    max_file_size: 1.2.3MB\n"), &kValueOutOfRange, 7, 20, "not `1.2.3MB`"},
    {InExport("    max_file_size: 0.1B\n"), &kValueOutOfRange, 7, 20, "above zero"},
    {InExport("    parquet: { row_group_strategy: fixed_rows }\n"), &kValueConflict, 7, 16,
     "`row_group_rows` is not set"},
    {InExport("    parquet: { target_row_group_mb: 64, max_row_group_mb: 32 }\n"), &kValueConflict,
     7, 41, "(32) is below `target_row_group_mb` (64)"},
    {InExport("    parquet: { max_row_group_mb: 32 }\n"), &kValueConflict, 7, 16,
     "`target_row_group_mb` (128, the default)"},
    {InExport("    columns: { total: \"decimal(80,2)\" }\n"), &kColumnOverrideInvalid, 7, 23,
     "`exports[0].columns.total`: "},
    {InExport("    columns: { total: money }\n"), &kColumnOverrideInvalid, 7, 23, "decimal(p,s)"},
    {InExport("    columns: { total: wkb }\n"), &kNotAvailable, 7, 23, "not available yet"},

    // Destination.
    {Exports("  - name: a\n    table: t\n    format: parquet\n    destination: { type: local }\n"),
     &kMissingKey, 6, 18, "`exports[0].destination.path` is missing | add `path: ./out/{export}`"},
    {Exports("  - name: a\n    table: t\n    format: parquet\n    destination: { type: local, "
             "path: '' }\n"),
     &kDestinationInvalid, 6, 33, "is empty"},
    {Exports("  - name: a\n    table: t\n    format: parquet\n    destination: { type: local, "
             "path: 'x/{dat}' }\n"),
     &kDestinationInvalid, 6, 33,
     "unknown token: `{dat}`; known are {date}, {export}, {table} and {run_id} | did you mean "
     "`{date}`?"},
    {Exports("  - name: a\n    table: t\n    format: parquet\n    destination: { type: local, "
             "path: '{}' }\n"),
     &kDestinationInvalid, 6, 33, "unknown token: `{}`"},
    {Exports("  - name: a\n    table: t\n    format: parquet\n    destination: { type: local, "
             "path: ., bucket: b }\n"),
     &kDestinationInvalid, 6, 42,
     "`bucket` belongs to `type: s3` (not available yet), `type: gcs` (not available yet) and "
     "`type: azure`"},
};

TEST(Check, EachMistakeIsToldAtItsPlace) {
  for (const Mistake& mistake : kMistakes) {
    EXPECT_EQ(Differs(mistake), "")
        << mistake.text << "\nwanted: " << mistake.code->name << " " << mistake.line << ":"
        << mistake.column << " … " << mistake.fragment;
  }
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

TEST(Check, Warnings) {
  using Rules = std::vector<std::string>;
  EXPECT_EQ(RulesOf(InExport("    parallel: 4\n")), Rules{"parallel-no-effect 7"});
  EXPECT_EQ(RulesOf(InExport("    parallel: 1\n")), Rules{});
  EXPECT_EQ(RulesOf(InExport("    mode: chunked\n    parallel: 4\n")), Rules{});
  EXPECT_EQ(RulesOf(InExport("    compression: zstd\n    compression_profile: fast\n")),
            Rules{"profile-hides-compression 8"});
  EXPECT_EQ(RulesOf(InExport("    parquet: { row_group_rows: 5 }\n")),
            Rules{"row-group-rows-ignored 7"});
  EXPECT_EQ(RulesOf(InExport("  - name: b\n    table: b\n    format: parquet\n    destination: { "
                             "type: local, path: out/ }\n")),
            Rules{"shared-prefix 7"});
  EXPECT_EQ(RulesOf(InSource("  tls: { mode: verify-ca, accept_invalid_certs: true }\n")),
            Rules{"tls-verification-weakened 5"});
  EXPECT_EQ(RulesOf(InSource("  tls: { mode: require, accept_invalid_certs: true }\n")), Rules{});
  EXPECT_EQ(RulesOf(InSource("  tls: { mode: disable }\n")), Rules{});
  EXPECT_EQ(RulesOf(InExport(""), {{"SITE", "x"}}), Rules{"param-unused 0"});
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
