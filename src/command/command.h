#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/world.h"
#include "engine/drivers.h"
#include "report/report.h"

namespace CLI {
class App;
}

namespace rivet::command {

inline constexpr FaultCode kCliUsage{"RIVET_CLI_USAGE", FaultClass::kUsage, "See `rivet --help`."};
inline constexpr FaultCode kNotAvailableYet{"RIVET_CLI_NOT_AVAILABLE", FaultClass::kUsage,
                                            "This version does not have the feature yet."};

// What main() hands to a command.
struct Context {
  World& world;
  const engine::Drivers& drivers;
  std::stop_token stop;      // SIGINT, SIGTERM
  std::string tool_version;  // for manifest and --version
  report::ColorChoice color = report::ColorChoice::kAuto;
  int lock_wait_s = 0;
};

// What a command gives back: text for stdout, and the verdict. Progress and warnings went to stderr
// already.
struct Report {
  std::string output;  // stdout
  Status status;       // decides exit code and error text
  bool told = false;   // whoever asked knows the error already: no text
};

// One file per command defines one of these as `rivet::command::<name>::driver()`; app/registry.def
// collects them.
struct Command {
  std::string_view name;     // `run`; `state show` is a subcommand that `state` declares itself
  std::string_view summary;  // one line of --help
  // Declares flags on `app` and returns the action; main() runs it when the command was chosen. The
  // action owns the parsed values.
  std::function<Report(const Context&)> (*declare)(CLI::App& app);
};
// The registry's one macro names the type the same way for commands and drivers.
using Driver = Command;

}  // namespace rivet::command
