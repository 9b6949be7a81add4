#include "state/sqlite/schema_internal.h"

#include <array>
#include <string>

#include "base/fault_point.h"
#include "state/ledger.h"

namespace rivet::state::sqlite {
namespace {

// Tables, columns and version numbers 1 to 8 are those of the reference tool: its files are opened
// and go on.
constexpr const char* kVersion1 = R"(
CREATE TABLE IF NOT EXISTS export_state (
  export_name TEXT PRIMARY KEY, last_cursor_value TEXT, last_run_at TEXT);
CREATE TABLE IF NOT EXISTS export_metrics (
  id INTEGER PRIMARY KEY AUTOINCREMENT, export_name TEXT NOT NULL, run_at TEXT NOT NULL, duration_ms INTEGER NOT NULL,
  total_rows INTEGER NOT NULL, peak_rss_mb INTEGER, status TEXT NOT NULL, error_message TEXT);
CREATE TABLE IF NOT EXISTS export_schema (
  export_name TEXT PRIMARY KEY, columns_json TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS file_manifest (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, export_name TEXT NOT NULL, file_name TEXT NOT NULL,
  row_count INTEGER NOT NULL, bytes INTEGER NOT NULL, format TEXT NOT NULL, compression TEXT,
  created_at TEXT NOT NULL);
)";

constexpr const char* kVersion2 = R"(
CREATE TABLE IF NOT EXISTS chunk_run (
  run_id TEXT PRIMARY KEY, export_name TEXT NOT NULL, plan_hash TEXT NOT NULL, status TEXT NOT NULL,
  max_chunk_attempts INTEGER NOT NULL DEFAULT 3, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS idx_chunk_run_export ON chunk_run (export_name, status);
CREATE TABLE IF NOT EXISTS chunk_task (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, chunk_index INTEGER NOT NULL, start_key TEXT NOT NULL,
  end_key TEXT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT,
  rows_written INTEGER, file_name TEXT, updated_at TEXT NOT NULL, UNIQUE (run_id, chunk_index));
CREATE INDEX IF NOT EXISTS idx_chunk_task_run ON chunk_task (run_id, status);
)";

constexpr const char* kVersion3 = R"(
CREATE INDEX IF NOT EXISTS idx_file_manifest_export ON file_manifest (export_name, id DESC);
)";

constexpr const char* kVersion4 = R"(
CREATE TABLE IF NOT EXISTS export_progression (
  export_name TEXT PRIMARY KEY, last_committed_strategy TEXT, last_committed_cursor TEXT,
  last_committed_chunk_index INTEGER, last_committed_run_id TEXT, last_committed_at TEXT, last_verified_strategy TEXT,
  last_verified_cursor TEXT, last_verified_chunk_index INTEGER, last_verified_run_id TEXT, last_verified_at TEXT);
)";

constexpr const char* kVersion5 = R"(
CREATE TABLE IF NOT EXISTS run_aggregate (
  run_aggregate_id TEXT PRIMARY KEY, started_at TEXT NOT NULL, finished_at TEXT NOT NULL, duration_ms INTEGER NOT NULL,
  config_path TEXT, parallel_mode TEXT NOT NULL, total_exports INTEGER NOT NULL, success_count INTEGER NOT NULL,
  failed_count INTEGER NOT NULL, skipped_count INTEGER NOT NULL, total_rows INTEGER NOT NULL,
  total_files INTEGER NOT NULL, total_bytes INTEGER NOT NULL, details_json TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS idx_run_aggregate_finished ON run_aggregate (finished_at DESC);
)";

constexpr const char* kVersion6 = R"(
CREATE TABLE IF NOT EXISTS export_shape (
  export_name TEXT NOT NULL, column_name TEXT NOT NULL, max_byte_len INTEGER NOT NULL, updated_at TEXT NOT NULL,
  PRIMARY KEY (export_name, column_name));
)";

constexpr const char* kVersion7 = R"(
CREATE TABLE IF NOT EXISTS run_journal (
  run_id TEXT PRIMARY KEY, export_name TEXT NOT NULL, finished_at TEXT NOT NULL, journal_json TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS idx_run_journal_export ON run_journal (export_name, finished_at DESC);
)";

constexpr const char* kVersion8 = "ALTER TABLE file_manifest RENAME TO file_log;";

