#include "state/sqlite/ledger_internal.h"

namespace rivet::state::sqlite {
namespace {

std::optional<std::string> NullIfEmpty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

// I4: one row a run. A resumed run has an earlier one, from when it was interrupted: the last
// verdict counts.
Status SqliteHistory::AddMetrics(const model::RunResult& result) {
  const WallMicros at = result.finished_at != 0 ? result.finished_at : db_.world().Now();
  std::string error = result.error_message;
  if (!result.error_code.empty()) error = result.error_code + (error.empty() ? "" : ": " + error);
  error = db_.world().redactor().Apply(error);
  return db_.Write([&]() -> Status {
    if (!result.run_id.empty()) {
      ARROW_RETURN_NOT_OK(db_.Run("DELETE FROM export_metrics WHERE run_id = ? AND export_name = ?",
                                  result.run_id, result.export_name));
    }
    return db_
        .Run(
            "INSERT INTO export_metrics (export_name, run_at, duration_ms, total_rows, "
            "peak_rss_mb, status, "
            "error_message, tuning_profile, format, mode, files_produced, bytes_written, retries, "
            "run_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            result.export_name, Rfc3339(at), result.duration_ms, result.rows, result.peak_rss_mb,
            model::ToString(result.status), NullIfEmpty(error), NullIfEmpty(result.tuning_profile),
            NullIfEmpty(result.format), NullIfEmpty(result.mode), result.files, result.bytes,
            result.retries, NullIfEmpty(result.run_id))
        .status();
  });
}

Status SqliteHistory::AddAggregate(const std::string& aggregate_id, const std::string& started_at,
                                   const std::string& finished_at, int64_t duration_ms,
                                   const std::string& config_path, const std::string& parallel_mode,
                                   std::span<const model::RunResult> results,
                                   const std::string& details_json) {
  int64_t succeeded = 0, skipped = 0, rows = 0, files = 0, bytes = 0;
  for (const model::RunResult& result : results) {
    succeeded += result.status == model::RunStatus::kSuccess ? 1 : 0;
    skipped += result.status == model::RunStatus::kSkipped ? 1 : 0;
    rows += result.rows;
    files += result.files;
    bytes += result.bytes;
  }
  const auto total = static_cast<int64_t>(results.size());
  return db_.Write([&]() -> Status {
    return db_
        .Run(
            "INSERT OR REPLACE INTO run_aggregate (run_aggregate_id, started_at, finished_at, "
            "duration_ms, "
            "config_path, parallel_mode, total_exports, success_count, failed_count, "
            "skipped_count, total_rows, "
            "total_files, total_bytes, details_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "?, ?)",
            aggregate_id, started_at, finished_at, duration_ms, NullIfEmpty(config_path),
            parallel_mode, total, succeeded, total - succeeded - skipped, skipped, rows, files,
            bytes, details_json)
        .status();
  });
}

Status SqliteHistory::AddJournal(const std::string& run_id, const std::string& export_name,
                                 const std::string& finished_at, const std::string& journal_json) {
  return db_.Write([&]() -> Status {
    return db_
        .Run(
            "INSERT OR REPLACE INTO run_journal (run_id, export_name, finished_at, journal_json) "
            "VALUES (?, ?, ?, ?)",
            run_id, export_name, finished_at, journal_json)
        .status();
  });
}

}  // namespace rivet::state::sqlite
