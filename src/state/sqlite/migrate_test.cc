#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "state/sqlite/schema_internal.h"
#include "state/sqlite/test_store_internal.h"

namespace rivet::state::sqlite {
namespace {

constexpr const char* kStateVariable = "RIVET_TEST_STATE";

class MigrateTest : public ::testing::Test {
 protected:
  Result<Store> Open() { return driver().open(*world_, folder_.StatePath()); }
  std::string Ask(const std::string& sql) { return Outsider(folder_.StatePath()).Ask(sql); }
  // This program again, opening the same file with a fault ordered. Its wait status.
  int OpenElsewhere(const std::string& fault) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setenv("RIVET_FAULT", fault.c_str(), 1);
      ::unsetenv("GTEST_OUTPUT");  // the report is the parent's to write
      ::setenv(kStateVariable, folder_.StatePath().c_str(), 1);
      const int nowhere = ::open("/dev/null", O_WRONLY);
      ::dup2(nowhere, STDOUT_FILENO);
      ::execl("/proc/self/exe", "test", "--gtest_filter=MigrateChild.DISABLED_Opens",
              "--gtest_also_run_disabled_tests", nullptr);
      ::_exit(127);
    }
    int ended = 0;
    EXPECT_EQ(::waitpid(pid, &ended, 0), pid);
    return ended;
  }

  std::unique_ptr<World> world_ = MakeRealWorld();
  ScratchFolder folder_;
};

// Only for OpenElsewhere().
TEST(MigrateChild, DISABLED_Opens) {
  const char* path = std::getenv(kStateVariable);
  ASSERT_NE(path, nullptr);
  const auto world = MakeRealWorld();
  EXPECT_TRUE(driver().open(*world, path).ok());
}

TEST_F(MigrateTest, ANewFileHasTheTablesOfTheSpecification) {
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Ask("SELECT group_concat(version) FROM schema_version"), "9");
  EXPECT_EQ(Ask("SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master WHERE type = "
                "'table' AND name NOT "
                "LIKE 'sqlite_%' ORDER BY name)"),
            "chunk_run chunk_task export_metrics export_progression export_schema export_shape "
            "export_state file_log "
            "keyset_progress run_aggregate run_journal run_lock schema_version");
  const auto columns = [&](const std::string& table) {
    return Ask("SELECT group_concat(name, ' ') FROM pragma_table_info('" + table + "')");
  };
  EXPECT_EQ(columns("export_state"),
            "export_name last_cursor_value last_run_at cursor_type inflight_run_id");
  EXPECT_EQ(columns("export_metrics"),
            "id export_name run_at duration_ms total_rows peak_rss_mb status error_message "
            "tuning_profile format mode "
            "files_produced bytes_written retries validated schema_changed run_id");
  EXPECT_EQ(columns("file_log"),
            "id run_id export_name file_name row_count bytes format compression created_at "
            "content_fingerprint part_id "
            "chunk_index uri status");
  EXPECT_EQ(columns("chunk_run"),
            "run_id export_name plan_hash status max_chunk_attempts created_at updated_at "
            "destination_uri run_stamp "
            "format compression owner mode checkpoint");
  EXPECT_EQ(columns("chunk_task"),
            "id run_id chunk_index start_key end_key status attempts last_error rows_written "
            "file_name updated_at owner "
            "heartbeat_at content_fingerprint bytes null_counts_json");
  EXPECT_EQ(columns("run_lock"), "export_name owner acquired_at heartbeat_at fence");
  EXPECT_EQ(columns("keyset_progress"), "run_id page last_key file_name");
  EXPECT_EQ(
      columns("export_progression"),
      "export_name last_committed_strategy last_committed_cursor last_committed_chunk_index "
      "last_committed_run_id "
      "last_committed_at last_verified_strategy last_verified_cursor last_verified_chunk_index "
      "last_verified_run_id last_verified_at");
}

TEST_F(MigrateTest, OpeningTwiceChangesNothing) {
  ASSERT_TRUE(Open().ok());
  const std::string before = Ask("SELECT group_concat(sql) FROM sqlite_master");
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Ask("SELECT group_concat(sql) FROM sqlite_master"), before);
}

// F51: killed inside the n-th migration, the file is of the version before, opens there, and the
// next open ends it.
TEST_F(MigrateTest, AKillInsideAnyMigrationLeavesTheVersionBefore) {
#ifndef RIVET_FAULT_POINTS
  GTEST_SKIP() << "built without fault points";
#endif
  for (int nth = 1; nth <= kSchemaVersion; ++nth) {
    const int ended = OpenElsewhere("state_migrate:kill9:" + std::to_string(nth));
    ASSERT_TRUE(WIFSIGNALED(ended)) << nth;
    ASSERT_EQ(WTERMSIG(ended), SIGKILL);
    const std::string version = Ask("SELECT max(version) FROM schema_version");
    if (nth == 1) {
      EXPECT_EQ(Ask("SELECT count(*) FROM sqlite_master"), "0");
    } else {
      EXPECT_EQ(version, std::to_string(nth - 1));
    }
    EXPECT_EQ(Ask("PRAGMA integrity_check"), "ok");
    ASSERT_TRUE(Open().ok()) << nth;
    EXPECT_EQ(Ask("SELECT group_concat(version) FROM schema_version"), "9");
    for (const char* suffix : {"", "-wal", "-shm"})
      ::unlink((folder_.StatePath() + suffix).c_str());
  }
}

