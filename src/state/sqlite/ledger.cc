#include <utility>

#include "state/sqlite/ledger_internal.h"

// Lease, runs and cursors. Units and their files are in ledger_units.cc.
namespace rivet::state::sqlite {
namespace {

// A run that can go on is `in_progress`; the other words are ends. Only `completed` says that all
// is done (I6).
constexpr std::string_view kInProgress = "in_progress";
constexpr std::string_view kCompleted = "completed";
constexpr std::string_view kAbandoned = "abandoned";

constexpr std::string_view kFindOpenRun =
    "SELECT r.run_id, r.export_name, r.plan_hash, r.mode, r.run_stamp, r.destination_uri, "
    "r.format, r.compression, "
    "r.checkpoint, r.max_chunk_attempts, r.created_at, r.updated_at, 1 FROM export_state s JOIN "
    "chunk_run r "
    "ON r.run_id = s.inflight_run_id AND r.export_name = s.export_name WHERE s.export_name = ?";
constexpr std::string_view kFindOpenRuns =
    "SELECT r.run_id, r.export_name, r.plan_hash, r.mode, r.run_stamp, r.destination_uri, "
    "r.format, r.compression, "
    "r.checkpoint, r.max_chunk_attempts, r.created_at, r.updated_at, 1 FROM export_state s JOIN "
    "chunk_run r "
    "ON r.run_id = s.inflight_run_id AND r.export_name = s.export_name ORDER BY r.export_name";
constexpr std::string_view kFindLastRun =
    "SELECT r.run_id, r.export_name, r.plan_hash, r.mode, r.run_stamp, r.destination_uri, "
    "r.format, r.compression, "
    "r.checkpoint, r.max_chunk_attempts, r.created_at, r.updated_at, EXISTS (SELECT 1 FROM "
    "export_state s WHERE "
    "s.export_name = r.export_name AND s.inflight_run_id = r.run_id) FROM chunk_run r WHERE "
    "r.export_name = ? "
    "ORDER BY r.rowid DESC LIMIT 1";
// A completed run without a file of its own is one that skipped, unless the committed mark, which
// skipping does not move, names it: a run of an empty table.
constexpr std::string_view kFindLastSuccess =
    "SELECT r.run_id, r.export_name, r.plan_hash, r.mode, r.run_stamp, r.destination_uri, "
    "r.format, r.compression, "
    "r.checkpoint, r.max_chunk_attempts, r.created_at, r.updated_at, 0 FROM chunk_run r WHERE "
    "r.export_name = ?1 AND r.destination_uri = ?2 AND r.status = 'completed' AND (EXISTS (SELECT "
    "1 FROM file_log f WHERE f.run_id = r.run_id AND f.status = 'committed') OR EXISTS (SELECT 1 "
    "FROM export_progression p WHERE p.last_committed_run_id = r.run_id)) "
    "ORDER BY r.rowid DESC LIMIT 1";
constexpr std::string_view kFindRunById =
    "SELECT r.run_id, r.export_name, r.plan_hash, r.mode, r.run_stamp, r.destination_uri, "
    "r.format, r.compression, "
    "r.checkpoint, r.max_chunk_attempts, r.created_at, r.updated_at, EXISTS (SELECT 1 FROM "
    "export_state s WHERE "
    "s.export_name = r.export_name AND s.inflight_run_id = r.run_id) FROM chunk_run r WHERE "
    "r.run_id = ?";

model::Run ReadRun(Query& query) {
  model::Run run;
  run.run_id = query.Text(0);
  run.export_name = query.Text(1);
  run.plan_fingerprint = query.Text(2);
  run.mode = query.Text(3);
  run.stamp = query.Text(4);
  run.destination_uri = query.Text(5);
  run.format = query.Text(6);
  run.compression = query.TextOrEmpty(7);
  run.checkpoint = query.Int(8) != 0;
  const int64_t attempts = query.Int(9);
  if (attempts < 1 || attempts > 1'000'000) query.Corrupt(9, std::to_string(attempts));
  run.unit_attempts_max = static_cast<int>(attempts);
  run.created_at = query.Time(10);
  run.updated_at = query.Time(11);
  run.open = query.Int(12) != 0;
  return run;
}

Status FailLost(const Lease& lease) {
  return Fail(kLeaseLost, "the lease on export " + lease.export_name + " is no longer ours");
}

}  // namespace

Status SqliteLedger::CheckLease(const Lease& lease) {
  ARROW_ASSIGN_OR_RAISE(
      Query query,
      db_.Ask("SELECT owner, fence FROM run_lock WHERE export_name = ?", lease.export_name));
  ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
  if (!row) return FailLost(lease);
  const std::string owner = query.Text(0);
  const int64_t fence = query.Int(1);
  ARROW_RETURN_NOT_OK(query.status());
  return owner == lease.owner && fence == lease.fence ? Status::OK() : FailLost(lease);
}

Result<std::optional<model::Run>> SqliteLedger::FindRun(std::string_view sql,
                                                        const std::string& value) {
  ARROW_ASSIGN_OR_RAISE(Query query, db_.Ask(sql, value));
  ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
  if (!row) return std::nullopt;
  model::Run run = ReadRun(query);
  ARROW_RETURN_NOT_OK(query.status());
  return run;
}

Result<model::Run> SqliteLedger::CheckOpen(const Lease& lease, const std::string& run_id) {
  ARROW_RETURN_NOT_OK(CheckLease(lease));
  ARROW_ASSIGN_OR_RAISE(auto run, FindRun(kFindOpenRun, lease.export_name));
  if (!run.has_value() || run->run_id != run_id) {
    return Fail(kStateError,
                "run " + run_id + " is not the open run of export " + lease.export_name);
  }
  return *std::move(run);
}

Result<Lease> SqliteLedger::Lock(const std::string& export_name, const Owner& owner) {
  Lease lease{export_name, ToText(owner), 1};
  ARROW_RETURN_NOT_OK(db_.Write([&]() -> Status {
    const WallMicros now = db_.world().Now();
    ARROW_ASSIGN_OR_RAISE(
        Query query,
        db_.Ask("SELECT owner, fence, heartbeat_at FROM run_lock WHERE export_name = ?",
                export_name));
    ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
    if (row) {
      const std::string holder_text = query.Text(0);
      const int64_t fence = query.Count(1);
      const WallMicros heartbeat = query.Time(2);
      if (fence == INT64_MAX) query.Corrupt(1, std::to_string(fence));
      ARROW_RETURN_NOT_OK(query.status());
      const Owner holder = OwnerFromText(holder_text);
      if (!holder_text.empty() && !MayTakeOver(holder, heartbeat, now)) {
        return Fail(kLocked, "export " + export_name + " is being run by " + Describe(holder) +
                                 ", last heard of at " + Rfc3339(heartbeat));
      }
      // The row outlives its holders, so that the number never goes back.
      lease.fence = fence + 1;
    }
    const std::string at = Rfc3339(now);
    return db_
        .Run(
            "INSERT INTO run_lock (export_name, owner, acquired_at, heartbeat_at, fence) VALUES "
            "(?, ?, ?, ?, ?) "
            "ON CONFLICT (export_name) DO UPDATE SET owner = excluded.owner, acquired_at = "
            "excluded.acquired_at, "
            "heartbeat_at = excluded.heartbeat_at, fence = excluded.fence",
            export_name, lease.owner, at, at, lease.fence)
        .status();
  }));
  return lease;
}

Status SqliteLedger::Heartbeat(const Lease& lease) {
  return db_.Write([&]() -> Status {
    ARROW_RETURN_NOT_OK(CheckLease(lease));
    const std::string now = Now();
    ARROW_RETURN_NOT_OK(db_.Run("UPDATE run_lock SET heartbeat_at = ? WHERE export_name = ?", now,
                                lease.export_name));
    return db_
        .Run(
            "UPDATE chunk_task SET heartbeat_at = ? WHERE status = 'running' AND owner = ? AND "
            "run_id = "
            "(SELECT inflight_run_id FROM export_state WHERE export_name = ?)",
            now, lease.owner, lease.export_name)
        .status();
  });
}

Status SqliteLedger::Unlock(const Lease& lease) {
  return db_.Write([&]() -> Status {
    ARROW_RETURN_NOT_OK(CheckLease(lease));
    return db_
        .Run("UPDATE run_lock SET owner = '', heartbeat_at = ? WHERE export_name = ?", Now(),
             lease.export_name)
        .status();
  });
}

Result<std::optional<model::Run>> SqliteLedger::OpenRun(const std::string& export_name) {
  std::optional<model::Run> run;
  ARROW_RETURN_NOT_OK(
      db_.Read([&]() -> Status { return FindRun(kFindOpenRun, export_name).Value(&run); }));
  return run;
}

Result<std::optional<model::Run>> SqliteLedger::LastRun(const std::string& export_name) {
  std::optional<model::Run> run;
  ARROW_RETURN_NOT_OK(
      db_.Read([&]() -> Status { return FindRun(kFindLastRun, export_name).Value(&run); }));
  return run;
}

Result<std::optional<model::Run>> SqliteLedger::LastSuccess(const std::string& export_name,
                                                            const std::string& destination_uri) {
  std::optional<model::Run> run;
  ARROW_RETURN_NOT_OK(db_.Read([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(Query query, db_.Ask(kFindLastSuccess, export_name, destination_uri));
    ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
    if (row) run = ReadRun(query);
    return query.status();
  }));
  return run;
}

Result<std::vector<model::Run>> SqliteLedger::OpenRuns() {
  std::vector<model::Run> runs;
  ARROW_RETURN_NOT_OK(db_.Read([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(Query query, db_.Ask(kFindOpenRuns));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
      if (!row) return Status::OK();
      runs.push_back(ReadRun(query));
    }
  }));
  return runs;
}

