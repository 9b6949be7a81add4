#pragma once

#include <cstdint>
#include <stop_token>

#include "base/budget.h"
#include "base/status.h"

namespace rivet::source {

// Budgeted bytes of one reader: what was taken before a statement, less what went out with its
// batches. Used by one thread.
class Reserve {
 public:
  explicit Reserve(Budget& budget) : budget_(budget) {}
  ~Reserve() { GiveBack(); }
  Reserve(const Reserve&) = delete;
  Reserve& operator=(const Reserve&) = delete;

  bool WouldWait(int64_t bytes) const { return budget_.taken() + bytes > budget_.bytes_max(); }
  Status Take(int64_t bytes, const std::stop_token& stop);
  // A batch of `bytes` is handed out: so many stay taken, and the batch's consumer gives them back.
  void HandOut(int64_t bytes);
  void GiveBack();

 private:
  Budget& budget_;
  int64_t bytes_ = 0;
};

}  // namespace rivet::source
