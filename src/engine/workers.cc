#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>
#include <vector>

#include "base/fault_point.h"
#include "engine/workers_internal.h"
#include "source/faults.h"

namespace rivet::engine {
namespace {

constexpr int64_t kBackoffMaxMs = 5 * 60 * 1000;
constexpr std::chrono::milliseconds kMemoryLook{100};
constexpr int kMemoryLooks = 600;  // 60 s without relief, then go on

int64_t ExtraWaitMs(const Status& failure) {
  if (Is(failure, source::kCapacity)) return 15'000;
  if (ClassOf(failure) == FaultClass::kThrottled) return 5'000;
  if (Is(failure, source::kConflict)) return 1'000;
  return 0;
}

// The state all workers of a run share.
class Crew {
 public:
  Crew(const Job& job, const state::Lease& lease, const OpenSource& open_source,
       std::stop_source stop)
      : job_(job),
        lease_(lease),
        open_source_(open_source),
        stop_(std::move(stop)),
        monitor_(job.rooms.world.MakeMonitor()) {}

  // One worker's life.
  void Work(std::unique_ptr<source::Source> session) {
    int absences = 0;  // sessions that could not be opened, one after another
    while (!stop_.stop_requested()) {
      WaitForMemory();
      auto claimed = job_.rooms.ledger.Claim(lease_, job_.run.run_id);
      if (!claimed.ok()) return End(claimed.status());
      if (!claimed->has_value()) return;
      const Status status = CopyOne(**claimed, &session);
      absences = session == nullptr ? absences + 1 : 0;
      if (status.ok()) continue;
      // A session that failed is not used again: a transaction or a half-read result may hang on
      // it.
      session.reset();
      const Status over = HandleFailure(**claimed, status, absences);
      if (!over.ok()) return End(over);
    }
  }

  Status first_error() {
    const MonitorLock lock(*monitor_);
    return first_error_;
  }

 private:
  Status CopyOne(const model::Unit& unit, std::unique_ptr<source::Source>* session) {
    const Rooms& rooms = job_.rooms;
    rooms.observer.On(
        model::UnitStarted{job_.plan.export_name, unit.start_key, unit.end_key, unit.index});
    UnitOutput output;
    Status status = FaultPoint("chunk_claimed");
    if (status.ok() && *session == nullptr) {
      auto opened = open_source_(stop_.get_token());
      status = opened.status();
      if (status.ok()) *session = std::move(*opened);
    }
    if (status.ok()) status = CopyUnit(job_, unit, **session, stop_.get_token(), &output);
    if (status.ok()) status = Record(unit, output);
    if (!status.ok()) RememberOrphans(unit, std::move(output.parts));
    return status;
  }

  // I2: only what the destination confirmed is recorded; parts and unit in one transaction.
  Status Record(const model::Unit& unit, const UnitOutput& output) {
    model::UnitCommit commit;
    commit.run_id = job_.run.run_id;
    commit.unit_index = unit.index;
    commit.parts = output.parts;
    commit.rows = output.rows;
    commit.null_counts = output.null_counts;
    commit.altered = output.altered;
    ARROW_RETURN_NOT_OK(job_.rooms.ledger.CommitUnit(lease_, commit));
    // The unit is done whatever happens from here on: at these points only death matters.
    static_cast<void>(FaultPoint("recorded"));
    job_.rooms.observer.On(model::UnitDone{job_.plan.export_name,
                                           output.parts.empty() ? "" : output.parts[0].path,
                                           unit.index, output.rows});
    static_cast<void>(FaultPoint("chunk_done"));
    return Status::OK();
  }

  void RememberOrphans(const model::Unit& unit, std::vector<model::Part> parts) {
    const MonitorLock lock(*monitor_);
    for (model::Part& part : parts) {
      part.status = model::PartStatus::kQuarantined;
      orphans_.emplace_back(unit.index, std::move(part));
    }
  }

  std::vector<model::Part> TakeOrphans(int64_t unit_index) {
    const MonitorLock lock(*monitor_);
    std::vector<model::Part> parts;
    for (auto& [index, part] : orphans_) {
      if (index == unit_index) parts.push_back(part);
    }
    std::erase_if(orphans_, [&](const auto& orphan) { return orphan.first == unit_index; });
    return parts;
  }

