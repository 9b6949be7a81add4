#include "command/completions_internal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command/schema_internal.h"

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
  for (const std::string& script : {BashScript(commands), ZshScript(commands), FishScript(commands),
                                    PowershellScript(commands), ElvishScript(commands)}) {
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
  EXPECT_THAT(PowershellScript(Commands()), HasSubstr("@('--color', 'It''s a colour: of text')"));
  EXPECT_THAT(ElvishScript(Commands()), HasSubstr("['--color' 'It''s a colour: of text']"));
}

// Neither program is at hand: what can be seen without it is that quotes and brackets are closed.
TEST_F(CompletionsTest, QuotesAndBracketsAreClosed) {
  for (const std::string& script : {PowershellScript(Commands()), ElvishScript(Commands())}) {
    std::string open;
    bool single = false, twice = false, comment = false;
    for (const char c : script) {
      if (comment) {
        comment = c != '\n';
      } else if (c == '\'' && !twice) {
        single = !single;  // a doubled one closes and opens again
      } else if (c == '"' && !single) {
        twice = !twice;
      } else if (!single && !twice) {
        comment = c == '#';
        if (c == '(' || c == '[' || c == '{') open += c;
        if (c != ')' && c != ']' && c != '}') continue;
        ASSERT_FALSE(open.empty());
        EXPECT_EQ(open.back(), c == ')' ? '(' : c == ']' ? '[' : '{');
        open.pop_back();
      }
    }
    EXPECT_EQ(open, "");
    EXPECT_FALSE(single || twice || comment);
  }
}

TEST_F(CompletionsTest, NamesOfPeopleCannotLeaveTheirQuotes) {
  app_.add_option("--odd", word_, "a\u2019b'; rm -rf $(x)")->check(CLI::IsMember({"o'clock"}));
  EXPECT_THAT(PowershellScript(Commands()),
              HasSubstr("@('--odd', 'a\u2019\u2019b''; rm -rf $(x)')"));
  EXPECT_THAT(PowershellScript(Commands()), HasSubstr("@('o''clock', 'o''clock')"));
  EXPECT_THAT(ElvishScript(Commands()), HasSubstr("&'|--odd'=['o''clock']"));
}

TEST_F(CompletionsTest, TheLineAsJsonKnowsValuesAndDefaults) {
  int64_t number = 5;
  app_.get_subcommand("run")
      ->add_option("--many", number, "How many")
      ->check(CLI::Range(int64_t{1}, int64_t{64}))
      ->capture_default_str();
  std::vector<std::string> list;
  app_.get_subcommand("run")->add_option("-p,--param", list, "")->allow_extra_args(false);
  app_.get_subcommand("state")->add_option("shell", word_, "Which one");
  const Json json = CliJson(Commands(), "1.2.3");
  EXPECT_EQ(json["version"], "1.2.3");
  ASSERT_EQ(json["commands"].size(), 4U);
  const Json& run = json["commands"][1];
  EXPECT_EQ(run["path"], "run");
  std::vector<std::string> names;
  for (const Json& flag : run["flags"]) names.push_back(flag["long"][0].get<std::string>());
  // Those of the program stand there alone.
  EXPECT_THAT(names, ElementsAre("--help", "--export", "--config", "--limit", "--resume", "--many",
                                 "--param"));
  const Json& many = run["flags"][5];
  EXPECT_EQ(many["default"], 5);
  EXPECT_EQ(many["minimum"], 1);
  EXPECT_EQ(many["maximum"], 64);
  EXPECT_EQ(many["value"], "INT");
  EXPECT_FALSE(many["repeatable"].get<bool>());
  EXPECT_TRUE(run["flags"][6]["repeatable"].get<bool>());
  EXPECT_FALSE(run["flags"][4]["takes_value"].get<bool>());
  EXPECT_EQ(json["commands"][0]["flags"][1]["choices"], (Json{"auto", "never"}));
  EXPECT_EQ(json["commands"][2]["commands"], Json::array({"show"}));
  EXPECT_EQ(json["commands"][2]["arguments"][0]["name"], "shell");
}

}  // namespace
}  // namespace rivet::command
