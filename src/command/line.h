#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/world.h"
#include "command/command.h"
#include "engine/drivers.h"

namespace rivet::command {

// What main() hands over with the words of the command line.
struct Line {
  World& world;
  const engine::Drivers& drivers;
  std::vector<const Command*> commands;  // in the order of --help
  std::stop_token stop;                  // SIGINT, SIGTERM
  std::string tool_version;              // 0.1.0
  std::string version_text;              // what --version prints
};

struct Answer {
  Report report;
  bool json_errors = false;
};

// Parses the words (without the program's name), sets the log's form, runs the chosen command.
// Usage errors are a status like every other. Flags and commands of later versions are refused by
// name (kNotAvailableYet).
Answer Execute(const Line& line, const std::vector<std::string>& words);

// Execute, then output to stdout and errors to stderr; gives the exit code (130 for every stop). A
// closed stdout ends quietly.
int RunLine(const Line& line, const std::vector<std::string>& words);

// The worst exit code among the failures of a status.
int ExitCodeOfStatus(const Status& status);

}  // namespace rivet::command
