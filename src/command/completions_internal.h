#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace rivet::command {

// One flag as a shell offers it.
struct ShellFlag {
  std::vector<std::string> longs, shorts;  // without dashes
  std::string summary;
  bool takes_value = false;
  std::vector<std::string> choices;  // the words it takes, where they are known
  bool inherited = false;            // of a command above
  bool repeatable = false;
  std::string value_type;    // TEXT, INT; empty without a value
  std::string value_range;   // `1 - 64`, where it is bounded
  std::string default_text;  // where there is one that can be said
};

// One command with all flags that are valid behind it, global ones included; the program itself
// first, with an empty path.
struct ShellCommand {
  std::string path;  // `state show`
  std::string summary;
  std::vector<ShellFlag> flags;
  std::vector<ShellFlag> arguments;  // without dashes in front: `longs` holds the one name
  std::vector<std::string> below;    // names of subcommands
};

// From the tree that parses the command line, so that the scripts know what it knows. Hidden flags
// are left out.
std::vector<ShellCommand> ShellCommands(const CLI::App& program);

std::string BashScript(const std::vector<ShellCommand>& commands);
std::string ZshScript(const std::vector<ShellCommand>& commands);
std::string FishScript(const std::vector<ShellCommand>& commands);
std::string PowershellScript(const std::vector<ShellCommand>& commands);
std::string ElvishScript(const std::vector<ShellCommand>& commands);

// --- for the scripts ---

// Flags whose value is a file of the user's; names of exports are asked from the program.
bool TakesFile(const ShellFlag& flag);
bool TakesExport(const ShellFlag& flag);
// `--config`, `-c`.
std::vector<std::string> FormsOf(const ShellFlag& flag);
// The same of every flag with a value that passes `test`, each once, sorted.
std::vector<std::string> FormsThat(const std::vector<ShellCommand>& commands,
                                   bool (*test)(const ShellFlag&));
// `state show` for `show` below `state`.
std::string PathBelow(const ShellCommand& command, const std::string& name);
std::string SummaryOf(const std::vector<ShellCommand>& commands, const std::string& path);
std::string Replaced(std::string text, const std::string& word, const std::string& by);

}  // namespace rivet::command
