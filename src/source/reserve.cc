#include "source/reserve.h"

#include <algorithm>
#include <utility>

namespace rivet::source {

Status Reserve::Take(int64_t bytes, const std::stop_token& stop) {
  ARROW_RETURN_NOT_OK(budget_.Take(bytes, stop));
  bytes_ += bytes;
  return Status::OK();
}

void Reserve::HandOut(int64_t bytes) {
  if (bytes > bytes_) budget_.TakeNow(bytes - bytes_);
  bytes_ = std::max<int64_t>(0, bytes_ - bytes);
}

void Reserve::GiveBack() {
  if (bytes_ > 0) budget_.Give(std::exchange(bytes_, 0));
}

}  // namespace rivet::source
