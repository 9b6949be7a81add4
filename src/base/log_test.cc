#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace rivet {
namespace {

class LogTest : public testing::Test {
 protected:
  std::string Printed(const std::function<void()>& action) {
    testing::internal::CaptureStderr();
    action();
    return testing::internal::GetCapturedStderr();
  }
  Redactor redactor_;
  Log log_{&redactor_};
};

TEST_F(LogTest, OneLineAnEventWithPairs) {
  const std::string line = Printed([&] {
    log_.Event(LogLevel::kWarn, "unit retried", {{"unit", "3"}, {"why", "two words"}});
  });
  EXPECT_NE(line.find("Z WARN unit retried unit=3 why=\"two words\"\n"), std::string::npos) << line;
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

TEST_F(LogTest, LevelsAreObeyed) {
  EXPECT_EQ(Printed([&] { log_.Event(LogLevel::kInfo, "quiet"); }), "");
  EXPECT_TRUE(log_.SetLevel("engine=trace,info"));
  EXPECT_NE(Printed([&] { log_.Event(LogLevel::kInfo, "heard"); }), "");
  EXPECT_TRUE(log_.SetLevel("error"));
  EXPECT_EQ(Printed([&] { log_.Event(LogLevel::kWarn, "quiet"); }), "");
  EXPECT_FALSE(log_.SetLevel("loud"));
}

TEST_F(LogTest, EveryValuePassesTheRedactor) {
  redactor_.Learn(Secret("c@n/ary"));
  for (bool json : {false, true}) {
    log_.SetJson(json);
    const std::string line = Printed([&] {
      log_.Event(LogLevel::kError, "auth", {{"url", "postgres://u:x@h/d"}, {"text", "c@n/ary!"}});
    });
    EXPECT_EQ(line.find("c@n/ary"), std::string::npos);
    EXPECT_EQ(line.find("u:x"), std::string::npos);
    EXPECT_NE(line.find("REDACTED"), std::string::npos);
  }
  const std::string raw = Printed([&] { log_.Raw("c@n/ary"); });
  EXPECT_EQ(raw, "REDACTED\n");
}

TEST_F(LogTest, ControlCharactersNeverReachTheTerminal) {
  const std::string evil =
      "a\x1b[31m\r\n\x7f\xc2\x9b"
      "2J \"q\" \xc3\xa4";
  for (bool json : {false, true}) {
    log_.SetJson(json);
    for (const std::string& value : {evil, std::string("\x1b]8;;\x07\xc2\x9d")}) {
      std::string line = Printed([&] { log_.Event(LogLevel::kError, "e", {{"name", value}}); });
      ASSERT_EQ(line.back(), '\n');
      line.pop_back();
      for (unsigned char c : line) ASSERT_TRUE(c >= 0x20 && c != 0x7f) << line;
      EXPECT_EQ(line.find("\xc2\x9b"), std::string::npos);
      EXPECT_EQ(line.find("\xc2\x9d"), std::string::npos);
    }
  }
  const std::string line = Printed([&] { log_.Event(LogLevel::kError, "e", {{"name", evil}}); });
  EXPECT_NE(line.find("\xc3\xa4"), std::string::npos);  // text stays text
  EXPECT_NE(line.find("\\u009b"), std::string::npos);
}

TEST_F(LogTest, JsonIsOneObjectALine) {
  log_.SetJson(true);
  const std::string line = Printed([&] {
    log_.Event(LogLevel::kError, "e\"v", {{"k", "a\\b\"c\nd"}});
  });
  EXPECT_NE(line.find("\"level\":\"error\",\"event\":\"e\\\"v\",\"k\":\"a\\\\b\\\"c\\nd\"}\n"),
            std::string::npos)
      << line;
}

TEST_F(LogTest, AWarningIsPrintedOnce) {
  const std::string lines = Printed([&] {
    log_.WarnOnce("plain-text", "tls is off");
    log_.WarnOnce("plain-text", "tls is off");
    log_.WarnOnce("plain-text", "tls is off elsewhere");
    log_.WarnOnce("other", "tls is off");
  });
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3) << lines;
}

TEST_F(LogTest, TheHookRunsBeforeALine) {
  int calls = 0;
  log_.SetBeforeLine([](void* context) { ++*static_cast<int*>(context); }, &calls);
  Printed([&] { log_.Event(LogLevel::kError, "e"); });
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace rivet
