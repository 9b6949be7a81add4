#include <utility>

#include "engine/lease_keeper_internal.h"

namespace rivet::engine {
namespace {

constexpr std::chrono::milliseconds kLookAgain{250};

}  // namespace

Result<state::Lease> TakeLease(World& world, state::Ledger& ledger, const std::string& export_name,
                               std::chrono::seconds wait, const std::stop_token& stop) {
  const state::Owner owner = state::ThisProcess(world);
  const SteadyMicros deadline = world.Steady() + std::chrono::microseconds(wait).count();
  while (true) {
    auto lease = ledger.Lock(export_name, owner);
    if (lease.ok() || !Is(lease.status(), state::kLocked) || world.Steady() >= deadline)
      return lease;
    if (!SleepFor(world, kLookAgain, stop))
      return Fail(kStopRequested, "stopped while waiting for the lease");
  }
}

LeaseKeeper::LeaseKeeper(World& world, state::Ledger& ledger, state::Lease lease,
                         std::stop_source run_stop)
    : world_(world),
      ledger_(ledger),
      lease_(std::move(lease)),
      run_stop_(std::move(run_stop)),
      monitor_(world.MakeMonitor()) {
  thread_ = world_.Spawn("rivet-lease", [this] { Keep(); });
}

LeaseKeeper::~LeaseKeeper() {
  own_stop_.request_stop();
  thread_->Join();
  const Status unlocked = ledger_.Unlock(lease_);
  if (!unlocked.ok() && !lost()) {
    world_.log().Event(LogLevel::kWarn, "lease-not-given-back", {{"reason", unlocked.message()}});
  }
}

bool LeaseKeeper::lost() const {
  const MonitorLock lock(*monitor_);
  return lost_;
}

void LeaseKeeper::Keep() {
  while (
      SleepFor(world_, std::chrono::microseconds(state::kHeartbeatMicros), own_stop_.get_token())) {
    const Status beat = ledger_.Heartbeat(lease_);
    if (beat.ok()) continue;
    world_.log().Event(LogLevel::kWarn, "heartbeat-failed", {{"reason", beat.message()}});
    if (!Is(beat, state::kLeaseLost)) continue;  // a busy ledger: the next beat may get through
    {
      const MonitorLock lock(*monitor_);
      lost_ = true;
    }
    run_stop_.request_stop();
    return;
  }
}

}  // namespace rivet::engine
