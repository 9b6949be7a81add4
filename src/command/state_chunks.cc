#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command/json_internal.h"
#include "command/state_internal.h"
#include "report/report.h"

namespace rivet::command::state {
namespace {

using ::rivet::state::Ledger;

std::string StatusOf(const model::Run& run) { return run.open ? "in_progress" : "completed"; }

Json UnitJson(const model::Unit& unit) {
  Json json;
  json["index"] = unit.index;
  json["status"] = model::ToString(unit.status);
  json["start"] = unit.start_key;
  json["end"] = unit.end_key;
  json["attempts"] = unit.attempts;
  json["rows"] = ValueOrNull(unit.rows);
  json["file"] = TextOrNull(unit.file_name);
  json["error"] = TextOrNull(unit.last_error);
  return json;
}

std::string ChunksText(const std::string& location, const model::Run& run,
                       const std::vector<model::Unit>& units) {
  std::string text = LabelText({{"database", location},
                                {"export", run.export_name},
                                {"run id", run.run_id},
                                {"plan hash", run.plan_fingerprint},
                                {"status", StatusOf(run)},
                                {"updated", TimeText(run.updated_at)}});
  std::vector<std::vector<std::string>> cells;
  for (const model::Unit& unit : units) {
    cells.push_back({std::to_string(unit.index), std::string(model::ToString(unit.status)),
                     unit.start_key, unit.end_key, std::to_string(unit.attempts),
                     unit.rows ? std::to_string(*unit.rows) : "-",
                     unit.file_name.empty() ? "-" : unit.file_name, unit.last_error});
  }
  return text +
         TableText({"INDEX", "STATUS", "START", "END", "ATTEMPTS", "ROWS", "FILE", "ERROR"}, cells);
}

// Unfinished files of a run that nobody will finish. Files that were published stay.
Status SweepPlace(const Place& place, const config::Export& item, const model::Run& run) {
  const std::string root = config::FillPlaceholders(config::DestinationRoot(place.config, item),
                                                    item.name, run.run_id, DayOf(run));
  ARROW_ASSIGN_OR_RAISE(const auto destination,
                        OpenDestination(place.context, item, root, run.run_id));
  if (destination->traits().streams) return Status::OK();
  if (destination->uri() != run.destination_uri) {
    return Fail(kCliUsage, "the run wrote to " + run.destination_uri +
                               ", which is not where the config says now");
  }
  return destination->Sweep(run.run_id).status();
}

// The id of the run that was given up, or empty.
Result<std::string> Forget(const Place& place, const config::Export& item) {
  World& world = place.world;
  Ledger& ledger = *place.ledger;
  ARROW_ASSIGN_OR_RAISE(const auto lease,
                        ledger.Lock(item.name, ::rivet::state::ThisProcess(world)));
  const auto work = [&]() -> Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(const std::optional<model::Run> open, ledger.OpenRun(item.name));
    if (!open) return std::string();
    // Before the run is forgotten: afterwards nobody knows whose files they are.
    if (const Status swept = SweepPlace(place, item, *open); !swept.ok()) {
      world.log().WarnOnce("temporary-files-left", "export " + item.name +
                                                       ": unfinished files of run " + open->run_id +
                                                       " may be left: " + swept.message());
    }
    ARROW_RETURN_NOT_OK(ledger.ForgetRun(lease, open->run_id));
    return open->run_id;
  };
  Result<std::string> forgotten = work();
  const Status unlocked = ledger.Unlock(lease);
  if (forgotten.ok() && !unlocked.ok()) return unlocked;
  return forgotten;
}

// What reset-chunks did, one line a run.
class Resets {
 public:
  void Add(const std::string& export_name, const std::string& run_id, bool removed,
           const std::string& note) {
    list_.push_back({{"export", export_name},
                     {"run_id", TextOrNull(run_id)},
                     {"removed", removed},
                     {"note", note}});
    text_ += report::Printable(export_name + ": " + (run_id.empty() ? "" : "run " + run_id + " ") +
                               note) +
             "\n";
  }
  std::string Text(bool json) const {
    if (json) return JsonDocument(list_);
    return text_.empty() ? "nothing to remove: no unfinished run\n" : text_;
  }

 private:
  Json list_ = Json::array();
  std::string text_;
};

}  // namespace

Result<std::string> Chunks(const Place& place, const Flags& flags) {
  if (flags.export_name.empty()) return Fail(kCliUsage, "state chunks needs --export");
  ARROW_RETURN_NOT_OK(place.config.Find(flags.export_name).status());
  std::optional<model::Run> run;
  if (place.ledger != nullptr) {
    ARROW_ASSIGN_OR_RAISE(run, place.ledger->OpenRun(flags.export_name));
    if (!run) {
      ARROW_ASSIGN_OR_RAISE(run, place.ledger->LastRun(flags.export_name));
    }
  }
  if (!run) return std::string(flags.json ? "null\n" : "no run of this export is recorded\n");
  ARROW_ASSIGN_OR_RAISE(const std::vector<model::Unit> units, place.ledger->UnitsOf(run->run_id));
  if (!flags.json) return ChunksText(place.ledger->location(), *run, units);
  Json json;
  json["database"] = place.ledger->location();
  json["export"] = run->export_name;
  json["run_id"] = run->run_id;
  json["plan_hash"] = run->plan_fingerprint;
  json["status"] = StatusOf(*run);
  json["updated"] = TextOrNull(TimeText(run->updated_at));
  json["chunks"] = Json::array();
  for (const model::Unit& unit : units) json["chunks"].push_back(UnitJson(unit));
  return JsonDocument(json);
}

Result<std::string> ResetChunks(const Place& place, const Flags& flags) {
  if (flags.export_name.empty() == !flags.stuck) {
    return Fail(kCliUsage, "state reset-chunks needs either --export or --stuck-checkpoints");
  }
  ARROW_ASSIGN_OR_RAISE(const auto chosen, ChosenExports(place.config, flags.export_name));
  Resets resets;
  if (place.ledger == nullptr) return resets.Text(flags.json);
  for (const config::Export* item : chosen) {
    const Result<std::string> forgotten = Forget(place, *item);
    if (!forgotten.ok() && flags.stuck && Is(forgotten.status(), ::rivet::state::kLocked)) {
      resets.Add(item->name, "", false, "is running: left alone");
      continue;
    }
    ARROW_RETURN_NOT_OK(WithExport(forgotten.status(), item->name));
    if (forgotten->empty()) continue;
    resets.Add(item->name, *forgotten, true, "was given up; the next run starts afresh");
  }
  if (!flags.stuck) return resets.Text(flags.json);
  // Of other configs that share the state, or of exports that were renamed.
  ARROW_ASSIGN_OR_RAISE(const std::vector<model::Run> open, place.ledger->OpenRuns());
  for (const model::Run& run : open) {
    if (place.config.Find(run.export_name).ok()) continue;
    resets.Add(run.export_name, run.run_id, false,
               "is unfinished and its export is not in this config: left alone");
  }
  return resets.Text(flags.json);
}

}  // namespace rivet::command::state
