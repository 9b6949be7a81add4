#include "base/budget.h"

#include <algorithm>

namespace rivet {

Budget::Budget(World& world, int64_t bytes_max)
    : bytes_max_(std::max<int64_t>(1, bytes_max)), monitor_(world.MakeMonitor()) {}

Status Budget::Take(int64_t bytes, const std::stop_token& stop) {
  const MonitorLock lock(*monitor_);
  while (taken_ > 0 && taken_ + bytes > bytes_max_) {
    if (stop.stop_requested()) return Fail(kStopRequested, "stopped while waiting for memory");
    monitor_->Wait(stop, -1);
  }
  taken_ += bytes;
  return Status::OK();
}

void Budget::TakeNow(int64_t bytes) {
  const MonitorLock lock(*monitor_);
  taken_ += bytes;
}

void Budget::Give(int64_t bytes) {
  const MonitorLock lock(*monitor_);
  taken_ -= bytes;
  Check(taken_ >= 0, "more bytes given back than taken");
  monitor_->NotifyAll();
}

int64_t Budget::taken() const {
  const MonitorLock lock(*monitor_);
  return taken_;
}

}  // namespace rivet
