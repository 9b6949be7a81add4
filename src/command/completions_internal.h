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
};

// One command with all flags that are valid behind it, global ones included; the program itself
// first, with an empty path.
struct ShellCommand {
  std::string path;  // `state show`
  std::string summary;
  std::vector<ShellFlag> flags;
  std::vector<std::string> below;  // names of subcommands
};

// From the tree that parses the command line, so that the scripts know what it knows. Hidden flags
// are left out.
std::vector<ShellCommand> ShellCommands(const CLI::App& program);

std::string BashScript(const std::vector<ShellCommand>& commands);
std::string ZshScript(const std::vector<ShellCommand>& commands);
std::string FishScript(const std::vector<ShellCommand>& commands);

}  // namespace rivet::command
