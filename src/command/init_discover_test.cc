#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "command/init_discover_internal.h"

namespace rivet::command {
namespace {

using ::testing::ElementsAre;

model::Column ColumnOf(const std::string& name, model::TypeKind kind, bool not_null) {
  model::Column column;
  column.name = name;
  column.native_type = "some type";
  column.type.kind = kind;
  column.not_null = not_null;
  return column;
}

model::TableFacts Orders() {
  model::TableFacts facts;
  facts.relation.table = {"shop", "orders"};
  facts.columns = {ColumnOf("id", model::TypeKind::kInt64, true),
                   ColumnOf("customer", model::TypeKind::kInt32, true),
                   ColumnOf("created_at", model::TypeKind::kTimestamp, true),
                   ColumnOf("updated_at", model::TypeKind::kTimestampTz, false),
                   ColumnOf("born", model::TypeKind::kDate, true),
                   ColumnOf("note", model::TypeKind::kText, false)};
  facts.indexes = {{"pk", {"id"}, true, true, true},
                   {"u", {"customer", "born"}, false, true, true}};
  facts.row_estimate = 250'000;
  facts.bytes = 25'000'000;
  return facts;
}

TEST(DiscoverTest, CursorsAreScoredByTypeNameNullsAndPlace) {
  const auto found = CursorCandidates(Orders());
  ASSERT_EQ(found.size(), 4U);
  // 40 + 40 - 10 + 3; 40 + 20 + 4; 40 + 2; 25 + 5.
  EXPECT_EQ(found[0].name, "updated_at");
  EXPECT_EQ(found[0].score, 73);
  EXPECT_THAT(found[0].reasons, ElementsAre("timestamp_type", "name_suggests_updated", "nullable"));
  EXPECT_EQ(found[1].name, "created_at");
  EXPECT_EQ(found[1].score, 64);
  EXPECT_EQ(found[2].name, "born");
  EXPECT_EQ(found[2].score, 42);
  EXPECT_EQ(found[3].name, "id");
  EXPECT_EQ(found[3].score, 30);
  EXPECT_THAT(found[3].reasons, ElementsAre("integer_monotonic", "primary_key"));
  EXPECT_EQ(FallbackColumn(Orders(), found), "created_at");
}

TEST(DiscoverTest, ACursorWithoutNullsNeedsNoFallback) {
  model::TableFacts facts = Orders();
  facts.columns[3].not_null = true;
  EXPECT_EQ(FallbackColumn(facts, CursorCandidates(facts)), "");
  EXPECT_EQ(FallbackColumn(facts, {}), "");
}

TEST(DiscoverTest, OnlyAWholePrimaryKeyIsOne) {
  model::TableFacts facts = Orders();
  EXPECT_EQ(ChunkCandidates(facts).at(0).name, "id");
  EXPECT_EQ(ChunkCandidates(facts).at(0).score, 60);
  EXPECT_EQ(ChunkCandidates(facts).at(1).score, 20);
  facts.indexes[0].columns = {"id", "customer"};
  EXPECT_EQ(ChunkCandidates(facts).at(0).name, "customer");  // equal scores: by name
  EXPECT_EQ(CursorCandidates(facts).size(), 3U);
}

TEST(DiscoverTest, TheFileHasTheFieldsOfTheSpecification) {
  DiscoveredTable table;
  table.facts = Orders();
  table.suggestion = Suggest(table.facts, std::nullopt, 2);
  table.notes = {"a note"};
  const auto json =
      nlohmann::json::parse(DiscoveryText("0.1.0", "postgres", "schema shop", {table}));
  EXPECT_EQ(json["rivet_version"], "0.1.0");
  EXPECT_EQ(json["source_type"], "postgres");
  EXPECT_EQ(json["scope"], "schema shop");
  const auto& one = json["tables"][0];
  EXPECT_EQ(one["schema"], "shop");
  EXPECT_EQ(one["table"], "orders");
  EXPECT_EQ(one["row_estimate"], 250'000);
  EXPECT_EQ(one["total_bytes"], 25'000'000);
  EXPECT_EQ(one["suggested_mode"], "chunked");
  EXPECT_EQ(one["suggested_cursor_fallback_column"], "created_at");
  EXPECT_EQ(one["primary_key"], nlohmann::json({"id"}));
  EXPECT_EQ(one["unique_keys"], nlohmann::json::parse(R"([["customer", "born"]])"));
  EXPECT_EQ(one["columns"].size(), 6U);
  EXPECT_EQ(one["columns"][5]["is_nullable"], true);
  EXPECT_EQ(one["notes"][0], "a note");
}

}  // namespace
}  // namespace rivet::command
