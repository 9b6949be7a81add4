#include "base/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rivet {
namespace {

using testing::ElementsAre;

constexpr FaultCode kSlow{"RIVET_TEST_SLOW", FaultClass::kTemporary, "Wait."};
constexpr FaultCode kWrong{"RIVET_TEST_WRONG", FaultClass::kPermanent, "Correct it."};

TEST(Status, CarriesCodeMessageAndCause) {
  const Status status = Fail(kWrong, "no such table", "SQLSTATE 42P01");
  EXPECT_TRUE(Is(status, kWrong));
  EXPECT_FALSE(Is(status, kSlow));
  const Fault fault = FaultOf(status);
  EXPECT_EQ(fault.message, "no such table");
  EXPECT_EQ(fault.cause, "SQLSTATE 42P01");
  EXPECT_NE(status.ToString().find("RIVET_TEST_WRONG"), std::string::npos);
}

TEST(Status, OkHasNoCodeAndNoFaults) {
  EXPECT_EQ(CodeOf(Status::OK()), nullptr);
  EXPECT_TRUE(FaultsOf(Status::OK()).empty());
  EXPECT_FALSE(Is(Status::OK(), kWrong));
}

TEST(Status, AddersKeepTheCodeAndLeaveOkAlone) {
  const Status status =
      WithHint(WithContext(WithExport(Fail(kSlow, "timed out"), "orders"), "unit 3"), "Retry.");
  EXPECT_TRUE(Is(status, kSlow));
  const Fault fault = FaultOf(status);
  EXPECT_EQ(fault.message, "unit 3: timed out");
  EXPECT_EQ(fault.export_name, "orders");
  EXPECT_THAT(fault.hints, ElementsAre("Retry."));
  EXPECT_TRUE(WithHint(WithContext(WithExport(Status::OK(), "orders"), "unit 3"), "Retry.").ok());
}

TEST(Status, TheFirstExportNamedStays) {
  EXPECT_EQ(FaultOf(WithExport(WithExport(Fail(kSlow, "x"), "inner"), "outer")).export_name,
            "inner");
}

TEST(Status, SeveralProblemsAreKeptInOrder) {
  const Status all =
      FailAll({Fail(kWrong, "one"), FailAll({Fail(kSlow, "two"), Fail(kSlow, "three")})});
  EXPECT_TRUE(Is(all, kWrong));
  std::vector<std::string> messages;
  for (const Fault& fault : FaultsOf(all)) messages.push_back(fault.message);
  EXPECT_THAT(messages, ElementsAre("one", "two", "three"));
}

TEST(Status, UnnamedFailuresOfLibrariesHaveAClass) {
  EXPECT_EQ(ClassOf(Status::IOError("disk")), FaultClass::kPermanent);
  EXPECT_EQ(ClassOf(Status::OutOfMemory("much")), FaultClass::kPermanent);
  EXPECT_EQ(ClassOf(Status::Invalid("bug")), FaultClass::kInternal);
  EXPECT_EQ(FaultOf(Status::IOError("disk")).message, "disk");
  EXPECT_EQ(FaultOf(Status::IOError("disk")).code, nullptr);
}

TEST(Status, OnlyTemporaryAndThrottledAreRetried) {
  constexpr FaultCode kThrottled{"T", FaultClass::kThrottled, ""};
  constexpr FaultCode kStopped{"S", FaultClass::kStopped, ""};
  constexpr FaultCode kDrift{"D", FaultClass::kDrift, ""};
  EXPECT_TRUE(IsRetryable(Fail(kSlow, "")));
  EXPECT_TRUE(IsRetryable(Fail(kThrottled, "")));
  EXPECT_FALSE(IsRetryable(Fail(kWrong, "")));
  EXPECT_FALSE(IsRetryable(Fail(kStopped, "")));
  EXPECT_FALSE(IsRetryable(Fail(kDrift, "")));
  EXPECT_FALSE(IsRetryable(Status::IOError("disk")));
}

TEST(Status, ExitCodesFollowTheTable) {
  EXPECT_EQ(ExitCodeOf(FaultClass::kPermanent), 1);
  EXPECT_EQ(ExitCodeOf(FaultClass::kUsage), 2);
  EXPECT_EQ(ExitCodeOf(FaultClass::kIntegrity), 3);
  EXPECT_EQ(ExitCodeOf(FaultClass::kDrift), 4);
  EXPECT_EQ(ExitCodeOf(FaultClass::kInternal), 70);
  EXPECT_EQ(ExitCodeOf(FaultClass::kTemporary), 75);
  EXPECT_EQ(ExitCodeOf(FaultClass::kThrottled), 75);
  EXPECT_EQ(ExitCodeOf(FaultClass::kStopped), 130);
}

TEST(Status, TheWorseExitCodeWinsInTheOrderOfTheContract) {
  const std::vector<int> order = {70, 3, 1, 4, 2, 75, 143, 130, 0};
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t j = i; j < order.size(); ++j) {
      EXPECT_EQ(WorseExitCode(order[i], order[j]), order[i]);
      EXPECT_EQ(WorseExitCode(order[j], order[i]), order[i]);
    }
  }
}

TEST(StatusDeathTest, CheckEndsTheProcessAndSaysWhy) {
  EXPECT_DEATH(Check(false, "the sky is up"), "the sky is up");
  Check(true, "nothing happens");
}

}  // namespace
}  // namespace rivet
