#include "base/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/file_faults.h"

namespace rivet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ProcessCall Shell(const std::string& script, std::string input = "") {
  return {"/bin/sh", {"sh", "-c", script}, {}, std::move(input)};
}

struct Said {
  std::vector<std::string> lines;
  ProcessEnd end;
};

Said Call(const ProcessCall& call, const std::stop_token& stop = {}) {
  Said said;
  auto end = RunProcess(
      call, [&](std::string_view line) { said.lines.emplace_back(line); }, stop);
  EXPECT_TRUE(end.ok()) << end.status();
  if (end.ok()) said.end = *end;
  return said;
}

TEST(ProcessTest, LinesErrorsAndExitCodeComeBack) {
  const Said said = Call(Shell("echo one; echo; echo 'two words'; echo wrong >&2; exit 3"));
  EXPECT_THAT(said.lines, ElementsAre("one", "", "two words"));
  EXPECT_EQ(said.end.errors, "wrong\n");
  EXPECT_EQ(said.end.exit_code, 3);
  EXPECT_EQ(said.end.signal, 0);
}

TEST(ProcessTest, WhatWasCutOffIsNoLine) {
  EXPECT_THAT(Call(Shell("echo whole; printf half")).lines, ElementsAre("whole"));
}

TEST(ProcessTest, NeitherSideWaitsForTheOther) {
  std::signal(SIGPIPE, SIG_IGN);
  // More than any pipe holds, in both directions.
  const Said echoed = Call(Shell("cat; echo", std::string(1 << 20, 'x')));
  ASSERT_EQ(echoed.lines.size(), 1U);
  EXPECT_EQ(echoed.lines[0].size(), 1U << 20);
  EXPECT_EQ(Call(Shell("exit 0", std::string(1 << 20, 'x'))).end.exit_code, 0) << "nobody reads it";
}

TEST(ProcessTest, LinesAndErrorsAreBounded) {
  const Said said =
      Call(Shell("head -c 5000000 /dev/zero | tr '\\0' x; echo; echo after;"
                "head -c 300000 /dev/zero | tr '\\0' e >&2; echo end >&2"));
  EXPECT_THAT(said.lines, ElementsAre("after"));
  EXPECT_EQ(said.end.lines_left_out, 1);
  EXPECT_EQ(static_cast<int64_t>(said.end.errors.size()), kProcessErrorBytesMax);
  EXPECT_EQ(said.end.errors_left_out, 300'004 - kProcessErrorBytesMax);
  EXPECT_TRUE(said.end.errors.ends_with("end\n"));
}

TEST(ProcessTest, ASignalThatEndedItIsNamed) {
  const Said said = Call(Shell("echo here; kill -KILL $$"));
  EXPECT_THAT(said.lines, ElementsAre("here"));
  EXPECT_EQ(said.end.signal, SIGKILL);
  EXPECT_EQ(said.end.exit_code, -1);
}

TEST(ProcessTest, VariablesAreAddedToOurs) {
  ::setenv("RIVET_TEST_KEPT", "kept", 1);
  ::setenv("RIVET_TEST", "old", 1);
  ProcessCall call = Shell("echo $RIVET_TEST_KEPT $RIVET_TEST; env | grep -c ^RIVET_TEST=");
  call.variables = {{"RIVET_TEST", "new"}};
  EXPECT_THAT(Call(call).lines, ElementsAre("kept new", "1"));
  ::unsetenv("RIVET_TEST_KEPT");
  ::unsetenv("RIVET_TEST");
}

TEST(ProcessTest, AStopReachesIt) {
  std::stop_source stop;
  std::vector<std::string> lines;
  // It says when it is ready to be asked.
  const auto end = RunProcess(
      Shell("trap 'echo asked; exit 7' TERM; echo ready; while :; do sleep 0.01; done"),
      [&](std::string_view line) {
        lines.emplace_back(line);
        if (line == "ready") stop.request_stop();
      },
      stop.get_token());
  ASSERT_TRUE(end.ok());
  EXPECT_THAT(lines, ElementsAre("ready", "asked"));
  EXPECT_EQ(end->exit_code, 7);
}

TEST(ProcessTest, AProgramThatIsNotThereIsAnError) {
  const auto end = RunProcess({"/nowhere/rivet", {"rivet"}, {}, ""}, [](std::string_view) {}, {});
  ASSERT_TRUE(Is(end.status(), kFileError)) << end.status();
  EXPECT_THAT(end.status().message(), HasSubstr("/nowhere/rivet"));
}

TEST(ProcessTest, NoFileOfOursIsOpenInIt) {
  char name[] = "/tmp/rivet-process-XXXXXX";
  const UniqueFd fd(::mkostemp(name, O_CLOEXEC));
  ASSERT_GE(fd.get(), 0);
  const Said said = Call({"/bin/ls", {"ls", "-l", "/proc/self/fd"}, {}, ""});
  ::unlink(name);
  EXPECT_GE(said.lines.size(), 4U);
  for (const std::string& line : said.lines) EXPECT_THAT(line, Not(HasSubstr(name)));
}

// A parent in between starts the child and is killed: the child must be gone too. It holds the end
// of a pipe, which closes with it.
TEST(ProcessTest, AKilledParentTakesItWithIt) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    ::close(ends[0]);
    const std::string number = std::to_string(ends[1]);
    const auto end =
        RunProcess({"/bin/sh", {"sh", "-c", "echo up >&" + number + "; exec sleep 30"}, {}, ""},
                   [](std::string_view) {}, {});
    ::_exit(end.ok() ? 0 : 1);
  }
  ::close(ends[1]);
  char word[8] = {};
  ASSERT_EQ(::read(ends[0], word, sizeof word), 3) << "the child did not start";
  ASSERT_EQ(::kill(parent, SIGKILL), 0);
  EXPECT_EQ(::waitpid(parent, nullptr, 0), parent);
  pollfd closed{ends[0], POLLIN, 0};
  EXPECT_EQ(::poll(&closed, 1, 10'000), 1) << "the child is still there";
  ::close(ends[0]);
}

TEST(ProcessTest, OnlyOurOwnParentCounts) {
  ::unsetenv(kParentVariable);
  EXPECT_FALSE(HasReportingParent());
  ::setenv(kParentVariable, "1x", 1);
  EXPECT_FALSE(HasReportingParent());
  ::setenv(kParentVariable, std::to_string(::getppid()).c_str(), 1);
  EXPECT_TRUE(HasReportingParent());
  ::unsetenv(kParentVariable);
}

}  // namespace
}  // namespace rivet
