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
  Pacer(World& world, const model::Tuning& tuning, int64_t bytes_target);

  // `first` is the size of the first statement; sizes stay within [1, size_max], and no statement
  // is likely to bring more than `rows_max` rows.
  void Begin(int64_t first, int64_t size_max, int64_t rows_max);
  int64_t size() const { return size_; }
  // Bytes the next statement will likely bring: what to reserve before it is sent.
  int64_t bytes_expected() const;

  // After a statement of `size` that brought `rows` and `bytes` in `micros`. Aims at
  // statement_target_ms and at the byte target: grows at most x2, shrinks at once. A statement that
  // brought nothing grows too. What a statement costs whatever its size (a long way to the server,
  // a plan that looks at everything first) is told apart by comparing statements of different
  // sizes: smaller ones would not be shorter, only more.
  void Done(int64_t size, int64_t rows, int64_t bytes, int64_t micros);

  // Waits as the tuning says: a throttle written in the config literally after every statement; a
  // profile's own one per `batch_size` rows, less the time the session stood idle anyway, and at
  // `balanced` only after a statement over target; `safe` always. kStopRequested when stopped
  // meanwhile.
  Status Throttle(int64_t idle_micros, const std::stop_token& stop);

 private:
  World& world_;
  const model::Tuning tuning_;
  // Of the time of a statement, what would be there at any size.
  void LearnFixedCost(int64_t size, double micros);

  const int64_t bytes_target_;
  int64_t size_ = 1, size_max_ = 1, rows_max_ = 1;
  int64_t last_size_ = 0;
  double last_micros_ = 0, fixed_micros_ = 0;
  double bytes_per_size_ = 0;
  int64_t rows_since_throttle_ = 0, idle_since_throttle_ = 0;
  bool over_target_ = false;
};

}  // namespace rivet::source