// Files, metrics and journals of a run may outlive its rows in chunk_run: its id names them, so it
// stays taken.
Result<bool> SqliteLedger::IsIdFreeHere(const std::string& run_id) {
  ARROW_ASSIGN_OR_RAISE(Query query, db_.Ask("SELECT EXISTS (SELECT 1 FROM chunk_run WHERE run_id "
                                             "= ?1) OR EXISTS (SELECT 1 FROM chunk_task WHERE "
                                             "run_id = ?1) OR EXISTS (SELECT 1 FROM file_log WHERE "
                                             "run_id = ?1) OR EXISTS (SELECT 1 FROM "
                                             "export_metrics WHERE run_id = ?1) OR EXISTS (SELECT "
                                             "1 FROM run_journal WHERE run_id = ?1)",
                                             run_id));
  ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
  const bool taken = row && query.Int(0) != 0;
  ARROW_RETURN_NOT_OK(query.status());
  return !taken;
}

Result<bool> SqliteLedger::IsRunIdFree(const std::string& run_id) {
  bool free = false;
  ARROW_RETURN_NOT_OK(db_.Read([&]() -> Status { return IsIdFreeHere(run_id).Value(&free); }));
  return free;
}

Status SqliteLedger::BeginRun(const Lease& lease, const RunStart& start) {
  const model::Run& run = start.run;
  return db_.Write([&]() -> Status {
    ARROW_RETURN_NOT_OK(CheckLease(lease));
    if (run.export_name != lease.export_name) {
      return Fail(kStateError, "run " + run.run_id + " is not of export " + lease.export_name);
    }
    ARROW_ASSIGN_OR_RAISE(const auto open, FindRun(kFindOpenRun, run.export_name));
    if (open.has_value()) {
      return Fail(kStateError, "export " + run.export_name + " has an open run, " + open->run_id);
    }
    ARROW_ASSIGN_OR_RAISE(const bool free, IsIdFreeHere(run.run_id));
    if (!free) return Fail(kStateError, "the run id " + run.run_id + " is taken");
    const std::string now = Now();
    ARROW_RETURN_NOT_OK(db_.Run(
        "INSERT INTO chunk_run (run_id, export_name, plan_hash, status, max_chunk_attempts, "
        "created_at, updated_at, "
        "destination_uri, run_stamp, format, compression, owner, mode, checkpoint) VALUES (?, ?, "
        "?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?, ?, ?)",
        run.run_id, run.export_name, run.plan_fingerprint, kInProgress, run.unit_attempts_max,
        run.created_at == 0 ? now : Rfc3339(run.created_at), now, run.destination_uri, run.stamp,
        run.format, run.compression.empty() ? std::nullopt : std::optional(run.compression),
        lease.owner, run.mode, run.checkpoint));
    for (const model::Unit& unit : start.units) {
      ARROW_RETURN_NOT_OK(db_.Run(
          "INSERT INTO chunk_task (run_id, chunk_index, start_key, end_key, status, attempts, "
          "updated_at) VALUES (?, ?, ?, ?, 'pending', 0, ?)",
          run.run_id, unit.index, unit.start_key, unit.end_key, now));
    }
    // last_run_at is empty until a run succeeds; files of the reference tool may not allow NULL
    // there.
    return db_
        .Run(
            "INSERT INTO export_state (export_name, last_run_at, inflight_run_id) VALUES (?, '', "
            "?) "
            "ON CONFLICT (export_name) DO UPDATE SET inflight_run_id = excluded.inflight_run_id",
            run.export_name, run.run_id)
        .status();
  });
}

