#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/clock_world_internal.h"
#include "report/report.h"

namespace rivet::report {
namespace {

constexpr FaultCode kDenied{"RIVET_TEST_DENIED", FaultClass::kPermanent, "Grant SELECT."};
constexpr FaultCode kBusy{"RIVET_TEST_BUSY", FaultClass::kTemporary, "Try again."};

Status AtPlace(std::string message, int line) {
  Fault fault;
  fault.code = &kDenied;
  fault.message = std::move(message);
  fault.place = Place{"rivet.yaml", line, 5};
  return Fail(fault);
}

TEST(ErrorTextTest, CodeMessageCauseAndTheRemedyAsHint) {
  ClockWorld world;
  EXPECT_EQ(ErrorText(world, Fail(kDenied, "permission denied for orders", "SQLSTATE 42501")),
            "Error: [RIVET_TEST_DENIED] permission denied for orders (SQLSTATE 42501)\n  hint: "
            "Grant SELECT.");
}

TEST(ErrorTextTest, HintsOfTheFailureReplaceTheRemedy) {
  ClockWorld world;
  const Status status = WithHint(WithHint(Fail(kDenied, "no"), "first"), "second");
  EXPECT_EQ(ErrorText(world, status),
            "Error: [RIVET_TEST_DENIED] no\n  hint: first\n  hint: second");
}

TEST(ErrorTextTest, EveryProblemWithItsPlace) {
  ClockWorld world;
  const std::string text =
      ErrorText(world, FailAll({AtPlace("unknown key `a`", 7), AtPlace("unknown key `b`", 9)}));
  EXPECT_NE(text.find("Error: [RIVET_TEST_DENIED] rivet.yaml:7:5: unknown key `a`\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Error: [RIVET_TEST_DENIED] rivet.yaml:9:5: unknown key `b`\n"),
            std::string::npos)
      << text;
}

TEST(ErrorTextTest, WhatHitsManyExportsIsSaidOnce) {
  ClockWorld world;
  std::vector<Status> problems;
  for (int i = 0; i < 7; ++i)
    problems.push_back(WithExport(Fail(kBusy, "no connection"), "e" + std::to_string(i)));
  problems.push_back(WithExport(Fail(kBusy, "something else"), "e9"));
  EXPECT_EQ(ErrorText(world, FailAll(problems)),
            "Error: [RIVET_TEST_BUSY] exports e0, e1, e2, e3, e4 and 2 more: no connection\n  "
            "hint: Try again.\n"
            "Error: [RIVET_TEST_BUSY] export \"e9\": something else\n  hint: Try again.");
}

TEST(ErrorTextTest, ATableOfTheExportsNameDoesNotHideTheExport) {
  ClockWorld world;
  for (const char* words :
       {"permission denied for table orders", "relation \"orders\" does not exist"}) {
    EXPECT_EQ(ErrorText(world, WithExport(Fail(kDenied, words), "orders")).substr(0, 44),
              "Error: [RIVET_TEST_DENIED] export \"orders\": ");
  }
  const Status said = WithExport(Fail(kDenied, "export \"orders\" is locked"), "orders");
  EXPECT_EQ(ErrorText(world, said).find("export \"orders\": "), std::string::npos);
}

TEST(ErrorTextTest, SecretsAndEscapeCodesStayInside) {
  ClockWorld world;
  world.redactor().Learn(Secret("s3cr\"et"));
  const Status status =
      WithHint(Fail(kDenied, "login of s3cr\"et\x1b[31m failed", "near s3cr\"et"), "not s3cr\"et");
  const std::string text = ErrorText(world, status), json = ErrorJson(world, status);
  EXPECT_EQ(text.find("s3cr"), std::string::npos) << text;
  EXPECT_EQ(json.find("s3cr"), std::string::npos) << json;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
}

TEST(ErrorJsonTest, OneObjectOnOneLine) {
  ClockWorld world;
  const std::string text =
      ErrorJson(world, WithExport(Fail(kBusy, "no free\nconnection", "SQLSTATE 53300"), "orders"));
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["error"], "no free\nconnection");
  EXPECT_EQ(json["code"], "RIVET_TEST_BUSY");
  EXPECT_EQ(json["exit_class"], 75);
  EXPECT_EQ(json["export"], "orders");
  EXPECT_EQ(json["hints"], nlohmann::json::array({"Try again."}));
  EXPECT_EQ(json["causes"], nlohmann::json::array({"SQLSTATE 53300"}));
  EXPECT_EQ(json["retryable"], true);
  EXPECT_FALSE(json.contains("location"));
  EXPECT_FALSE(json.contains("errors"));
}

TEST(ErrorJsonTest, SeveralProblemsAreAllThere) {
  ClockWorld world;
  const auto json =
      nlohmann::json::parse(ErrorJson(world, FailAll({AtPlace("one", 1), AtPlace("two", 2)})));
  EXPECT_EQ(json["error"], "one");
  ASSERT_EQ(json["errors"].size(), 2U);
  EXPECT_EQ(json["errors"][1]["location"]["line"], 2);
}

TEST(ErrorJsonTest, AFailureThatNobodyNamedStillHasACode) {
  ClockWorld world;
  const auto bug = nlohmann::json::parse(ErrorJson(world, Status::Invalid("x")));
  EXPECT_EQ(bug["code"], "RIVET_INTERNAL_BUG");
  EXPECT_EQ(bug["exit_class"], 70);
  EXPECT_EQ(nlohmann::json::parse(ErrorJson(world, Status::IOError("y")))["exit_class"], 1);
}

}  // namespace
}  // namespace rivet::report
