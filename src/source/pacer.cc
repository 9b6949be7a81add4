#include "source/pacer.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace rivet::source {
namespace {

// Sizes at most double, so that one lucky statement (rows in cache, an empty stretch) cannot make
// the next a long one.
constexpr double kGrowthMax = 2.0;
// Room for rows a little wider than those just seen.
constexpr double kBytesMargin = 1.125;

}  // namespace

Pacer::Pacer(World& world, const model::Tuning& tuning, int64_t bytes_target)
    : world_(world), tuning_(tuning), bytes_target_(std::max<int64_t>(1, bytes_target)) {}

void Pacer::Begin(int64_t first, int64_t size_max) {
  size_max_ = std::max<int64_t>(1, size_max);
  size_ = std::clamp<int64_t>(first, 1, size_max_);
  bytes_per_size_ = 0;
}

int64_t Pacer::bytes_expected() const {
  return static_cast<int64_t>(bytes_per_size_ * kBytesMargin * static_cast<double>(size_));
}

void Pacer::Done(int64_t size, int64_t rows, int64_t bytes, int64_t micros) {
  size = std::max<int64_t>(1, size);
  const double target_micros = 1000.0 * static_cast<double>(tuning_.statement_target_ms);
  const double time_factor = target_micros / static_cast<double>(std::max<int64_t>(1, micros));
  const double byte_factor =
      static_cast<double>(bytes_target_) / static_cast<double>(std::max<int64_t>(1, bytes));
  const double factor = std::min({time_factor, byte_factor, kGrowthMax});
  const double next =
      std::clamp(factor * static_cast<double>(size), 1.0, static_cast<double>(size_max_));
  size_ = static_cast<int64_t>(next);
  bytes_per_size_ = static_cast<double>(bytes) / static_cast<double>(size);
  rows_since_throttle_ += rows;
  over_target_ = over_target_ || static_cast<double>(micros) > target_micros;
}

Status Pacer::Throttle(int64_t idle_micros, const std::stop_token& stop) {
  if (stop.stop_requested()) return Fail(kStopRequested, "stopped between statements");
  int64_t wait_micros = 0;
  if (tuning_.throttle_is_explicit) {
    wait_micros = tuning_.throttle_ms * 1000;
  } else {
    idle_since_throttle_ += std::max<int64_t>(0, idle_micros);
    const int64_t batch_rows = std::max<int64_t>(1, tuning_.batch_size);
    if (rows_since_throttle_ < batch_rows) return Status::OK();
    const int64_t batches = rows_since_throttle_ / batch_rows;
    const bool owed = tuning_.profile == "safe" || over_target_;
    if (owed) wait_micros = batches * tuning_.throttle_ms * 1000 - idle_since_throttle_;
    rows_since_throttle_ -= batches * batch_rows;
    idle_since_throttle_ = 0;
    over_target_ = false;
  }
  if (wait_micros <= 0) return Status::OK();
  if (SleepFor(world_, std::chrono::microseconds(wait_micros), stop)) return Status::OK();
  return Fail(kStopRequested, "stopped between statements");
}

}  // namespace rivet::source
