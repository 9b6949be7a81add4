#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "model/observer.h"

namespace rivet::engine {

// Passes every event on and keeps the figures of one run. Called from all worker threads.
class RunFigures : public model::Observer {
 public:
  explicit RunFigures(model::Observer& next) : next_(next) {}
  void On(const model::Event& event) override;
  void FillIn(model::RunResult* result) const;

 private:
  model::Observer& next_;
  mutable std::mutex mutex_;
  int64_t statements_ = 0, longest_statement_us_ = 0, longest_snapshot_us_ = 0, bytes_read_ = 0;
  int64_t retries_ = 0, units_done_ = 0;
  std::vector<std::pair<std::string, std::string>> warnings_;
};

}  // namespace rivet::engine
