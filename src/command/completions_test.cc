#include "command/completions_internal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace rivet::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class CompletionsTest : public ::testing::Test {
 protected:
  CompletionsTest() {
    app_.add_option("--color", word_, "It's a colour: of text")
        ->check(CLI::IsMember({"auto", "never"}));
    CLI::App* run = app_.add_subcommand("run", "Copy");
    run->add_option("-e,--export", word_, "One export");
    run->add_option("-c,--config", word_, "A file");
    run->add_option("--limit", word_, "A number");
    run->add_flag("--resume", flag_, "Go on");
    run->add_flag("--secret", flag_, "Not to be offered")->group("");
    app_.add_subcommand("state", "Look")->add_subcommand("show", "Show");
  }
  std::vector<ShellCommand> Commands() { return ShellCommands(app_); }

  CLI::App app_{"The program", "rivet"};
  std::string word_;
  bool flag_ = false;
};

TEST_F(CompletionsTest, TheTreeIsThatOfTheParser) {
  const auto commands = Commands();
  ASSERT_EQ(commands.size(), 4U);
  EXPECT_EQ(commands[0].path, "");
  EXPECT_THAT(commands[0].below, ElementsAre("run", "state"));
  EXPECT_EQ(commands[1].path, "run");
  EXPECT_EQ(commands[3].path, "state show");
  EXPECT_EQ(commands[3].summary, "Show");
  std::vector<std::string> names;
  for (const ShellFlag& flag : commands[1].flags) names.push_back(flag.longs.front());
  // Its own, then those of the program; nothing twice, nothing hidden.
  EXPECT_THAT(names, ElementsAre("help", "export", "config", "limit", "resume", "color"));
  EXPECT_TRUE(commands[1].flags[1].takes_value);
  EXPECT_FALSE(commands[1].flags[4].takes_value);
  EXPECT_THAT(commands[1].flags[5].choices, ElementsAre("auto", "never"));
}

TEST_F(CompletionsTest, EachScriptKnowsEveryCommandFlagAndWord) {
  const auto commands = Commands();
  for (const std::string& script :
       {BashScript(commands), ZshScript(commands), FishScript(commands)}) {
    for (const char* word : {"run", "state", "show", "resume", "export", "limit", "auto", "never",
                             "completions --list-exports"}) {
      EXPECT_THAT(script, HasSubstr(word));
    }
    EXPECT_THAT(script, Not(HasSubstr("secret")));
    for (const char* place : {"@STEPS@", "@EXPORT@", "@FILE@", "@FREE@", "@CHOICES@", "@WORDS@"})
      EXPECT_THAT(script, Not(HasSubstr(place)));
  }
}

TEST_F(CompletionsTest, TextOfPeopleIsQuoted) {
  EXPECT_THAT(ZshScript(Commands()), HasSubstr("'--color:It'\\''s a colour: of text'"));
  EXPECT_THAT(FishScript(Commands()), HasSubstr("-d 'It\\'s a colour: of text'"));
}

}  // namespace
}  // namespace rivet::command
