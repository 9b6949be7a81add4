// Windows by days, by counts, by memory and at keys; keys beyond int64.
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "plan/plan.h"

namespace rivet::plan {
namespace {

using model::TypeKind;

constexpr int64_t kMicrosPerDay = 86'400'000'000;

model::Plan DraftOver(TypeKind kind, model::Cut cut) {
  model::Plan plan;
  plan.mode = model::Mode::kChunked;
  plan.cut = cut;
  plan.chunk_key = {{"k", {.kind = kind, .tag = {}, .element = nullptr}, "t"}};
  plan.chunk_size = 100;
  return plan;
}

std::string Keys(const model::Plan& plan) {
  std::string text;
  for (const model::Unit& unit : plan.units)
    text += (text.empty() ? "" : " ") + unit.start_key + ".." + unit.end_key;
  return text;
}

std::shared_ptr<arrow::Scalar> Micros(int64_t value) {
  return std::make_shared<arrow::TimestampScalar>(value, arrow::timestamp(arrow::TimeUnit::MICRO));
}

int64_t MicrosOf(const std::optional<model::Bound>& bound) {
  return static_cast<const arrow::TimestampScalar&>(*bound->values[0]).value;
}

TEST(Cuts, DaysAreHalfOpenAndHoldTheirLastMicrosecond) {
  model::Plan draft = DraftOver(TypeKind::kTimestamp, model::Cut::kDays);
  draft.chunk_days = 7;
  const auto plan = Finish(draft, {Micros(0), Micros(10 * kMicrosPerDay - 1), false, {}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(Keys(*plan), "0..6 7..9");
  const auto query = QueryOf(*plan, plan->units[0]);
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(MicrosOf(query->window.from), 0);
  EXPECT_TRUE(query->window.from->inclusive);
  EXPECT_EQ(MicrosOf(query->window.through), 7 * kMicrosPerDay);
  EXPECT_FALSE(query->window.through->inclusive);
}

TEST(Cuts, DaysBefore1970RoundDown) {
  model::Plan draft = DraftOver(TypeKind::kTimestampTz, model::Cut::kDays);
  draft.chunk_days = 1;
  const auto plan = Finish(draft, {Micros(-1), Micros(0), false, {}});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Keys(*plan), "-1..-1 0..0");
}

TEST(Cuts, DatesAreDays) {
  model::Plan draft = DraftOver(TypeKind::kDate, model::Cut::kDays);
  draft.chunk_days = 30;
  const auto first = std::make_shared<arrow::Date32Scalar>(19'000);
  const auto last = std::make_shared<arrow::Date32Scalar>(19'029);
  const auto plan = Finish(draft, {first, last, true, {}});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Keys(*plan), "19000..19029 NULL..NULL");
  const auto query = QueryOf(*plan, plan->units[0]);
  EXPECT_EQ(static_cast<const arrow::Date32Scalar&>(*query->window.through->values[0]).value,
            19'030);
  EXPECT_EQ(plan->strategy, "date-chunked(k, 30d)");
}

TEST(Cuts, ACountMakesEqualWindowsAndAtMostThatMany) {
  model::Plan draft = DraftOver(TypeKind::kInt64, model::Cut::kWidth);
  draft.chunk_count = 4;
  const auto key = [](int64_t value) { return std::make_shared<arrow::Int64Scalar>(value); };
  EXPECT_EQ(Keys(*Finish(draft, {key(1), key(10), false, {}})), "1..3 4..6 7..9 10..10");
  EXPECT_EQ(Keys(*Finish(draft, {key(5), key(6), false, {}})), "5..5 6..6");
  draft.chunk_count = 1;
  EXPECT_EQ(Keys(*Finish(draft, {key(-3), key(7), false, {}})), "-3..7");
}

TEST(Cuts, UnsignedKeysReachTheirEnd) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  model::Plan draft = DraftOver(TypeKind::kUInt64, model::Cut::kWidth);
  const auto plan = Finish(draft, {std::make_shared<arrow::UInt64Scalar>(kMax - 150),
                                   std::make_shared<arrow::UInt64Scalar>(kMax),
                                   false,
                                   {}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(Keys(*plan),
            "18446744073709551465..18446744073709551564 "
            "18446744073709551565..18446744073709551615");
  const auto query = QueryOf(*plan, plan->units[1]);
  ASSERT_TRUE(query.ok()) << query.status();
  EXPECT_EQ(static_cast<const arrow::UInt64Scalar&>(*query->window.through->values[0]).value, kMax);
}

TEST(Cuts, PiecesMeetAtTheirKeysAndTheFirstIsOpenBelow) {
  model::Plan draft = DraftOver(TypeKind::kText, model::Cut::kKeys);
  EXPECT_TRUE(NeedsCutPoints(draft));
  EXPECT_FALSE(NeedsBounds(draft));
  model::KeyFacts keys;
  for (const char* key : {"NULL", "a b", ">z"})
    keys.cuts.push_back(std::make_shared<arrow::StringScalar>(key));
  keys.has_nulls = true;
  const auto plan = Finish(draft, keys);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(Keys(*plan), "..<=NULL >NULL..<=a b >a b..<=>z NULL..NULL");
  const auto first = QueryOf(*plan, plan->units[0]);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->window.from.has_value());
  EXPECT_TRUE(first->window.through->inclusive);
  const auto second = QueryOf(*plan, plan->units[1]);
  EXPECT_EQ(second->window.from->values[0]->ToString(), "NULL");
  EXPECT_FALSE(second->window.from->inclusive);
  EXPECT_EQ(QueryOf(*plan, plan->units[3])->window.kind, model::Window::Kind::kNull);
}

TEST(Cuts, EditedPiecesAreRefused) {
  const model::Plan plan = DraftOver(TypeKind::kUuid, model::Cut::kKeys);
  for (const auto& [start, end] : {std::pair{"", ""}, {"", "<=x"}, {"a", "<=b"}, {">1", "<="}}) {
    model::Unit unit;
    unit.start_key = start;
    unit.end_key = end;
    EXPECT_EQ(ClassOf(QueryOf(plan, unit).status()), FaultClass::kIntegrity) << start << end;
  }
}

}  // namespace
}  // namespace rivet::plan