// The unfinished run of an older file becomes the open one: a plain run refuses to start beside it,
// as it did before.
constexpr const char* kVersion9 = R"(
ALTER TABLE file_log ADD COLUMN content_fingerprint TEXT;
ALTER TABLE file_log ADD COLUMN part_id INTEGER;
ALTER TABLE file_log ADD COLUMN chunk_index INTEGER;
ALTER TABLE file_log ADD COLUMN uri TEXT;
ALTER TABLE file_log ADD COLUMN status TEXT NOT NULL DEFAULT 'committed';
CREATE INDEX idx_file_log_run ON file_log (run_id, chunk_index);
ALTER TABLE chunk_run ADD COLUMN destination_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE chunk_run ADD COLUMN run_stamp TEXT NOT NULL DEFAULT '';
ALTER TABLE chunk_run ADD COLUMN format TEXT NOT NULL DEFAULT '';
ALTER TABLE chunk_run ADD COLUMN compression TEXT;
ALTER TABLE chunk_run ADD COLUMN owner TEXT;
ALTER TABLE chunk_run ADD COLUMN mode TEXT NOT NULL DEFAULT 'chunked';
ALTER TABLE chunk_run ADD COLUMN checkpoint INTEGER NOT NULL DEFAULT 1;
ALTER TABLE chunk_task ADD COLUMN owner TEXT;
ALTER TABLE chunk_task ADD COLUMN heartbeat_at TEXT;
ALTER TABLE chunk_task ADD COLUMN content_fingerprint TEXT;
ALTER TABLE chunk_task ADD COLUMN bytes INTEGER;
ALTER TABLE chunk_task ADD COLUMN null_counts_json TEXT;
ALTER TABLE export_state ADD COLUMN cursor_type TEXT;
ALTER TABLE export_state ADD COLUMN inflight_run_id TEXT;
CREATE INDEX idx_export_metrics_run ON export_metrics (run_id);
CREATE TABLE keyset_progress (
  run_id TEXT NOT NULL, page INTEGER NOT NULL, last_key TEXT, file_name TEXT, PRIMARY KEY (run_id, page));
CREATE TABLE run_lock (
  export_name TEXT PRIMARY KEY, owner TEXT NOT NULL, acquired_at TEXT NOT NULL, heartbeat_at TEXT NOT NULL,
  fence INTEGER NOT NULL);
INSERT OR IGNORE INTO export_state (export_name, last_run_at)
  SELECT export_name, '' FROM chunk_run WHERE status = 'in_progress';
UPDATE export_state SET inflight_run_id = (
  SELECT run_id FROM chunk_run WHERE chunk_run.export_name = export_state.export_name AND status = 'in_progress'
  ORDER BY rowid DESC LIMIT 1);
UPDATE chunk_run SET status = 'abandoned' WHERE status = 'in_progress'
  AND run_id NOT IN (SELECT inflight_run_id FROM export_state WHERE inflight_run_id IS NOT NULL);
)";

// Came one by one before there were versions; SQLite cannot add a column only where it is missing.
Status AddLaterMetrics(Database& database) {
  struct Column {
    const char* name;
    const char* definition;
  };
  constexpr std::array<Column, 9> kColumns = {{{"tuning_profile", "TEXT"},
                                               {"format", "TEXT"},
                                               {"mode", "TEXT"},
                                               {"files_produced", "INTEGER NOT NULL DEFAULT 0"},
                                               {"bytes_written", "INTEGER NOT NULL DEFAULT 0"},
                                               {"retries", "INTEGER NOT NULL DEFAULT 0"},
                                               {"validated", "INTEGER"},
                                               {"schema_changed", "INTEGER"},
                                               {"run_id", "TEXT"}}};
  for (const Column& column : kColumns) {
    bool there = false;
    {
      ARROW_ASSIGN_OR_RAISE(
          Query query,
          database.Ask("SELECT 1 FROM pragma_table_info('export_metrics') WHERE name = ?",
                       column.name));
      ARROW_ASSIGN_OR_RAISE(there, query.Step());
    }
    if (there) continue;
    ARROW_RETURN_NOT_OK(database.Script(std::string("ALTER TABLE export_metrics ADD COLUMN ") +
                                        column.name + " " + column.definition));
  }
  return Status::OK();
}

constexpr std::array<const char*, kSchemaVersion> kMigrations = {kVersion1, kVersion2, kVersion3,
                                                                 kVersion4, kVersion5, kVersion6,
                                                                 kVersion7, kVersion8, kVersion9};

Result<bool> HasTable(Database& database, std::string_view name) {
  ARROW_ASSIGN_OR_RAISE(
      Query query,
      database.Ask("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", name));
  return query.Step();
}

// 0: nothing there yet, or a file from before there were versions.
Result<int64_t> VersionOf(Database& database) {
  ARROW_ASSIGN_OR_RAISE(const bool there, HasTable(database, "schema_version"));
  if (!there) return 0;
  ARROW_ASSIGN_OR_RAISE(
      Query query,
      database.Ask("SELECT version FROM schema_version ORDER BY version DESC LIMIT 1"));
  ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
  const int64_t version = row ? query.Count(0) : 0;
  ARROW_RETURN_NOT_OK(query.status());
  return version;
}

