#include "engine/workers_internal.h"

#include <gtest/gtest.h>

#include "source/faults.h"

namespace rivet::engine {
namespace {

model::Tuning Patient() {
  model::Tuning tuning;
  tuning.retry_backoff_ms = 2'000;
  return tuning;
}

TEST(BackoffMs, DoublesAndStaysUnderItsCap) {
  const Status lost = Fail(source::kConnection, "gone");
  EXPECT_EQ(BackoffMs(Patient(), 1, lost, 0), 2'000);
  EXPECT_EQ(BackoffMs(Patient(), 2, lost, 0), 4'000);
  EXPECT_EQ(BackoffMs(Patient(), 3, lost, 0), 8'000);
  EXPECT_EQ(BackoffMs(Patient(), 60, lost, 0), 300'000);
}

TEST(BackoffMs, JitterIsAtMostAFifth) {
  const Status lost = Fail(source::kConnection, "gone");
  for (uint64_t random = 0; random < 5'000; random += 7) {
    const int64_t wait = BackoffMs(Patient(), 1, lost, random);
    EXPECT_GE(wait, 2'000);
    EXPECT_LT(wait, 2'400);
  }
}

TEST(BackoffMs, WaitsLongerWhereTheServerAskedForPatience) {
  EXPECT_EQ(BackoffMs(Patient(), 1, Fail(source::kCapacity, "full"), 0), 17'000);
  EXPECT_EQ(BackoffMs(Patient(), 1, Fail(source::kResources, "disk"), 0), 7'000);
  EXPECT_EQ(BackoffMs(Patient(), 1, Fail(source::kConflict, "deadlock"), 0), 3'000);
}

TEST(BackoffMs, AZeroBaseIsNoDivisionByZero) {
  model::Tuning hasty = Patient();
  hasty.retry_backoff_ms = 0;
  EXPECT_EQ(BackoffMs(hasty, 1, Fail(source::kConnection, "gone"), 12'345), 0);
}

}  // namespace
}  // namespace rivet::engine
