#include <algorithm>
#include <map>
#include <utility>

#include "base/fault_point.h"
#include "engine/books_internal.h"
#include "engine/lease_keeper_internal.h"
#include "engine/reconcile_internal.h"
#include "engine/run_figures_internal.h"
#include "engine/workers_internal.h"
#include "source/faults.h"
#include "types/schema.h"

namespace rivet::engine {
namespace {

// One run of one export while it happens.
class Runner {
 public:
  Runner(const Rooms& rooms, const config::Config& config, const config::Export& item,
         const OpenSource& open_source, const RunOptions& options)
      : figures_(rooms.observer),
        rooms_{rooms.world, rooms.drivers, rooms.ledger, figures_, rooms.budget},
        config_(config),
        item_(item),
        open_source_(open_source),
        options_(options) {}

  RunOutcome Run(std::stop_token stop) {
    const SteadyMicros began = rooms_.world.Steady();
    result_.export_name = item_.name;
    result_.mode = model::ToString(item_.mode);
    result_.started_at = rooms_.world.Now();
    const std::stop_callback passed_on(stop, [this] { stop_.request_stop(); });
    Status status = WithExport(Locked(), item_.name);
    if (!status.ok() && stop.stop_requested() && ClassOf(status) != FaultClass::kIntegrity) {
      status = WithExport(Fail(kStopRequested, delivered_ ? "stopped before it was checked; all "
                                                            "that was exported is delivered"
                                                          : "stopped before the end"),
                          item_.name);
    }
    Conclude(status, began);
    rooms_.observer.On(model::RunEnded{result_});
    return {result_, status};
  }

 private:
  Status Locked() {
    ARROW_ASSIGN_OR_RAISE(state::Lease lease, TakeLease(rooms_.world, rooms_.ledger, item_.name,
                                                        options_.lock_wait, stop_.get_token()));
    const LeaseKeeper keeper(rooms_.world, rooms_.ledger, std::move(lease), stop_);
    Status status = Decide(keeper.lease());
    if (!status.ok() && keeper.lost())
      status = Fail(state::kLeaseLost, "another process took the export over");
    return status;
  }

  // Fresh run, resume, or closing the books of a run that died: what the ledger says decides.
  Status Decide(const state::Lease& lease) {
    ARROW_ASSIGN_OR_RAISE(auto open, rooms_.ledger.OpenRun(item_.name));
    if (open.has_value()) ARROW_RETURN_NOT_OK(RollForward(lease, &open));
    const bool keeps_checkpoint = item_.mode == model::Mode::kChunked && item_.chunk_checkpoint;
    const bool resume = options_.resume && (open.has_value() ? open->checkpoint : keeps_checkpoint);
    if (options_.resume && !resume) {
      Warn("resume-no-checkpoint",
           "there is no checkpoint to go on from: a new complete run is made");
    }
    if (resume) return open.has_value() ? Resume(lease, *open) : NothingToResume(lease);
    if (open.has_value()) {
      if (open->checkpoint) {
        return Fail(kRunInProgress, "run " + open->run_id + " of this export is in progress");
      }
      ARROW_RETURN_NOT_OK(GiveUp(lease, *open));
    }
    return Fresh(lease);
  }

  // A run that died between its manifest and the ledger is complete: its books are closed before
  // anything else.
  Status RollForward(const state::Lease& lease, std::optional<model::Run>* open) {
    const model::Run run = **open;
    ARROW_ASSIGN_OR_RAISE(const auto units, rooms_.ledger.UnitsOf(run.run_id));
    const bool all_done = std::all_of(units.begin(), units.end(), [](const model::Unit& unit) {
      return unit.status == model::UnitStatus::kCompleted;
    });
    if (!all_done) return Status::OK();
    ARROW_RETURN_NOT_OK(OpenPlace(run));
    if (destination_->traits().streams) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const Books books, ReadBooks(*destination_));
    const bool written = books.manifest.has_value() && books.manifest->run_id == run.run_id &&
                         books.manifest->status == "success";
    if (!written || !CheckPresent(*destination_, books.manifest->parts).ok()) return Status::OK();
    model::Plan plan;  // the manifest is there: nothing of the plan is asked any more
    plan.export_name = run.export_name;
    plan.destination_type = item_.destination.type;
    const Job job{rooms_, plan, run, *format_, *destination_};
    ARROW_RETURN_NOT_OK(FinishRun(job, lease, options_.tool_version).status());
    Warn("rolled-forward",
         "run " + run.run_id + " had written its manifest: its books are closed now");
    open->reset();
    return Status::OK();
  }

