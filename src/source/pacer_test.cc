#include "source/pacer.h"

#include <gtest/gtest.h>

#include <utility>

namespace rivet::source {
namespace {

// A clock that only waiting moves: a deadline is reached at once, and how long somebody waited can
// be asked.
class StillWorld : public World {
 public:
  WallMicros Now() override { return micros; }
  SteadyMicros Steady() override { return micros; }
  std::unique_ptr<Monitor> MakeMonitor() override { return std::make_unique<StillMonitor>(*this); }
  std::unique_ptr<Thread> Spawn(std::string, std::function<void()>) override { return nullptr; }
  uint64_t Random() override { return 4; }
  int64_t ResidentBytes() override { return 0; }
  Log& log() override { return log_; }
  Redactor& redactor() override { return redactor_; }

  SteadyMicros micros = 1'000'000;
  std::function<void()> on_wait;

 private:
  struct StillMonitor : Monitor {
    explicit StillMonitor(StillWorld& world) : world(world) {}
    void Lock() override {}
    void Unlock() override {}
    void Wait(const std::stop_token&, SteadyMicros deadline) override {
      if (world.on_wait)
        std::exchange(world.on_wait, nullptr)();
      else
        world.micros = deadline;
    }
    void NotifyAll() override {}
    StillWorld& world;
  };

