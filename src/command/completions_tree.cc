#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <initializer_list>
#include <set>
#include <string_view>

#include "command/completions_internal.h"

namespace rivet::command {
namespace {

// CLI11 tells the words of a set only inside the type's text: `TEXT:{auto,always,never}`.
std::vector<std::string> ChoicesOf(const CLI::Option& option) {
  const std::string text = option.get_type_name();
  const size_t from = text.find('{'), to = text.find('}');
  std::vector<std::string> words;
  if (from == std::string::npos || to == std::string::npos || to < from) return words;
  std::string word;
  for (size_t i = from + 1; i <= to; ++i) {
    if (text[i] != ',' && text[i] != '}') {
      word += text[i];
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

// `INT` and `1 - 64` of `INT:INT in [1 - 64]`.
void TakeType(const CLI::Option& option, ShellFlag* flag) {
  const std::string text = option.get_type_name();
  flag->value_type = text.substr(0, text.find_first_of(":{"));
  const size_t from = text.find(" in ["), to = text.find(']', from);
  if (from != std::string::npos && to != std::string::npos)
    flag->value_range = text.substr(from + 5, to - from - 5);
}

ShellFlag FlagFrom(const CLI::Option& option) {
  ShellFlag flag;
  flag.longs = option.get_lnames();
  flag.shorts = option.get_snames();
  flag.summary = option.get_description();
  flag.takes_value = option.get_items_expected_max() > 0;
  if (!flag.takes_value) return flag;
  flag.choices = ChoicesOf(option);
  flag.repeatable = option.get_items_expected_max() > 1;
  flag.default_text = option.get_default_str();
  TakeType(option, &flag);
  return flag;
}

void AddArguments(const CLI::App& app, std::vector<ShellFlag>* arguments) {
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional() || option->get_group().empty()) continue;
    arguments->push_back(FlagFrom(*option));
    arguments->back().longs = {option->get_name(true)};
  }
}

void AddFlags(const CLI::App* app, std::vector<ShellFlag>* flags) {
  const CLI::App* const own = app;
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      const bool named = !option->get_lnames().empty() || !option->get_snames().empty();
      if (!named || option->get_group().empty()) continue;
      ShellFlag flag = FlagFrom(*option);
      flag.inherited = app != own;
      // A flag of the command hides the one of the same name above it: `-h`, `-c` of `state`.
      bool known = false;
      for (const ShellFlag& other : *flags)
        known = known || (other.longs == flag.longs && other.shorts == flag.shorts);
      if (!known) flags->push_back(std::move(flag));
    }
  }
}

std::string Below(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + " " + name;
}

void AddCommand(const CLI::App& app, const std::string& path, std::vector<ShellCommand>* commands) {
  ShellCommand command;
  command.path = path;
  command.summary = app.get_description();
  AddFlags(&app, &command.flags);
  AddArguments(app, &command.arguments);
  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : below) command.below.push_back(sub->get_name());
  commands->push_back(std::move(command));
  for (const CLI::App* sub : below) AddCommand(*sub, Below(path, sub->get_name()), commands);
}

bool Has(const ShellFlag& flag, std::initializer_list<std::string_view> names) {
  return std::any_of(flag.longs.begin(), flag.longs.end(), [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

}  // namespace

bool TakesFile(const ShellFlag& flag) {
  return Has(flag, {"config", "output", "summary-output", "source-file", "tls-ca"});
}

bool TakesExport(const ShellFlag& flag) { return Has(flag, {"export"}); }

std::vector<std::string> FormsOf(const ShellFlag& flag) {
  std::vector<std::string> forms;
  for (const std::string& name : flag.longs) forms.push_back("--" + name);
  for (const std::string& name : flag.shorts) forms.push_back("-" + name);
  return forms;
}

std::vector<std::string> FormsThat(const std::vector<ShellCommand>& commands,
                                   bool (*test)(const ShellFlag&)) {
  std::set<std::string> forms;
  for (const ShellCommand& command : commands) {
    for (const ShellFlag& flag : command.flags) {
      if (!flag.takes_value || !test(flag)) continue;
      for (const std::string& form : FormsOf(flag)) forms.insert(form);
    }
  }
  return {forms.begin(), forms.end()};
}

std::string PathBelow(const ShellCommand& command, const std::string& name) {
  return Below(command.path, name);
}

std::string SummaryOf(const std::vector<ShellCommand>& commands, const std::string& path) {
  for (const ShellCommand& command : commands) {
    if (command.path == path) return command.summary;
  }
  return "";
}

std::string Replaced(std::string text, const std::string& word, const std::string& by) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
    text.replace(at, word.size(), by);
  return text;
}

std::vector<ShellCommand> ShellCommands(const CLI::App& program) {
  std::vector<ShellCommand> commands;
  AddCommand(program, "", &commands);
  return commands;
}

}  // namespace rivet::command
