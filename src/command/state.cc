#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "command/json_internal.h"
#include "command/state_internal.h"
#include "report/report.h"

namespace rivet::command::state {
const Driver& driver();

namespace {

using ::rivet::state::CursorRow;
using ::rivet::state::FileRow;
using ::rivet::state::Ledger;
using ::rivet::state::ProgressionRow;
using ::rivet::state::ProgressMark;
using ::rivet::state::Store;

constexpr int64_t kFilesMax = 1'000'000;

enum class What { kShow, kReset, kFiles, kChunks, kResetChunks, kProgression };

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

Result<std::string> Show(const Place& place, const Flags& flags) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<ShowRow> rows, ShowRows(place.config, place.ledger));
  if (flags.json) {
    Json list = Json::array();
    for (const ShowRow& row : rows) {
      list.push_back({{"export", row.export_name},
                      {"last_cursor", TextOrNull(row.last_cursor)},
                      {"last_run", TextOrNull(row.last_run)},
                      {"run_id", TextOrNull(row.run_id)},
                      {"in_progress", row.open}});
    }
    return JsonDocument(list);
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

Result<std::string> Files(const Place& place, const Flags& flags) {
  ARROW_RETURN_NOT_OK(ChosenExports(place.config, flags.export_name).status());
  std::vector<FileRow> files;
  if (place.ledger != nullptr) {
    ARROW_ASSIGN_OR_RAISE(files, place.ledger->Files(flags.export_name, flags.limit));
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
    return JsonDocument(list);
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

// --- reset ---

Result<std::optional<std::string>> Reset(World& world, Ledger& ledger,
                                         const std::string& export_name) {
  ARROW_ASSIGN_OR_RAISE(const auto lease,
                        ledger.Lock(export_name, ::rivet::state::ThisProcess(world)));
  Result<std::optional<std::string>> was = ledger.ResetCursor(lease);
  const Status unlocked = ledger.Unlock(lease);
  if (was.ok() && !unlocked.ok()) return unlocked;
  return was;
}

Result<std::string> ResetOne(const Place& place, const Flags& flags) {
  if (flags.export_name.empty()) return Fail(kCliUsage, "state reset needs --export");
  ARROW_ASSIGN_OR_RAISE(const config::Export* item, place.config.Find(flags.export_name));
  std::optional<std::string> was;
  if (place.ledger != nullptr) {
    ARROW_ASSIGN_OR_RAISE(was, Reset(place.world, *place.ledger, item->name));
  }
  if (flags.json) {
    return JsonDocument({{"export", item->name},
                         {"previous_cursor", ValueOrNull(was)},
                         {"cleared", was.has_value()}});
  }
  const std::string next =
      was ? "the cursor " + *was + " was forgotten"
          : "there is no cursor to forget: " + std::string(model::ToString(item->mode)) +
                " exports keep none";
  return report::Printable(item->name + ": " + next) + "; the next run reads everything\n";
}

// --- progression ---

std::string ValueOf(const ProgressMark& mark) {
  if (mark.cursor) return *mark.cursor;
  return mark.chunk_index ? "chunk #" + std::to_string(*mark.chunk_index) : "";
}

Json MarkJson(const ProgressMark& mark) {
  if (mark.at.empty()) return nullptr;
  return {{"mode", mark.mode},
          {"value", TextOrNull(ValueOf(mark))},
          {"run_id", TextOrNull(mark.run_id)},
          {"at", mark.at}};
}

std::vector<std::string> MarkCells(const ProgressMark& mark) {
  if (mark.at.empty()) return {"never", "-", "-"};
  const std::string value = ValueOf(mark);
  return {mark.mode, value.empty() ? "-" : value, mark.at};
}

Result<std::string> Progression(const Place& place, const Flags& flags) {
  ARROW_ASSIGN_OR_RAISE(const auto chosen, ChosenExports(place.config, flags.export_name));
  std::vector<ProgressionRow> rows;
  if (place.history != nullptr) {
    ARROW_ASSIGN_OR_RAISE(rows, place.history->Progressions());
  }
  Json list = Json::array();
  std::vector<std::vector<std::string>> cells;
  for (const config::Export* item : chosen) {
    for (const ProgressionRow& row : rows) {
      if (row.export_name != item->name) continue;
      list.push_back({{"export", row.export_name},
                      {"committed", MarkJson(row.committed)},
                      {"verified", MarkJson(row.verified)}});
      cells.push_back({row.export_name});
      for (const ProgressMark* mark : {&row.committed, &row.verified}) {
        for (std::string& cell : MarkCells(*mark)) cells.back().push_back(std::move(cell));
      }
    }
  }
  if (flags.json) return JsonDocument(list);
  if (cells.empty()) return std::string("no run has delivered anything yet\n");
  return TableText({"EXPORT", "COMMITTED", "VALUE", "AT", "VERIFIED", "VALUE", "AT"}, cells);
}

Result<std::string> Do(What what, const Context& context, const Flags& flags) {
  ARROW_ASSIGN_OR_RAISE(const config::Config config, LoadConfig(context.world, flags));
  ARROW_ASSIGN_OR_RAISE(const StatePlace location, StatePlaceOf(config));
  Store store;
  if (StateExists(location)) {
    ARROW_ASSIGN_OR_RAISE(store, OpenStore(context, location));
  }
  const Place place{context, context.world, config, store.ledger.get(), store.history.get()};
  switch (what) {
    case What::kShow:
      return Show(place, flags);
    case What::kReset:
      return ResetOne(place, flags);
    case What::kFiles:
      return Files(place, flags);
    case What::kChunks:
      return Chunks(place, flags);
    case What::kResetChunks:
      return ResetChunks(place, flags);
    case What::kProgression:
      return Progression(place, flags);
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
  CLI::App* cursor = Subcommand(app, "reset", "Forget the cursor of an export", flags.get(),
                                ExportFlag::kRequired);
  CLI::App* files = Subcommand(app, "files", "Files that were written, newest first", flags.get(),
                               ExportFlag::kOptional);
  files->add_option("-l,--limit", flags->limit, "At most this many")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, kFilesMax));
  CLI::App* chunks = Subcommand(app, "chunks", "Chunks of an export's unfinished or last run",
                                flags.get(), ExportFlag::kRequired);
  CLI::App* reset =
      Subcommand(app, "reset-chunks", "Give an unfinished run up: the next one starts afresh",
                 flags.get(), ExportFlag::kOptional);
  reset->add_flag("--stuck-checkpoints,--failed", flags->stuck,
                  "Every export of this config with an unfinished run");
  CLI::App* progression =
      Subcommand(app, "progression", "How far each export is delivered and verified", flags.get(),
                 ExportFlag::kOptional);
  return [flags, cursor, files, chunks, reset, progression](const Context& context) -> Report {
    const What what = cursor->parsed()        ? What::kReset
                      : files->parsed()       ? What::kFiles
                      : chunks->parsed()      ? What::kChunks
                      : reset->parsed()       ? What::kResetChunks
                      : progression->parsed() ? What::kProgression
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
