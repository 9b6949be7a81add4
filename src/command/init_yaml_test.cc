#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "command/init_yaml_internal.h"
#include "config/config.h"

namespace rivet::command {
namespace {

using ::testing::HasSubstr;

Suggestion Full() {
  Suggestion suggestion;
  suggestion.why = "~10 rows: read as one";
  return suggestion;
}

// What the loader makes of a scaffold of these exports.
Result<config::Config> Loaded(const std::vector<ScaffoldExport>& exports) {
  const std::string text = ScaffoldText({{"header"}, "postgres", "url_env", "SHOP_URL", exports});
  auto loaded = config::LoadText(text, "rivet.yaml", "/tmp", {});
  if (!loaded.ok()) ADD_FAILURE() << loaded.status().message() << "\n" << text;
  return loaded;
}

TEST(InitYamlTest, WhatIsWrittenIsWhatIsRead) {
  ScaffoldExport orders{"orders", "orders", "", {}, Full()};
  orders.suggestion.mode = model::Mode::kChunked;
  orders.suggestion.chunk_column = "id";
  orders.suggestion.chunk_size = 250'000;
  orders.suggestion.parallel = 2;
  orders.suggestion.target_row_group_mb = 64;
  orders.suggestion.columns = {
      {"total", "decimal(12,2)"}, {"no", "decimal(5,0)"}, {"1st: \"x\"", "decimal(3,1)"}};
  orders.suggestion.review = {"bare"};
  const auto config = Loaded({orders});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->source.url_env, "SHOP_URL");
  const config::Export& item = config->exports.at(0);
  EXPECT_EQ(item.table, "orders");
  EXPECT_EQ(item.mode, model::Mode::kChunked);
  EXPECT_EQ(item.chunk_column, "id");
  EXPECT_EQ(item.chunk_size, 250'000);
  EXPECT_EQ(item.parallel, 2);
  EXPECT_TRUE(item.chunk_checkpoint);
  EXPECT_EQ(item.parquet.target_row_group_mb, 64);
  EXPECT_TRUE(item.meta.exported_at);
  EXPECT_TRUE(item.meta.row_hash);
  EXPECT_EQ(item.columns.at("no"), "decimal(5,0)");
  EXPECT_EQ(item.columns.at("1st: \"x\""), "decimal(3,1)");
  EXPECT_EQ(item.destination.path, "./output/orders");
  EXPECT_TRUE(config->warnings.empty());
}

TEST(InitYamlTest, AMetaColumnThatClashesIsLeftOff) {
  ScaffoldExport item{"t", "public.t", "", {}, Full()};
  item.suggestion.row_hash = false;
  const std::string text = ScaffoldText({{}, "postgres", "url_env", "U", {item}});
  EXPECT_THAT(text, HasSubstr("# REVIEW: the table has a column _rivet_row_hash itself"));
  const auto config = Loaded({item});
  ASSERT_TRUE(config.ok());
  EXPECT_FALSE(config->exports.at(0).meta.row_hash);
  EXPECT_TRUE(config->exports.at(0).meta.exported_at);
}

TEST(InitYamlTest, HostileNamesSurvive) {
  const std::vector<std::string> names = {"x\"; drop table t;--",
                                          "a\\b",
                                          "tab\there",
                                          "line\nbreak: yes",
                                          "# no comment",
                                          "${HOME}",
                                          "$${HOME}",
                                          "a$$b $1",
                                          "esc \x1b[31m",
                                          "größe 恵美子 🎁",
                                          "c1 \xc2\x85 sep \xe2\x80\xa8",
                                          " outer ",
                                          "- item",
                                          "{a: b}",
                                          "'q'",
                                          "%",
                                          "@",
                                          "`"};
  std::vector<ScaffoldExport> exports;
  std::set<std::string> taken;
  for (const std::string& name : names) {
    exports.push_back({UniqueExportName(name, &taken),
                       "",
                       "SELECT \"" + name + "\" FROM t",
                       {"of " + name},
                       Full()});
  }
  const auto config = Loaded(exports);
  ASSERT_TRUE(config.ok());
  ASSERT_EQ(config->exports.size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(config->exports[i].query, "SELECT \"" + names[i] + "\" FROM t") << i;
  }
}

TEST(InitYamlTest, WordsThatWouldBeOfAnotherTypeAreQuoted) {
  for (const char* word : {"true", "No", "null", "~", "1e3", "007", "0x1f", "2026-01-31", "1:30",
                           "", "y", ".5", "-1"}) {
    EXPECT_THAT(YamlScalar(word), testing::StartsWith("\"")) << word;
  }
  EXPECT_EQ(YamlScalar("./output/orders"), "./output/orders");
  EXPECT_EQ(YamlScalar("order_items"), "order_items");
}

TEST(InitYamlTest, HowTheConnectionIsSecuredIsWritten) {
  const ScaffoldExport item{"t", "t", "", {}, Full()};
  // The file must be there when the config is loaded.
  const std::string name = "rivet init " + std::to_string(::getpid()) + ".pem";
  const auto folder = std::filesystem::temp_directory_path();
  std::ofstream(folder / name) << "certificate";
  Scaffold scaffold{{}, "postgres", "url_env", "U", {item}, "verify-ca", name};
  auto config = config::LoadText(ScaffoldText(scaffold), "rivet.yaml", folder.string(), {});
  std::filesystem::remove(folder / name);
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_TRUE(config->source.tls.has_value());
  EXPECT_EQ(config->source.tls->mode, "verify-ca");
  EXPECT_EQ(config->source.tls->ca_file, name);
  scaffold.tls_mode.clear();
  config = config::LoadText(ScaffoldText(scaffold), "rivet.yaml", "/tmp", {});
  EXPECT_FALSE(config->source.tls.has_value());
}

TEST(InitYamlTest, CommentsCannotEndEarly) {
  ScaffoldExport item{"t", "t", "", {"name\nsource: evil"}, Full()};
  item.suggestion.why = "why\n  mode: chunked";
  const std::string text = ScaffoldText({{"a\nexports: []"}, "mysql", "url_env", "U", {item}});
  EXPECT_THAT(text, HasSubstr("# a\\nexports: []\n"));
  EXPECT_THAT(text, HasSubstr("# name\\nsource: evil\n"));
  EXPECT_TRUE(config::LoadText(text, "rivet.yaml", "/tmp", {}).ok());
}

TEST(InitYamlTest, ExportNamesAreSafeAndUniqueWithoutCase) {
  std::set<std::string> taken;
  EXPECT_EQ(UniqueExportName("Order Items", &taken), "Order_Items");
  EXPECT_EQ(UniqueExportName("order_items", &taken), "order_items_2");
  EXPECT_EQ(UniqueExportName("恵美子", &taken), "table");
  EXPECT_EQ(UniqueExportName("../../etc", &taken), "_etc");
  EXPECT_EQ(UniqueExportName("-rf", &taken), "_rf");
  EXPECT_EQ(UniqueExportName("{date}", &taken), "_date_");
  EXPECT_LE(UniqueExportName(std::string(500, 'x'), &taken).size(), 80U);
}

TEST(InitYamlTest, PlainNamesAreThoseTheTableKeyTakes) {
  EXPECT_TRUE(IsPlainName("order_items2"));
  EXPECT_TRUE(IsPlainName("OrderItems"));
  EXPECT_FALSE(IsPlainName("order items"));
  EXPECT_FALSE(IsPlainName("2nd"));
  EXPECT_FALSE(IsPlainName(""));
}

TEST(InitYamlTest, BytesThatAreNoTextAreSeen) {
  EXPECT_TRUE(IsUtf8("größe \x1b \xc2\x85"));
  EXPECT_FALSE(IsUtf8("\xff"));
  EXPECT_FALSE(IsUtf8("cut \xe6\x81"));
}

}  // namespace
}  // namespace rivet::command
