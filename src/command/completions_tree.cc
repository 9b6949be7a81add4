#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

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

void AddFlags(const CLI::App* app, std::vector<ShellFlag>* flags) {
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      const bool named = !option->get_lnames().empty() || !option->get_snames().empty();
      if (!named || option->get_group().empty()) continue;
      ShellFlag flag;
      flag.longs = option->get_lnames();
      flag.shorts = option->get_snames();
      flag.summary = option->get_description();
      flag.takes_value = option->get_items_expected_max() > 0;
      if (flag.takes_value) flag.choices = ChoicesOf(*option);
      // A flag of the command hides the one of the same name above it: `-h`, `-c` of `state`.
      bool known = false;
      for (const ShellFlag& other : *flags)
        known = known || (other.longs == flag.longs && other.shorts == flag.shorts);
      if (!known) flags->push_back(std::move(flag));
    }
  }
}

void AddCommand(const CLI::App& app, const std::string& path, std::vector<ShellCommand>* commands) {
  ShellCommand command;
  command.path = path;
  command.summary = app.get_description();
  AddFlags(&app, &command.flags);
  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : below) command.below.push_back(sub->get_name());
  commands->push_back(std::move(command));
  for (const CLI::App* sub : below)
    AddCommand(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), commands);
}

}  // namespace

std::vector<ShellCommand> ShellCommands(const CLI::App& program) {
  std::vector<ShellCommand> commands;
  AddCommand(program, "", &commands);
  return commands;
}

}  // namespace rivet::command
