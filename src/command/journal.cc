#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "command/json_internal.h"
#include "command/shared_internal.h"
#include "report/report.h"

namespace rivet::command::journal {
const Driver& driver();

namespace {

using ::rivet::state::JournalRow;
using ::rivet::state::Store;

constexpr int64_t kRunsDefault = 5;
constexpr int64_t kRunsMax = 100'000;
constexpr int64_t kJournalBytesMax = 256LL << 20;

struct Flags : ConfigFlags {
  bool json = false;
  int64_t limit = kRunsDefault;
  std::string run_id;
};

// One run's events. Journals are files that anybody may have edited: what is not as it should be
// reads as absent.
struct Told {
  std::string run_id, finished_at;
  std::vector<Json> entries;
};

std::string TextIn(const Json& entry, const char* key) {
  const auto found = entry.is_object() ? entry.find(key) : entry.end();
  return found != entry.end() && found->is_string() ? found->get<std::string>() : "";
}

int64_t NumberIn(const Json& entry, const char* key) {
  const auto found = entry.is_object() ? entry.find(key) : entry.end();
  return found != entry.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

Json Parsed(std::string_view text) { return Json::parse(text, nullptr, false); }

// The events as they happened; a killed run has no others. A line that was cut by the kill is left
// out.
std::vector<Json> EntriesOfFile(const config::Config& config, const std::string& run_id) {
  std::vector<Json> entries;
  const auto text = ReadWholeFile(
      RunsFolder(config) + "/" + run_id + "/" + run_id + ".journal.jsonl", kJournalBytesMax);
  if (!text.ok()) return entries;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    Json entry = Parsed(rest.substr(0, end));
    if (entry.is_object()) entries.push_back(std::move(entry));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return entries;
}

std::vector<Json> EntriesOfRow(const JournalRow& row) {
  const Json document = Parsed(row.journal_json);
  std::vector<Json> entries;
  const auto found = document.is_object() ? document.find("entries") : document.end();
  if (found == document.end() || !found->is_array()) return entries;
  for (const Json& entry : *found) entries.push_back(entry);
  return entries;
}

// The file tells all processes of a run, the state only the last one that ended.
Told ToldOf(const config::Config& config, const JournalRow& row) {
  Told told{row.run_id, row.finished_at, EntriesOfFile(config, row.run_id)};
  if (told.entries.empty()) told.entries = EntriesOfRow(row);
  return told;
}

Result<std::vector<Told>> Collect(const Context& context, const config::Config& config,
                                  const Flags& flags) {
  std::vector<Told> all;
  ARROW_ASSIGN_OR_RAISE(const StatePlace place, StatePlaceOf(config));
  if (!StateExists(place)) return all;
  ARROW_ASSIGN_OR_RAISE(const Store store, OpenStore(context, place));
  ARROW_ASSIGN_OR_RAISE(const auto open, store.ledger->OpenRun(flags.export_name));
  ARROW_ASSIGN_OR_RAISE(const auto rows,
                        store.history->Journals(flags.export_name, flags.run_id, flags.limit));
  const auto known = [&](const std::string& run_id) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const JournalRow& row) { return row.run_id == run_id; });
  };
  // A run that was killed, or that is going on, has told nothing to the state.
  const bool asked = open && (flags.run_id.empty() || flags.run_id == open->run_id);
  if (asked && !known(open->run_id))
    all.push_back({open->run_id, "", EntriesOfFile(config, open->run_id)});
  for (const JournalRow& row : rows) {
    if (static_cast<int64_t>(all.size()) == flags.limit) break;
    all.push_back(ToldOf(config, row));
  }
  return all;
}

std::string Icon(const std::string& status) {
  if (status == "success") return "✓";
  if (status == "failed") return "✗";
  return status.empty() ? "⚠" : "•";
}

std::string RunText(const Told& told) {
  const Json* end = nullptr;
  int64_t retries = 0, quality = 0, changes = 0;
  for (const Json& entry : told.entries) {
    const std::string type = TextIn(entry, "type");
    if (type == "RunCompleted") end = &entry;
    // A run that was taken up again after its end is going on.
    if (type == "PlanResolved") end = nullptr;
    retries += type == "RetryAttempted";
    quality += type == "QualityIssue";
    changes += type == "SchemaChanged";
  }
  const std::string status = end == nullptr ? "" : TextIn(*end, "status");
  std::string line =
      Icon(status) + " " + told.run_id + "  " + (status.empty() ? "no end was recorded" : status);
  if (end != nullptr) {
    line += ", " + report::DurationWord(NumberIn(*end, "duration_ms")) + ", " +
            std::to_string(NumberIn(*end, "files")) + " files, " +
            std::to_string(NumberIn(*end, "rows")) + " rows, " +
            report::BytesWord(NumberIn(*end, "bytes"));
  } else if (!told.entries.empty()) {
    line += ", last heard of at " + TextIn(told.entries.back(), "recorded_at");
  }
  if (retries > 0) line += ", retries " + std::to_string(retries);
  if (quality > 0) line += ", quality issues " + std::to_string(quality);
  if (changes > 0) line += ", schema changes " + std::to_string(changes);
  std::string text = report::Printable(line) + "\n";
  const std::string error = end == nullptr ? "" : TextIn(*end, "error_message");
  if (!error.empty()) text += "    " + report::Printable(error.substr(0, error.find('\n'))) + "\n";
  return text;
}

Result<std::string> Make(const Context& context, const Flags& flags) {
  if (flags.export_name.empty()) return Fail(kCliUsage, "journal needs --export");
  ARROW_RETURN_NOT_OK(CheckRunId(flags.run_id));
  ARROW_ASSIGN_OR_RAISE(const config::Config config, LoadConfig(context.world, flags));
  ARROW_RETURN_NOT_OK(config.Find(flags.export_name).status());
  ARROW_ASSIGN_OR_RAISE(const std::vector<Told> all, Collect(context, config, flags));
  if (all.empty() && !flags.run_id.empty())
    return Fail(kCliUsage, "no run " + flags.run_id + " of this export is recorded");
  if (flags.json) {
    Json list = Json::array();
    for (const Told& told : all) {
      list.push_back({{"run_id", told.run_id},
                      {"export", flags.export_name},
                      {"finished_at", TextOrNull(told.finished_at)},
                      {"entries", told.entries}});
    }
    return JsonDocument(list);
  }
  if (all.empty()) return std::string("no runs of this export are recorded\n");
  std::string text;
  for (const Told& told : all) text += RunText(told);
  return text;
}

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddConfigFlags(app, ExportFlag::kRequired, flags.get());
  app.add_option("-l,--limit", flags->limit, "At most this many runs")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{1}, kRunsMax));
  app.add_option("--run-id", flags->run_id, "Only this run");
  app.add_flag("--json", flags->json, "All events as JSON on stdout");
  return [flags](const Context& context) -> Report {
    Result<std::string> text = Make(context, *flags);
    return text.ok() ? Report{*text, Status::OK()} : Report{"", text.status()};
  };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{"journal", "What happened in the last runs of an export",
                                  &Declare};
  return kDriver;
}

}  // namespace rivet::command::journal