  Status NothingToResume(const state::Lease& lease) {
    ARROW_ASSIGN_OR_RAISE(const auto last, rooms_.ledger.LastRun(item_.name));
    if (!last.has_value()) {
      if (options_.one_of_several) return Fresh(lease);
      return Fail(kNeverRan, "there is nothing to resume: this export never ran");
    }
    const Status there = CheckStillThere(*last);
    if (Is(there, kNeverRan) && options_.one_of_several) return Fresh(lease);
    ARROW_RETURN_NOT_OK(there);
    result_.run_id = last->run_id;
    result_.status = model::RunStatus::kSkipped;
    result_.skip_reason = "nothing to resume: run " + last->run_id + " is complete";
    return Status::OK();
  }

  // "Nothing to resume" must not be said over data that somebody removed.
  Status CheckStillThere(const model::Run& last) {
    ARROW_ASSIGN_OR_RAISE(const auto units, rooms_.ledger.UnitsOf(last.run_id));
    for (const model::Unit& unit : units) {
      if (unit.status == model::UnitStatus::kCompleted) continue;
      return Fail(kNeverRan, "there is nothing to resume: run " + last.run_id + " was given up");
    }
    ARROW_RETURN_NOT_OK(OpenPlace(last));
    if (destination_->traits().streams) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto parts, rooms_.ledger.PartsOf(last.run_id));
    std::vector<model::Part> committed;
    for (const model::Part& part : parts) {
      if (part.status == model::PartStatus::kCommitted) committed.push_back(part);
    }
    const Status there = CheckPresent(*destination_, committed);
    if (there.ok()) return there;
    return WithHint(there,
                    "run " + last.run_id +
                        " was complete and its files are not all there any more: run without "
                        "--resume to export everything again");
  }

  // A run without checkpoint that died is not continued; its temporary files go, its parts stay,
  // named by nobody.
  Status GiveUp(const state::Lease& lease, const model::Run& run) {
    ARROW_RETURN_NOT_OK(OpenPlace(run));
    if (!destination_->traits().streams)
      ARROW_RETURN_NOT_OK(destination_->Sweep(run.run_id).status());
    Warn("run-given-up",
         "run " + run.run_id + " did not end and keeps no checkpoint: a new one is made");
    return rooms_.ledger.Abandon(lease, run.run_id);
  }

  Status Fresh(const state::Lease& lease) {
    model::Run run;
    ARROW_ASSIGN_OR_RAISE(run, NewRun());
    result_.run_id = run.run_id;
    ARROW_ASSIGN_OR_RAISE(auto session, Connect(std::nullopt));
    run.mode = model::ToString(prepared_.plan.mode);
    run.plan_fingerprint = prepared_.plan.plan_fingerprint;
    run.checkpoint = prepared_.plan.checkpoint;
    run.format = prepared_.plan.format.format;
    run.compression = model::ToString(prepared_.plan.format.compression);
    run.unit_attempts_max = prepared_.plan.unit_attempts_max;
    ARROW_RETURN_NOT_OK(OpenPlace(run));
    // A type that the files cannot hold, or a manifest that cannot be read, is found now, not after
    // hours of reading.
    ARROW_RETURN_NOT_OK(
        format_->check(*types::SchemaOf(prepared_.plan.columns), prepared_.plan.format));
    ARROW_RETURN_NOT_OK(destination_->Prepare());
    if (!destination_->traits().streams) ARROW_RETURN_NOT_OK(ReadBooks(*destination_).status());
    run.destination_uri = destination_->uri();
    ARROW_RETURN_NOT_OK(FaultPoint("plan_sealed"));
    ARROW_RETURN_NOT_OK(rooms_.ledger.BeginRun(lease, {run, prepared_.plan.units}));
    ARROW_RETURN_NOT_OK(FaultPoint("run_registered"));
    return Work(lease, run, std::move(session), false);
  }

