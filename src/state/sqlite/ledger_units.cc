#include <algorithm>
#include <utility>

#include "state/sqlite/ledger_internal.h"

namespace rivet::state::sqlite {
namespace {

constexpr int64_t kAttemptsSane = 1'000'000'000;

// chunk_index, start_key, end_key, status, attempts, last_error, rows_written, file_name,
// updated_at
model::Unit ReadUnit(Query& query) {
  model::Unit unit;
  unit.index = query.Count(0);
  unit.start_key = query.Text(1);
  unit.end_key = query.Text(2);
  const auto status = model::UnitStatusFrom(query.Text(3));
  if (!status) query.Corrupt(3, "an unknown word");
  unit.status = status.value_or(model::UnitStatus::kFailed);
  const int64_t attempts = query.Count(4);
  if (attempts > kAttemptsSane) query.Corrupt(4, std::to_string(attempts));
  unit.attempts = static_cast<int>(std::min(attempts, kAttemptsSane));
  unit.last_error = query.TextOrEmpty(5);
  unit.rows = query.OptionalInt(6);
  if (unit.rows.value_or(0) < 0) query.Corrupt(6, std::to_string(*unit.rows));
  unit.file_name = query.TextOrEmpty(7);
  unit.updated_at = query.Time(8);
  return unit;
}

// file_name, row_count, bytes, content_fingerprint, part_id, chunk_index, status, created_at
model::Part ReadPart(Query& query) {
  model::Part part;
  part.path = query.Text(0);
  part.rows = query.Count(1);
  part.bytes = query.Count(2);
  part.fingerprint = query.TextOrEmpty(3);
  part.part_id = query.OptionalInt(4).value_or(0);
  part.unit_index = query.OptionalInt(5).value_or(0);
  const auto status = model::PartStatusFrom(query.Text(6));
  if (!status) query.Corrupt(6, "an unknown word");
  part.status = status.value_or(model::PartStatus::kQuarantined);
  part.created_at = query.Time(7);
  return part;
}

std::string NullCountsJson(const std::vector<int64_t>& counts) {
  std::string json = "[";
  for (const int64_t count : counts) json += (json.size() > 1 ? "," : "") + std::to_string(count);
  return json + "]";
}

// What became of the values: the NULLs of each column and, where a policy altered values, which.
// That list is filled by RecordAltered: SQLite quotes the names.
std::string CountsJson(const model::UnitCommit& commit) {
  const std::string nulls = NullCountsJson(commit.null_counts);
  return commit.altered.empty() ? nulls : "{\"nulls\":" + nulls + ",\"altered\":[]}";
}

// chunk_index, column, policy, action, values
void ReadAltered(Query& query, std::vector<model::Unit>* units) {
  const int64_t index = query.Count(0);
  const auto unit = std::find_if(units->begin(), units->end(),
                                 [&](const model::Unit& one) { return one.index == index; });
  const auto what = model::SpecialValueFrom(query.Text(2));
  const auto action = model::PolicyActionFrom(query.Text(3));
  if (!what) query.Corrupt(2, "an unknown word");
  if (!action) query.Corrupt(3, "an unknown word");
  const int64_t values = query.Count(4);
  if (unit == units->end() || !what || !action) return;
  unit->altered.push_back({query.Text(1), *what, *action, values});
}

std::string UriOf(const std::string& folder, const std::string& path) {
  return folder.empty() || folder.back() == '/' ? folder + path : folder + "/" + path;
}

std::optional<std::string> NullIfEmpty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

struct Sums {
  int64_t rows = 0, bytes = 0;
};

Result<Sums> SumOf(const model::UnitCommit& commit) {
  Sums sums;
  for (const model::Part& part : commit.parts) {
    if (part.path.empty() || part.rows < 0 || part.bytes < 0 ||
        __builtin_add_overflow(sums.rows, part.rows, &sums.rows) ||
        __builtin_add_overflow(sums.bytes, part.bytes, &sums.bytes)) {
      return Fail(kInternalBug, "a part of unit " + std::to_string(commit.unit_index) +
                                    " has no name or a wrong size");
    }
  }
  if (sums.rows != commit.rows) {
    return Fail(kInternalBug, "unit " + std::to_string(commit.unit_index) + " has " +
                                  std::to_string(commit.rows) + " rows, its parts " +
                                  std::to_string(sums.rows));
  }
  return sums;
}

}  // namespace

Status SqliteLedger::NotSo(const std::string& run_id, int64_t unit_index, std::string_view wanted) {
  ARROW_ASSIGN_OR_RAISE(
      Query query,
      db_.Ask("SELECT status, owner FROM chunk_task WHERE run_id = ? AND chunk_index = ?", run_id,
              unit_index));
  ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
  std::string what = "unit " + std::to_string(unit_index) + " of run " + run_id;
  if (!row) return Fail(kStateError, what + " does not exist");
  const std::string status = query.Text(0);
  ARROW_RETURN_NOT_OK(query.status());
  if (status == wanted) return Fail(kStateError, what + " is not ours");
  return Fail(kStateError, what + " is " + status + ", not " + std::string(wanted));
}

Status SqliteLedger::AddPart(const model::Run& run, int64_t unit_index, const model::Part& part,
                             model::PartStatus status) {
  return db_
      .Run(
          "INSERT INTO file_log (run_id, export_name, file_name, row_count, bytes, format, "
          "compression, created_at, "
          "content_fingerprint, part_id, chunk_index, uri, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, "
          "?, ?, ?, ?, ?)",
          run.run_id, run.export_name, part.path, part.rows, part.bytes, run.format,
          NullIfEmpty(run.compression), part.created_at == 0 ? Now() : Rfc3339(part.created_at),
          part.fingerprint, part.part_id == 0 ? std::nullopt : std::optional(part.part_id),
          unit_index, UriOf(run.destination_uri, part.path), model::ToString(status))
      .status();
}

Status SqliteLedger::RecordAltered(const model::UnitCommit& commit, const model::Altered& altered) {
  return db_
      .Run(
          "UPDATE chunk_task SET null_counts_json = json_insert(null_counts_json, '$.altered[#]', "
          "json_object('column', ?, 'policy', ?, 'action', ?, 'values', ?)) WHERE run_id = ? AND "
          "chunk_index = ?",
          altered.column, model::ToString(altered.what), model::ToString(altered.action),
          altered.values, commit.run_id, commit.unit_index)
      .status();
}

Status SqliteLedger::ReopenUnits(const Lease& lease, const std::string& run_id,
                                 bool fresh_attempts) {
  return db_.Write([&]() -> Status {
    ARROW_RETURN_NOT_OK(CheckOpen(lease, run_id));
    const std::string now = Now();
    ARROW_RETURN_NOT_OK(
        db_.Run("UPDATE chunk_task SET status = 'pending', owner = NULL, heartbeat_at = NULL, "
                "updated_at = ? WHERE run_id = ? AND status = 'running'",
                now, run_id));
    ARROW_RETURN_NOT_OK(db_.Run("UPDATE chunk_run SET owner = ?, updated_at = ? WHERE run_id = ?",
                                lease.owner, now, run_id));
    if (!fresh_attempts) return Status::OK();
    return db_
        .Run(
            "UPDATE chunk_task SET status = 'pending', attempts = 0, updated_at = ? WHERE run_id = "
            "? AND "
            "status = 'failed'",
            now, run_id)
        .status();
  });
}

Status SqliteLedger::RedoUnit(const Lease& lease, const std::string& run_id, int64_t unit_index,
                              const std::string& why) {
  return db_.Write([&]() -> Status {
    ARROW_RETURN_NOT_OK(CheckOpen(lease, run_id));
    ARROW_ASSIGN_OR_RAISE(const int64_t changed,
                          db_.Run("UPDATE chunk_task SET status = 'pending', attempts = 0, "
                                  "rows_written = NULL, file_name = NULL, "
                                  "content_fingerprint = NULL, bytes = NULL, null_counts_json = "
                                  "NULL, owner = NULL, heartbeat_at = NULL, "
                                  "last_error = ?, updated_at = ? WHERE run_id = ? AND chunk_index "
                                  "= ? AND status = 'completed'",
                                  db_.world().redactor().Apply(why), Now(), run_id, unit_index));
    if (changed != 1) return NotSo(run_id, unit_index, "completed");
    return db_
        .Run(
            "UPDATE file_log SET status = 'quarantined' WHERE run_id = ? AND chunk_index = ? AND "
            "status = 'committed'",
            run_id, unit_index)
        .status();
  });
}

Result<std::optional<model::Unit>> SqliteLedger::Claim(const Lease& lease,
                                                       const std::string& run_id) {
  std::optional<model::Unit> unit;
  ARROW_RETURN_NOT_OK(db_.Write([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const model::Run run, CheckOpen(lease, run_id));
    const std::string now = Now();
    ARROW_ASSIGN_OR_RAISE(Query query,
                          db_.Ask("UPDATE chunk_task SET status = 'running', owner = ?1, "
                                  "heartbeat_at = ?2, updated_at = ?2 WHERE id = "
                                  "(SELECT id FROM chunk_task WHERE run_id = ?3 AND (status = "
                                  "'pending' OR (status = 'failed' AND "
                                  "attempts < ?4)) ORDER BY chunk_index LIMIT 1) RETURNING "
                                  "chunk_index, start_key, end_key, status, "
                                  "attempts, last_error, rows_written, file_name, updated_at",
                                  lease.owner, now, run_id, run.unit_attempts_max));
    ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
    if (!row) return Status::OK();
    unit = ReadUnit(query);
    return query.Step().status();
  }));
  return unit;
}

