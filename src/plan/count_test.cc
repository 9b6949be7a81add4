// What is counted at the source, and under which names.
#include <arrow/scalar.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plan/plan.h"

namespace rivet::plan {
namespace {

using Kind = model::Window::Kind;

model::KeyColumn Key(const std::string& name) {
  return {name, {model::TypeKind::kInt64, 0, 0, "", nullptr}, "bigint"};
}

model::Plan Chunked(bool by_unit) {
  model::Plan plan;
  plan.mode = model::Mode::kChunked;
  plan.chunk_key = {Key("id")};
  plan.count_key = {Key(by_unit ? "id" : "other")};
  plan.count_by_unit = by_unit;
  plan.whole_heap = true;
  return plan;
}

model::Unit Unit(int64_t index, std::string start, std::string end) {
  model::Unit unit;
  unit.index = index;
  unit.start_key = std::move(start);
  unit.end_key = std::move(end);
  return unit;
}

int64_t EdgeOf(const std::optional<model::Bound>& bound) {
  return static_cast<const arrow::Int64Scalar&>(*bound->values[0]).value;
}

const std::vector<model::Unit> kUnits = {Unit(0, "1", "100"), Unit(1, "101", "200"),
                                         Unit(2, "201", "250"), Unit(3, "NULL", "NULL")};

TEST(CountPieces, EachUnitIsOneWhereAnIndexLeadsToIt) {
  const auto pieces = CountPieces(Chunked(true), kUnits);
  ASSERT_TRUE(pieces.ok()) << pieces.status();
  ASSERT_EQ(pieces->size(), 4U);
  for (int64_t i = 0; i < 4; ++i) {
    const CountPiece& piece = (*pieces)[static_cast<size_t>(i)];
    EXPECT_EQ(piece.first_unit, i);
    EXPECT_EQ(piece.last_unit, i);
    EXPECT_FALSE(piece.query.whole_heap);
  }
  EXPECT_EQ((*pieces)[1].name, "chunk 1 [101..200]");
  EXPECT_EQ(EdgeOf((*pieces)[1].query.window.from), 101);
  EXPECT_EQ((*pieces)[1].query.page_key, Chunked(true).count_key);
  EXPECT_EQ((*pieces)[3].name, "chunk 3 [NULL]");
  EXPECT_EQ((*pieces)[3].query.window.kind, Kind::kNull);
  EXPECT_TRUE((*pieces)[3].query.page_key.empty());
}

// A scan for each unit would be as many scans of the table as there are units.
TEST(CountPieces, RangesAreOneWhereNoIndexLeadsToThem) {
  const auto pieces = CountPieces(Chunked(false), kUnits);
  ASSERT_TRUE(pieces.ok()) << pieces.status();
  ASSERT_EQ(pieces->size(), 2U);
  const CountPiece& ranges = (*pieces)[0];
  EXPECT_EQ(ranges.name, "chunks 0 to 2");
  EXPECT_EQ(ranges.first_unit, 0);
  EXPECT_EQ(ranges.last_unit, 2);
  EXPECT_EQ(EdgeOf(ranges.query.window.from), 1);
  EXPECT_EQ(EdgeOf(ranges.query.window.through), 250);
  EXPECT_EQ(ranges.query.page_key[0].name, "other");
  EXPECT_EQ((*pieces)[1].query.window.kind, Kind::kNull);
}

TEST(CountPieces, TheWholeExportHasNoName) {
  model::Plan plan;
  plan.count_key = {Key("id")};
  plan.whole_heap = true;
  const auto pieces = CountPieces(plan, {Unit(0, "", "")});
  ASSERT_TRUE(pieces.ok()) << pieces.status();
  ASSERT_EQ(pieces->size(), 1U);
  EXPECT_EQ((*pieces)[0].name, "");
  EXPECT_EQ((*pieces)[0].query.window.kind, Kind::kAll);
  EXPECT_FALSE((*pieces)[0].query.whole_heap) << "an index is less to read than the rows";
  EXPECT_EQ((*pieces)[0].query.page_key, plan.count_key);
}

TEST(CountPieces, EditedUnitsAreRefused) {
  EXPECT_TRUE(Is(CountPieces(Chunked(true), {Unit(0, "x", "9")}).status(), kBadUnitKeys));
}

TEST(UnitName, DaysAreDatesAndKeysStandAsTheyWereCut) {
  model::Plan plan = Chunked(true);
  plan.cut = model::Cut::kDays;
  EXPECT_EQ(UnitName(plan, Unit(2, "19723", "19729")), "chunk 2 [2024-01-01..2024-01-07]");
  plan.cut = model::Cut::kKeys;
  EXPECT_EQ(UnitName(plan, Unit(0, "", "<=b")), "chunk 0 (..b]");
  EXPECT_EQ(UnitName(plan, Unit(1, ">b", "<=d")), "chunk 1 (b..d]");
}

}  // namespace
}  // namespace rivet::plan