Status SqliteLedger::CloseRun(const model::Run& run, std::string_view status) {
  ARROW_RETURN_NOT_OK(db_.Run("UPDATE chunk_run SET status = ?, updated_at = ? WHERE run_id = ?",
                              status, Now(), run.run_id));
  return db_
      .Run("UPDATE export_state SET inflight_run_id = NULL WHERE export_name = ?", run.export_name)
      .status();
}

// I6: finalize after all.
Status SqliteLedger::CheckAllCompleted(const std::string& run_id) {
  ARROW_ASSIGN_OR_RAISE(Query query,
                        db_.Ask("SELECT chunk_index, status FROM chunk_task WHERE run_id = ? AND "
                                "status <> 'completed' ORDER BY chunk_index LIMIT 1",
                                run_id));
  ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
  if (!row) return Status::OK();
  const std::string unit = std::to_string(query.Int(0)), status = query.Text(1);
  ARROW_RETURN_NOT_OK(query.status());
  return db_.Corrupt("run " + run_id + " is to be closed while its unit " + unit + " is " + status);
}

// Only an end that is good moves it, in the transaction that closes the run.
Status SqliteLedger::MoveCommittedMark(const model::Run& run) {
  return db_
      .Run(
          "INSERT INTO export_progression (export_name, last_committed_strategy, "
          "last_committed_cursor, "
          "last_committed_chunk_index, last_committed_run_id, last_committed_at) VALUES (?1, ?2, "
          "(SELECT last_cursor_value FROM export_state WHERE export_name = ?1), "
          "(SELECT max(chunk_index) FROM chunk_task WHERE run_id = ?3), ?3, ?4) "
          "ON CONFLICT (export_name) DO UPDATE SET "
          "last_committed_strategy = excluded.last_committed_strategy, "
          "last_committed_cursor = excluded.last_committed_cursor, "
          "last_committed_chunk_index = excluded.last_committed_chunk_index, "
          "last_committed_run_id = excluded.last_committed_run_id, "
          "last_committed_at = excluded.last_committed_at",
          run.export_name, run.mode, run.run_id, Now())
      .status();
}

