#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/world.h"
#include "model/observer.h"
#include "model/run.h"

// Events to what people and programs read. Nothing here can fail a run.
namespace rivet::report {

// Hands every event to each of its listeners, in order. Listeners outlive it.
class Fan : public model::Observer {
 public:
  void Add(model::Observer* listener) { listeners_.push_back(listener); }
  void On(const model::Event& event) override;

 private:
  std::vector<model::Observer*> listeners_;
};

enum class ColorChoice { kAuto, kAlways, kNever };

// Progress on stderr: on a terminal one line for each export that runs (eight at most), redrawn at
// most every 200 ms (icon, export, mode, bar with units, rows, rate, MB/s, elapsed, ETA; width
// 60-100), elsewhere a line at start and end and unit lines at info level.
class Progress : public model::Observer {
 public:
  static std::unique_ptr<Progress> Make(World& world, ColorChoice color);
};

// Keeps the events of each run: figures for the summary, the journal document, and
// `<run_id>.journal.jsonl` flushed per event below `folder` (created; a failure warns once).
// Secrets pass the world's redactor.
class Journal : public model::Observer {
 public:
  static std::unique_ptr<Journal> Make(World& world, std::string runs_folder);
  virtual std::string DocumentOf(
      const std::string& run_id) = 0;  // {run_id, export_name, entries[…]}
};

// The block after a single export (specification of the command line §3.2) and the `Run summary`
// after several, whose compact lines Progress printed as they ended. Text for stderr, ends with a
// line feed.
std::string SummaryBlock(const model::RunResult& result);
struct Aggregate;
std::string SummaryOfMany(const Aggregate& aggregate);

// §3.3 as one JSON document.
struct Aggregate {
  std::string id, started_at, finished_at, config_path;
  std::string parallel_mode = "sequential";  // or parallel-threads
  int64_t duration_ms = 0;
  std::vector<model::RunResult> results;
};
std::string AggregateJson(const Aggregate& aggregate);

// Whether somebody has looked at what the run delivered: then its books are closed, and there is
// nothing to resume, however that ended.
bool BooksClosed(const model::RunResult& result);

// The result with its texts passed through the world's redactor: before they are escaped for JSON,
// because a secret with a quote in it looks different afterwards.
model::RunResult Redacted(World& world, model::RunResult result);

// `.rivet/runs/<run_id>/summary.{json,md}`; warns by log on failure. The config's path goes into
// the command that resumes the run.
void WriteRunReport(World& world, const std::string& runs_folder, const std::string& config_path,
                    const model::RunResult& result);

// One failure for people (`Error: [CODE] message`, indented hints) or as the JSON object of §1.4
// (one line).
std::string ErrorText(World& world, const Status& status);
std::string ErrorJson(World& world, const Status& status);

std::string RowsWord(int64_t rows);                             // 950 rows, 12K rows, 1.2M rows
std::string CountWord(int64_t count);                           // 950, 12K, 1.2M
std::string BytesWord(int64_t bytes);                           // 12.3 MB, powers of 1000
std::string ReconcileWord(const model::Reconciliation& found);  // MATCH 100/100, MISMATCH 99/100
std::string DurationWord(int64_t millis);                       // 0.4s, 12.3s, 2m05s, 1h02m
// Escape codes must not reach a terminal: control characters (C1 included) and bytes that are no
// UTF-8 become
// `\n`, `\x1b`; all other text stays as it is.
std::string Printable(std::string_view text);
// A word as a shell takes it: quoted when it needs to be.
std::string ShellWord(std::string_view word);

}  // namespace rivet::report
