#include <arrow/scalar.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "plan/plan.h"

namespace rivet::plan {
namespace {

model::Plan ChunkedDraft(int64_t size) {
  model::Plan plan;
  plan.export_name = "orders";
  plan.mode = model::Mode::kChunked;
  plan.chunk_key = {{"id", {model::TypeKind::kInt64, 0, 0, "", nullptr}, "bigint"}};
  plan.page_key = plan.chunk_key;
  plan.may_renew_snapshot = true;
  plan.chunk_size = size;
  return plan;
}

model::KeyFacts Keys(int64_t min, int64_t max, bool has_nulls = false) {
  return {std::make_shared<arrow::Int64Scalar>(min),
          std::make_shared<arrow::Int64Scalar>(max),
          has_nulls,
          {}};
}

// Every window in order, each starting right after the one before, none wider than the chunk, ends
// at the bounds.
void ExpectCovers(const model::Plan& plan, int64_t min, int64_t max, int64_t size) {
  ASSERT_FALSE(plan.units.empty());
  EXPECT_EQ(plan.units.front().start_key, std::to_string(min));
  EXPECT_EQ(plan.units.back().end_key, std::to_string(max));
  for (size_t i = 0; i < plan.units.size(); ++i) {
    const int64_t start = std::stoll(plan.units[i].start_key);
    const int64_t end = std::stoll(plan.units[i].end_key);
    EXPECT_EQ(plan.units[i].index, static_cast<int64_t>(i));
    EXPECT_LE(start, end);
    EXPECT_LT(static_cast<uint64_t>(end) - static_cast<uint64_t>(start),
              static_cast<uint64_t>(size));
    if (i > 0) {
      EXPECT_EQ(start, std::stoll(plan.units[i - 1].end_key) + 1);
    }
  }
}

TEST(Units, CoverEveryKeyOnceInOrder) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    const int64_t min = static_cast<int64_t>(random() % 20'000) - 10'000;
    const int64_t max = min + static_cast<int64_t>(random() % 5'000);
    const int64_t size = 1 + static_cast<int64_t>(random() % 700);
    const auto plan = Finish(ChunkedDraft(size), Keys(min, max));
    ASSERT_TRUE(plan.ok());
    ExpectCovers(*plan, min, max, size);
  }
}

TEST(Units, ReachBothEndsOfInt64) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min(),
                    kMax = std::numeric_limits<int64_t>::max();
  const int64_t size = kMax / 4;
  const auto plan = Finish(ChunkedDraft(size), Keys(kMin, kMax));
  ASSERT_TRUE(plan.ok());
  ExpectCovers(*plan, kMin, kMax, size);
  const auto last = Finish(ChunkedDraft(10), Keys(kMax - 25, kMax));
  ASSERT_TRUE(last.ok());
  ExpectCovers(*last, kMax - 25, kMax, 10);
}

TEST(Units, OneRowIsOneUnit) {
  const auto plan = Finish(ChunkedDraft(100), Keys(42, 42));
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->units.size(), 1u);
  EXPECT_EQ(plan->units[0].start_key, "42");
  EXPECT_EQ(plan->units[0].end_key, "42");
}

TEST(Units, NullKeysAreOneUnitMore) {
  const auto plan = Finish(ChunkedDraft(100), Keys(1, 250, true));
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->units.size(), 4u);
  EXPECT_EQ(plan->units[3].start_key, model::kNullUnitKey);
  const auto query = QueryOf(*plan, plan->units[3]);
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->window.kind, model::Window::Kind::kNull);
  EXPECT_TRUE(query->page_key.empty());
}

TEST(Units, OnlyNullKeysStillLand) {
  const auto plan = Finish(ChunkedDraft(100), {nullptr, nullptr, true, {}});
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->units.size(), 1u);
  EXPECT_EQ(plan->units[0].start_key, model::kNullUnitKey);
}

TEST(Units, EmptyTableHasNone) {
  const auto plan = Finish(ChunkedDraft(100), {});
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->units.empty());
}

TEST(Units, TooManyAreRefusedByName) {
  const auto plan = Finish(ChunkedDraft(1), Keys(0, kUnitsMax));
  EXPECT_TRUE(Is(plan.status(), kTooManyUnits)) << plan.status();
}

TEST(Units, FullIsOneUnitOfEverything) {
  model::Plan draft;
  draft.mode = model::Mode::kFull;
  const auto plan = Finish(draft, {});
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->units.size(), 1u);
  const auto query = QueryOf(*plan, plan->units[0]);
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->window.kind, model::Window::Kind::kAll);
}

TEST(Units, EditedLedgerKeysAreRefused) {
  const auto plan = Finish(ChunkedDraft(100), Keys(1, 250));
  ASSERT_TRUE(plan.ok());
  for (const auto& [start, end] :
       {std::pair{"1", "x"}, {"9", "1"}, {"", ""}, {"1; drop table t", "2"}, {"NULL", "5"}}) {
    model::Unit unit;
    unit.start_key = start;
    unit.end_key = end;
    EXPECT_TRUE(Is(QueryOf(*plan, unit).status(), kBadUnitKeys)) << start << ".." << end;
  }
}

}  // namespace
}  // namespace rivet::plan