Status SqliteLedger::CommitRun(const Lease& lease, const model::RunCommit& commit) {
  if (commit.status == model::RunStatus::kRunning)
    return Fail(kInternalBug, "a run cannot end as running");
  const bool good =
      commit.status == model::RunStatus::kSuccess || commit.status == model::RunStatus::kSkipped;
  return db_.Write([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const model::Run run, CheckOpen(lease, commit.run_id));
    if (good) {
      ARROW_RETURN_NOT_OK(CheckAllCompleted(run.run_id));
      if (commit.status == model::RunStatus::kSuccess) {
        ARROW_RETURN_NOT_OK(db_.Run("UPDATE export_state SET last_run_at = ? WHERE export_name = ?",
                                    Now(), run.export_name));
        ARROW_RETURN_NOT_OK(MoveCommittedMark(run));
      }
      return CloseRun(run, kCompleted);
    }
    if (!run.checkpoint) return CloseRun(run, model::ToString(commit.status));
    return db_.Run("UPDATE chunk_run SET updated_at = ? WHERE run_id = ?", Now(), run.run_id)
        .status();
  });
}

Status SqliteLedger::Abandon(const Lease& lease, const std::string& run_id) {
  return db_.Write([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const model::Run run, CheckOpen(lease, run_id));
    return CloseRun(run, kAbandoned);
  });
}

