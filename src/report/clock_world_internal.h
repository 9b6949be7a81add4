#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/world.h"

namespace rivet::report {

// For tests: the clock stands still until it is told otherwise; all else is real.
class ClockWorld : public World {
 public:
  WallMicros Now() override { return wall_; }
  SteadyMicros Steady() override { return steady_; }
  std::unique_ptr<Monitor> MakeMonitor() override { return real_->MakeMonitor(); }
  std::unique_ptr<Thread> Spawn(std::string name, std::function<void()> body) override {
    return real_->Spawn(std::move(name), std::move(body));
  }
  uint64_t Random() override { return real_->Random(); }
  int64_t ResidentBytes() override { return 0; }
  Log& log() override { return real_->log(); }
  Redactor& redactor() override { return real_->redactor(); }

  void Pass(int64_t micros) {
    wall_ += micros;
    steady_ += micros;
  }

 private:
  std::unique_ptr<World> real_ = MakeRealWorld();
  WallMicros wall_ = 1'767'225'600'000'000;  // 2026-01-01T00:00:00Z
  SteadyMicros steady_ = 0;
};

}  // namespace rivet::report
