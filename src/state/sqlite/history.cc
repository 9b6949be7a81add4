#include "state/sqlite/ledger_internal.h"

namespace rivet::state::sqlite {
namespace {

std::optional<std::string> NullIfEmpty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

std::optional<bool> FlagIn(Query& query, int column) {
  const auto value = query.OptionalInt(column);
  if (!value) return std::nullopt;
  return *value != 0;
}

// Four columns from `first`, and the run's id and time behind them.
ProgressMark MarkIn(Query& query, int first) {
  ProgressMark mark;
  mark.mode = query.TextOrEmpty(first);
  mark.cursor = query.OptionalText(first + 1);
  mark.chunk_index = query.OptionalInt(first + 2);
  mark.run_id = query.TextOrEmpty(first + 3);
  mark.at = query.TextOrEmpty(first + 4);
  return mark;
}

MetricsRow MetricsIn(Query& query) {
  MetricsRow row;
  row.export_name = query.Text(0);
  row.run_at = query.Text(1);
  row.duration_ms = query.Int(2);
  row.rows = query.Int(3);
  row.peak_rss_mb = query.OptionalInt(4);
  row.status = query.Text(5);
  row.error_message = query.TextOrEmpty(6);
  row.tuning_profile = query.TextOrEmpty(7);
  row.format = query.TextOrEmpty(8);
  row.mode = query.TextOrEmpty(9);
  row.files = query.OptionalInt(10).value_or(0);
  row.bytes = query.OptionalInt(11).value_or(0);
  row.retries = query.OptionalInt(12).value_or(0);
  row.validated = FlagIn(query, 13);
  row.schema_changed = FlagIn(query, 14);
  row.run_id = query.TextOrEmpty(15);
  return row;
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
            "validated, run_id) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            result.export_name, Rfc3339(at), result.duration_ms, result.rows, result.peak_rss_mb,
            model::ToString(result.status), NullIfEmpty(error), NullIfEmpty(result.tuning_profile),
            NullIfEmpty(result.format), NullIfEmpty(result.mode), result.files, result.bytes,
            result.retries,
            result.validation ? std::optional(result.validation->passed) : std::nullopt,
            NullIfEmpty(result.run_id))
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

Result<std::vector<MetricsRow>> SqliteHistory::Metrics(const std::string& export_name,
                                                       int64_t limit) {
  std::vector<MetricsRow> rows;
  ARROW_RETURN_NOT_OK(db_.Read([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(
        Query query,
        db_.Ask("SELECT export_name, run_at, duration_ms, total_rows, peak_rss_mb, status, "
                "error_message, tuning_profile, format, mode, files_produced, bytes_written, "
                "retries, validated, schema_changed, run_id FROM export_metrics WHERE ?1 = '' OR "
                "export_name = ?1 ORDER BY id DESC LIMIT ?2",
                export_name, limit));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
      if (!row) return Status::OK();
      rows.push_back(MetricsIn(query));
    }
  }));
  return rows;
}

Result<std::vector<JournalRow>> SqliteHistory::Journals(const std::string& export_name,
                                                        const std::string& run_id, int64_t limit) {
  std::vector<JournalRow> rows;
  ARROW_RETURN_NOT_OK(db_.Read([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(
        Query query,
        db_.Ask("SELECT run_id, export_name, finished_at, journal_json FROM run_journal WHERE (?1 "
                "= '' OR export_name = ?1) AND (?2 = '' OR run_id = ?2) ORDER BY finished_at DESC, "
                "rowid DESC LIMIT ?3",
                export_name, run_id, limit));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
      if (!row) return Status::OK();
      rows.push_back({query.Text(0), query.Text(1), query.Text(2), query.Text(3)});
    }
  }));
  return rows;
}

Result<std::vector<ProgressionRow>> SqliteHistory::Progressions() {
  std::vector<ProgressionRow> rows;
  ARROW_RETURN_NOT_OK(db_.Read([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(
        Query query,
        db_.Ask("SELECT export_name, last_committed_strategy, last_committed_cursor, "
                "last_committed_chunk_index, last_committed_run_id, last_committed_at, "
                "last_verified_strategy, last_verified_cursor, last_verified_chunk_index, "
                "last_verified_run_id, last_verified_at FROM export_progression ORDER BY "
                "export_name"));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
      if (!row) return Status::OK();
      rows.push_back({query.Text(0), MarkIn(query, 1), MarkIn(query, 6)});
    }
  }));
  return rows;
}

}  // namespace rivet::state::sqlite