Status SqliteLedger::ForgetRun(const Lease& lease, const std::string& run_id) {
  return db_.Write([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(const model::Run run, CheckOpen(lease, run_id));
    ARROW_RETURN_NOT_OK(CloseRun(run, kAbandoned));
    ARROW_RETURN_NOT_OK(db_.Run("DELETE FROM chunk_task WHERE run_id = ?", run_id));
    ARROW_RETURN_NOT_OK(db_.Run("DELETE FROM keyset_progress WHERE run_id = ?", run_id));
    return db_.Run("DELETE FROM chunk_run WHERE run_id = ?", run_id).status();
  });
}

Result<std::vector<CursorRow>> SqliteLedger::Cursors() {
  std::vector<CursorRow> rows;
  ARROW_RETURN_NOT_OK(db_.Read([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(
        Query query, db_.Ask("SELECT export_name, last_cursor_value, last_run_at FROM export_state "
                             "WHERE last_cursor_value IS NOT NULL OR last_run_at <> '' "
                             "ORDER BY export_name"));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
      if (!row) return Status::OK();
      rows.push_back({query.Text(0), query.OptionalText(1), query.TextOrEmpty(2)});
    }
  }));
  return rows;
}

Result<std::optional<std::string>> SqliteLedger::ResetCursor(const Lease& lease) {
  std::optional<std::string> was;
  ARROW_RETURN_NOT_OK(db_.Write([&]() -> Status {
    ARROW_RETURN_NOT_OK(CheckLease(lease));
    {
      ARROW_ASSIGN_OR_RAISE(
          Query query, db_.Ask("SELECT last_cursor_value FROM export_state WHERE export_name = ?",
                               lease.export_name));
      ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
      if (row) was = query.OptionalText(0);
      ARROW_RETURN_NOT_OK(query.status());
    }
    return db_
        .Run(
            "UPDATE export_state SET last_cursor_value = NULL, cursor_type = NULL WHERE "
            "export_name = ?",
            lease.export_name)
        .status();
  }));
  return was;
}

Status SqliteLedger::CheckWritable() {
  bool written = false;
  const Status undone = db_.Write([&]() -> Status {
    ARROW_RETURN_NOT_OK(
        db_.Run("INSERT INTO keyset_progress (run_id, page) VALUES ('.rivet_doctor_probe', 0)"));
    written = true;
    return Status::Cancelled("taken back");  // what makes Write() roll back
  });
  return written ? Status::OK() : undone;
}

}  // namespace rivet::state::sqlite
