#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <memory>
#include <string>

#include "command/command.h"
#include "command/schema_internal.h"

namespace rivet::command::schema {
const Driver& driver();

namespace {

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto json = std::make_shared<bool>(false);
  app.require_subcommand(0, 1);
  const auto add = [&](const std::string& name, const std::string& summary) {
    CLI::App* sub = app.add_subcommand(name, summary);
    sub->fallthrough();
    return sub;
  };
  const CLI::App* config = add("config", "JSON Schema of the config, for editors");
  CLI::App* errors = add("errors", "Every error code: class, exit code and remedy");
  errors->add_flag("--json", *json, "JSON on stdout");
  const CLI::App* cli = add("cli", "The command line as JSON: commands, flags, values, defaults");
  return [json, config, errors, cli, &app](const Context& context) -> Report {
    if (config->parsed()) return {JsonDocument(ConfigSchema()), Status::OK()};
    if (errors->parsed()) return {*json ? JsonDocument(ErrorsJson()) : ErrorsText(), Status::OK()};
    if (cli->parsed()) {
      return {JsonDocument(CliJson(ShellCommands(*app.get_parent()), context.tool_version)),
              Status::OK()};
    }
    return {"", Fail(kCliUsage, "`rivet schema` needs `config`, `errors` or `cli`")};
  };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{
      "schema", "Print what configs, errors and the command line may be", &Declare};
  return kDriver;
}

}  // namespace rivet::command::schema
