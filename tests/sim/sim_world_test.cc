#include "sim_world.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace rivet::sim {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Four threads that take turns at a counter; returns the trace.
uint64_t TraceOf(uint64_t seed) {
  SimWorld world(seed, "toy");
  const auto monitor = world.MakeMonitor();
  int counter = 0;
  std::vector<std::unique_ptr<Thread>> threads;
  for (int t = 0; t < 4; ++t) {
    threads.push_back(world.Spawn("t", [&] {
      for (int i = 0; i < 10; ++i) {
        const MonitorLock lock(*monitor);
        ++counter;
        monitor->NotifyAll();
      }
    }));
  }
  {
    const MonitorLock lock(*monitor);
    while (counter < 40) monitor->Wait({}, -1);
  }
  threads.clear();
  return world.trace_hash();
}

TEST(SimWorld, OneSeedIsOneInterleaving) {
  std::set<uint64_t> traces;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    const uint64_t first = TraceOf(seed);
    EXPECT_EQ(TraceOf(seed), first) << seed;
    traces.insert(first);
  }
  EXPECT_GT(traces.size(), 25u);
}

// Read, step, write without a monitor: some interleaving loses an update, and the search finds it.
TEST(SimWorld, APlantedRaceIsFound) {
  int lost = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SimWorld world(seed, "race");
    int counter = 0;
    const auto add = [&] {
      const int seen = counter;
      world.Step();
      counter = seen + 1;
    };
    auto a = world.Spawn("a", add);
    auto b = world.Spawn("b", add);
    a->Join();
    b->Join();
    lost += counter != 2;
  }
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, 200);
}

TEST(SimWorld, AMonitorKeepsThreadsApart) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SimWorld world(seed, "monitor");
    const auto monitor = world.MakeMonitor();
    int counter = 0;
    const auto add = [&] {
      const MonitorLock lock(*monitor);
      const int seen = counter;
      world.Step();
      counter = seen + 1;
    };
    auto a = world.Spawn("a", add);
    auto b = world.Spawn("b", add);
    a->Join();
    b->Join();
    ASSERT_EQ(counter, 2) << seed;
  }
}

TEST(SimWorld, TimePassesOnlyWhenAllWaitForIt) {
  SimWorld world(7, "time");
  const SteadyMicros before = world.Steady();
  std::vector<int> order;
  auto late = world.Spawn("late", [&] {
    EXPECT_TRUE(SleepFor(world, hours(2), {}));
    order.push_back(2);
  });
  auto early = world.Spawn("early", [&] {
    EXPECT_TRUE(SleepFor(world, hours(1), {}));
    order.push_back(1);
  });
  for (int i = 0; i < 100; ++i) world.Step();
  EXPECT_EQ(world.Steady(), before);
  late->Join();
  early->Join();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_EQ(world.Steady() - before, 2 * 3'600'000'000LL);
}

TEST(SimWorld, StopEndsAWait) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SimWorld world(seed, "stop");
    std::stop_source stop;
    bool whole = true;
    auto sleeper =
        world.Spawn("sleeper", [&] { whole = SleepFor(world, hours(1), stop.get_token()); });
    const SteadyMicros before = world.Steady();
    stop.request_stop();
    sleeper->Join();
    EXPECT_FALSE(whole);
    EXPECT_EQ(world.Steady(), before);
  }
}

TEST(SimWorld, AFrozenProcessDoesNotRun) {
  SimWorld world(3, "freeze");
  int process = 0;
  bool ran = false;
  world.SetOwner(&process);
  world.Freeze(&process, world.Steady() + 60'000'000);
  const auto child =
      world.Spawn("child", [&] { ran = true; });  // Spawn is a scheduling point of a frozen thread
  EXPECT_GE(world.Steady(), 61'000'000);
  child->Join();
  EXPECT_TRUE(ran);
}

TEST(SimWorldDeathTest, ADeadlockIsFoundAndToldWithItsStory) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto deadlock = [] {
    SimWorld world(1, "seed 4711");
    const auto left = world.MakeMonitor();
    const auto right = world.MakeMonitor();
    bool left_held = false, right_held = false;
    const auto hold = [&world](Monitor& first, Monitor& second, bool* mine, bool* other) {
      const MonitorLock a(first);
      *mine = true;
      while (!*other) world.Step();
      const MonitorLock b(second);
    };
    auto thread = world.Spawn("left", [&] { hold(*left, *right, &left_held, &right_held); });
    hold(*right, *left, &right_held, &left_held);
  };
  EXPECT_EXIT(deadlock(), testing::ExitedWithCode(1), "deadlock.*\n.*seed 4711");
}

TEST(SimWorldDeathTest, AProgramWithoutEndMeetsTheStepBound) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto forever = [] {
    SimWorld world(1, "seed 1", 1000);
    while (true) world.Step();
  };
  EXPECT_EXIT(forever(), testing::ExitedWithCode(1), "no end after 1000 steps");
}

}  // namespace
}  // namespace rivet::sim
