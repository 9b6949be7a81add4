#include "command/line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdlib>
#include <string>
#include <vector>

namespace rivet::command {
namespace run {
const Driver& driver();
}
namespace check {
const Driver& driver();
}
namespace init {
const Driver& driver();
}
namespace validate {
const Driver& driver();
}
namespace state {
const Driver& driver();
}

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What a command of the test was given.
struct Seen {
  int runs = 0, lock_wait_s = 0;
  report::ColorChoice color = report::ColorChoice::kAuto;
  std::vector<std::string> params;
  std::string name;
};
Seen* seen = nullptr;

std::function<Report(const Context&)> DeclareEcho(CLI::App& app) {
  app.add_option("-p,--param", seen->params, "")->allow_extra_args(false);
  app.add_option("-e,--export", seen->name, "");
  return [](const Context& context) -> Report {
    ++seen->runs;
    seen->lock_wait_s = context.lock_wait_s;
    seen->color = context.color;
    return {"done", Status::OK()};
  };
}

class LineTest : public testing::Test {
 protected:
  LineTest() { seen = &seen_; }

  Answer Call(const std::vector<std::string>& words) {
    static constexpr Command kEcho{"echo", "For the test", &DeclareEcho};
    const Line line{*world_,
                    drivers_,
                    {&kEcho, &init::driver(), &check::driver(), &run::driver(), &validate::driver(),
                     &state::driver()},
                    {},
                    "0.1.0",
                    "rivet 0.1.0\n"};
    return Execute(line, words);
  }

  // Code and message of a call that must fail.
  std::string Refusal(const std::vector<std::string>& words) {
    const Answer answer = Call(words);
    const Fault fault = FaultOf(answer.report.status);
    if (answer.report.status.ok()) return "it did not fail";
    std::string text =
        std::string(fault.code == nullptr ? "?" : fault.code->name) + " " + fault.message;
    for (const std::string& hint : fault.hints) text += " | " + hint;
    EXPECT_EQ(ExitCodeOfStatus(answer.report.status), 2) << text;
    return text;
  }

