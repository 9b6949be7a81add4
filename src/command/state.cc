#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "command/shared_internal.h"
#include "report/report.h"

namespace rivet::command::state {
const Driver& driver();

namespace {

using Json = nlohmann::ordered_json;
using ::rivet::state::CursorRow;
using ::rivet::state::FileRow;
using ::rivet::state::Ledger;
using ::rivet::state::Store;

constexpr int64_t kFilesDefault = 50;
constexpr int64_t kFilesMax = 1'000'000;

struct Flags : ConfigFlags {
  bool json = false, stuck = false;
  int64_t limit = kFilesDefault;
};

enum class What { kShow, kFiles, kChunks, kResetChunks };

std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string TimeText(WallMicros time) { return time == 0 ? "" : Rfc3339(time); }

// --- show ---

struct ShowRow {
  std::string export_name, last_cursor, last_run, run_id;
  bool open = false;
};

Result<std::vector<ShowRow>> ShowRows(const config::Config& config, Ledger* ledger) {
  std::vector<ShowRow> rows;
  std::vector<CursorRow> cursors;
  if (ledger == nullptr) return rows;
  ARROW_ASSIGN_OR_RAISE(cursors, ledger->Cursors());
  for (const config::Export& item : config.exports) {
    ShowRow row;
    row.export_name = item.name;
    ARROW_ASSIGN_OR_RAISE(const std::optional<model::Run> last, ledger->LastRun(item.name));
    if (last) {
      row.last_run = TimeText(last->updated_at);
      row.run_id = last->run_id;
      row.open = last->open;
    }
    for (const CursorRow& cursor : cursors) {
      if (cursor.export_name != item.name) continue;
      row.last_cursor = cursor.last_cursor.value_or("");
      if (row.last_run.empty()) row.last_run = cursor.last_run_at;
    }
    if (!row.last_run.empty() || !row.last_cursor.empty()) rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::string> Show(const config::Config& config, const Flags& flags, Ledger* ledger) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<ShowRow> rows, ShowRows(config, ledger));
  if (flags.json) {
    Json list = Json::array();
    for (const ShowRow& row : rows) {
      list.push_back({{"export", row.export_name},
                      {"last_cursor", TextOrNull(row.last_cursor)},
                      {"last_run", TextOrNull(row.last_run)},
                      {"run_id", TextOrNull(row.run_id)},
                      {"in_progress", row.open}});
    }
    return Dump(list);
  }
  if (rows.empty()) return "no export of this config has ever run\n";
  std::vector<std::vector<std::string>> cells;
  bool any_cursor = false;
  for (const ShowRow& row : rows) {
    any_cursor = any_cursor || !row.last_cursor.empty();
    cells.push_back({row.export_name, row.last_cursor.empty() ? "-" : row.last_cursor,
                     row.last_run + (row.open ? " (unfinished)" : ""), row.run_id});
  }
  std::string text = TableText({"EXPORT", "LAST CURSOR", "LAST RUN", "RUN ID"}, cells);
  if (!any_cursor) text += "no cursors: full and chunked exports keep none\n";
  return text;
}

// --- files ---

Result<std::string> Files(const config::Config& config, const Flags& flags, Ledger* ledger) {
  if (!flags.export_name.empty()) ARROW_RETURN_NOT_OK(config.Find(flags.export_name).status());
  std::vector<FileRow> files;
  if (ledger != nullptr) {
    ARROW_ASSIGN_OR_RAISE(files, ledger->Files(flags.export_name, flags.limit));
  }
  if (flags.json) {
    Json list = Json::array();
    for (const FileRow& file : files) {
      list.push_back({{"run_id", file.run_id},
                      {"export", file.export_name},
                      {"file", file.part.path},
                      {"rows", file.part.rows},
                      {"bytes", file.part.bytes},
                      {"status", model::ToString(file.part.status)},
                      {"format", file.format},
                      {"compression", file.compression},
                      {"created", TextOrNull(TimeText(file.part.created_at))}});
    }
    return Dump(list);
  }
  if (files.empty()) return "no files are recorded\n";
  std::vector<std::vector<std::string>> cells;
  for (const FileRow& file : files) {
    std::string name = file.part.path;
    if (file.part.status != model::PartStatus::kCommitted) {
      name += " (" + std::string(model::ToString(file.part.status)) + ")";
    }
    cells.push_back({file.run_id, name, std::to_string(file.part.rows),
                     std::to_string(file.part.bytes), TimeText(file.part.created_at)});
  }
  return TableText({"RUN ID", "FILE", "ROWS", "BYTES", "CREATED"}, cells);
}

// --- chunks ---

Json UnitJson(const model::Unit& unit) {
  Json json;
  json["index"] = unit.index;
  json["status"] = model::ToString(unit.status);
  json["start"] = unit.start_key;
  json["end"] = unit.end_key;
  json["attempts"] = unit.attempts;
  json["rows"] = unit.rows ? Json(*unit.rows) : Json(nullptr);
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
                                {"status", run.open ? "in_progress" : "completed"},
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

Result<std::string> Chunks(const config::Config& config, const Flags& flags, Ledger* ledger) {
  if (flags.export_name.empty()) return Fail(kCliUsage, "state chunks needs --export");
  ARROW_RETURN_NOT_OK(config.Find(flags.export_name).status());
  std::optional<model::Run> run;
  if (ledger != nullptr) {
    ARROW_ASSIGN_OR_RAISE(run, ledger->OpenRun(flags.export_name));
    if (!run) {
      ARROW_ASSIGN_OR_RAISE(run, ledger->LastRun(flags.export_name));
    }
  }
  if (!run) return std::string(flags.json ? "null\n" : "no run of this export is recorded\n");
  ARROW_ASSIGN_OR_RAISE(const std::vector<model::Unit> units, ledger->UnitsOf(run->run_id));
  if (!flags.json) return ChunksText(ledger->location(), *run, units);
  Json json;
  json["database"] = ledger->location();
  json["export"] = run->export_name;
  json["run_id"] = run->run_id;
  json["plan_hash"] = run->plan_fingerprint;
  json["status"] = run->open ? "in_progress" : "completed";
  json["updated"] = TextOrNull(TimeText(run->updated_at));
  json["chunks"] = Json::array();
  for (const model::Unit& unit : units) json["chunks"].push_back(UnitJson(unit));
  return Dump(json);
}

// --- reset-chunks ---

// The id of the run that was given up, or empty.
Result<std::string> Forget(World& world, Ledger& ledger, const std::string& export_name) {
  ARROW_ASSIGN_OR_RAISE(const auto lease,
                        ledger.Lock(export_name, ::rivet::state::ThisProcess(world)));
  const auto work = [&]() -> Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(const std::optional<model::Run> open, ledger.OpenRun(export_name));
    if (!open) return std::string();
    ARROW_RETURN_NOT_OK(ledger.ForgetRun(lease, open->run_id));
    return open->run_id;
  };
  Result<std::string> forgotten = work();
  const Status unlocked = ledger.Unlock(lease);
  if (forgotten.ok() && !unlocked.ok()) return unlocked;
  return forgotten;
}

Result<std::string> ResetChunks(World& world, const config::Config& config, const Flags& flags,
                                Ledger* ledger) {
  if (flags.export_name.empty() == !flags.stuck) {
    return Fail(kCliUsage, "state reset-chunks needs either --export or --stuck-checkpoints");
  }
  ARROW_ASSIGN_OR_RAISE(const auto chosen, ChosenExports(config, flags.export_name));
  Json list = Json::array();
  std::string text;
  for (const config::Export* item : chosen) {
    if (ledger == nullptr) break;
    Result<std::string> forgotten = Forget(world, *ledger, item->name);
    if (!forgotten.ok() && flags.stuck && Is(forgotten.status(), ::rivet::state::kLocked)) {
      text += report::Printable(item->name) + ": left alone, it is running\n";
      continue;
    }
    ARROW_RETURN_NOT_OK(WithExport(forgotten.status(), item->name));
    if (forgotten->empty()) continue;
    list.push_back({{"export", item->name}, {"run_id", *forgotten}});
    text += report::Printable(item->name + ": run " + *forgotten) +
            " was given up; the next run starts afresh\n";
  }
  if (flags.json) return Dump(list);
  return text.empty() ? "nothing to remove: no unfinished run\n" : text;
}

Result<std::string> Do(What what, const Context& context, const Flags& flags) {
  ARROW_ASSIGN_OR_RAISE(const config::Config config, LoadConfig(context.world, flags));
  ARROW_ASSIGN_OR_RAISE(const StatePlace place, StatePlaceOf(config));
  Store store;
  if (StateExists(place)) {
    ARROW_ASSIGN_OR_RAISE(store, OpenStore(context, place));
  }
  switch (what) {
    case What::kShow:
      return Show(config, flags, store.ledger.get());
    case What::kFiles:
      return Files(config, flags, store.ledger.get());
    case What::kChunks:
      return Chunks(config, flags, store.ledger.get());
    case What::kResetChunks:
      return ResetChunks(context.world, config, flags, store.ledger.get());
  }
  return Fail(kInternalBug, "no such state command");
}

CLI::App* Subcommand(CLI::App& app, const std::string& name, const std::string& summary,
                     Flags* flags, ExportFlag export_flag) {
  CLI::App* sub = app.add_subcommand(name, summary);
  sub->fallthrough();
  AddConfigFlags(*sub, export_flag, flags);
  sub->add_flag("--json", flags->json, "JSON on stdout");
  return sub;
}

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.require_subcommand(0, 1);
  AddConfigFlags(app, ExportFlag::kNone, flags.get());
  app.add_flag("--json", flags->json, "JSON on stdout");
  Subcommand(app, "show", "Cursor and last run of each export", flags.get(), ExportFlag::kNone);
  CLI::App* files = Subcommand(app, "files", "Files that were written, newest first", flags.get(),
                               ExportFlag::kOptional);
  files->add_option("-l,--limit", flags->limit, "At most this many")
      ->check(CLI::Range(int64_t{1}, kFilesMax));
  CLI::App* chunks = Subcommand(app, "chunks", "Chunks of an export's unfinished or last run",
                                flags.get(), ExportFlag::kRequired);
  CLI::App* reset =
      Subcommand(app, "reset-chunks", "Give an unfinished run up: the next one starts afresh",
                 flags.get(), ExportFlag::kOptional);
  reset->add_flag("--stuck-checkpoints,--failed", flags->stuck,
                  "Every export of this config with an unfinished run");
  return [flags, files, chunks, reset](const Context& context) -> Report {
    const What what = files->parsed()    ? What::kFiles
                      : chunks->parsed() ? What::kChunks
                      : reset->parsed()  ? What::kResetChunks
                                         : What::kShow;
    Result<std::string> text = Do(what, context, *flags);
    return text.ok() ? Report{*text, Status::OK()} : Report{"", text.status()};
  };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{"state", "Look at or reset what has been done", &Declare};
  return kDriver;
}

}  // namespace rivet::command::state