  Redactor redactor_;
  Log log_{&redactor_};
};

constexpr int64_t kMiB = 1 << 20;

model::Tuning Balanced() {
  model::Tuning tuning;
  tuning.batch_size = 10'000;
  tuning.statement_target_ms = 40;
  tuning.throttle_ms = 50;
  return tuning;
}

class PacerTest : public ::testing::Test {
 protected:
  int64_t Waited(Pacer& pacer, int64_t idle_micros) {
    const SteadyMicros before = world_.micros;
    EXPECT_TRUE(pacer.Throttle(idle_micros, {}).ok());
    return world_.micros - before;
  }
  StillWorld world_;
};

TEST_F(PacerTest, GrowsAtMostTwofoldAndNotAboveTheMaximum) {
  Pacer pacer(world_, Balanced(), 8 * kMiB);
  pacer.Begin(500, 3'000, 1'000'000);
  EXPECT_EQ(pacer.size(), 500);
  EXPECT_EQ(pacer.bytes_expected(), 0);
  pacer.Done(500, 500, 1'000, 10);
  EXPECT_EQ(pacer.size(), 1'000);
  pacer.Done(1'000, 1'000, 2'000, 10);
  pacer.Done(2'000, 2'000, 4'000, 10);
  EXPECT_EQ(pacer.size(), 3'000);
}

TEST_F(PacerTest, AimsAtTheTargetTime) {
  Pacer pacer(world_, Balanced(), 8 * kMiB);
  pacer.Begin(1'000, 100'000, 1'000'000);
  pacer.Done(1'000, 1'000, 1'000, 32'000);
  EXPECT_EQ(pacer.size(), 1'250);
}

TEST_F(PacerTest, ShrinksAtOnceForTimeAndForBytes) {
  Pacer pacer(world_, Balanced(), 8 * kMiB);
  pacer.Begin(8'000, 8'000, 1'000'000);
  pacer.Done(8'000, 8'000, kMiB, 400'000);
  EXPECT_EQ(pacer.size(), 800);
  pacer.Begin(8'000, 8'000, 1'000'000);
  pacer.Done(8'000, 8'000, 800 * kMiB, 10'000);
  EXPECT_EQ(pacer.size(), 80);
}

TEST_F(PacerTest, ByteTargetLimitsGrowthOfFastStatements) {
  Pacer pacer(world_, Balanced(), 8 * kMiB);
  pacer.Begin(1'000, 100'000, 1'000'000);
  pacer.Done(1'000, 1'000, 8 * kMiB, 100);
  EXPECT_EQ(pacer.size(), 1'000);
}

TEST_F(PacerTest, NeverBelowOne) {
  Pacer pacer(world_, Balanced(), kMiB);
  pacer.Begin(0, 0, 1'000'000);
  EXPECT_EQ(pacer.size(), 1);
  pacer.Done(1, 1, 900 * kMiB, 90'000'000);
  EXPECT_EQ(pacer.size(), 1);
}

// A server 60 ms away, 4 us a row: each statement is over its aim, and smaller ones would be too.
TEST_F(PacerTest, ALongWayToTheServerDoesNotShrinkPagesToNothing) {
  Pacer pacer(world_, Balanced(), 64 * kMiB);
  pacer.Begin(10'000, 10'000, 10'000);
  for (int i = 0; i < 50; ++i) {
    const int64_t size = pacer.size();
    pacer.Done(size, size, size * 100, 60'000 + size * 4);
  }
  EXPECT_GT(pacer.size(), 2'500);
  EXPECT_LE(pacer.size(), 10'000);
}

// A table whose index went away: the server looks at all of it for each page.
TEST_F(PacerTest, AFixedCostOfTheServerMakesPagesLarge) {
  Pacer pacer(world_, Balanced(), 64 * kMiB);
  pacer.Begin(2'000, 10'000, 10'000);
  for (int i = 0; i < 50; ++i) pacer.Done(pacer.size(), pacer.size(), pacer.size(), 300'000);
  EXPECT_GT(pacer.size(), 1'000);
}

// Rows that are slow by themselves (1 ms each) are still read few at a time.
TEST_F(PacerTest, SlowRowsAreNoFixedCost) {
  Pacer pacer(world_, Balanced(), 64 * kMiB);
  pacer.Begin(10'000, 10'000, 10'000);
  for (int i = 0; i < 20; ++i)
    pacer.Done(pacer.size(), pacer.size(), pacer.size(), 500 + pacer.size() * 1'000);
  EXPECT_GE(pacer.size(), 20);
  EXPECT_LE(pacer.size(), 45);
}

TEST_F(PacerTest, ASizeOfBlocksKeepsTheRowsOfAStatement) {
  Pacer pacer(world_, Balanced(), 64 * kMiB);
  pacer.Begin(16, 4'096, 500);
  for (int i = 0; i < 10; ++i) pacer.Done(pacer.size(), pacer.size() * 90, 1, 100);
  EXPECT_LE(pacer.size() * 90, 500);
  EXPECT_GE(pacer.size(), 5);
}

TEST_F(PacerTest, AStatementThatBroughtNothingGrows) {
  Pacer pacer(world_, Balanced(), kMiB);
  pacer.Begin(64, 1'000, 1'000'000);
  pacer.Done(64, 0, 0, 0);
  EXPECT_EQ(pacer.size(), 128);
}

TEST_F(PacerTest, ExpectsTheBytesOfTheLastSizeWithAMargin) {
  Pacer pacer(world_, Balanced(), 64 * kMiB);
  pacer.Begin(1'000, 1'000, 1'000'000);
  pacer.Done(1'000, 1'000, 800'000, 40'000);
  EXPECT_EQ(pacer.size(), 1'000);
  EXPECT_EQ(pacer.bytes_expected(), 900'000);
}

TEST_F(PacerTest, ExplicitThrottleIsObeyedLiterally) {
  model::Tuning tuning = Balanced();
  tuning.throttle_is_explicit = true;
  tuning.throttle_ms = 7;
  Pacer pacer(world_, tuning, kMiB);
  pacer.Begin(10, 10, 1'000'000);
  pacer.Done(10, 10, 100, 10);
  EXPECT_EQ(Waited(pacer, 1'000'000), 7'000);
  EXPECT_EQ(Waited(pacer, 0), 7'000);
}

TEST_F(PacerTest, BalancedWaitsOnlyAfterAStatementOverTarget) {
  Pacer pacer(world_, Balanced(), 64 * kMiB);
  pacer.Begin(10'000, 10'000, 1'000'000);
  pacer.Done(10'000, 10'000, 100, 39'000);
  EXPECT_EQ(Waited(pacer, 0), 0);
  pacer.Done(10'000, 10'000, 100, 41'000);
  EXPECT_EQ(Waited(pacer, 0), 50'000);
  pacer.Done(10'000, 10'000, 100, 39'000);
  EXPECT_EQ(Waited(pacer, 0), 0);
}

TEST_F(PacerTest, SafeWaitsPerBatchSizeLessIdleTime) {
  model::Tuning tuning = Balanced();
  tuning.profile = "safe";
  Pacer pacer(world_, tuning, 64 * kMiB);
  pacer.Begin(4'000, 4'000, 1'000'000);
  pacer.Done(4'000, 4'000, 100, 1'000);
  EXPECT_EQ(Waited(pacer, 5'000), 0);
  pacer.Done(4'000, 4'000, 100, 1'000);
  EXPECT_EQ(Waited(pacer, 5'000), 0);
  pacer.Done(4'000, 4'000, 100, 1'000);
  EXPECT_EQ(Waited(pacer, 10'000), 30'000);
  // 2 000 of the 12 000 rows count for the next wait.
  pacer.Done(8'000, 8'000, 100, 1'000);
  EXPECT_EQ(Waited(pacer, 200'000), 0);
}

TEST_F(PacerTest, StopEndsTheWait) {
  model::Tuning tuning = Balanced();
  tuning.throttle_is_explicit = true;
  Pacer pacer(world_, tuning, kMiB);
  std::stop_source stop;
  world_.on_wait = [&stop] { stop.request_stop(); };
  EXPECT_TRUE(Is(pacer.Throttle(0, stop.get_token()), kStopRequested));
  EXPECT_TRUE(Is(pacer.Throttle(0, stop.get_token()), kStopRequested));
}

}  // namespace
}  // namespace rivet::source
