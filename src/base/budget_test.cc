#include "base/budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

namespace rivet {
namespace {

class BudgetTest : public testing::Test {
 protected:
  BudgetTest() : world_(MakeRealWorld()), budget_(*world_, 100) {}
  // Polls until `what` holds: nobody tells us when another thread has begun to wait.
  template <typename What>
  void Until(What what) {
    while (!what()) SleepFor(*world_, std::chrono::microseconds(200), {});
  }
  std::unique_ptr<World> world_;
  Budget budget_;
};

TEST_F(BudgetTest, CountsWhatIsTakenAndGiven) {
  ASSERT_TRUE(budget_.Take(60, {}).ok());
  ASSERT_TRUE(budget_.Take(40, {}).ok());
  EXPECT_EQ(budget_.taken(), 100);
  budget_.TakeNow(50);
  EXPECT_EQ(budget_.taken(), 150);
  budget_.Give(150);
  EXPECT_EQ(budget_.taken(), 0);
}

TEST_F(BudgetTest, ATakerWaitsUntilItsBytesFit) {
  ASSERT_TRUE(budget_.Take(80, {}).ok());
  std::atomic<bool> begun = false, granted = false;
  const auto taker = world_->Spawn("taker", [&] {
    begun = true;
    EXPECT_TRUE(budget_.Take(40, {}).ok());
    granted = true;
  });
  Until([&] { return begun.load(); });
  budget_.Give(10);  // 70 held: 40 do not fit
  SleepFor(*world_, std::chrono::milliseconds(2), {});
  EXPECT_FALSE(granted);
  budget_.Give(10);
  taker->Join();
  EXPECT_EQ(budget_.taken(), 100);
}

TEST_F(BudgetTest, ARequestAboveTheWholeIsGrantedAlone) {
  ASSERT_TRUE(budget_.Take(1000, {}).ok());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(Is(budget_.Take(1, stop.get_token()), kStopRequested));
  budget_.Give(1000);
  EXPECT_TRUE(budget_.Take(1, stop.get_token()).ok());
}

TEST_F(BudgetTest, StopEndsAWait) {
  ASSERT_TRUE(budget_.Take(100, {}).ok());
  std::stop_source stop;
  Status status;
  const auto taker = world_->Spawn("taker", [&] { status = budget_.Take(1, stop.get_token()); });
  stop.request_stop();
  taker->Join();
  EXPECT_TRUE(Is(status, kStopRequested));
  EXPECT_EQ(budget_.taken(), 100);
}

TEST_F(BudgetTest, ManyTakersNeverHoldMoreThanTheWhole) {
  std::atomic<int64_t> held = 0, most = 0;
  std::vector<std::unique_ptr<Thread>> takers;
  for (int t = 0; t < 4; ++t) {
    takers.push_back(world_->Spawn("taker", [&, t] {
      for (int i = 0; i < 200; ++i) {
        const int64_t bytes = 20 + (i * 7 + t * 13) % 60;
        ASSERT_TRUE(budget_.Take(bytes, {}).ok());
        const int64_t now = held += bytes;
        for (int64_t seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        held -= bytes;
        budget_.Give(bytes);
      }
    }));
  }
  takers.clear();
  EXPECT_LE(most, 100);
  EXPECT_EQ(budget_.taken(), 0);
}

TEST(BudgetDeathTest, GivingBackMoreThanWasTakenIsABug) {
  const auto world = MakeRealWorld();
  Budget budget(*world, 10);
  EXPECT_DEATH(budget.Give(1), "more bytes given back");
}

TEST(Budget, IsNeverEmpty) {
  const auto world = MakeRealWorld();
  Budget budget(*world, -5);
  EXPECT_EQ(budget.bytes_max(), 1);
}

}  // namespace
}  // namespace rivet
