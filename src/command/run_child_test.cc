#include "command/run_child_internal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "command/faults_internal.h"
#include "command/line.h"
#include "command/schema_internal.h"

namespace rivet::command {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ChildOrderTest, EveryByteComesThrough) {
  const std::string text("exports: []\n1:x\0\xff", 18);
  const Secret bytes =
      WriteOrder({3, {"conf dir/rivet.yaml", Secret(text)}, {"a=b=c", "", "d=\n"}});
  const auto order = ReadOrder(bytes.Reveal());
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->processes, 3);
  EXPECT_EQ(order->config.path, "conf dir/rivet.yaml");
  EXPECT_EQ(order->config.text.Reveal(), text);
  EXPECT_THAT(order->params, ElementsAre("a=b=c", "", "d=\n"));
}

TEST(ChildOrderTest, WhatIsNoOrderIsRefused) {
  const std::string whole = WriteOrder({1, {"p", Secret("text")}, {"a=b"}}).Reveal();
  EXPECT_TRUE(ReadOrder(whole).ok());
  for (size_t size = 0; size < whole.size(); ++size) {
    // One that ends behind the text has no parameters, and is whole.
    if (whole.substr(size) == "3:a=b") continue;
    EXPECT_FALSE(ReadOrder(whole.substr(0, size)).ok()) << size;
  }
  for (const char* bytes :
       {"source: {}\n", "13:rivet order 11:01:p1:t", "13:rivet order 12:xx1:p1:t",
        "13:rivet order 11:11:p99999999999999999999:t", "-1:x"}) {
    EXPECT_TRUE(Is(ReadOrder(bytes).status(), kCliUsage)) << bytes;
  }
}

TEST(ChildWordsTest, FlagsAreHandedOnAndParametersAreNot) {
  const auto world = MakeRealWorld();
  const engine::Drivers drivers;
  const Context context{*world, drivers, {}, "0.1.0", report::ColorChoice::kAuto, 7};
  RunFlags flags;
  flags.params = {"token=secret"};
  auto words = ChildWords(context, flags, "rivet.yaml", "-odd name");
  EXPECT_THAT(words, ElementsAre("rivet", "run", "--config=rivet.yaml", "--export=-odd name",
                                 "--lock-wait=7"));
  flags.resume = flags.force = flags.validate = flags.reconcile = flags.strict = true;
  world->log().SetJson(true);
  words = ChildWords(context, flags, "rivet.yaml", "a");
  for (const char* word :
       {"--resume", "--force", "--validate", "--reconcile", "--strict", "--log-format=json"})
    EXPECT_THAT(words, Contains(word));
  for (const std::string& word : words) EXPECT_THAT(word, Not(HasSubstr("secret")));
}

TEST(LostStatusTest, WhatEndedTheProcessDecidesTheClass) {
  const auto by = [](int signal) {
    ProcessEnd end;
    end.signal = signal;
    return LostStatus(end, false);
  };
  EXPECT_TRUE(Is(by(SIGKILL), kProcessLost));
  EXPECT_EQ(ExitCodeOfStatus(by(SIGKILL)), 75);
  EXPECT_THAT(by(SIGKILL).message(), HasSubstr("signal 9 (SIGKILL)"));
  EXPECT_EQ(ExitCodeOfStatus(by(SIGSEGV)), 70);
  EXPECT_EQ(ExitCodeOfStatus(by(SIGABRT)), 70);
  ProcessEnd end;
  end.exit_code = 2;
  EXPECT_THAT(LostStatus(end, false).message(), HasSubstr("exit code 2"));
  EXPECT_EQ(ExitCodeOfStatus(LostStatus(end, true)), 130);
}

TEST(CodeNamedTest, KnowsEveryListedCodeByItself) {
  EXPECT_EQ(CodeNamed("RIVET_RUN_PROCESS_LOST"), &kProcessLost);
  EXPECT_EQ(CodeNamed("RIVET_CLI_USAGE"), &kCliUsage);
  EXPECT_EQ(CodeNamed("RIVET_NO_SUCH_CODE"), nullptr);
}

}  // namespace
}  // namespace rivet::command