TEST_F(MigrateTest, AFailedMigrationIsReportedAndLeavesTheVersionBefore) {
#ifndef RIVET_FAULT_POINTS
  GTEST_SKIP() << "built without fault points";
#endif
  const int ended = OpenElsewhere("state_migrate:throw:4");
  EXPECT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == 1);
  EXPECT_EQ(Ask("SELECT max(version) FROM schema_version"), "3");
  ASSERT_TRUE(Open().ok());
}

// Before there were versions; six of the metric columns had not come yet.
TEST_F(MigrateTest, AFileFromBeforeVersionsKeepsItsRows) {
  ASSERT_EQ(Outsider(folder_.StatePath())
                .Do("CREATE TABLE export_state (export_name TEXT PRIMARY KEY, last_cursor_value "
                    "TEXT, last_run_at TEXT);"
                    "CREATE TABLE export_metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, "
                    "export_name TEXT NOT NULL, "
                    "run_at TEXT NOT NULL, duration_ms INTEGER NOT NULL, total_rows INTEGER NOT "
                    "NULL, peak_rss_mb "
                    "INTEGER, status TEXT NOT NULL, error_message TEXT, tuning_profile TEXT, "
                    "format TEXT, mode TEXT);"
                    "INSERT INTO export_state VALUES ('orders', '42', '2025-05-01T10:00:00+00:00');"
                    "INSERT INTO export_metrics (export_name, run_at, duration_ms, total_rows, "
                    "status, format) VALUES "
                    "('orders', '2025-05-01T10:00:00+00:00', 5, 7, 'success', 'csv');"),
            "");
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  const auto cursors = store->ledger->Cursors().ValueOrDie();
  ASSERT_EQ(cursors.size(), 1U);
  EXPECT_EQ(cursors[0].last_cursor, "42");
  EXPECT_EQ(cursors[0].last_run_at, "2025-05-01T10:00:00+00:00");
  EXPECT_EQ(Ask("SELECT format || ' ' || files_produced || ' ' || retries FROM export_metrics"),
            "csv 0 0");
  model::RunResult result;
  result.run_id = "orders_2";
  result.export_name = "orders";
  EXPECT_TRUE(store->history->AddMetrics(result).ok());
}

