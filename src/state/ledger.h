#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/world.h"
#include "model/run.h"
#include "model/unit.h"

namespace rivet::state {

inline constexpr FaultCode kLocked{
    "RIVET_STATE_LOCKED", FaultClass::kTemporary,
    "Another live run works on this export; wait for it, or use --lock-wait."};
inline constexpr FaultCode kLeaseLost{
    "RIVET_STATE_LEASE_LOST", FaultClass::kTemporary,
    "Another process took this export over; nothing more was published here."};
inline constexpr FaultCode kStateError{"RIVET_STATE_ERROR", FaultClass::kPermanent,
                                       "Check the state file, its disk and its permissions."};
inline constexpr FaultCode kStateNewer{"RIVET_STATE_NEWER", FaultClass::kPermanent,
                                       "The state was written by a newer Rivet; upgrade this one."};
inline constexpr FaultCode kStateCorrupt{
    "RIVET_STATE_CORRUPT", FaultClass::kPermanent,
    "Restore the state file from a backup, or move it away to start afresh."};
inline constexpr FaultCode kStateForeign{
    "RIVET_STATE_FOREIGN", FaultClass::kPermanent,
    "Name a file of its own for Rivet's state; this one was left as it is."};
inline constexpr FaultCode kStateBusy{"RIVET_STATE_BUSY", FaultClass::kTemporary,
                                      "Another program holds the state file locked; try again."};

// Who works: enough to tell on this host whether the owner still lives.
struct Owner {
  std::string host, boot_id;
  int64_t pid = 0;
  int64_t pid_started = 0;  // start time of the process as /proc tells it: pids are reused
  std::string token;        // unique per process
};
Owner ThisProcess(World& world);
// True where it is certain: same host, and another boot or no such process. Unknown hosts: false.
bool IsDead(const Owner& owner);
std::string ToText(const Owner& owner);  // host:boot:pid:started:token
Owner OwnerFromText(std::string_view text);
std::string Describe(const Owner& owner);  // `pid 4711 on host db1`, for messages
// The one rule of takeover, for all drivers: a dead holder at once; one that this machine can see
// alive never; one elsewhere after kLeaseMicros of silence. A heartbeat from the future (a clock
// went backwards) counts as fresh.
bool MayTakeOver(const Owner& holder, WallMicros heartbeat, WallMicros now);

// The right to write for one export. Every write carries `fence`; a takeover raises it, so a
// process that slept through its lease writes nothing more.
struct Lease {
  std::string export_name;
  std::string owner;  // ToText
  int64_t fence = 0;
};
inline constexpr int64_t kHeartbeatMicros = 15'000'000;
inline constexpr int64_t kLeaseMicros = 60'000'000;

struct RunStart {
  model::Run run;
  std::vector<model::Unit> units;
};

struct FileRow {  // state files
  std::string run_id, export_name;
  model::Part part;
  std::string format, compression;
};

struct CursorRow {  // state show
  std::string export_name;
  std::optional<std::string> last_cursor;
  std::string last_run_at;
};

// One row a run, as it was recorded: texts of other programs' files stay as they are.
struct MetricsRow {  // metrics
  std::string export_name, run_id, run_at, status, error_message;
  std::string tuning_profile, format, mode;
  int64_t duration_ms = 0, rows = 0, files = 0, bytes = 0, retries = 0;
  std::optional<int64_t> peak_rss_mb;
  std::optional<bool> validated, schema_changed;  // unset: was not looked at
};

struct JournalRow {  // journal
  std::string run_id, export_name, finished_at, journal_json;
};

// How far an export is: with what its last good run delivered, and what was compared with the
// source since.
struct ProgressMark {
  std::string mode, run_id, at;       // empty: never
  std::optional<std::string> cursor;  // incremental
  std::optional<int64_t> chunk_index;
};
struct ProgressionRow {  // state progression
  std::string export_name;
  ProgressMark committed, verified;
};

// What has been done, kept over restarts: correctness, so every failure is fatal to the run. Shared
// by all threads of the process; one call is one transaction. Every call with a lease fails with
// kLeaseLost when the lease is no longer the newest.
class Ledger {
 public:
  virtual ~Ledger() = default;
  virtual std::string location() const = 0;  // for people

  // kLocked with the holder's description when a live run holds it. A holder that is dead on this
  // host, or silent for kLeaseMicros, is taken over at once.
  virtual Result<Lease> Lock(const std::string& export_name, const Owner& owner) = 0;
  virtual Status Heartbeat(const Lease& lease) = 0;
  virtual Status Unlock(const Lease& lease) = 0;