// A file from before there were versions has our oldest tables; any other file with tables belongs
// to another program and stays as it is.
Status RefuseForeign(Database& database) {
  ARROW_ASSIGN_OR_RAISE(const bool ours, HasTable(database, "export_metrics"));
  if (ours) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(
      Query query, database.Ask("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT "
                                "LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT 1"));
  ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
  if (!row) return query.status();
  return Fail(kStateForeign, "the file " + database.path() +
                                 " is the database of another program: it has a table '" +
                                 query.Text(0) + "'");
}

Status MigrateOnce(Database& database, int64_t to) {
  return database.Write([&]() -> Status {
    // Another process may have done it since we looked.
    ARROW_ASSIGN_OR_RAISE(const int64_t now, VersionOf(database));
    if (now != to - 1) return Status::OK();
    if (to == 1) ARROW_RETURN_NOT_OK(RefuseForeign(database));
    ARROW_RETURN_NOT_OK(database.Script(kMigrations[static_cast<size_t>(to - 1)]));
    if (to == 1) ARROW_RETURN_NOT_OK(AddLaterMetrics(database));
    ARROW_RETURN_NOT_OK(
        database.Script("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL);"
                        "DELETE FROM schema_version;"));
    ARROW_RETURN_NOT_OK(database.Run("INSERT INTO schema_version (version) VALUES (?)", to));
    return FaultPoint("state_migrate");
  });
}

// What the statements of the ledger use; a version number alone proves nothing about a file that
// was edited.
constexpr std::array<const char*, 11> kShape = {
    "SELECT export_name, last_cursor_value, last_run_at, cursor_type, inflight_run_id FROM "
    "export_state LIMIT 0",
    "SELECT id, export_name, run_at, duration_ms, total_rows, peak_rss_mb, status, error_message, "
    "tuning_profile, format, "
    "mode, files_produced, bytes_written, retries, validated, schema_changed, run_id FROM "
    "export_metrics LIMIT 0",
    "SELECT id, run_id, export_name, file_name, row_count, bytes, format, compression, created_at, "
    "content_fingerprint, "
    "part_id, chunk_index, uri, status FROM file_log LIMIT 0",
    "SELECT run_id, export_name, plan_hash, status, max_chunk_attempts, created_at, updated_at, "
    "destination_uri, "
    "run_stamp, format, compression, owner, mode, checkpoint FROM chunk_run LIMIT 0",
    "SELECT id, run_id, chunk_index, start_key, end_key, status, attempts, last_error, "
    "rows_written, file_name, "
    "updated_at, owner, heartbeat_at, content_fingerprint, bytes, null_counts_json FROM chunk_task "
    "LIMIT 0",
    "SELECT export_name, owner, acquired_at, heartbeat_at, fence FROM run_lock LIMIT 0",
    "SELECT run_aggregate_id, started_at, finished_at, duration_ms, config_path, parallel_mode, "
    "total_exports, "
    "success_count, failed_count, skipped_count, total_rows, total_files, total_bytes, "
    "details_json FROM run_aggregate "
    "LIMIT 0",
    "SELECT run_id, export_name, finished_at, journal_json FROM run_journal LIMIT 0",
    "SELECT run_id, page, last_key, file_name FROM keyset_progress LIMIT 0",
    "SELECT export_name, columns_json, updated_at FROM export_schema LIMIT 0",
    "SELECT export_name, last_committed_strategy, last_committed_cursor, "
    "last_committed_chunk_index, last_committed_run_id, last_committed_at, "
    "last_verified_strategy, last_verified_cursor, last_verified_chunk_index, "
    "last_verified_run_id, last_verified_at FROM export_progression LIMIT 0"};

Status CheckShape(Database& database) {
  return database.Read([&]() -> Status {
    for (const char* sql : kShape) {
      const auto query = database.Ask(sql);
      if (query.ok()) continue;
      if (!Is(query.status(), kStateError)) return query.status();
      return database.Corrupt("it says schema version " + std::to_string(kSchemaVersion) +
                              " and does not look like it (" + FaultOf(query.status()).message +
                              ")");
    }
    return Status::OK();
  });
}

}  // namespace

Status Migrate(Database& database) {
  for (int round = 0; round <= kSchemaVersion; ++round) {
    int64_t version = 0;
    ARROW_RETURN_NOT_OK(
        database.Read([&]() -> Status { return VersionOf(database).Value(&version); }));
    if (version > kSchemaVersion) {
      return Fail(kStateNewer, "the state file " + database.path() + " has schema version " +
                                   std::to_string(version) + "; this program knows " +
                                   std::to_string(kSchemaVersion));
    }
    if (version == kSchemaVersion) return CheckShape(database);
    ARROW_RETURN_NOT_OK(MigrateOnce(database, version + 1));
  }
  return database.Corrupt("its schema version does not stay");
}

}  // namespace rivet::state::sqlite
