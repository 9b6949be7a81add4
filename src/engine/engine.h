#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/world.h"
#include "config/config.h"
#include "engine/drivers.h"
#include "model/facts.h"
#include "model/observer.h"
#include "model/plan.h"
#include "model/run.h"
#include "state/ledger.h"

// The only room where source, format, destination and state meet. Modes are data: every plan is a
// list of units, one loop copies a unit, one function finishes a run.
namespace rivet::engine {

inline constexpr FaultCode kRunInProgress{
    "RIVET_STATE_RUN_IN_PROGRESS", FaultClass::kPermanent,
    "Run with --resume to continue it, or state reset-chunks to give it up."};
inline constexpr FaultCode kNeverRan{"RIVET_STATE_NEVER_RAN", FaultClass::kUsage,
                                     "Run without --resume."};
inline constexpr FaultCode kPlanChanged{
    "RIVET_PLAN_CHANGED", FaultClass::kPermanent,
    "Undo the change of the config, or give the run up with state reset-chunks."};
inline constexpr FaultCode kMarkerPresent{
    "RIVET_DEST_SUCCESS_PRESENT", FaultClass::kPermanent,
    "Another run finished at this place; use --force to go on all the same."};
inline constexpr FaultCode kRowsDiffer{"RIVET_VALIDATE_ROWS_DIFFER", FaultClass::kIntegrity,
                                       "Do not use the files; report this with the log."};
inline constexpr FaultCode kVerifyFailed{
    "RIVET_VALIDATE_FAILED", FaultClass::kIntegrity,
    "Do not use the files; see each failure above and export again."};
inline constexpr FaultCode kNotVerified{
    "RIVET_VALIDATE_NOT_VERIFIED", FaultClass::kTemporary,
    "The destination could not be read; check it and validate again."};
inline constexpr FaultCode kSourceDiffers{
    "RIVET_VALIDATE_SOURCE_DIFFERS", FaultClass::kIntegrity,
    "Find out what changed the rows since they were read; export again, or compare at a quiet "
    "time."};
inline constexpr FaultCode kUnitsFailed{"RIVET_RUN_UNITS_FAILED", FaultClass::kTemporary,
                                        "Run with --resume once the cause named is over."};

// What every step may use. Outlives all of them.
struct Rooms {
  World& world;
  const Drivers& drivers;
  state::Ledger& ledger;
  model::Observer& observer;
  Budget& budget;
};

// Opens the config's source for one export.
using OpenSource = std::function<Result<std::unique_ptr<source::Source>>(std::stop_token)>;
OpenSource SourceOpener(World& world, const Drivers& drivers, const config::Config& config,
                        const std::string& export_name);

// Connects, asks the catalog, makes the plan. Reads no user row but the key's bounds.
struct Prepared {
  model::Plan plan;
  model::TableFacts facts;
  model::ServerFacts server;
  std::optional<int64_t> units_estimate;  // PrepareEstimate: where the plan has no units
  std::string key_range;                  // and what they would be cut out of: `first..last`
};
// `keep_mode`: the mode of the run that is resumed. Its units are in the ledger: the key is not
// looked at again, and the plan has none.
Result<Prepared> Prepare(source::Source& source, const config::Config& config,
                         const config::Export& item,
                         std::optional<model::Mode> keep_mode = std::nullopt);
// The same without walking along a key: where chunks are cut at keys the plan has no units, and how
// many there will be is an estimate. What is for people only, who wait and run nothing.
Result<Prepared> PrepareEstimate(source::Source& source, const config::Config& config,
                                 const config::Export& item);

// What the export reads: `schema.name` of the config, or its query.
model::Relation RelationOf(const config::Export& item);

// doctor: writes a small object, reads it back, sees that it is not replaced, removes it.
Status ProbeDestination(World& world, destination::Destination& destination);

struct RunOptions {
  bool resume = false;
  bool force = false;
  // Reads back what the run delivered, after its books are closed: what is found changes the
  // verdict, not the books.
  bool validate = false;
  // Counts the rows at the source, after the same, and compares. What cannot be counted is a
  // warning.
  bool reconcile = false;
  // Refuses, before the first row, columns whose type would lose something.
  bool strict = false;
  std::chrono::seconds lock_wait{0};
  std::string tool_version;
};

// One run of one export, start to end: lease, roll-forward or resume, units, finish. Never throws;
// a failure is in the result's status() and in its RunResult (error_code, error_message). `stop`
// ends it at the next safe point.
struct RunOutcome {
  model::RunResult result;
  Status status;
};
RunOutcome RunExport(const Rooms& rooms, const config::Config& config, const config::Export& item,
                     const OpenSource& open_source, const RunOptions& options,
                     std::stop_token stop);

// validate: what is at a destination against its manifest; never touches the source.
struct VerifyFailure {
  std::string
      kind;  // part_missing, part_size_mismatch, part_row_count_mismatch, part_content_mismatch, …
  std::string path, detail;
  int64_t part_id = 0, expected = -1, actual = -1;
  bool fails = true;          // untracked_object does not
  bool not_verified = false;  // could not look: class 75
};
struct Verification {
  bool manifest_found = false, legacy_run = false;
  int64_t parts_verified = 0, parts_failed = 0, rows = 0;
  bool success_marker_consistent = false, manifest_self_consistent = false, passed = false;
  std::string run_id, export_name, status;  // as the manifest says
  std::vector<VerifyFailure> failures;
};
enum class VerifyDepth { kLight, kSample, kFull };
Verification Verify(destination::Destination& destination, const format::Driver& format,
                    const model::FormatSettings& settings, VerifyDepth depth);
// OK where all applicable checks passed or there is no manifest to check against; kVerifyFailed;
// kNotVerified where only looking failed.
Status VerdictOf(const Verification& verification);

}  // namespace rivet::engine