Status SqliteLedger::CommitUnit(const Lease& lease, const model::UnitCommit& commit) {
  ARROW_ASSIGN_OR_RAISE(const Sums sums, SumOf(commit));
  return db_.Write([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const model::Run run, CheckOpen(lease, commit.run_id));
    const bool empty = commit.parts.empty();
    ARROW_ASSIGN_OR_RAISE(
        const int64_t changed,
        db_.Run("UPDATE chunk_task SET status = 'completed', rows_written = ?, file_name = ?, "
                "content_fingerprint = ?, "
                "bytes = ?, null_counts_json = ?, last_error = NULL, heartbeat_at = NULL, "
                "updated_at = ? WHERE "
                "run_id = ? AND chunk_index = ? AND status = 'running' AND owner = ?",
                commit.rows, empty ? std::nullopt : std::optional(commit.parts[0].path),
                empty ? std::nullopt : std::optional(commit.parts[0].fingerprint), sums.bytes,
                CountsJson(commit), Now(), commit.run_id, commit.unit_index, lease.owner));
    // I5: a unit that is not running is not completed by anybody.
    if (changed != 1) return NotSo(commit.run_id, commit.unit_index, "running");
    for (const model::Altered& altered : commit.altered) {
      ARROW_RETURN_NOT_OK(RecordAltered(commit, altered));
    }
    for (const model::Part& part : commit.parts) {
      ARROW_RETURN_NOT_OK(AddPart(run, commit.unit_index, part, model::PartStatus::kCommitted));
    }
    return Status::OK();
  });
}