// A file of the reference tool with a run in progress: it is the open one, and its files are still
// listed.
TEST_F(MigrateTest, AFileOfVersion8GoesOn) {
  { ASSERT_TRUE(Open().ok()); }
  const ScratchFolder old;
  Outsider outsider(old.StatePath());
  ASSERT_EQ(
      outsider.Do(
          "CREATE TABLE export_state (export_name TEXT PRIMARY KEY, last_cursor_value TEXT, "
          "last_run_at TEXT NOT NULL);"
          "CREATE TABLE export_metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, export_name TEXT NOT "
          "NULL, run_at TEXT NOT "
          "NULL, duration_ms INTEGER NOT NULL, total_rows INTEGER NOT NULL, peak_rss_mb INTEGER, "
          "status TEXT NOT NULL, "
          "error_message TEXT, tuning_profile TEXT, format TEXT, mode TEXT, files_produced INTEGER "
          "DEFAULT 0, "
          "bytes_written INTEGER DEFAULT 0, retries INTEGER DEFAULT 0, validated INTEGER, "
          "schema_changed INTEGER, "
          "run_id TEXT);"
          "CREATE TABLE export_schema (export_name TEXT PRIMARY KEY, columns_json TEXT NOT NULL, "
          "updated_at TEXT);"
          "CREATE TABLE file_log (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, "
          "export_name TEXT NOT NULL, "
          "file_name TEXT NOT NULL, row_count INTEGER NOT NULL, bytes INTEGER NOT NULL, format "
          "TEXT NOT NULL, compression "
          "TEXT, created_at TEXT NOT NULL);"
          "CREATE TABLE chunk_run (run_id TEXT PRIMARY KEY, export_name TEXT NOT NULL, plan_hash "
          "TEXT NOT NULL, status "
          "TEXT NOT NULL, max_chunk_attempts INTEGER NOT NULL DEFAULT 3, created_at TEXT NOT NULL, "
          "updated_at TEXT NOT "
          "NULL);"
          "CREATE TABLE chunk_task (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, "
          "chunk_index INTEGER NOT "
          "NULL, start_key TEXT NOT NULL, end_key TEXT NOT NULL, status TEXT NOT NULL, attempts "
          "INTEGER NOT NULL DEFAULT "
          "0, last_error TEXT, rows_written INTEGER, file_name TEXT, updated_at TEXT NOT NULL, "
          "UNIQUE(run_id, "
          "chunk_index));"
          "CREATE TABLE export_progression (export_name TEXT PRIMARY KEY, "
          "last_committed_strategy TEXT, last_committed_cursor TEXT, last_committed_chunk_index "
          "INTEGER, last_committed_run_id TEXT, last_committed_at TEXT, last_verified_strategy "
          "TEXT, last_verified_cursor TEXT, last_verified_chunk_index INTEGER, "
          "last_verified_run_id TEXT, last_verified_at TEXT);"
          "CREATE TABLE run_aggregate (run_aggregate_id TEXT PRIMARY KEY, started_at TEXT, "
          "finished_at TEXT, duration_ms "
          "INTEGER, config_path TEXT, parallel_mode TEXT, total_exports INTEGER, success_count "
          "INTEGER, failed_count "
          "INTEGER, skipped_count INTEGER, total_rows INTEGER, total_files INTEGER, total_bytes "
          "INTEGER, details_json "
          "TEXT);"
          "CREATE TABLE export_shape (export_name TEXT, column_name TEXT, max_byte_len INTEGER, "
          "updated_at TEXT, PRIMARY "
          "KEY(export_name, column_name));"
          "CREATE TABLE run_journal (run_id TEXT PRIMARY KEY, export_name TEXT, finished_at TEXT, "
          "journal_json TEXT);"
          "CREATE TABLE schema_version (version INTEGER PRIMARY KEY); INSERT INTO schema_version "
          "VALUES (8);"
          "INSERT INTO chunk_run VALUES ('orders_0', 'orders', 'h0', 'in_progress', 3, "
          "'2025-05-01T09:00:00+00:00', "
          "'2025-05-01T09:00:00+00:00'), ('orders_1', 'orders', 'h1', 'in_progress', 3, "
          "'2025-05-01T10:00:00.123456789+00:00', '2025-05-01T10:00:00+00:00'), ('users_1', "
          "'users', 'h2', 'completed', "
          "3, '2025-05-01T10:00:00+00:00', '2025-05-01T10:00:00+00:00');"
          "INSERT INTO chunk_task (run_id, chunk_index, start_key, end_key, status, attempts, "
          "rows_written, file_name, "
          "updated_at) VALUES ('orders_1', 0, '1', '100', 'completed', 1, 100, 'a.parquet', "
          "'2025-05-01T10:00:00+00:00'), ('orders_1', 1, '101', '200', 'running', 1, NULL, NULL, "
          "'2025-05-01T10:00:00+00:00');"
          "INSERT INTO file_log (run_id, export_name, file_name, row_count, bytes, format, "
          "compression, created_at) "
          "VALUES ('orders_1', 'orders', 'a.parquet', 100, 5000, 'parquet', 'zstd', "
          "'2025-05-01T10:00:00+00:00');"),
      "");
  const auto store = driver().open(*world_, old.StatePath());
  ASSERT_TRUE(store.ok()) << store.status();
  const auto open = store->ledger->OpenRun("orders").ValueOrDie();
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(open->run_id, "orders_1");
  EXPECT_EQ(open->plan_fingerprint, "h1");
  EXPECT_EQ(open->mode, "chunked");
  EXPECT_TRUE(open->checkpoint);
  EXPECT_FALSE(store->ledger->OpenRun("users").ValueOrDie().has_value());
  EXPECT_EQ(store->ledger->UnitsOf("orders_1").ValueOrDie().size(), 2U);
  const auto parts = store->ledger->PartsOf("orders_1").ValueOrDie();
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].status, model::PartStatus::kCommitted);
  EXPECT_EQ(store->ledger->Files("orders", 5).ValueOrDie().at(0).compression, "zstd");
  EXPECT_TRUE(store->ledger->Cursors().ValueOrDie().empty());
  EXPECT_EQ(outsider.Ask("SELECT status FROM chunk_run WHERE run_id = 'orders_0'"), "abandoned");
  const Lease lease = store->ledger->Lock("orders", ThisProcess(*world_)).ValueOrDie();
  EXPECT_TRUE(store->ledger->ForgetRun(lease, "orders_1").ok());
  // A first run of an export that the old file never had: its last_run_at may not be NULL there.
  RunStart start;
  start.run.run_id = "items_1";
  start.run.export_name = "items";
  const Lease items = store->ledger->Lock("items", ThisProcess(*world_)).ValueOrDie();
  EXPECT_TRUE(store->ledger->BeginRun(items, start).ok());
}

}  // namespace
}  // namespace rivet::state::sqlite
