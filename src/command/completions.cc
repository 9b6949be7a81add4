#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <string>

#include "command/completions_internal.h"
#include "command/shared_internal.h"

namespace rivet::command::completions {
const Driver& driver();

namespace {

struct Flags : ConfigFlags {
  std::string shell;
  bool list_exports = false;
};

// What the scripts ask for after -e. The config need not be whole: then there is nothing to offer.
Report ListExports(const Flags& flags) {
  const auto config = config::Load(flags.config.empty() ? "rivet.yaml" : flags.config, {});
  std::string names;
  if (config.ok()) {
    for (const config::Export& item : config->exports) names += item.name + "\n";
  }
  return {names, Status::OK()};
}

Result<std::string> Script(const CLI::App& program, const std::string& shell) {
  const auto commands = ShellCommands(program);
  if (shell == "bash") return BashScript(commands);
  if (shell == "zsh") return ZshScript(commands);
  if (shell == "fish") return FishScript(commands);
  if (shell == "powershell") return PowershellScript(commands);
  if (shell == "elvish") return ElvishScript(commands);
  const std::string there = "bash, zsh, fish, powershell and elvish";
  return Fail(kCliUsage, shell.empty() ? "completions needs a shell: " + there
                                       : "no completions for `" + shell + "`: there are " + there);
}

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("shell", flags->shell, "bash, zsh, fish, powershell, elvish");
  app.add_flag("--list-exports", flags->list_exports)->group("");
  app.add_option("-c,--config", flags->config)->group("");
  return [flags, &app](const Context&) -> Report {
    if (flags->list_exports) return ListExports(*flags);
    Result<std::string> text = Script(*app.get_parent(), flags->shell);
    return text.ok() ? Report{*text, Status::OK()} : Report{"", text.status()};
  };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{"completions", "Print the completion script of a shell",
                                  &Declare};
  return kDriver;
}

}  // namespace rivet::command::completions
