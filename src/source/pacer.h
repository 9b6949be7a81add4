#pragma once

#include <cstdint>
#include <stop_token>

#include "base/status.h"
#include "base/world.h"
#include "model/query.h"
#include "model/settings.h"

namespace rivet::source {

// Chooses the size of the next statement from the last one, and spends the throttle. One per
// session, used by one thread. The unit of size is whatever the driver cuts by: rows, or heap
// blocks.
class Pacer {
 public:
  // `first` is the size of the first statement; sizes stay within [1, size_max].
  Pacer(World& world, const model::Tuning& tuning, int64_t bytes_target);

  void Begin(int64_t first, int64_t size_max);
  int64_t size() const { return size_; }
  // Bytes the next statement will likely bring: what to reserve before it is sent.
  int64_t bytes_expected() const;

  // After a statement of `size` that brought `rows` and `bytes` in `micros`. Aims at
  // statement_target_ms and at the byte target: grows at most x2, shrinks at once. A statement that
  // brought nothing grows too.
  void Done(int64_t size, int64_t rows, int64_t bytes, int64_t micros);

  // Waits as the tuning says: a throttle written in the config literally after every statement; a
  // profile's own one per `batch_size` rows, less the time the session stood idle anyway, and at
  // `balanced` only after a statement over target; `safe` always. kStopRequested when stopped
  // meanwhile.
  Status Throttle(int64_t idle_micros, const std::stop_token& stop);

 private:
  World& world_;
  const model::Tuning tuning_;
  const int64_t bytes_target_;
  int64_t size_ = 1, size_max_ = 1;
  double bytes_per_size_ = 0;
  int64_t rows_since_throttle_ = 0, idle_since_throttle_ = 0;
  bool over_target_ = false;
};

}  // namespace rivet::source
