#include <sys/stat.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdlib>
#include <string>

#include "command/line.h"
#include "command/shared_internal.h"
#include "engine/drivers.h"
#include "report/report.h"

namespace rivet::command {
namespace {

constexpr std::string_view kDefaultConfig = "rivet.yaml";

bool Exists(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0;
}

int WidthOf(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

void AddConfigFlags(CLI::App& app, ExportFlag export_flag, ConfigFlags* flags) {
  app.add_option("-c,--config", flags->config, "Config file; without it ./rivet.yaml");
  app.add_option("-p,--param", flags->params, "NAME=VALUE for ${NAME} in the config; repeatable")
      ->allow_extra_args(false);
  if (export_flag != ExportFlag::kNone) {
    app.add_option(
        "-e,--export", flags->export_name,
        export_flag == ExportFlag::kRequired ? "The export" : "One export; without it all of them");
  }
}

void Tell(World& world, std::string_view event, const std::string& text) {
  if (world.log().json()) {
    world.log().Event(LogLevel::kInfo, event, {{"message", text}});
  } else {
    world.log().Raw(report::Printable(text));
  }
}

Result<config::ConfigText> ReadConfig(World& world, const ConfigFlags& flags) {
  ARROW_RETURN_NOT_OK(config::ParseParams(flags.params).status());
  std::string path = flags.config;
  if (path.empty()) {
    if (!Exists(std::string(kDefaultConfig))) {
      return WithHint(Fail(kCliUsage, "no config: -c is not given and there is no ./rivet.yaml"),
                      "Pass -c FILE, or make a config with `rivet init`.");
    }
    path = kDefaultConfig;
    Tell(world, "config-default", "using ./rivet.yaml");
  }
  return config::ReadText(path);
}

Result<config::Config> LoadConfig(World& world, const ConfigFlags& flags) {
  ARROW_ASSIGN_OR_RAISE(const config::ConfigText text, ReadConfig(world, flags));
  return LoadConfig(world, text, flags);
}

Result<config::Config> LoadConfig(World& world, const config::ConfigText& text,
                                  const ConfigFlags& flags) {
  config::LoadOptions options;
  ARROW_ASSIGN_OR_RAISE(options.params, config::ParseParams(flags.params));
  ARROW_ASSIGN_OR_RAISE(config::Config config, config::Load(text, options));
  for (const config::Warning& warning : config.warnings) {
    std::string text = warning.message;
    if (warning.place.line > 0)
      text = warning.place.file + ":" + std::to_string(warning.place.line) + ": " + text;
    world.log().WarnOnce(warning.rule, text);
  }
  return config;
}

Result<std::vector<const config::Export*>> ChosenExports(const config::Config& config,
                                                         const std::string& name) {
  std::vector<const config::Export*> chosen;
  if (!name.empty()) {
    ARROW_ASSIGN_OR_RAISE(const config::Export* item, config.Find(name));
    chosen.push_back(item);
    return chosen;
  }
  for (const config::Export& item : config.exports) chosen.push_back(&item);
  return chosen;
}

Result<StatePlace> StatePlaceOf(const config::Config& config) {
  const char* value = std::getenv("RIVET_STATE_URL");
  const std::string url = value == nullptr ? "" : value;
  if (url.empty() && !config.state_path.empty()) return StatePlace{"sqlite", config.state_path};
  if (url.empty()) return StatePlace{"sqlite", config.folder + "/.rivet_state.db"};
  const std::string scheme = url.substr(0, url.find(':'));
  if (scheme == "postgres" || scheme == "postgresql") {
    return Fail(kNotAvailableYet, "RIVET_STATE_URL: state in PostgreSQL is not available yet");
  }
  std::string path = url.substr(std::min(url.size(), scheme.size() + 1));
  if (path.starts_with("//")) path.erase(0, 2);
  if (scheme != "sqlite" || path.empty()) {
    return WithHint(Fail(kCliUsage, "RIVET_STATE_URL has no form this version knows"),
                    "Write sqlite:<path>.");
  }
  return StatePlace{"sqlite", path};
}

Result<state::Store> OpenStore(const Context& context, const StatePlace& place) {
  ARROW_ASSIGN_OR_RAISE(const state::Driver* driver,
                        engine::StateDriver(context.drivers, place.driver));
  return driver->open(context.world, place.location);
}

bool StateExists(const StatePlace& place) {
  return place.driver != "sqlite" || Exists(place.location);
}

std::string RunsFolder(const config::Config& config) { return config.folder + "/.rivet/runs"; }

Status CheckRunId(const std::string& run_id) {
  if (run_id.find('/') == std::string::npos && run_id.find("..") == std::string::npos)
    return Status::OK();
  return Fail(kCliUsage, "--run-id `" + run_id + "` is no run id");
}

std::string DayOf(const model::Run& run) { return DayText(run.created_at); }

Result<std::unique_ptr<destination::Destination>> OpenDestination(const Context& context,
                                                                  const config::Export& item,
                                                                  const std::string& root,
                                                                  const std::string& run_id) {
  ARROW_ASSIGN_OR_RAISE(const destination::Driver* driver,
                        engine::DestinationDriver(context.drivers, item.destination.type));
  return driver->open({context.world, item.destination, root, run_id});
}

std::string TableText(const std::vector<std::string>& header,
                      const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> cells{header};
  for (const auto& row : rows) {
    cells.emplace_back();
    for (const std::string& cell : row) cells.back().push_back(report::Printable(cell));
  }
  std::vector<int> widths(header.size(), 0);
  for (const auto& row : cells) {
    for (size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  std::string text;
  for (const auto& row : cells) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size())
        line += std::string(static_cast<size_t>(widths[i] - WidthOf(row[i]) + 2), ' ');
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string LabelText(const std::vector<std::pair<std::string, std::string>>& lines) {
  size_t width = 0;
  for (const auto& [label, value] : lines) width = std::max(width, label.size());
  std::string text;
  for (const auto& [label, value] : lines) {
    text +=
        "  " + label + std::string(width - label.size() + 2, ' ') + report::Printable(value) + "\n";
  }
  return text;
}

Status Together(std::vector<Status> problems) {
  std::erase_if(problems, [](const Status& status) { return status.ok(); });
  if (problems.empty()) return Status::OK();
  std::stable_sort(problems.begin(), problems.end(), [](const Status& a, const Status& b) {
    const int first = ExitCodeOfStatus(a), second = ExitCodeOfStatus(b);
    return first != second && WorseExitCode(first, second) == first;
  });
  return FailAll(std::move(problems));
}

}  // namespace rivet::command