  // Gives the claim back and decides whether the worker goes on (OK) or the run ends with the
  // status returned. A server that cannot be reached is no fault of the unit: its attempts are
  // kept, and the run ends when the server stays away for as many tries.
  Status HandleFailure(const model::Unit& unit, const Status& failure, int absences) {
    const Rooms& rooms = job_.rooms;
    const bool stopped = ClassOf(failure) == FaultClass::kStopped || stop_.stop_requested();
    // What a stream has taken cannot be taken back, so nothing is sent twice.
    const bool streams = job_.destination.traits().streams;
    const bool retryable = !stopped && IsRetryable(failure) && !streams;
    const bool counts = retryable && absences == 0;
    const std::string error = rooms.world.redactor().Apply(failure.message());
    const auto orphans = TakeOrphans(unit.index);
    ARROW_RETURN_NOT_OK(
        rooms.ledger.Release(lease_, job_.run.run_id, unit.index, counts, error, orphans));
    if (stopped) return Fail(kStopRequested, "stopped");
    const int attempt = absences > 0 ? absences : unit.attempts + 1;
    rooms.observer.On(model::UnitFailed{job_.plan.export_name, error, unit.index, attempt});
    // The first error that no retry can mend ends the run: the other workers stop at their next
    // safe point.
    if (!retryable) return failure;
    if (attempt >= job_.run.unit_attempts_max) return absences > 0 ? failure : Status::OK();
    const int64_t wait_ms = BackoffMs(job_.plan.tuning, attempt, failure, rooms.world.Random());
    rooms.observer.On(model::RetryPlanned{job_.plan.export_name, error, attempt, wait_ms});
    const Status slept = FaultPoint("retry_sleep");
    if (!slept.ok()) return slept;
    if (!SleepFor(rooms.world, std::chrono::milliseconds(wait_ms), stop_.get_token())) {
      return Fail(kStopRequested, "stopped");
    }
    return Status::OK();
  }

  void End(const Status& error) {
    {
      const MonitorLock lock(*monitor_);
      const bool worth_more = first_error_.ok() || ClassOf(first_error_) == FaultClass::kStopped;
      if (worth_more) first_error_ = error;
    }
    stop_.request_stop();
  }

  // memory_threshold_mb: no new unit while the process is above it, until it is below 80 %. Where a
  // whole pause brought nothing, the process needs what it has: no further pause.
  void WaitForMemory() {
    const int64_t limit = job_.plan.tuning.memory_threshold_mb << 20;
    World& world = job_.rooms.world;
    if (limit == 0 || no_relief_ || world.ResidentBytes() <= limit) return;
    world.log().Event(LogLevel::kWarn, "memory-threshold",
                      {{"message", "paused until memory is freed"}});
    for (int look = 0; look < kMemoryLooks && world.ResidentBytes() > limit / 5 * 4; ++look) {
      if (!SleepFor(world, kMemoryLook, stop_.get_token())) return;
    }
    if (world.ResidentBytes() <= limit || no_relief_.exchange(true)) return;
    world.log().Event(
        LogLevel::kWarn, "memory-threshold",
        {{"message", "the pause freed nothing: going on; raise memory_threshold_mb"}});
  }

  const Job& job_;
  const state::Lease& lease_;
  const OpenSource& open_source_;
  std::stop_source stop_;
  const std::unique_ptr<Monitor> monitor_;
  Status first_error_;
  std::atomic<bool> no_relief_ = false;
  std::vector<std::pair<int64_t, model::Part>>
      orphans_;  // of units that failed, until they are released
};

}  // namespace

int64_t BackoffMs(const model::Tuning& tuning, int attempt, const Status& failure,
                  uint64_t random) {
  const int doublings = std::clamp(attempt - 1, 0, 20);
  const int64_t base = std::min(kBackoffMaxMs, tuning.retry_backoff_ms << doublings);
  const int64_t jitter =
      base / 5 == 0 ? 0 : static_cast<int64_t>(random % static_cast<uint64_t>(base / 5));
  return std::min(kBackoffMaxMs, base + jitter) + ExtraWaitMs(failure);
}

Status CopyUnits(const Job& job, const state::Lease& lease, const OpenSource& open_source,
                 std::unique_ptr<source::Source> first, int workers, std::stop_source stop) {
  Crew crew(job, lease, open_source, stop);
  std::vector<std::unique_ptr<Thread>> threads;
  for (int i = 1; i < workers; ++i) {
    threads.push_back(
        job.rooms.world.Spawn("rivet-write-" + std::to_string(i), [&crew] { crew.Work(nullptr); }));
  }
  crew.Work(std::move(first));
  for (const auto& thread : threads) thread->Join();
  const Status error = crew.first_error();
  if (error.ok() && stop.stop_requested()) return Fail(kStopRequested, "stopped");
  return error;
}

}  // namespace rivet::engine
