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
// Sizes this far apart tell a fixed cost from one by size.
constexpr double kTellingApart = 1.5;

}  // namespace

Pacer::Pacer(World& world, const model::Tuning& tuning, int64_t bytes_target)
    : world_(world), tuning_(tuning), bytes_target_(std::max<int64_t>(1, bytes_target)) {}

void Pacer::Begin(int64_t first, int64_t size_max, int64_t rows_max) {
  size_max_ = std::max<int64_t>(1, size_max);
  rows_max_ = std::max<int64_t>(1, rows_max);
  last_size_ = 0;
  fixed_micros_ = 0;
  size_ = std::clamp<int64_t>(first, 1, size_max_);
  bytes_per_size_ = 0;
}

int64_t Pacer::bytes_expected() const {
  return static_cast<int64_t>(bytes_per_size_ * kBytesMargin * static_cast<double>(size_));
}

void Pacer::Done(int64_t size, int64_t rows, int64_t bytes, int64_t micros) {
  size = std::max<int64_t>(1, size);
  const double target_micros = 1000.0 * static_cast<double>(tuning_.statement_target_ms);
  const double taken = static_cast<double>(std::max<int64_t>(1, micros));
  LearnFixedCost(size, taken);
  double time_factor = target_micros / taken;
  if (taken > target_micros && fixed_micros_ > 0) {
    // At least half of the aim is left to the rows, however long the way is.
    const double by_size = std::max(1.0, taken - fixed_micros_);
    time_factor = std::max(target_micros - fixed_micros_, target_micros / 2) / by_size;
  }
  const double byte_factor =
      static_cast<double>(bytes_target_) / static_cast<double>(std::max<int64_t>(1, bytes));
  const double row_factor =
      static_cast<double>(rows_max_) / static_cast<double>(std::max<int64_t>(1, rows));
  const double factor = std::min({time_factor, byte_factor, row_factor, kGrowthMax});
  const double next =
      std::clamp(factor * static_cast<double>(size), 1.0, static_cast<double>(size_max_));
  size_ = static_cast<int64_t>(next);
  bytes_per_size_ = static_cast<double>(bytes) / static_cast<double>(size);
  rows_since_throttle_ += rows;
  over_target_ = over_target_ || taken - fixed_micros_ > target_micros;
}

void Pacer::LearnFixedCost(int64_t size, double micros) {
  const double now = static_cast<double>(size), before = static_cast<double>(last_size_);
  const bool apart =
      last_size_ > 0 && std::max(now, before) >= kTellingApart * std::min(now, before);
  if (apart) {
    const double by_one = std::max(0.0, (micros - last_micros_) / (now - before));
    fixed_micros_ = std::max(0.0, std::min(micros, last_micros_) - by_one * std::min(now, before));
  }
  // A quick statement corrects what a slow one made believe.
  fixed_micros_ = std::min(fixed_micros_, micros);
  last_size_ = size;
  last_micros_ = micros;
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