  std::unique_ptr<World> world_ = MakeRealWorld();
  engine::Drivers drivers_;
  Seen seen_;
};

TEST_F(LineTest, GlobalFlagsStandAnywhere) {
  const Answer before = Call({"--json-errors", "--lock-wait", "3", "echo"});
  EXPECT_TRUE(before.json_errors);
  EXPECT_EQ(before.report.output, "done");
  EXPECT_EQ(seen_.lock_wait_s, 3);
  const Answer after =
      Call({"echo", "-e", "x", "--color", "never", "--lock-wait=4", "--json-errors"});
  EXPECT_TRUE(after.json_errors);
  EXPECT_EQ(seen_.lock_wait_s, 4);
  EXPECT_EQ(seen_.color, report::ColorChoice::kNever);
  EXPECT_EQ(seen_.runs, 2);
}

TEST_F(LineTest, JsonErrorsAreWantedEvenWhereTheLineIsWrong) {
  EXPECT_TRUE(Call({"echo", "--nonsense", "--json-errors"}).json_errors);
  EXPECT_FALSE(Call({"echo", "--nonsense"}).json_errors);
}

TEST_F(LineTest, ParamsTakeOneWordEach) {
  ASSERT_TRUE(Call({"echo", "-p", "a=b c", "-p", "d=e=f", "-e", "run"}).report.status.ok());
  EXPECT_THAT(seen_.params, ElementsAre("a=b c", "d=e=f"));
  EXPECT_EQ(seen_.name, "run");
  EXPECT_THAT(Refusal({"echo", "-p", "a=b", "stray"}), HasSubstr("unexpected argument `stray`"));
}

TEST_F(LineTest, HelpAndVersionAreOutput) {
  EXPECT_EQ(Call({"--version"}).report.output, "rivet 0.1.0\n");
  EXPECT_EQ(Call({"-V"}).report.output, "rivet 0.1.0\n");
  const Answer help = Call({"run", "--help"});
  EXPECT_TRUE(help.report.status.ok());
  EXPECT_THAT(help.report.output, HasSubstr("--resume"));
  EXPECT_THAT(Call({"-h"}).report.output, HasSubstr("validate"));
  EXPECT_THAT(Call({"state", "chunks", "--help"}).report.output, HasSubstr("--export"));
}

TEST_F(LineTest, UnknownWordsNameTheNearest) {
  EXPECT_THAT(Refusal({"rnu"}), HasSubstr("unknown command `rnu` | did you mean `run`?"));
  EXPECT_THAT(Refusal({"run", "--resmue"}),
              HasSubstr("unknown flag `--resmue` of `rivet run` | did you mean `--resume`?"));
  EXPECT_THAT(Refusal({"run", "--json-error"}), HasSubstr("did you mean `--json-errors`?"));
  EXPECT_THAT(Refusal({"state", "chunk"}),
              HasSubstr("unknown command `state chunk` | did you mean `chunks`?"));
  EXPECT_THAT(Refusal({"run", "check"}), HasSubstr("unexpected argument `check`"));
}

TEST_F(LineTest, WhatComesLaterIsRefusedByName) {
  for (const char* word : {"plan", "apply", "reconcile", "repair", "mcp"}) {
    EXPECT_EQ(Refusal({word, "-c", "x.yaml"}),
              "RIVET_CLI_NOT_AVAILABLE `rivet " + std::string(word) + "` is not available yet");
  }
  EXPECT_THAT(Refusal({"validate", "--prefix", "p"}),
              HasSubstr("`rivet validate --prefix` is not available yet"));
  EXPECT_THAT(Refusal({"init", "--gcs-bucket", "b"}),
              HasSubstr("`rivet init --gcs-bucket` is not available yet"));
  EXPECT_THAT(Refusal({"init", "--mode", "incremental"}),
              HasSubstr("`rivet init --mode incremental` is not available yet"));
  EXPECT_THAT(Refusal({"state", "prune", "--keep", "9d"}),
              HasSubstr("`rivet state prune` is not available yet"));
  EXPECT_THAT(Refusal({"--no-notify", "run"}),
              HasSubstr("`rivet run --no-notify` is not available yet"));
}

TEST_F(LineTest, WrongValuesAreUsageErrors) {
  EXPECT_THAT(Refusal({"echo", "--lock-wait", "soon"}), HasSubstr("RIVET_CLI_USAGE"));
  EXPECT_THAT(Refusal({"echo", "--lock-wait", "-1"}), HasSubstr("RIVET_CLI_USAGE"));
  EXPECT_THAT(Refusal({"echo", "--log-format", "xml"}), HasSubstr("RIVET_CLI_USAGE"));
  EXPECT_THAT(Refusal({"echo", "-e"}), HasSubstr("RIVET_CLI_USAGE"));
  EXPECT_THAT(Refusal({}), HasSubstr("no command given"));
  EXPECT_EQ(seen_.runs, 0);
}

TEST_F(LineTest, CommandsCheckTheirOwnFlags) {
  EXPECT_THAT(Refusal({"init"}), HasSubstr("--source-env"));
  EXPECT_THAT(Refusal({"init", "--source", "postgres://h/d", "--source-env", "X"}),
              HasSubstr("only one"));
  EXPECT_THAT(Refusal({"init", "--source", "postgres://h/d", "--tls", "maybe"}),
              HasSubstr("verify-full"));
  EXPECT_THAT(Refusal({"init", "--mode", "fast", "--source", "postgres://h/d"}),
              HasSubstr("not full, chunked or keyset"));
  // The engine is the URL's; this program of the test was built with none.
  EXPECT_THAT(Refusal({"init", "--source", "mysql://h/d"}),
              HasSubstr("there is no source called `mysql`"));
  EXPECT_THAT(Refusal({"init", "--source", "postgresql://h/d"}),
              HasSubstr("there is no source called `postgres`"));
  EXPECT_THAT(Refusal({"validate", "-o", "x.json"}), HasSubstr("--format json"));
  EXPECT_THAT(Refusal({"validate", "--date", "today"}), HasSubstr("YYYY-MM-DD"));
  EXPECT_THAT(Refusal({"run", "-c", "/nowhere/rivet.yaml"}),
              HasSubstr("RIVET_CONFIG_FILE_UNREADABLE"));
  EXPECT_THAT(Refusal({"run", "-c", "/nowhere/rivet.yaml", "-p", "novalue"}),
              HasSubstr("RIVET_CLI_PARAM_INVALID"));
}

TEST(ExitCodeTest, TheWorstOfSeveralFailuresCounts) {
  static constexpr FaultCode kSoon{"T_SOON", FaultClass::kTemporary, ""},
      kNever{"T_NEVER", FaultClass::kPermanent, ""}, kWrong{"T_WRONG", FaultClass::kIntegrity, ""};
  EXPECT_EQ(ExitCodeOfStatus(Status::OK()), 0);
  EXPECT_EQ(ExitCodeOfStatus(FailAll({Fail(kSoon, "a"), Fail(kNever, "b")})), 1);
  EXPECT_EQ(ExitCodeOfStatus(FailAll({Fail(kNever, "a"), Fail(kWrong, "b"), Fail(kSoon, "c")})), 3);
  EXPECT_EQ(ExitCodeOfStatus(Fail(kStopRequested, "x")), 130);
}

}  // namespace
}  // namespace rivet::command
