#include <gtest/gtest.h>

#include <array>

#include "state/history_suite.h"
#include "state/sqlite/test_store_internal.h"

namespace rivet::state::sqlite {
namespace {

class SqliteStores : public StoreHouse {
 public:
  Result<Store> Open(World& world) override { return driver().open(world, folder_.StatePath()); }

 private:
  ScratchFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, HistoryContract,
                         ::testing::Values(HistoryPlace{
                             "file", [] { return std::make_unique<SqliteStores>(); }}),
                         NameOfHistory);

class HistoryTest : public ::testing::Test {
 protected:
  void SetUp() override { store_ = driver().open(*world_, folder_.StatePath()).ValueOrDie(); }
  std::string Ask(const std::string& sql) { return Outsider(folder_.StatePath()).Ask(sql); }

  std::unique_ptr<World> world_ = MakeRealWorld();
  ScratchFolder folder_;
  Store store_;
};

model::RunResult ResultOf(const std::string& run_id, model::RunStatus status) {
  model::RunResult result;
  result.run_id = run_id;
  result.export_name = "orders";
  result.mode = "chunked";
  result.status = status;
  result.rows = 10;
  result.files = 2;
  result.bytes = 300;
  result.duration_ms = 40;
  result.peak_rss_mb = 50;
  result.retries = 1;
  result.tuning_profile = "safe";
  result.format = "parquet";
  result.finished_at = 1'800'000'000'000'000;
  return result;
}

TEST_F(HistoryTest, MetricsHaveOneRowARun) {
  model::RunResult interrupted = ResultOf("orders_1", model::RunStatus::kInterrupted);
  interrupted.error_code = "RIVET_STOPPED";
  interrupted.error_message = "stopped at postgres://me:secret@db/x";
  ASSERT_TRUE(store_.history->AddMetrics(interrupted).ok());
  EXPECT_EQ(Ask("SELECT error_message FROM export_metrics"),
            "RIVET_STOPPED: stopped at postgres://REDACTED@db/x");
  ASSERT_TRUE(store_.history->AddMetrics(ResultOf("orders_1", model::RunStatus::kSuccess)).ok());
  ASSERT_TRUE(store_.history->AddMetrics(ResultOf("orders_2", model::RunStatus::kSkipped)).ok());
  EXPECT_EQ(Ask("SELECT group_concat(run_id || ' ' || status, ', ') FROM (SELECT * FROM "
                "export_metrics ORDER BY id)"),
            "orders_1 success, orders_2 skipped");
  EXPECT_EQ(
      Ask("SELECT printf('%s|%s|%d|%d|%d|%s|%s|%s|%d|%d|%d|%s|%s', export_name, run_at, "
          "duration_ms, total_rows, "
          "peak_rss_mb, tuning_profile, format, mode, files_produced, bytes_written, retries, "
          "ifnull(error_message, 'none'), ifnull(validated, 'none')) FROM export_metrics LIMIT 1"),
      "orders|2027-01-15T08:00:00.000000Z|40|10|50|safe|parquet|chunked|2|300|1|none|none");
  EXPECT_FALSE(store_.ledger->IsRunIdFree("orders_2").ValueOrDie());
}

TEST_F(HistoryTest, FailuresBeforeARunHasAnIdAreAllKept) {
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(store_.history->AddMetrics(ResultOf("", model::RunStatus::kFailed)).ok());
  EXPECT_EQ(Ask("SELECT count(*) FROM export_metrics WHERE run_id IS NULL"), "2");
}

TEST_F(HistoryTest, AnAggregateCountsItsRuns) {
  const std::array<model::RunResult, 4> results = {
      ResultOf("a", model::RunStatus::kSuccess), ResultOf("b", model::RunStatus::kFailed),
      ResultOf("c", model::RunStatus::kSkipped), ResultOf("d", model::RunStatus::kInterrupted)};
  ASSERT_TRUE(store_.history
                  ->AddAggregate("agg_1", "2026-01-31T12:00:00Z", "2026-01-31T12:00:05Z", 5000,
                                 "rivet.yaml", "sequential", results, "{\"it's\":1}")
                  .ok());
  EXPECT_EQ(
      Ask("SELECT printf('%d %d %d %d %d %d %d %s %s', total_exports, success_count, failed_count, "
          "skipped_count, "
          "total_rows, total_files, total_bytes, parallel_mode, details_json) FROM run_aggregate"),
      "4 1 2 1 40 8 1200 sequential {\"it's\":1}");
}

TEST_F(HistoryTest, TheJournalOfARunIsReplacedByItsResume) {
  ASSERT_TRUE(store_.history->AddJournal("orders_1", "orders", "2026-01-31T12:00:00Z", "[1]").ok());
  ASSERT_TRUE(
      store_.history->AddJournal("orders_1", "orders", "2026-01-31T13:00:00Z", "[1,2]").ok());
  EXPECT_EQ(Ask("SELECT group_concat(journal_json || finished_at) FROM run_journal"),
            "[1,2]2026-01-31T13:00:00Z");
}

}  // namespace
}  // namespace rivet::state::sqlite
