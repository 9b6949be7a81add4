#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/budget.h"
#include "base/fault_point.h"
#include "base/file.h"
#include "base/time_text.h"
#include "command/describe_plan_internal.h"
#include "command/shared_internal.h"
#include "command/standard_output_internal.h"
#include "command/verification_internal.h"
#include "engine/engine.h"
#include "report/report.h"

namespace rivet::command::run {
const Driver& driver();

namespace {

// What the workers of one export may hold between socket and file: one part for what is common, one
// for each reader and encoder. With what the process needs besides, 100 MB at one worker and 200 MB
// at four are kept.
constexpr int64_t kBudgetBytesBase = 4LL << 20;
constexpr int64_t kBudgetBytesPerWorker = 8LL << 20;

struct Flags : ConfigFlags {
  bool resume = false, force = false, validate = false, json = false, dry_run = false;
  std::string summary_output;
};

int64_t BudgetBytes(const config::Export& item) {
  const int64_t workers =
      item.mode == model::Mode::kChunked ? std::max<int64_t>(1, item.parallel) : 1;
  return kBudgetBytesBase + workers * kBudgetBytesPerWorker;
}

// agg_20260131T120000123
std::string AggregateId(WallMicros now) {
  std::string stamp = RunStamp(now);
  std::erase(stamp, '.');
  return "agg_" + stamp;
}

// Which runs have really begun in this process.
class Begun : public model::Observer {
 public:
  void On(const model::Event& event) override {
    if (const auto* started = std::get_if<model::RunStarted>(&event))
      begun_.insert(started->run_id);
  }
  bool Has(const std::string& run_id) const { return begun_.contains(run_id); }

 private:
  std::set<std::string> begun_;  // told by the thread that runs the export
};

// The runs of one call, one after the other.
class Runs {
 public:
  Runs(const Context& context, const config::Config& config, const Flags& flags)
      : context_(context), config_(config), flags_(flags) {}

  Status Open() {
    ARROW_ASSIGN_OR_RAISE(const StatePlace place, StatePlaceOf(config_));
    ARROW_ASSIGN_OR_RAISE(store_, OpenStore(context_, place));
    const report::ColorChoice color = context_.color;
    journal_ = report::Journal::Make(context_.world, RunsFolder(config_));
    progress_ = report::Progress::Make(context_.world, color);
    fan_.Add(&begun_);
    fan_.Add(journal_.get());
    fan_.Add(progress_.get());
    return Status::OK();
  }

  Report Go(const std::vector<const config::Export*>& chosen) {
    const WallMicros begun = context_.world.Now();
    const SteadyMicros begun_steady = context_.world.Steady();
    aggregate_.id = AggregateId(begun);
    aggregate_.started_at = Rfc3339(begun);
    aggregate_.config_path = config_.path;
    for (size_t i = 0; i < chosen.size(); ++i) {
      if (context_.stop.stop_requested()) {
        problems_.push_back(Fail(kStopRequested, "stopped: " + std::to_string(chosen.size() - i) +
                                                     " of " + std::to_string(chosen.size()) +
                                                     " exports were not started"));
        break;
      }
      RunOne(*chosen[i]);
    }
    progress_.reset();
    aggregate_.finished_at = Rfc3339(context_.world.Now());
    aggregate_.duration_ms = (context_.world.Steady() - begun_steady) / 1'000;
    return Close(chosen.size());
  }

 private:
  void RunOne(const config::Export& item) {
    Budget budget(context_.world, BudgetBytes(item));
    const engine::Rooms rooms{context_.world, context_.drivers, *store_.ledger, fan_, budget};
    engine::RunOptions options;
    options.resume = flags_.resume;
    options.force = flags_.force;
    options.lock_wait = std::chrono::seconds(context_.lock_wait_s);
    options.tool_version = context_.tool_version;
    engine::RunOutcome outcome = engine::RunExport(
        rooms, config_, item,
        engine::SourceOpener(context_.world, context_.drivers, config_, item.name), options,
        context_.stop);
    outcome.result = report::Redacted(context_.world, std::move(outcome.result));
    Status status = WithExport(outcome.status, item.name);
    if (Is(status, engine::kRunInProgress)) status = WithWaysOut(std::move(status), item);
    if (status.ok() && flags_.validate && outcome.result.status == model::RunStatus::kSuccess)
      status = Validate(item);
    problems_.push_back(std::move(status));
    Keep(outcome.result);
    aggregate_.results.push_back(std::move(outcome.result));
  }

  // Both commands, ready to paste.
  Status WithWaysOut(Status status, const config::Export& item) const {
    const std::string flags =
        " -c " + report::ShellWord(config_.path) + " -e " + report::ShellWord(item.name);
    status = WithHint(std::move(status), "to continue it: rivet run" + flags + " --resume");
    return WithHint(std::move(status), "to give it up: rivet state reset-chunks" + flags);
  }

