#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command/init_heuristics_internal.h"

namespace rivet::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

model::Column ColumnOf(const std::string& name, model::TypeKind kind, bool not_null = true) {
  model::Column column;
  column.name = name;
  column.type.kind = kind;
  column.not_null = not_null;
  return column;
}

model::TableFacts Table(int64_t rows) {
  model::TableFacts facts;
  facts.relation.table = {"public", "orders"};
  facts.columns = {ColumnOf("id", model::TypeKind::kInt64),
                   ColumnOf("note", model::TypeKind::kText, false)};
  facts.indexes = {{"orders_pkey", {"id"}, true, true, true}};
  facts.row_estimate = rows;
  facts.bytes = rows * 100;
  return facts;
}

TEST(InitHeuristicsTest, SmallTablesAreReadAsOne) {
  const Suggestion suggestion = Suggest(Table(kChunkThreshold), std::nullopt, 2);
  EXPECT_EQ(suggestion.mode, model::Mode::kFull);
  EXPECT_EQ(suggestion.target_row_group_mb, 0);
  EXPECT_THAT(suggestion.why, HasSubstr("~100K rows"));
}

TEST(InitHeuristicsTest, LargeTablesAreCutAlongTheirKey) {
  const Suggestion suggestion = Suggest(Table(kChunkThreshold + 1), std::nullopt, 2);
  EXPECT_EQ(suggestion.mode, model::Mode::kChunked);
  EXPECT_EQ(suggestion.chunk_column, "id");
  EXPECT_EQ(suggestion.chunk_size, 100'000);
  EXPECT_EQ(suggestion.parallel, 1);
  EXPECT_EQ(suggestion.target_row_group_mb, 32);
}

TEST(InitHeuristicsTest, MetaColumnsThatTheTableHasItselfAreLeftOff) {
  model::TableFacts facts = Table(10);
  EXPECT_TRUE(Suggest(facts, std::nullopt, 2).exported_at);
  EXPECT_TRUE(Suggest(facts, std::nullopt, 2).row_hash);
  facts.columns.push_back(ColumnOf("_rivet_row_hash", model::TypeKind::kInt64));
  EXPECT_TRUE(Suggest(facts, std::nullopt, 2).exported_at);
  EXPECT_FALSE(Suggest(facts, std::nullopt, 2).row_hash);
  facts.columns.back().name = "_rivet_exported_at";
  EXPECT_FALSE(Suggest(facts, std::nullopt, 2).exported_at);
}

TEST(InitHeuristicsTest, ChunkSizeAndWorkersGrowWithTheTable) {
  EXPECT_EQ(Suggest(Table(600'000), std::nullopt, 2).parallel, 2);
  EXPECT_EQ(Suggest(Table(2'000'000), std::nullopt, 2).chunk_size, 250'000);
  EXPECT_EQ(Suggest(Table(50'000'000), std::nullopt, 8).chunk_size, 1'000'000);
  EXPECT_EQ(Suggest(Table(500'000'000), std::nullopt, 8).chunk_size, 2'500'000);
  EXPECT_EQ(Suggest(Table(50'000'000), std::nullopt, 8).parallel, 4);
  // Two cores have no use for four readers.
  EXPECT_EQ(Suggest(Table(50'000'000), std::nullopt, 2).parallel, 2);
}

TEST(InitHeuristicsTest, KeysWithHolesGetWiderChunksInsteadOfEmptyOnes) {
  const Suggestion dense = Suggest(Table(1'000'000), KeyRange{1, 1'200'000}, 2);
  EXPECT_EQ(dense.chunk_size, 250'000);
  const Suggestion sparse = Suggest(Table(1'000'000), KeyRange{0, 4'000'000'000'000}, 2);
  EXPECT_GE(sparse.chunk_size, 1'000'000'000'000);
  EXPECT_THAT(sparse.why, HasSubstr("holes"));
  const Suggestion whole = Suggest(Table(1'000'000), KeyRange{INT64_MIN, INT64_MAX}, 2);
  EXPECT_GT(whole.chunk_size, 1'000'000'000'000'000'000);
}

TEST(InitHeuristicsTest, OnlyAUniqueIntegerKeyIsCutOn) {
  model::TableFacts facts = Table(1'000'000);
  facts.indexes[0].usable = false;
  EXPECT_EQ(ChunkColumnOf(facts), std::nullopt);
  facts.indexes = {{"by_note", {"note"}, true, true, true}, {"by_id", {"id"}, false, true, true}};
  EXPECT_EQ(ChunkColumnOf(facts), "id");
  facts.columns[0].not_null = false;
  EXPECT_EQ(ChunkColumnOf(facts), std::nullopt);
  const Suggestion suggestion = Suggest(facts, std::nullopt, 2);
  EXPECT_EQ(suggestion.mode, model::Mode::kFull);
  EXPECT_THAT(suggestion.why, HasSubstr("no unique key of one column"));
}

TEST(InitHeuristicsTest, TheLeadingColumnOfACompositeKeyWillDo) {
  model::TableFacts facts = Table(300'000);
  facts.indexes = {{"pk", {"id", "note"}, true, true, true}};
  EXPECT_EQ(Suggest(facts, std::nullopt, 2).chunk_column, "id");
}

TEST(InitHeuristicsTest, WithoutAnIntegerAUniqueKeyIsWalked) {
  model::TableFacts facts = Table(300'000);
  facts.columns.push_back(ColumnOf("code", model::TypeKind::kUuid));
  facts.indexes = {{"pk", {"code"}, true, true, true}};
  const Suggestion suggestion = Suggest(facts, std::nullopt, 8);
  EXPECT_EQ(suggestion.mode, model::Mode::kChunked);
  EXPECT_TRUE(suggestion.keyset);
  EXPECT_EQ(suggestion.chunk_column, "code");
  EXPECT_EQ(suggestion.parallel, 1);
  facts.row_estimate = 10;
  EXPECT_EQ(Suggest(facts, std::nullopt, 8).mode, model::Mode::kFull);
  facts.indexes = {{"pk", {"code", "id"}, true, true, true}};
  facts.row_estimate = 300'000;
  EXPECT_EQ(KeysetColumnOf(facts), std::nullopt);
}

TEST(InitHeuristicsTest, AWishIsMetWhereTheTableHasAKeyForIt) {
  EXPECT_EQ(Suggest(Table(9'000'000), std::nullopt, 2, ModeWish::kFull).mode, model::Mode::kFull);
  const Suggestion small = Suggest(Table(10), std::nullopt, 2, ModeWish::kChunked);
  EXPECT_EQ(small.mode, model::Mode::kChunked);
  EXPECT_FALSE(small.keyset);
  EXPECT_TRUE(Suggest(Table(10), std::nullopt, 2, ModeWish::kKeyset).keyset);
  model::TableFacts keyless = Table(10);
  keyless.indexes.clear();
  EXPECT_EQ(Suggest(keyless, std::nullopt, 2, ModeWish::kChunked).mode, model::Mode::kFull);
}

TEST(InitHeuristicsTest, ViewsAreReadAsOne) {
  model::TableFacts facts = Table(9'000'000);
  facts.kind = model::RelationKind::kView;
  EXPECT_EQ(Suggest(facts, std::nullopt, 2).mode, model::Mode::kFull);
}

TEST(InitHeuristicsTest, TablesNobodyAnalysedAreGuessedByTheirSize) {
  model::TableFacts facts = Table(-1);
  facts.bytes = 1LL << 30;
  const RowGuess guess = GuessRows(facts);
  EXPECT_FALSE(guess.analysed);
  EXPECT_GT(guess.rows, 1'000'000);
  const Suggestion suggestion = Suggest(facts, std::nullopt, 2);
  EXPECT_EQ(suggestion.mode, model::Mode::kChunked);
  EXPECT_THAT(suggestion.why, HasSubstr("not analysed"));
  // Servers before 14 say 0 where nobody has counted.
  facts.row_estimate = 0;
  EXPECT_EQ(Suggest(facts, std::nullopt, 2).mode, model::Mode::kChunked);
  facts.bytes = 0;
  EXPECT_TRUE(GuessRows(facts).analysed);
  EXPECT_EQ(Suggest(facts, std::nullopt, 2).mode, model::Mode::kFull);
}

TEST(InitHeuristicsTest, NumericsKeepTheirPrecisionAndBareOnesAreMarked) {
  model::TableFacts facts = Table(10);
  model::Column total = ColumnOf("total", model::TypeKind::kDecimal),
                bare = ColumnOf("bare", model::TypeKind::kServerText);
  total.type.precision = 12;
  total.type.scale = 2;
  bare.native_type = "numeric";
  facts.columns.push_back(total);
  facts.columns.push_back(bare);
  const Suggestion suggestion = Suggest(facts, std::nullopt, 2);
  EXPECT_THAT(suggestion.columns, ElementsAre(Pair("total", "decimal(12,2)")));
  EXPECT_THAT(suggestion.review, ElementsAre("bare"));
}

TEST(InitHeuristicsTest, WideTextTablesGetSmallerRowGroups) {
  model::TableFacts facts = Table(200'000);
  for (int i = 0; i < 5; ++i)
    facts.columns.push_back(ColumnOf("t" + std::to_string(i), model::TypeKind::kJson));
  EXPECT_EQ(Suggest(facts, std::nullopt, 2).target_row_group_mb, 32);
}

}  // namespace
}  // namespace rivet::command
