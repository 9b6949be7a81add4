#include "base/world.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <stop_token>

namespace rivet {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(World, ThreadsHandAValueOverThroughAMonitor) {
  const auto world = MakeRealWorld();
  const auto monitor = world->MakeMonitor();
  int turn = 0;
  const auto other = world->Spawn("other", [&] {
    for (int i = 0; i < 100; ++i) {
      const MonitorLock lock(*monitor);
      while (turn % 2 == 0) monitor->Wait({}, -1);
      ++turn;
      monitor->NotifyAll();
    }
  });
  for (int i = 0; i < 100; ++i) {
    const MonitorLock lock(*monitor);
    while (turn % 2 == 1) monitor->Wait({}, -1);
    ++turn;
    monitor->NotifyAll();
  }
  other->Join();
  EXPECT_EQ(turn, 200);
}

TEST(World, WaitEndsAtItsDeadline) {
  const auto world = MakeRealWorld();
  const auto monitor = world->MakeMonitor();
  const SteadyMicros deadline = world->Steady() + 2000;
  const MonitorLock lock(*monitor);
  while (world->Steady() < deadline) monitor->Wait({}, deadline);
  EXPECT_GE(world->Steady(), deadline);
}

TEST(World, WaitEndsWhenAskedToStop) {
  const auto world = MakeRealWorld();
  const auto monitor = world->MakeMonitor();
  std::stop_source stop;
  bool waiting = false;
  const auto waiter = world->Spawn("waiter", [&] {
    const MonitorLock lock(*monitor);
    waiting = true;
    monitor->NotifyAll();
    while (!stop.stop_requested()) monitor->Wait(stop.get_token(), -1);
  });
  {
    const MonitorLock lock(*monitor);
    while (!waiting) monitor->Wait({}, -1);
  }
  stop.request_stop();
  waiter->Join();
  const MonitorLock lock(*monitor);
  monitor->Wait(stop.get_token(), -1);  // stopped before: returns at once
}

TEST(World, DestroyingAThreadJoinsIt) {
  const auto world = MakeRealWorld();
  std::atomic<bool> done = false;
  world->Spawn("a name far longer than the kernel keeps", [&] {
    SleepFor(*world, milliseconds(2), {});
    done = true;
  });
  EXPECT_TRUE(done);
  const auto thread = world->Spawn("twice", [] {});
  thread->Join();
  thread->Join();
}

TEST(World, SleepTakesItsTimeAndSaysWhetherItWasCutShort) {
  const auto world = MakeRealWorld();
  const SteadyMicros before = world->Steady();
  EXPECT_TRUE(SleepFor(*world, milliseconds(3), {}));
  EXPECT_GE(world->Steady() - before, 3000);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(SleepFor(*world, std::chrono::hours(1), stop.get_token()));
  EXPECT_TRUE(SleepFor(*world, microseconds(0), {}));
}

TEST(World, StopEndsALongSleep) {
  const auto world = MakeRealWorld();
  std::stop_source stop;
  bool whole = true;
  const auto sleeper = world->Spawn(
      "sleeper", [&] { whole = SleepFor(*world, std::chrono::hours(1), stop.get_token()); });
  stop.request_stop();
  sleeper->Join();
  EXPECT_FALSE(whole);
}

TEST(World, TokensDifferAndFitIntoFileNames) {
  const auto world = MakeRealWorld();
  std::set<std::string> tokens;
  for (int i = 0; i < 200; ++i) tokens.insert(RandomToken(*world));
  EXPECT_EQ(tokens.size(), 200u);
  for (const std::string& token : tokens) {
    EXPECT_EQ(token.size(), 8u);
    EXPECT_EQ(token.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
  }
}

TEST(World, MemoryOfThisProcessIsSeen) {
  const auto world = MakeRealWorld();
  EXPECT_GT(world->ResidentBytes(), 1 << 20);
  EXPECT_GE(world->PeakResidentBytes(), world->ResidentBytes() / 2);
  EXPECT_GT(world->Now(), 1'700'000'000'000'000);
}

}  // namespace
}  // namespace rivet