  // After the manifest is written: what is there, by the files' own footers.
  Status Validate(const config::Export& item) {
    if (item.destination.type == "stdout") {
      Tell(context_.world, "not-validated",
           item.name + ": not validated, stdout keeps nothing to be read back");
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(const std::optional<model::Run> last, store_.ledger->LastRun(item.name));
    const std::string run_id = last ? last->run_id : "";
    const std::string root =
        config::FillPlaceholders(config::DestinationRoot(config_, item), item.name, run_id,
                                 last ? DayOf(*last) : DayText(context_.world.Now()));
    ARROW_ASSIGN_OR_RAISE(const auto destination, OpenDestination(context_, item, root, run_id));
    ARROW_ASSIGN_OR_RAISE(const format::Driver* format,
                          engine::FormatDriver(context_.drivers, item.format));
    const engine::Verification found = engine::Verify(
        *destination, *format, config::ResolveFormat(item, -1), engine::VerifyDepth::kSample);
    Tell(context_.world, "validated",
         item.name + ": validated " + (found.passed ? "pass" : "FAIL") + ", " +
             std::to_string(found.parts_verified) +
             (found.parts_verified == 1 ? " file, " : " files, ") + report::RowsWord(found.rows));
    return WithExport(VerdictOf(found), item.name);
  }

  // What people read later: a failure warns and changes no verdict.
  void Keep(const model::RunResult& result) {
    // `--resume` of a complete run does nothing: that run's own records stay as they are.
    if (result.status == model::RunStatus::kSkipped && !begun_.Has(result.run_id)) return;
    report::WriteRunReport(context_.world, RunsFolder(config_), result);
    Warn(store_.history->AddMetrics(result));
    static_cast<void>(FaultPoint("metrics_done"));
    if (!result.run_id.empty()) {
      Warn(store_.history->AddJournal(result.run_id, result.export_name,
                                      Rfc3339(result.finished_at),
                                      journal_->DocumentOf(result.run_id)));
    }
  }

  void Warn(const Status& status) {
    if (!status.ok()) context_.world.log().WarnOnce("history-not-written", status.message());
  }

  Report Close(size_t chosen) {
    const std::string json = report::AggregateJson(aggregate_);
    Warn(store_.history->AddAggregate(aggregate_.id, aggregate_.started_at, aggregate_.finished_at,
                                      aggregate_.duration_ms, aggregate_.config_path,
                                      aggregate_.parallel_mode, aggregate_.results, json));
    if (!flags_.summary_output.empty()) WriteSummary(json);
    if (!context_.world.log().json()) {
      std::string text = chosen == 1 && aggregate_.results.size() == 1
                             ? report::SummaryBlock(aggregate_.results.front())
                             : report::SummaryOfMany(aggregate_.results, aggregate_.id,
                                                     config_.path, aggregate_.duration_ms);
      text.pop_back();
      context_.world.log().Raw(text);
    }
    return {flags_.json ? json : "", Together(std::move(problems_))};
  }

  void WriteSummary(const std::string& json) {
    const size_t slash = flags_.summary_output.rfind('/');
    Status status;
    if (slash != std::string::npos && slash > 0)
      status = MakeFolders(flags_.summary_output.substr(0, slash));
    if (status.ok())
      status = WriteFileAtomically(flags_.summary_output, json + "\n", RandomToken(context_.world));
    if (!status.ok()) context_.world.log().WarnOnce("summary-not-written", status.message());
  }

  const Context& context_;
  const config::Config& config_;
  const Flags& flags_;
  state::Store store_;
  std::unique_ptr<report::Journal> journal_;
  std::unique_ptr<report::Progress> progress_;
  Begun begun_;
  report::Fan fan_;
  report::Aggregate aggregate_;
  std::vector<Status> problems_;
};

Result<std::string> DryRunOne(const Context& context, const config::Config& config,
                              const config::Export& item) {
  const auto open = engine::SourceOpener(context.world, context.drivers, config, item.name);
  ARROW_ASSIGN_OR_RAISE(const auto source, open(context.stop));
  ARROW_ASSIGN_OR_RAISE(const engine::Prepared prepared, engine::Prepare(*source, config, item));
  return PlanText(prepared.plan);
}

Report DryRun(const Context& context, const config::Config& config,
              const std::vector<const config::Export*>& chosen) {
  std::string text;
  std::vector<Status> problems;
  for (const config::Export* item : chosen) {
    if (context.stop.stop_requested()) {
      problems.push_back(Fail(kStopRequested, "stopped"));
      break;
    }
    Result<std::string> one = DryRunOne(context, config, *item);
    if (one.ok()) {
      text += *one;
    } else {
      problems.push_back(WithExport(one.status(), item->name));
    }
  }
  return {text, Together(std::move(problems))};
}

Report Act(const Context& context, const Flags& flags) {
  if (flags.dry_run && flags.json) {
    return {"", Fail(kCliUsage, "--json is the summary of a run, and --dry-run makes none")};
  }
  auto config = LoadConfig(context.world, flags);
  if (!config.ok()) return {"", config.status()};
  const auto chosen = ChosenExports(*config, flags.export_name);
  if (!chosen.ok()) return {"", chosen.status()};
  if (flags.force && !flags.resume && !WriteToStandardOutput(*chosen)) {
    context.world.log().WarnOnce("force-no-effect", "--force does nothing without --resume");
  }
  if (flags.dry_run) return DryRun(context, *config, *chosen);
  if (const Status fits = CheckTerminal(*chosen, flags.force); !fits.ok()) return {"", fits};
  Runs runs(context, *config, flags);
  if (const Status opened = runs.Open(); !opened.ok()) return {"", opened};
  return runs.Go(*chosen);
}

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddConfigFlags(app, ExportFlag::kOptional, flags.get());
  app.add_flag("--resume", flags->resume, "Go on with an unfinished checkpointed run");
  app.add_flag("--force", flags->force,
               "With --resume: go on although _SUCCESS is present; with a stdout destination: "
               "write Parquet or compressed data to a terminal");
  app.add_flag("--validate", flags->validate,
               "Read back what is at the destination after each export");
  app.add_flag("--json", flags->json, "Print the summary of all exports as JSON on stdout");
  app.add_option("--summary-output", flags->summary_output, "Write that summary to a file");
  app.add_flag("--dry-run", flags->dry_run,
               "Print what would be done; read no rows, write nothing");
  return [flags](const Context& context) { return Act(context, *flags); };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{"run", "Copy the exports of a config", &Declare};
  return kDriver;
}

}  // namespace rivet::command::run
