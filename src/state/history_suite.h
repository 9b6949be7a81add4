#pragma once

#include <memory>
#include <string>
#include <vector>

#include "state/ledger_house.h"

// One suite for what is read later. A driver's test includes <gtest/gtest.h>, then this, and
// instantiates HistoryContract.
namespace rivet::state {

struct HistoryPlace {
  std::string name;
  std::function<std::unique_ptr<StoreHouse>()> make;
};
inline std::string NameOfHistory(const ::testing::TestParamInfo<HistoryPlace>& info) {
  return info.param.name;
}

class HistoryContract : public ::testing::TestWithParam<HistoryPlace> {
 protected:
  void SetUp() override {
    house_ = GetParam().make();
    auto opened = house_->Open(world_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = std::move(*opened);
  }
  model::RunResult ResultOf(const std::string& export_name, int number) {
    model::RunResult result;
    result.run_id = export_name + "_" + std::to_string(number);
    result.export_name = export_name;
    result.mode = "chunked";
    result.status = model::RunStatus::kSuccess;
    result.rows = number;
    result.files = 2;
    result.bytes = 300;
    result.duration_ms = 40;
    result.peak_rss_mb = 50;
    result.retries = 1;
    result.tuning_profile = "safe";
    result.format = "parquet";
    result.finished_at = world_.Now() + number * 1'000'000;
    return result;
  }
  // A run of two units from begin to end.
  void Deliver(const std::string& run_id, model::RunStatus status) {
    const Lease lease = store_.ledger->Lock("orders", ThisProcess(world_)).ValueOrDie();
    ASSERT_TRUE(store_.ledger->BeginRun(lease, StartOf(run_id, 2, false)).ok());
    for (int64_t i = 0; i < 2; ++i) {
      ASSERT_TRUE(store_.ledger->Claim(lease, run_id).ok());
      ASSERT_TRUE(store_.ledger->CommitUnit(lease, CommitOf(run_id, i, {})).ok());
    }
    ASSERT_TRUE(store_.ledger->CommitRun(lease, {run_id, status}).ok());
    ASSERT_TRUE(store_.ledger->Unlock(lease).ok());
  }

  ClockWorld world_;
  std::unique_ptr<StoreHouse> house_;
  Store store_;
};

TEST_P(HistoryContract, MetricsAreReadNewestFirst) {
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(store_.history->AddMetrics(ResultOf("orders", i)).ok());
  model::RunResult failed = ResultOf("customers", 1);
  failed.status = model::RunStatus::kFailed;
  failed.error_code = "RIVET_TEST";
  failed.error_message = "no luck";
  failed.validation = model::Validation{false, 1, 1, {}};
  ASSERT_TRUE(store_.history->AddMetrics(failed).ok());
  const auto all = store_.history->Metrics("", 10).ValueOrDie();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].export_name, "customers");
  EXPECT_EQ(all[0].status, "failed");
  EXPECT_EQ(all[0].error_message, "RIVET_TEST: no luck");
  EXPECT_EQ(all[0].validated, false);
  const auto orders = store_.history->Metrics("orders", 2).ValueOrDie();
  ASSERT_EQ(orders.size(), 2U);
  EXPECT_EQ(orders[0].run_id, "orders_3");
  EXPECT_EQ(orders[1].run_id, "orders_2");
  EXPECT_EQ(orders[0].rows, 3);
  EXPECT_EQ(orders[0].files, 2);
  EXPECT_EQ(orders[0].bytes, 300);
  EXPECT_EQ(orders[0].duration_ms, 40);
  EXPECT_EQ(orders[0].peak_rss_mb, 50);
  EXPECT_EQ(orders[0].retries, 1);
  EXPECT_EQ(orders[0].mode, "chunked");
  EXPECT_FALSE(orders[0].validated.has_value());
  EXPECT_FALSE(orders[0].schema_changed.has_value());
  EXPECT_TRUE(store_.history->Metrics("nobody", 10).ValueOrDie().empty());
}

TEST_P(HistoryContract, JournalsAreReadNewestFirstAndByRun) {
  const auto add = [&](const std::string& name, int number) {
    return store_.history->AddJournal(name + "_" + std::to_string(number), name,
                                      Rfc3339(world_.Now() + number * 1'000'000),
                                      "{\"n\":" + std::to_string(number) + "}");
  };
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(add("orders", i).ok());
  ASSERT_TRUE(add("customers", 9).ok());
  const auto last = store_.history->Journals("orders", "", 2).ValueOrDie();
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].run_id, "orders_3");
  EXPECT_EQ(last[1].run_id, "orders_2");
  EXPECT_EQ(last[0].journal_json, "{\"n\":3}");
  const auto one = store_.history->Journals("orders", "orders_1", 5).ValueOrDie();
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].export_name, "orders");
  EXPECT_TRUE(store_.history->Journals("customers", "orders_1", 5).ValueOrDie().empty());
}

TEST_P(HistoryContract, OnlyAGoodEndMovesTheCommittedMark) {
  EXPECT_TRUE(store_.history->Progressions().ValueOrDie().empty());
  Deliver("orders_1", model::RunStatus::kFailed);
  EXPECT_TRUE(store_.history->Progressions().ValueOrDie().empty());
  Deliver("orders_2", model::RunStatus::kSuccess);
  Deliver("orders_3", model::RunStatus::kInterrupted);
  const auto marks = store_.history->Progressions().ValueOrDie();
  ASSERT_EQ(marks.size(), 1U);
  EXPECT_EQ(marks[0].export_name, "orders");
  EXPECT_EQ(marks[0].committed.run_id, "orders_2");
  EXPECT_EQ(marks[0].committed.mode, "chunked");
  EXPECT_EQ(marks[0].committed.chunk_index, 1);
  EXPECT_EQ(marks[0].committed.at, Rfc3339(world_.Now()));
  EXPECT_TRUE(marks[0].verified.run_id.empty());
  EXPECT_FALSE(marks[0].verified.chunk_index.has_value());
}

}  // namespace rivet::state