  Status Resume(const state::Lease& lease, const model::Run& run) {
    ARROW_RETURN_NOT_OK(FaultPoint("resume_begin"));
    result_.run_id = run.run_id;
    ARROW_RETURN_NOT_OK(OpenPlace(run));
    ARROW_RETURN_NOT_OK(destination_->Prepare());
    ARROW_RETURN_NOT_OK(CheckMarker(run));
    const auto mode = run.mode == model::ToString(model::Mode::kFull) ? model::Mode::kFull
                                                                      : model::Mode::kChunked;
    ARROW_ASSIGN_OR_RAISE(auto session, Connect(mode));
    if (prepared_.plan.plan_fingerprint != run.plan_fingerprint) {
      return Fail(kPlanChanged,
                  "the export is not what run " + run.run_id +
                      " began with: its query, columns, chunks, format or destination changed");
    }
    ARROW_RETURN_NOT_OK(rooms_.ledger.ReopenUnits(lease, run.run_id, true));
    const Job job{rooms_, prepared_.plan, run, *format_, *destination_};
    ARROW_RETURN_NOT_OK(ReconcileObjects(job, lease));
    return Work(lease, run, std::move(session), true);
  }

  // _SUCCESS of an earlier run of this export is the last good dataset and is replaced at the end.
  // One of a run that this ledger does not know means that somebody else finished here.
  Status CheckMarker(const model::Run& run) {
    if (destination_->traits().streams) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const Books books, ReadBooks(*destination_));
    if (!books.marker_object.has_value() || !books.manifest.has_value() || options_.force)
      return Status::OK();
    if (books.manifest->run_id == run.run_id) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const bool unknown, rooms_.ledger.IsRunIdFree(books.manifest->run_id));
    if (!unknown) return Status::OK();
    return Fail(kMarkerPresent, "_SUCCESS at " + destination_->uri() + " belongs to run " +
                                    books.manifest->run_id + ", which this state does not know");
  }

  Result<model::Run> NewRun() {
    model::Run run;
    run.export_name = item_.name;
    run.created_at = rooms_.world.Now();
    run.stamp = CompactStamp(run.created_at);
    const std::string base = item_.name + "_" + RunStamp(run.created_at);
    run.run_id = base;
    for (int n = 2;; ++n) {
      ARROW_ASSIGN_OR_RAISE(const bool free, rooms_.ledger.IsRunIdFree(run.run_id));
      if (free) return run;
      run.run_id = base + "-" + std::to_string(n);
    }
  }

  Status OpenPlace(const model::Run& run) {
    ARROW_ASSIGN_OR_RAISE(format_, FormatDriver(rooms_.drivers, item_.format));
    ARROW_ASSIGN_OR_RAISE(const auto* driver,
                          DestinationDriver(rooms_.drivers, item_.destination.type));
    // The run's own day and id: a resume after midnight goes on in the same place.
    const std::string root = config::FillPlaceholders(
        config::DestinationRoot(config_, item_), item_.name, run.run_id, DayText(run.created_at));
    ARROW_ASSIGN_OR_RAISE(destination_, driver->open({rooms_.world, item_.destination, root,
                                                      run.run_id, stop_.get_token()}));
    result_.output_uri = destination_->uri();
    return Status::OK();
  }

  // Connects and plans, with the retries of the tuning: before the first unit nothing can be lost.
  Result<std::unique_ptr<source::Source>> Connect(std::optional<model::Mode> keep_mode) {
    const model::Tuning tuning = config::ResolveTuning(config_.source, item_);
    for (int attempt = 1;; ++attempt) {
      auto session = open_source_(stop_.get_token());
      Status status = session.status();
      if (status.ok()) {
        auto prepared = Prepare(**session, config_, item_, keep_mode);
        status = prepared.status();
        if (status.ok() && options_.strict) status = types::RefuseLoss(prepared->plan.columns);
        if (status.ok()) {
          prepared_ = std::move(*prepared);
          return session;
        }
      }
      if (!IsRetryable(status) || attempt > tuning.max_retries) return status;
      const int64_t wait_ms = BackoffMs(tuning, attempt, status, rooms_.world.Random());
      rooms_.observer.On(model::RetryPlanned{item_.name, status.message(), attempt, wait_ms});
      if (!SleepFor(rooms_.world, std::chrono::milliseconds(wait_ms), stop_.get_token())) {
        return Fail(kStopRequested, "stopped while waiting to connect again");
      }
    }
  }

  Status Work(const state::Lease& lease, const model::Run& run,
              std::unique_ptr<source::Source> session, bool resumed) {
    const model::Plan& plan = prepared_.plan;
    for (const model::PlanWarning& warning : plan.warnings) Warn(warning.rule, warning.message);
    if (const auto names = types::UnboundedNumerics(plan.columns);
        options_.strict && !names.empty()) {
      Warn("unbounded-numeric", "numeric without a precision lands as exact text: " + names);
    }
    ARROW_ASSIGN_OR_RAISE(const auto units, rooms_.ledger.UnitsOf(run.run_id));
    const auto done = std::count_if(units.begin(), units.end(), [](const model::Unit& unit) {
      return unit.status == model::UnitStatus::kCompleted;
    });
    const auto left = static_cast<int64_t>(units.size()) - done;
    result_.units_total = static_cast<int64_t>(units.size());
    result_.units_skipped = done;
    rooms_.observer.On(model::RunStarted{item_.name, run.run_id, run.mode, plan.tuning.label,
                                         result_.units_total, done, plan.row_estimate, resumed,
                                         plan.tuning.batch_size});
    const Job job{rooms_, plan, run, *format_, *destination_};
    const int workers = static_cast<int>(std::clamp<int64_t>(left, 1, plan.parallel));
    Status status = CopyUnits(job, lease, open_source_, std::move(session), workers, stop_);
    if (status.ok()) status = FailedUnits(run);
    if (status.ok()) {
      auto finished = FinishRun(job, lease, options_.tool_version);
      status = finished.status();
      if (status.ok()) TakeEnd(*finished);
    }
    if (status.ok() && result_.status == model::RunStatus::kSkipped)
      result_.skip_reason = "source returned 0 rows";
    if (status.ok()) return CheckDelivered(job);
    TakeTotals(run);
    const bool stopped = ClassOf(status) == FaultClass::kStopped;
    const Status closed = CloseUnfinished(
        job, lease, stopped ? model::RunStatus::kInterrupted : model::RunStatus::kFailed,
        options_.tool_version);
    if (!closed.ok())
      rooms_.world.log().Event(LogLevel::kWarn, "run-not-closed", {{"reason", closed.message()}});
    if (!run.checkpoint) return status;
    // What is delivered has the old columns: no resume can end as one delivery.
    if (ClassOf(status) == FaultClass::kDrift) {
      return WithHint(status, "rivet state reset-chunks -e " + item_.name +
                                  " gives this run up; the next one reads the new columns");
    }
    return WithHint(status, "rivet run -e " + item_.name + " --resume continues this run");
  }

  // The run's books are closed: what is found here is told and decides the exit code, no more.
  Status CheckDelivered(const Job& job) {
    delivered_ = true;
    const bool files = result_.status == model::RunStatus::kSuccess;
    const Status validated = files && options_.validate ? Validate() : Status::OK();
    const Status reconciled = options_.reconcile ? CountAtSource(job) : Status::OK();
    // Files that could not be looked at are no reason to keep silent about rows that differ.
    return validated.ok() || Is(reconciled, kSourceDiffers) ? reconciled : validated;
  }

  Status CountAtSource(const Job& job) {
    auto session = open_source_(stop_.get_token());
    const auto found = session.ok() ? Reconcile(job, **session, stop_.get_token())
                                    : Result<model::Reconciliation>(session.status());
    if (!found.ok()) {
      const FaultClass why = ClassOf(found.status());
      const bool ours = why == FaultClass::kInternal || why == FaultClass::kIntegrity;
      if (ours || stop_.stop_requested()) return found.status();
      Warn("not-reconciled",
           "the rows at the source could not be counted: " + FaultOf(found.status()).message);
      return Status::OK();
    }
    rooms_.observer.On(model::Reconciled{item_.name, *found});
    result_.reconciliation = *found;
    return VerdictOf(*found);
  }

  Status Validate() {
    if (destination_->traits().streams) {
      Warn("not-validated", "a stream keeps nothing that could be read back");
      return Status::OK();
    }
    const Verification found =
        Verify(*destination_, *format_, prepared_.plan.format, VerifyDepth::kSample);
    const Status verdict = VerdictOf(found);
    if (Is(verdict, kNotVerified)) return verdict;
    model::Validation validation{verdict.ok(), found.parts_verified, found.parts_failed, {}};
    for (const VerifyFailure& failure : found.failures) {
      if (!failure.fails) continue;
      validation.failures.push_back(failure.kind + (failure.path.empty() ? "" : " ") +
                                    failure.path);
    }
    rooms_.observer.On(model::Validated{item_.name, validation});
    result_.validation = std::move(validation);
    return verdict;
  }

  // Units whose attempts are used up: the first one's error stands for all, with how many there
  // are.
  Status FailedUnits(const model::Run& run) {
    ARROW_ASSIGN_OR_RAISE(const auto units, rooms_.ledger.UnitsOf(run.run_id));
    std::string first;
    int64_t failed = 0;
    for (const model::Unit& unit : units) {
      if (unit.status == model::UnitStatus::kCompleted) continue;
      if (failed++ == 0) first = "chunk " + std::to_string(unit.index) + ": " + unit.last_error;
    }
    if (failed == 0) return Status::OK();
    // Only failures that may pass are tried until the attempts end, so trying again later may help.
    return Fail(kUnitsFailed, std::to_string(failed) + " of " + std::to_string(units.size()) +
                                  " units are not done after their attempts; " + first);
  }

  void TakeEnd(const RunEnd& end) {
    result_.status = end.status;
    result_.rows = end.rows;
    result_.files = end.files;
    result_.bytes = end.bytes;
    result_.altered = end.altered;
    for (const model::Altered& one : end.altered) Warn("values-altered", model::ToString(one));
  }

  // Of a run that did not end well, as far as the ledger can be asked.
  void TakeTotals(const model::Run& run) {
    const auto parts = rooms_.ledger.PartsOf(run.run_id);
    if (!parts.ok()) return;
    for (const model::Part& part : *parts) {
      if (part.status != model::PartStatus::kCommitted) continue;
      result_.rows += part.rows;
      result_.bytes += part.bytes;
      ++result_.files;
    }
    const auto units = rooms_.ledger.UnitsOf(run.run_id);
    if (units.ok()) result_.altered = AlteredOf(*units);
  }

  void Warn(const std::string& rule, const std::string& message) {
    rooms_.observer.On(model::Warned{item_.name, rule, message});
  }

  void Conclude(const Status& status, SteadyMicros began) {
    result_.finished_at = rooms_.world.Now();
    result_.duration_ms = (rooms_.world.Steady() - began) / 1000;
    result_.peak_rss_mb = rooms_.world.PeakResidentBytes() >> 20;
    result_.tuning_profile = prepared_.plan.tuning.label;
    result_.format = item_.format;
    result_.batch_size = prepared_.plan.tuning.batch_size;
    result_.source_engine = config_.source.type;
    result_.destination_kind = item_.destination.type;
    result_.compression = model::ToString(prepared_.plan.format.compression);
    result_.schema_fingerprint = prepared_.plan.schema_fingerprint;
    if (!prepared_.plan.export_name.empty()) result_.mode = model::ToString(prepared_.plan.mode);
    figures_.FillIn(&result_);
    if (status.ok()) return;
    const Fault fault = FaultOf(status);
    result_.status = ClassOf(status) == FaultClass::kStopped ? model::RunStatus::kInterrupted
                                                             : model::RunStatus::kFailed;
    result_.error_code = fault.code == nullptr ? "" : std::string(fault.code->name);
    result_.error_message = rooms_.world.redactor().Apply(fault.message);
  }

  RunFigures figures_;
  const Rooms rooms_;
  const config::Config& config_;
  const config::Export& item_;
  const OpenSource& open_source_;
  const RunOptions& options_;
  std::stop_source stop_;
  model::RunResult result_;
  Prepared prepared_;
  bool delivered_ = false;  // books closed; what is left is to look at what was delivered
  const format::Driver* format_ = nullptr;
  std::unique_ptr<destination::Destination> destination_;
};

}  // namespace

RunOutcome RunExport(const Rooms& rooms, const config::Config& config, const config::Export& item,
                     const OpenSource& open_source, const RunOptions& options,
                     std::stop_token stop) {
  return Runner(rooms, config, item, open_source, options).Run(std::move(stop));
}

}  // namespace rivet::engine
