#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "state/ledger.h"
#include "state/sqlite/database_internal.h"

namespace rivet::state::sqlite {

// What people read of the store: location is a path. Tests open with other options than the driver
// does.
Result<Store> OpenStore(World& world, const std::string& location, const OpenOptions& options);

class SqliteLedger : public Ledger {
 public:
  explicit SqliteLedger(std::shared_ptr<Database> database)
      : database_(std::move(database)), db_(*database_) {}
  std::string location() const override { return db_.path(); }

  Result<Lease> Lock(const std::string& export_name, const Owner& owner) override;
  Status Heartbeat(const Lease& lease) override;
  Status Unlock(const Lease& lease) override;
  Result<std::optional<model::Run>> OpenRun(const std::string& export_name) override;
  Result<std::optional<model::Run>> LastRun(const std::string& export_name) override;
  Result<std::optional<model::Run>> LastSuccess(const std::string& export_name,
                                                const std::string& destination_uri) override;
  Result<std::vector<model::Run>> OpenRuns() override;
  Result<bool> IsRunIdFree(const std::string& run_id) override;
  Status BeginRun(const Lease& lease, const RunStart& start) override;
  Status CommitRun(const Lease& lease, const model::RunCommit& commit) override;
  Status Abandon(const Lease& lease, const std::string& run_id) override;
  Status ForgetRun(const Lease& lease, const std::string& run_id) override;

  Status ReopenUnits(const Lease& lease, const std::string& run_id, bool fresh_attempts) override;
  Status RedoUnit(const Lease& lease, const std::string& run_id, int64_t unit_index,
                  const std::string& why) override;
  Result<std::optional<model::Unit>> Claim(const Lease& lease, const std::string& run_id) override;
  Status CommitUnit(const Lease& lease, const model::UnitCommit& commit) override;
  Status Release(const Lease& lease, const std::string& run_id, int64_t unit_index, bool failed,
                 const std::string& error, std::span<const model::Part> orphans) override;
  Result<std::vector<model::Unit>> UnitsOf(const std::string& run_id) override;
  Result<std::vector<model::Part>> PartsOf(const std::string& run_id) override;

  Result<std::vector<CursorRow>> Cursors() override;
  Result<std::optional<std::string>> ResetCursor(const Lease& lease) override;
  Status CheckWritable() override;
  Result<std::vector<FileRow>> Files(const std::string& export_name, int64_t limit) override;

 private:
  // Inside one Write(): nothing is written for a lease that is not the newest (R14).
  Status CheckLease(const Lease& lease);
  // The same, and the run is the open one of the lease's export. Gives it.
  Result<model::Run> CheckOpen(const Lease& lease, const std::string& run_id);
  Result<std::optional<model::Run>> FindRun(std::string_view where_sql, const std::string& value);
  Status CheckAllCompleted(const std::string& run_id);
  Status MoveCommittedMark(const model::Run& run);
  Status CloseRun(const model::Run& run, std::string_view status);
  Result<bool> IsIdFreeHere(const std::string& run_id);
  Status AddPart(const model::Run& run, int64_t unit_index, const model::Part& part,
                 model::PartStatus status);
  Status RecordAltered(const model::UnitCommit& commit, const model::Altered& altered);
  Status ReadAlteredOf(const std::string& run_id, std::vector<model::Unit>* units);
  // What is wrong with a unit that a statement did not find in the state it must be in.
  Status NotSo(const std::string& run_id, int64_t unit_index, std::string_view wanted);
  std::string Now() { return Rfc3339(db_.world().Now()); }

  const std::shared_ptr<Database> database_;
  Database& db_;
};

class SqliteHistory : public History {
 public:
  explicit SqliteHistory(std::shared_ptr<Database> database)
      : database_(std::move(database)), db_(*database_) {}
  Status AddMetrics(const model::RunResult& result) override;
  Status AddAggregate(const std::string& aggregate_id, const std::string& started_at,
                      const std::string& finished_at, int64_t duration_ms,
                      const std::string& config_path, const std::string& parallel_mode,
                      std::span<const model::RunResult> results,
                      const std::string& details_json) override;
  Status AddJournal(const std::string& run_id, const std::string& export_name,
                    const std::string& finished_at, const std::string& journal_json) override;
  Result<std::vector<MetricsRow>> Metrics(const std::string& export_name, int64_t limit) override;
  Result<std::vector<JournalRow>> Journals(const std::string& export_name,
                                           const std::string& run_id, int64_t limit) override;
  Result<std::vector<ProgressionRow>> Progressions() override;

 private:
  const std::shared_ptr<Database> database_;
  Database& db_;
};

}  // namespace rivet::state::sqlite