  // The run that was begun and not closed: at most one an export.
  virtual Result<std::optional<model::Run>> OpenRun(const std::string& export_name) = 0;
  virtual Result<std::optional<model::Run>> LastRun(const std::string& export_name) = 0;
  // The newest run that ended well and delivered to exactly this place (a destination's uri). Runs
  // that had nothing to deliver do not count.
  virtual Result<std::optional<model::Run>> LastSuccess(const std::string& export_name,
                                                        const std::string& destination_uri) = 0;
  // The open runs of all exports, sorted by name.
  virtual Result<std::vector<model::Run>> OpenRuns() = 0;
  // Run, units and the in-flight record in one transaction. The run id must be new (else
  // kStateError): callers ask IsRunIdFree first.
  virtual Result<bool> IsRunIdFree(const std::string& run_id) = 0;
  virtual Status BeginRun(const Lease& lease, const RunStart& start) = 0;
  // Running units go back to pending (their process is dead: the lease is ours); with
  // `fresh_attempts` failed ones too, with attempts 0.
  virtual Status ReopenUnits(const Lease& lease, const std::string& run_id,
                             bool fresh_attempts) = 0;
  // One completed unit back to pending, because its file is missing or wrong; its parts become
  // quarantined.
  virtual Status RedoUnit(const Lease& lease, const std::string& run_id, int64_t unit_index,
                          const std::string& why) = 0;

  // Lowest index first: pending, or failed with attempts left. One atomic statement. None left:
  // nullopt.
  virtual Result<std::optional<model::Unit>> Claim(const Lease& lease,
                                                   const std::string& run_id) = 0;
  // Parts recorded and unit completed in one transaction.
  virtual Status CommitUnit(const Lease& lease, const model::UnitCommit& commit) = 0;
  // The claim ended without result. `failed`: counts as an attempt, `error` (redacted) is kept.
  // Otherwise it is given back as if never claimed. `orphans` are published parts of this attempt,
  // recorded as quarantined.
  virtual Status Release(const Lease& lease, const std::string& run_id, int64_t unit_index,
                         bool failed, const std::string& error,
                         std::span<const model::Part> orphans) = 0;
  virtual Result<std::vector<model::Unit>> UnitsOf(const std::string& run_id) = 0;
  // Every recorded part of the run, quarantined ones included, by unit then path.
  virtual Result<std::vector<model::Part>> PartsOf(const std::string& run_id) = 0;
  // Closes the run and its in-flight record. With kSuccess or kSkipped every unit must be completed
  // (I6), else kStateCorrupt. kFailed and kInterrupted leave a checkpointed run open for --resume
  // and close others.
  virtual Status CommitRun(const Lease& lease, const model::RunCommit& commit) = 0;
  // Gives an open run up: it will not be resumed (a run without checkpoint that died).
  virtual Status Abandon(const Lease& lease, const std::string& run_id) = 0;
  // state reset-chunks: removes run and units of an open run.
  virtual Status ForgetRun(const Lease& lease, const std::string& run_id) = 0;

  virtual Result<std::vector<CursorRow>> Cursors() = 0;
  // state reset: forgets the cursor and gives what it was. Runs and files stay.
  virtual Result<std::optional<std::string>> ResetCursor(const Lease& lease) = 0;
  // Writes and takes it back: OK where a run could write.
  virtual Status CheckWritable() = 0;
  virtual Result<std::vector<FileRow>> Files(const std::string& export_name,
                                             int64_t limit) = 0;  // "" = all
};

// What people read later. A failure here warns and never fails a run.
class History {
 public:
  virtual ~History() = default;
  virtual Status AddMetrics(const model::RunResult& result) = 0;
  virtual Status AddAggregate(const std::string& aggregate_id, const std::string& started_at,
                              const std::string& finished_at, int64_t duration_ms,
                              const std::string& config_path, const std::string& parallel_mode,
                              std::span<const model::RunResult> results,
                              const std::string& details_json) = 0;
  virtual Status AddJournal(const std::string& run_id, const std::string& export_name,
                            const std::string& finished_at, const std::string& journal_json) = 0;

  // Newest first, at most `limit`; an empty name means all.
  virtual Result<std::vector<MetricsRow>> Metrics(const std::string& export_name,
                                                  int64_t limit) = 0;
  virtual Result<std::vector<JournalRow>> Journals(const std::string& export_name,
                                                   const std::string& run_id, int64_t limit) = 0;
  // By export name. The committed mark is moved by Ledger::CommitRun.
  virtual Result<std::vector<ProgressionRow>> Progressions() = 0;
};

struct Store {
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<History> history;
};

struct Driver {
  std::string_view name;  // sqlite
  // `location`: a file path for sqlite. Opens, migrates (each migration in its own transaction),
  // checks.
  Result<Store> (*open)(World& world, const std::string& location);
};

}  // namespace rivet::state
