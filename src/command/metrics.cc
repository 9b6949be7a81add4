#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <string>
#include <vector>

#include "command/json_internal.h"
#include "command/shared_internal.h"
#include "report/report.h"

namespace rivet::command::metrics {
const Driver& driver();

namespace {

using ::rivet::state::MetricsRow;
using ::rivet::state::Store;

constexpr int64_t kRunsDefault = 20;
constexpr int64_t kRunsMax = 1'000'000;

struct Flags : ConfigFlags {
  bool json = false;
  int64_t limit = kRunsDefault;
};

Json RowJson(const MetricsRow& row) {
  Json json;
  json["export"] = row.export_name;
  json["status"] = row.status;
  json["rows"] = row.rows;
  json["duration_ms"] = row.duration_ms;
  json["peak_rss_mb"] = ValueOrNull(row.peak_rss_mb);
  json["files"] = row.files;
  json["bytes"] = row.bytes;
  json["run_id"] = TextOrNull(row.run_id);
  json["run_at"] = row.run_at;
  json["mode"] = TextOrNull(row.mode);
  json["format"] = TextOrNull(row.format);
  json["tuning_profile"] = TextOrNull(row.tuning_profile);
  json["retries"] = row.retries;
  json["validated"] = ValueOrNull(row.validated);
  json["schema_changed"] = ValueOrNull(row.schema_changed);
  json["error"] = TextOrNull(row.error_message);
  return json;
}

// What is not in the table, only where there is something to say.
std::vector<std::string> NotesOf(const MetricsRow& row) {
  std::vector<std::string> notes;
  if (row.retries > 0) notes.push_back("retries: " + std::to_string(row.retries));
  if (row.validated)
    notes.push_back(std::string("validated: ") + (*row.validated ? "pass" : "FAIL"));
  if (row.schema_changed.value_or(false)) notes.push_back("schema: CHANGED");
  if (!row.error_message.empty()) notes.push_back("error: " + row.error_message);
  return notes;
}

std::string Text(const std::vector<MetricsRow>& rows) {
  if (rows.empty()) return "no runs are recorded\n";
  std::vector<std::vector<std::string>> cells;
  for (const MetricsRow& row : rows) {
    cells.push_back({row.export_name, row.status, std::to_string(row.rows),
                     report::DurationWord(row.duration_ms),
                     row.peak_rss_mb ? std::to_string(*row.peak_rss_mb) + " MB" : "-",
                     std::to_string(row.files), report::BytesWord(row.bytes),
                     row.run_id.empty() ? "-" : row.run_id});
  }
  const std::string table =
      TableText({"EXPORT", "STATUS", "ROWS", "DURATION", "RSS", "FILES", "BYTES", "RUN ID"}, cells);
  // One line of the table is one row: cells are printable.
  size_t at = table.find('\n') + 1;
  std::string text = table.substr(0, at);
  for (const MetricsRow& row : rows) {
    const size_t end = table.find('\n', at) + 1;
    text += table.substr(at, end - at);
    at = end;
    for (const std::string& note : NotesOf(row)) text += "    " + report::Printable(note) + "\n";
  }
  return text;
}

Result<std::string> Make(const Context& context, const Flags& flags) {
  ARROW_ASSIGN_OR_RAISE(const config::Config config, LoadConfig(context.world, flags));
  ARROW_RETURN_NOT_OK(ChosenExports(config, flags.export_name).status());
  ARROW_ASSIGN_OR_RAISE(const StatePlace place, StatePlaceOf(config));
  std::vector<MetricsRow> rows;
  if (StateExists(place)) {
    ARROW_ASSIGN_OR_RAISE(const Store store, OpenStore(context, place));
    ARROW_ASSIGN_OR_RAISE(rows, store.history->Metrics(flags.export_name, flags.limit));
  }
  if (!flags.json) return Text(rows);
  Json list = Json::array();
  for (const MetricsRow& row : rows) list.push_back(RowJson(row));
  return JsonDocument(list);
}

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddConfigFlags(app, ExportFlag::kOptional, flags.get());
  app.add_option("-l,--limit", flags->limit, "At most this many runs")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, kRunsMax));
  app.add_flag("--json", flags->json, "JSON on stdout");
  return [flags](const Context& context) -> Report {
    Result<std::string> text = Make(context, *flags);
    return text.ok() ? Report{*text, Status::OK()} : Report{"", text.status()};
  };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{"metrics", "Past runs in figures, newest first", &Declare};
  return kDriver;
}

}  // namespace rivet::command::metrics
