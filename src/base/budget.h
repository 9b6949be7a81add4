#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "base/status.h"
#include "base/world.h"

namespace rivet {

// Bytes that may be in memory between the socket and the file, for all workers together. Taken
// before bytes are asked for, so a slow encoder stops the reader and never stretches a statement.
// Shared by all threads.
class Budget {
 public:
  Budget(World& world, int64_t bytes_max);

  // Waits until `bytes` fit. A request above the whole budget is granted alone, once nothing else
  // is held, so one wide row cannot hang a run. kStopRequested when `stop` came first.
  Status Take(int64_t bytes, const std::stop_token& stop);
  // Never waits: what was read turned out larger than reserved.
  void TakeNow(int64_t bytes);
  void Give(int64_t bytes);

  int64_t bytes_max() const { return bytes_max_; }
  int64_t taken() const;

 private:
  const int64_t bytes_max_;
  std::unique_ptr<Monitor> monitor_;
  int64_t taken_ = 0;
};

}  // namespace rivet
