#include "command/diagnosis_internal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace rivet::command {
namespace {

using ::testing::HasSubstr;

engine::Prepared Full(int64_t rows) {
  engine::Prepared prepared;
  prepared.plan.export_name = "orders";
  prepared.plan.strategy = "full-scan";
  prepared.plan.whole_heap = true;
  prepared.plan.limits.batch_rows_max = 10'000;
  prepared.plan.limits.batch_bytes_max = 8 << 20;
  prepared.plan.units.resize(1);
  prepared.facts.row_estimate = rows;
  prepared.facts.row_bytes = 100;
  prepared.facts.bytes = rows * 100;
  prepared.server.max_connections = 100;
  return prepared;
}

engine::Prepared Chunked(int64_t rows, int64_t max_key) {
  engine::Prepared prepared = Full(rows);
  model::Plan& plan = prepared.plan;
  plan.whole_heap = false;
  plan.mode = model::Mode::kChunked;
  plan.chunk_key = {{"id", {}, "bigint"}};
  plan.page_key = plan.chunk_key;
  plan.may_renew_snapshot = true;
  plan.units.clear();
  for (int64_t start = 1; start <= max_key; start += max_key / 20) {
    model::Unit unit;
    unit.start_key = std::to_string(start);
    unit.end_key = std::to_string(start + max_key / 20 - 1);
    plan.units.push_back(unit);
  }
  prepared.facts.indexes = {{"pk", {"id"}, true, true, true}};
  return prepared;
}

model::Unit Window(const std::string& start, const std::string& end) {
  model::Unit unit;
  unit.start_key = start;
  unit.end_key = end;
  return unit;
}

bool Warns(const Diagnosis& diagnosis, const std::string& rule) {
  return std::any_of(diagnosis.warnings.begin(), diagnosis.warnings.end(),
                     [&](const DiagnosisWarning& warning) { return warning.rule == rule; });
}

TEST(DiagnosisTest, IndexedChunksAreEfficientUpToTenMillion) {
  EXPECT_EQ(Diagnose(Chunked(10'000'000, 10'000'000), {}).verdict, "EFFICIENT");
  EXPECT_EQ(Diagnose(Chunked(10'000'001, 10'000'000), {}).verdict, "ACCEPTABLE");
  EXPECT_EQ(Diagnose(Chunked(1'000'000, 1'000'000), {}).suggestion, "");
}

TEST(DiagnosisTest, ChunksWithoutAnIndexAreNot) {
  engine::Prepared prepared = Chunked(1'000'000, 1'000'000);
  prepared.facts.indexes.clear();
  const Diagnosis diagnosis = Diagnose(prepared, {});
  EXPECT_EQ(diagnosis.verdict, "DEGRADED");
  EXPECT_EQ(diagnosis.parallelism, 2);
  EXPECT_THAT(diagnosis.suggestion, HasSubstr("add an index on `id`"));
  prepared.facts.row_estimate = 60'000'000;
  EXPECT_EQ(Diagnose(prepared, {}).verdict, "UNSAFE");
  EXPECT_EQ(Diagnose(prepared, {}).parallelism, 1);
}

TEST(DiagnosisTest, SmallFullTablesAreFineAsTheyAre) {
  const Diagnosis diagnosis = Diagnose(Full(1'000), {});
  EXPECT_EQ(diagnosis.verdict, "ACCEPTABLE");
  EXPECT_EQ(diagnosis.suggestion, "");
  EXPECT_TRUE(diagnosis.warnings.empty());
}

TEST(DiagnosisTest, ALargeFullTableSaysHowLongItsSnapshotLives) {
  const Diagnosis diagnosis = Diagnose(Full(100'000'000), {});
  EXPECT_TRUE(Warns(diagnosis, "long-snapshot"));
  EXPECT_GT(diagnosis.snapshot_seconds, 100);
  EXPECT_FALSE(Warns(Diagnose(Chunked(100'000'000, 100'000'000), {}), "long-snapshot"));
}

TEST(DiagnosisTest, WarnsOfSortsHolesPoliciesAndConnections) {
  model::QueryCost cost;
  cost.sorts_or_hashes = true;
  cost.scan = "Sort over Seq Scan";
  EXPECT_TRUE(Warns(Diagnose(Full(10), cost), "sort-in-plan"));
  EXPECT_TRUE(Warns(Diagnose(Chunked(1'000'000, 1'000'000'000), {}), "sparse-key-range"));
  EXPECT_FALSE(Warns(Diagnose(Chunked(1'000'000, 1'000'000), {}), "sparse-key-range"));
  engine::Prepared prepared = Chunked(1'000'000, 1'000'000);
  prepared.facts.row_security = true;
  prepared.plan.parallel = 100;
  EXPECT_TRUE(Warns(Diagnose(prepared, {}), "row-security"));
  EXPECT_TRUE(Warns(Diagnose(prepared, {}), "connection-limit"));
}

TEST(DiagnosisTest, HolesAreToldInChunks) {
  const Diagnosis sparse = Diagnose(Chunked(50'000, 1'000'000), {});
  const auto found =
      std::find_if(sparse.warnings.begin(), sparse.warnings.end(),
                   [](const DiagnosisWarning& one) { return one.rule == "sparse-key-range"; });
  ASSERT_NE(found, sparse.warnings.end());
  EXPECT_THAT(found->message, HasSubstr("up to 95 % of the 20 chunks"));
  // Ten windows are few enough, and days are no integers.
  engine::Prepared few = Chunked(50'000, 1'000'000);
  few.plan.units.resize(10);
  EXPECT_FALSE(Warns(Diagnose(few, {}), "sparse-key-range"));
  engine::Prepared days = Chunked(50'000, 1'000'000);
  days.plan.cut = model::Cut::kDays;
  EXPECT_FALSE(Warns(Diagnose(days, {}), "sparse-key-range"));
}

TEST(DiagnosisTest, HeavyChunksAndManyWorkersCost) {
  engine::Prepared prepared = Chunked(100'000'000, 100'000'000);
  EXPECT_TRUE(Warns(Diagnose(prepared, {}), "chunk-too-heavy"));  // 20 chunks of 500 MB
  engine::Prepared estimated = prepared;
  estimated.plan.cut = model::Cut::kKeys;
  estimated.plan.units.clear();
  estimated.units_estimate = 20;
  EXPECT_TRUE(Warns(Diagnose(estimated, {}), "chunk-too-heavy"));
  estimated.units_estimate = 1'000;
  EXPECT_FALSE(Warns(Diagnose(estimated, {}), "chunk-too-heavy"));
  EXPECT_FALSE(Warns(Diagnose(Chunked(40'000'000, 40'000'000), {}), "chunk-too-heavy"));
  EXPECT_FALSE(Warns(Diagnose(prepared, {}), "parallel-memory"));
  prepared.plan.parallel = 2;
  EXPECT_TRUE(Warns(Diagnose(prepared, {}), "parallel-memory"));
  prepared.facts.row_estimate = 5'000'000;
  EXPECT_FALSE(Warns(Diagnose(prepared, {}), "parallel-memory"));
}

TEST(DiagnosisTest, WhatSortsForEveryChunkIsToldOf) {
  engine::Prepared prepared = Chunked(1'000'000, 1'000'000);
  prepared.plan.relation.query = "SELECT Row_Number() OVER (ORDER BY id) AS n, * FROM t";
  EXPECT_TRUE(Warns(Diagnose(prepared, {}), "dense-sort-cost"));
  EXPECT_FALSE(Warns(Diagnose(Chunked(1'000'000, 1'000'000), {}), "dense-sort-cost"));
}

TEST(DiagnosisTest, RangesAreReadAsWhatTheyAre) {
  engine::Prepared days = Full(1'000);
  days.plan.mode = model::Mode::kChunked;
  days.plan.chunk_key = {{"day", {}, "date"}};
  days.plan.cut = model::Cut::kDays;
  days.plan.units = {Window("19723", "19729"), Window("19730", "19736"), Window("NULL", "NULL")};
  EXPECT_EQ(Diagnose(days, {}).range, "2024-01-01..2024-01-14");
  engine::Prepared keys = days;
  keys.plan.cut = model::Cut::kKeys;
  keys.plan.units.clear();  // check does not walk the key to cut it
  keys.key_range = "a..z";
  EXPECT_EQ(Diagnose(keys, {}).range, "a..z");
}

TEST(DiagnosisTest, ProfilesAndWorkersFollowRowsAndIndex) {
  const auto profile = [](int64_t rows, bool indexed, int parallel) {
    engine::Prepared prepared = Chunked(rows, rows);
    if (!indexed) prepared.facts.indexes.clear();
    prepared.plan.parallel = parallel;
    return Diagnose(prepared, {}).profile;
  };
  EXPECT_EQ(profile(1'000'000, true, 1), "fast");
  EXPECT_EQ(profile(10'000'000, true, 1), "balanced");
  EXPECT_EQ(profile(10'000'001, true, 1), "safe");
  EXPECT_EQ(profile(100'000, false, 1), "fast");
  EXPECT_EQ(profile(100'000, false, 2), "balanced");
  EXPECT_EQ(profile(1'000'000, false, 1), "balanced");
  EXPECT_EQ(profile(1'000'001, false, 1), "safe");
  const auto workers = [](int64_t rows) { return Diagnose(Chunked(rows, rows), {}).parallelism; };
  EXPECT_EQ(workers(49'999), 1);
  EXPECT_EQ(workers(499'999), 2);
  EXPECT_EQ(workers(500'000), 4);
}

TEST(DiagnosisTest, TheTextHasTheLabels) {
  const std::string text = DiagnosisText(Diagnose(Chunked(12'345, 20'000), {}));
  for (const char* label :
       {"Export", "Strategy", "Mode", "Row estimate", "Row width", "Cursor range", "Cursor col",
        "Scan type", "Verdict", "Recommended", "Parallelism"}) {
    EXPECT_THAT(text, HasSubstr(std::string("  ") + label + " "));
  }
  EXPECT_THAT(text, HasSubstr("~12K"));
  EXPECT_THAT(text, HasSubstr("1..20000"));
}

}  // namespace
}  // namespace rivet::command
