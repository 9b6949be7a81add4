#include "fake_ledger.h"

#include <algorithm>

#include "base/hash.h"
#include "manifest/manifest.h"

namespace rivet::sim {
namespace {

using model::PartStatus;
using model::Unit;
using model::UnitStatus;

class FakeLedger : public state::Ledger {
 public:
  explicit FakeLedger(Process* process) : process_(*process), disk_(process->disk) {}

  std::string location() const override { return "simulated"; }

  Result<state::Lease> Lock(const std::string& export_name, const state::Owner& owner) override {
    process_.refused_lock = false;
    ARROW_RETURN_NOT_OK(Enter());
    LeaseRow& row = disk_.leases[export_name];
    // Owners of one machine see each other live or dead; of another one only the heartbeat tells.
    const bool silent = process_.world.Steady() - row.beat >= state::kLeaseMicros;
    const bool free = disk_.one_host ? disk_.dead.count(row.process) > 0 : silent;
    if (row.held && !free) {
      process_.refused_lock = true;
      ++disk_.seen["leases refused"];
      return Fail(state::kLocked, "held by process " + std::to_string(row.process));
    }
    if (row.held) ++disk_.seen[disk_.one_host ? "leases of the dead taken" : "silent leases taken"];
    row = {row.fence + 1, true, process_.number(), process_.world.Steady()};
    ARROW_RETURN_NOT_OK(Leave());
    return state::Lease{export_name, state::ToText(owner), row.fence};
  }
  Status Heartbeat(const state::Lease& lease) override {
    ARROW_RETURN_NOT_OK(Enter(lease));
    disk_.leases[lease.export_name].beat = process_.world.Steady();
    return Leave();
  }
  Status Unlock(const state::Lease& lease) override {
    ARROW_RETURN_NOT_OK(Enter(lease));
    disk_.leases[lease.export_name].held = false;
    return Leave();
  }

  Result<std::optional<model::Run>> OpenRun(const std::string& export_name) override {
    ARROW_RETURN_NOT_OK(Enter());
    for (const LedgerRun& run : disk_.runs) {
      if (run.run.export_name == export_name && run.run.open) return std::optional(run.run);
    }
    return std::nullopt;
  }
  Result<std::optional<model::Run>> LastRun(const std::string& export_name) override {
    ARROW_RETURN_NOT_OK(Enter());
    std::optional<model::Run> last;
    for (const LedgerRun& run : disk_.runs) {
      if (run.run.export_name == export_name) last = run.run;
    }
    return last;
  }
  Result<std::optional<model::Run>> LastSuccess(const std::string& export_name,
                                                const std::string& destination_uri) override {
    ARROW_RETURN_NOT_OK(Enter());
    std::optional<model::Run> last;
    for (const LedgerRun& run : disk_.runs) {
      const bool whole = std::all_of(run.units.begin(), run.units.end(), [](const auto& unit) {
        return unit.status == model::UnitStatus::kCompleted;
      });
      if (run.run.export_name == export_name && run.run.destination_uri == destination_uri &&
          !run.run.open && whole)
        last = run.run;
    }
    return last;
  }
  Result<bool> IsRunIdFree(const std::string& run_id) override {
    ARROW_RETURN_NOT_OK(Enter());
    return disk_.FindRun(run_id) == nullptr;
  }
  Status BeginRun(const state::Lease& lease, const state::RunStart& start) override {
    ARROW_RETURN_NOT_OK(Enter(lease));
    if (disk_.FindRun(start.run.run_id) != nullptr) return Fail(state::kStateError, "run id taken");
    for (const LedgerRun& run : disk_.runs) {
      if (run.run.export_name == start.run.export_name && run.run.open) {
        return Fail(state::kStateError, "another run is open");
      }
    }
    disk_.runs.push_back({start.run, model::RunStatus::kRunning, start.units, {}});
    disk_.runs.back().run.open = true;
    disk_.began_at[start.run.run_id] = process_.began_at();
    return Leave();
  }
  Status ReopenUnits(const state::Lease& lease, const std::string& run_id,
                     bool fresh_attempts) override {
    ARROW_ASSIGN_OR_RAISE(LedgerRun * run, EnterRun(lease, run_id));
    for (Unit& unit : run->units) {
      if (unit.status == UnitStatus::kRunning) unit.status = UnitStatus::kPending;
      if (fresh_attempts && unit.status == UnitStatus::kFailed) unit.status = UnitStatus::kPending;
      if (fresh_attempts && unit.status == UnitStatus::kPending) unit.attempts = 0;
    }
    return Leave();
  }
  Status RedoUnit(const state::Lease& lease, const std::string& run_id, int64_t unit_index,
                  const std::string& why) override {
    ARROW_ASSIGN_OR_RAISE(LedgerRun * run, EnterRun(lease, run_id));
    ARROW_ASSIGN_OR_RAISE(Unit * unit, UnitIn(run, unit_index, UnitStatus::kCompleted));
    const int64_t index = unit->index;
    ++disk_.seen["units done again"];
    unit->status = UnitStatus::kPending;
    unit->attempts = 0;
    unit->last_error = why;
    unit->rows.reset();
    unit->file_name.clear();
    unit->altered.clear();
    unit->updated_at = 0;
    for (model::Part& part : run->parts) {
      if (part.unit_index == index) part.status = PartStatus::kQuarantined;
    }
    return Leave();
  }

