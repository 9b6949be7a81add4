#include "command/run_exports_internal.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/budget.h"
#include "base/fault_point.h"
#include "base/file.h"
#include "base/time_text.h"
#include "command/run_child_internal.h"
#include "engine/engine.h"
#include "report/report.h"

namespace rivet::command {
namespace {

// What the workers of one export may hold between socket and file: one part for what is common, one
// for each reader and encoder. With what the process needs besides, 100 MB at one worker and 200 MB
// at four are kept.
constexpr int64_t kBudgetBytesBase = 4LL << 20;
constexpr int64_t kBudgetBytesPerWorker = 8LL << 20;

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

// Which runs have really begun in this process. Told and asked by the threads that run exports.
class Begun : public model::Observer {
 public:
  void On(const model::Event& event) override {
    const auto* started = std::get_if<model::RunStarted>(&event);
    if (started == nullptr) return;
    const std::lock_guard lock(mutex_);
    begun_.insert(started->run_id);
  }
  bool Has(const std::string& run_id) const {
    const std::lock_guard lock(mutex_);
    return begun_.contains(run_id);
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> begun_;
};

// The runs of one call.
class Runs {
 public:
  Runs(const Context& context, const config::Config& config, const RunFlags& flags)
      : context_(context), config_(config), flags_(flags) {}

  // `listener` hears what this process runs; null: the terminal shows it.
  Status Open(model::Observer* listener) {
    ARROW_ASSIGN_OR_RAISE(const StatePlace place, StatePlaceOf(config_));
    ARROW_ASSIGN_OR_RAISE(store_, OpenStore(context_, place));
    if (listener == nullptr) {
      progress_ = report::Progress::Make(context_.world, context_.color);
      listener = progress_.get();
    }
    journal_ = report::Journal::Make(context_.world, RunsFolder(config_));
    fan_.Add(&begun_);
    fan_.Add(journal_.get());
    fan_.Add(listener);
    return Status::OK();
  }

  // The ledger is open, and so migrated, before the first of them starts.
  void UseProcesses(const config::ConfigText& text, int at_once) {
    children_.emplace(context_, text, flags_, at_once);
  }

  Report Go(const std::vector<const config::Export*>& chosen, RunWay way, int at_once) {
    if (way == RunWay::kThreads) aggregate_.parallel_mode = "parallel-threads";
    if (way == RunWay::kProcesses) aggregate_.parallel_mode = "parallel-processes";
    const WallMicros begun = context_.world.Now();
    const SteadyMicros begun_steady = context_.world.Steady();
    aggregate_.id = AggregateId(begun);
    aggregate_.started_at = Rfc3339(begun);
    aggregate_.config_path = config_.path;
    ends_.resize(chosen.size());
    {
      std::vector<std::unique_ptr<Thread>> threads;
      const auto workers = std::min<size_t>(chosen.size(), static_cast<size_t>(at_once));
      for (size_t i = 1; i < workers; ++i) {
        threads.push_back(context_.world.Spawn("rivet-export-" + std::to_string(i),
                                               [this, &chosen] { Work(chosen); }));
      }
      Work(chosen);
      for (const auto& thread : threads) thread->Join();
    }
    progress_.reset();
    aggregate_.finished_at = Rfc3339(context_.world.Now());
    aggregate_.duration_ms = (context_.world.Steady() - begun_steady) / 1'000;
    return Close();
  }

  RunEnd RunHere(const config::Export& item) {
    Budget budget(context_.world, BudgetBytes(item));
    const engine::Rooms rooms{context_.world, context_.drivers, *store_.ledger, fan_, budget};
    engine::RunOptions options;
    options.resume = flags_.resume;
    options.force = flags_.force;
    options.validate = flags_.validate || flags_.reconcile;
    options.reconcile = flags_.reconcile;
    options.strict = flags_.strict;
    options.lock_wait = std::chrono::seconds(context_.lock_wait_s);
    options.tool_version = context_.tool_version;
    engine::RunOutcome outcome = engine::RunExport(
        rooms, config_, item,
        engine::SourceOpener(context_.world, context_.drivers, config_, item.name), options,
        context_.stop);
    outcome.result = report::Redacted(context_.world, std::move(outcome.result));
    Status status = WithExport(outcome.status, item.name);
    if (Is(status, engine::kRunInProgress)) status = WithWaysOut(std::move(status), item);
    Keep(outcome.result);
    return {std::move(outcome.result), std::move(status)};
  }

 private:
  // One thread's share: the next export that nobody has begun, in the order of the config.
  void Work(const std::vector<const config::Export*>& chosen) {
    while (!context_.stop.stop_requested()) {
      size_t mine = 0;
      {
        const std::lock_guard lock(mutex_);
        if (next_ == chosen.size()) return;
        mine = next_++;
      }
      RunEnd end = RunOne(*chosen[mine]);
      const std::lock_guard lock(mutex_);
      ends_[mine] = std::move(end);
    }
  }

