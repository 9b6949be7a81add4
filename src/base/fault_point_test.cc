#include "base/fault_point.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace rivet {
namespace {

#ifdef RIVET_FAULT_POINTS

// The switch is read once a process, so each story runs in a process of its own.
void InChild(const char* orders, int (*story)()) {
  ::setenv("RIVET_FAULT", orders, 1);
  std::exit(story());
}

TEST(FaultPointDeathTest, FailsAtThePassageAskedForAndOnlyThere) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(InChild("published:throw:2,recorded:enospc",
                      [] {
                        const bool first = FaultPoint("published").ok();
                        const Status second = FaultPoint("published");
                        const bool third = FaultPoint("published").ok();
                        const bool full = ClassOf(FaultPoint("recorded")) == FaultClass::kPermanent;
                        return first && IsRetryable(second) && third && full ? 0 : 1;
                      }),
              testing::ExitedWithCode(0), "");
}

TEST(FaultPointDeathTest, WordsOfTheReferenceToolWork) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      InChild("after_file_write:kill9", [] { return FaultPoint("published").ok() ? 0 : 1; }),
      testing::KilledBySignal(SIGKILL), "");
}

TEST(FaultPointDeathTest, AnUnknownPointIsABugOfTheTest) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(InChild("no_such_point:throw", [] { return FaultPoint("published").ok() ? 0 : 1; }),
               "unknown point");
}

#endif

}  // namespace
}  // namespace rivet