  Result<std::optional<Unit>> Claim(const state::Lease& lease, const std::string& run_id) override {
    ARROW_ASSIGN_OR_RAISE(LedgerRun * run, EnterRun(lease, run_id));
    std::optional<Unit> claimed;
    for (Unit& unit : run->units) {
      const bool may_be =
          unit.status == UnitStatus::kPending ||
          (unit.status == UnitStatus::kFailed && unit.attempts < run->run.unit_attempts_max);
      if (!may_be) continue;
      unit.status = UnitStatus::kRunning;
      claimed = unit;
      break;
    }
    ARROW_RETURN_NOT_OK(Leave());
    return claimed;
  }
  Status CommitUnit(const state::Lease& lease, const model::UnitCommit& commit) override {
    ARROW_ASSIGN_OR_RAISE(LedgerRun * run, EnterRun(lease, commit.run_id));
    ARROW_ASSIGN_OR_RAISE(Unit * unit, UnitIn(run, commit.unit_index, UnitStatus::kRunning));
    int64_t rows = 0;
    for (const model::Part& part : commit.parts) {
      rows += part.rows;
      run->parts.push_back(part);
      run->parts.back().unit_index = commit.unit_index;
      if (part.status != PartStatus::kCommitted)
        disk_.Broken("P2: a quarantined part is committed");
    }
    if (rows != commit.rows) disk_.Broken("P5: the rows of a unit are not those of its parts");
    unit->status = UnitStatus::kCompleted;
    unit->rows = commit.rows;
    unit->file_name = commit.parts.empty() ? "" : commit.parts[0].path;
    unit->altered = commit.altered;
    unit->last_error.clear();
    CheckParts(&disk_, RootOf(run->run), commit.parts);
    return Leave();
  }
  Status Release(const state::Lease& lease, const std::string& run_id, int64_t unit_index,
                 bool failed, const std::string& error,
                 std::span<const model::Part> orphans) override {
    ARROW_ASSIGN_OR_RAISE(LedgerRun * run, EnterRun(lease, run_id));
    ARROW_ASSIGN_OR_RAISE(Unit * unit, UnitIn(run, unit_index, UnitStatus::kRunning));
    unit->status = failed ? UnitStatus::kFailed : UnitStatus::kPending;
    unit->attempts += failed ? 1 : 0;
    ++disk_.seen[failed ? "attempts failed" : "claims given back"];
    if (!orphans.empty()) ++disk_.seen["orphans recorded"];
    if (failed) unit->last_error = error;
    for (const model::Part& part : orphans) {
      run->parts.push_back(part);
      run->parts.back().unit_index = unit_index;
      run->parts.back().status = PartStatus::kQuarantined;
    }
    return Leave();
  }
  Result<std::vector<Unit>> UnitsOf(const std::string& run_id) override {
    ARROW_RETURN_NOT_OK(Enter());
    const LedgerRun* run = disk_.FindRun(run_id);
    return run == nullptr ? std::vector<Unit>{} : run->units;
  }
  Result<std::vector<model::Part>> PartsOf(const std::string& run_id) override {
    ARROW_RETURN_NOT_OK(Enter());
    const LedgerRun* run = disk_.FindRun(run_id);
    auto parts = run == nullptr ? std::vector<model::Part>{} : run->parts;
    std::sort(parts.begin(), parts.end(), [](const model::Part& a, const model::Part& b) {
      return std::tie(a.unit_index, a.path) < std::tie(b.unit_index, b.path);
    });
    return parts;
  }