  RunEnd RunOne(const config::Export& item) {
    if (!children_) return RunHere(item);
    RunEnd end = children_->Run(item, *progress_);
    if (end.result.lost) KeepLost(end.result);
    return end;
  }

  // Both commands, ready to paste.
  Status WithWaysOut(Status status, const config::Export& item) const {
    const std::string flags =
        " -c " + report::ShellWord(config_.path) + " -e " + report::ShellWord(item.name);
    status = WithHint(std::move(status), "to continue it: rivet run" + flags + " --resume");
    return WithHint(std::move(status), "to give it up: rivet state reset-chunks" + flags);
  }

  // What people read later: a failure warns and changes no verdict.
  void Keep(const model::RunResult& result) {
    // `--resume` of a complete run does nothing: that run's own records stay as they are.
    if (result.status == model::RunStatus::kSkipped && !begun_.Has(result.run_id)) return;
    report::WriteRunReport(context_.world, RunsFolder(config_), config_.path, result);
    Warn(store_.history->AddMetrics(result));
    static_cast<void>(FaultPoint("metrics_done"));
    if (!result.run_id.empty()) {
      Warn(store_.history->AddJournal(result.run_id, result.export_name,
                                      Rfc3339(result.finished_at),
                                      journal_->DocumentOf(result.run_id)));
    }
  }

  // What a process that is gone could not write any more. Its journal stays as far as it came.
  void KeepLost(const model::RunResult& result) {
    if (result.run_id.empty()) return;
    report::WriteRunReport(context_.world, RunsFolder(config_), config_.path, result);
    Warn(store_.history->AddMetrics(result));
  }

  void Warn(const Status& status) {
    if (!status.ok()) context_.world.log().WarnOnce("history-not-written", status.message());
  }

  Report Close() {
    std::vector<Status> problems;
    for (std::optional<RunEnd>& end : ends_) {
      if (!end) continue;
      aggregate_.results.push_back(std::move(end->result));
      problems.push_back(std::move(end->status));
    }
    if (const size_t left = ends_.size() - aggregate_.results.size(); left > 0) {
      problems.push_back(Fail(kStopRequested, "stopped: " + std::to_string(left) + " of " +
                                                  std::to_string(ends_.size()) +
                                                  " exports were not started"));
    }
    const std::string json = report::AggregateJson(aggregate_);
    Warn(store_.history->AddAggregate(aggregate_.id, aggregate_.started_at, aggregate_.finished_at,
                                      aggregate_.duration_ms, aggregate_.config_path,
                                      aggregate_.parallel_mode, aggregate_.results, json));
    if (!flags_.summary_output.empty()) WriteSummary(json);
    if (!context_.world.log().json()) {
      std::string text = ends_.size() == 1 && aggregate_.results.size() == 1
                             ? report::SummaryBlock(aggregate_.results.front())
                             : report::SummaryOfMany(aggregate_);
      text.pop_back();
      context_.world.log().Raw(text);
    }
    if (children_) TellLog(children_->TakeLog());
    return {flags_.json ? json : "", Together(std::move(problems))};
  }

  void TellLog(std::string text) {
    if (text.empty()) return;
    text.pop_back();
    context_.world.log().Raw(text);
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
  const RunFlags& flags_;
  state::Store store_;
  std::unique_ptr<report::Journal> journal_;
  std::unique_ptr<report::Progress> progress_;
  std::optional<Children> children_;  // where exports run in processes of their own
  Begun begun_;
  report::Fan fan_;
  report::Aggregate aggregate_;
  std::mutex mutex_;  // of the two below
  size_t next_ = 0;
  std::vector<std::optional<RunEnd>> ends_;  // one an export; empty: never begun
};

}  // namespace

Report RunExports(const Context& context, const config::Config& config,
                  const config::ConfigText& text, const RunFlags& flags,
                  const std::vector<const config::Export*>& chosen, RunWay way, int at_once) {
  Runs runs(context, config, flags);
  if (const Status opened = runs.Open(nullptr); !opened.ok()) return {"", opened};
  if (way == RunWay::kProcesses) runs.UseProcesses(text, at_once);
  return runs.Go(chosen, way, at_once);
}

Result<RunEnd> RunForParent(const Context& context, const config::Config& config,
                            const RunFlags& flags, const config::Export& item,
                            report::ChildReporter& parent) {
  Runs runs(context, config, flags);
  ARROW_RETURN_NOT_OK(runs.Open(&parent));
  return runs.RunHere(item);
}

}  // namespace rivet::command