Status SqliteLedger::Release(const Lease& lease, const std::string& run_id, int64_t unit_index,
                             bool failed, const std::string& error,
                             std::span<const model::Part> orphans) {
  const std::string reason = db_.world().redactor().Apply(error);
  return db_.Write([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const model::Run run, CheckOpen(lease, run_id));
    ARROW_ASSIGN_OR_RAISE(
        const int64_t changed,
        db_.Run("UPDATE chunk_task SET status = iif(?1, 'failed', 'pending'), attempts = attempts "
                "+ ?1, "
                "last_error = iif(?1, ?2, last_error), owner = NULL, heartbeat_at = NULL, "
                "updated_at = ?3 WHERE "
                "run_id = ?4 AND chunk_index = ?5 AND status = 'running' AND owner = ?6",
                failed, reason, Now(), run_id, unit_index, lease.owner));
    if (changed != 1) return NotSo(run_id, unit_index, "running");
    for (const model::Part& part : orphans) {
      ARROW_RETURN_NOT_OK(AddPart(run, unit_index, part, model::PartStatus::kQuarantined));
    }
    return Status::OK();
  });
}

Status SqliteLedger::ReadAlteredOf(const std::string& run_id, std::vector<model::Unit>* units) {
  ARROW_ASSIGN_OR_RAISE(
      Query query,
      db_.Ask("SELECT chunk_index, json_extract(one.value, '$.column'), "
              "json_extract(one.value, '$.policy'), json_extract(one.value, '$.action'), "
              "json_extract(one.value, '$.values') FROM chunk_task, "
              "json_each(null_counts_json, '$.altered') AS one WHERE run_id = ? AND "
              "chunk_task.status = 'completed' ORDER BY chunk_index, one.key",
              run_id));
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
    if (!row) return Status::OK();
    ReadAltered(query, units);
  }
}

Result<std::vector<model::Unit>> SqliteLedger::UnitsOf(const std::string& run_id) {
  std::vector<model::Unit> units;
  ARROW_RETURN_NOT_OK(db_.Read([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(
        Query query,
        db_.Ask(
            "SELECT chunk_index, start_key, end_key, status, attempts, last_error, rows_written, "
            "file_name, updated_at FROM chunk_task WHERE run_id = ? ORDER BY chunk_index",
            run_id));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
      if (!row) break;
      units.push_back(ReadUnit(query));
    }
    return ReadAlteredOf(run_id, &units);
  }));
  return units;
}

Result<std::vector<model::Part>> SqliteLedger::PartsOf(const std::string& run_id) {
  std::vector<model::Part> parts;
  ARROW_RETURN_NOT_OK(db_.Read([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(
        Query query,
        db_.Ask("SELECT file_name, row_count, bytes, content_fingerprint, part_id, chunk_index, "
                "status, created_at FROM file_log WHERE run_id = ? ORDER BY chunk_index, file_name",
                run_id));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
      if (!row) return Status::OK();
      parts.push_back(ReadPart(query));
    }
  }));
  return parts;
}

Result<std::vector<FileRow>> SqliteLedger::Files(const std::string& export_name, int64_t limit) {
  std::vector<FileRow> files;
  ARROW_RETURN_NOT_OK(db_.Read([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(
        Query query, db_.Ask("SELECT file_name, row_count, bytes, content_fingerprint, part_id, "
                             "chunk_index, status, "
                             "created_at, run_id, export_name, format, compression FROM file_log "
                             "WHERE ?1 = '' OR export_name = ?1 ORDER BY id DESC LIMIT ?2",
                             export_name, limit));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
      if (!row) return Status::OK();
      FileRow file;
      file.part = ReadPart(query);
      file.run_id = query.Text(8);
      file.export_name = query.Text(9);
      file.format = query.Text(10);
      file.compression = query.TextOrEmpty(11);
      files.push_back(std::move(file));
    }
  }));
  return files;
}

}  // namespace rivet::state::sqlite