  Status CommitRun(const state::Lease& lease, const model::RunCommit& commit) override {
    ARROW_ASSIGN_OR_RAISE(LedgerRun * run, EnterRun(lease, commit.run_id));
    const bool good =
        commit.status == model::RunStatus::kSuccess || commit.status == model::RunStatus::kSkipped;
    for (const Unit& unit : run->units) {
      if (good && unit.status != UnitStatus::kCompleted)
        return Fail(state::kStateCorrupt, "units are left");
    }
    if (commit.status == model::RunStatus::kSuccess) CheckBooks(run->run);
    run->status = commit.status;
    run->run.open = !good && run->run.checkpoint;
    return Leave();
  }
  Status Abandon(const state::Lease& lease, const std::string& run_id) override {
    ARROW_ASSIGN_OR_RAISE(LedgerRun * run, EnterRun(lease, run_id));
    run->run.open = false;
    run->status = model::RunStatus::kFailed;
    return Leave();
  }
  Status ForgetRun(const state::Lease& lease, const std::string& run_id) override {
    ARROW_RETURN_NOT_OK(EnterRun(lease, run_id).status());
    std::erase_if(disk_.runs, [&](const LedgerRun& run) { return run.run.run_id == run_id; });
    return Leave();
  }
  Result<std::vector<state::CursorRow>> Cursors() override {
    return std::vector<state::CursorRow>{};
  }
  // Asked by commands only, never by the engine.
  Result<std::vector<model::Run>> OpenRuns() override { return std::vector<model::Run>{}; }
  Result<std::optional<std::string>> ResetCursor(const state::Lease&) override {
    return std::nullopt;
  }
  Status CheckWritable() override { return Status::OK(); }
  Result<std::vector<state::FileRow>> Files(const std::string&, int64_t) override {
    return std::vector<state::FileRow>{};
  }

 private:
  static std::string RootOf(const model::Run& run) { return run.destination_uri.substr(7); }

  Status Enter() { return process_.Enter(Room::kLedger); }
  Status Enter(const state::Lease& lease) {
    ARROW_RETURN_NOT_OK(Enter());
    const LeaseRow& row = disk_.leases[lease.export_name];
    if (!row.held || row.fence != lease.fence) {
      ++disk_.seen["leases lost"];
      return Fail(state::kLeaseLost, "another process has the lease");
    }
    return Status::OK();
  }
  Result<LedgerRun*> EnterRun(const state::Lease& lease, const std::string& run_id) {
    ARROW_RETURN_NOT_OK(Enter(lease));
    LedgerRun* run = disk_.FindRun(run_id);
    if (run == nullptr || !run->run.open)
      return Fail(state::kStateError, "run " + run_id + " is not open");
    return run;
  }
  static Result<Unit*> UnitIn(LedgerRun* run, int64_t index, UnitStatus wanted) {
    for (Unit& unit : run->units) {
      if (unit.index == index && unit.status == wanted) return &unit;
    }
    return Fail(state::kStateError,
                "unit " + std::to_string(index) + " is not " + std::string(ToString(wanted)));
  }
  Status Leave() { return process_.Leave(Room::kLedger); }

  // I3, P4: a run is closed as success after its manifest and its marker.
  void CheckBooks(const model::Run& run) {
    const auto manifest =
        disk_.objects.find(RootOf(run) + "/" + std::string(manifest::kManifestKey));
    const auto marker = disk_.objects.find(RootOf(run) + "/" + std::string(manifest::kSuccessKey));
    if (manifest == disk_.objects.end() || marker == disk_.objects.end()) {
      return disk_.Broken("P4: the ledger closes run " + run.run_id +
                          " before its manifest and marker");
    }
    const auto parsed = manifest::Parse(manifest->second.bytes);
    const bool fits = manifest::ParseSuccessBody(marker->second.bytes) ==
                      FingerprintText(Xxh3(manifest->second.bytes));
    if (!parsed.ok() || parsed->run_id != run.run_id || !fits) {
      disk_.Broken("P4: the ledger closes run " + run.run_id + " beside the books of another one");
    }
  }

  Process& process_;
  Disk& disk_;
};

}  // namespace

std::unique_ptr<state::Ledger> MakeFakeLedger(Process* process) {
  return std::make_unique<FakeLedger>(process);
}

}  // namespace rivet::sim
