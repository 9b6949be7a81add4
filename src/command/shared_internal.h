#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "command/command.h"
#include "config/config.h"
#include "destination/destination.h"
#include "model/run.h"
#include "state/ledger.h"

namespace rivet::command {

// -c, -e, -p.
struct ConfigFlags {
  std::string config, export_name;
  std::vector<std::string> params;
};
enum class ExportFlag { kNone, kOptional, kRequired };
void AddConfigFlags(CLI::App& app, ExportFlag export_flag, ConfigFlags* flags);

// Text for people on stderr; in a JSON log an event at info level.
void Tell(World& world, std::string_view event, const std::string& text);

// Without -c: ./rivet.yaml when it is there, and says so. The config's warnings go to the log.
Result<config::Config> LoadConfig(World& world, const ConfigFlags& flags);
// Its two steps: which file it is, and what it says.
Result<config::ConfigText> ReadConfig(World& world, const ConfigFlags& flags);
Result<config::Config> LoadConfig(World& world, const config::ConfigText& text,
                                  const ConfigFlags& flags);
// The export of -e, or all of them in order.
Result<std::vector<const config::Export*>> ChosenExports(const config::Config& config,
                                                         const std::string& name);

// RIVET_STATE_URL, else the config's `state.path`, else `.rivet_state.db` beside the config.
struct StatePlace {
  std::string driver, location;
};
Result<StatePlace> StatePlaceOf(const config::Config& config);
Result<state::Store> OpenStore(const Context& context, const StatePlace& place);
// False where the place is a file that does not exist: commands that only look must not create it.
bool StateExists(const StatePlace& place);

std::string RunsFolder(const config::Config& config);

// Whether --run-id can be one: it becomes part of a path.
Status CheckRunId(const std::string& run_id);

// The UTC day a run began: what {date} in its path stands for.
std::string DayOf(const model::Run& run);
Result<std::unique_ptr<destination::Destination>> OpenDestination(const Context& context,
                                                                  const config::Export& item,
                                                                  const std::string& root,
                                                                  const std::string& run_id);

// Columns side by side, two blanks between; the last one is not padded. Cells are made printable.
std::string TableText(const std::vector<std::string>& header,
                      const std::vector<std::vector<std::string>>& rows);
// `label  value` lines, values in one column.
std::string LabelText(const std::vector<std::pair<std::string, std::string>>& lines);

// Several failures as one, the worst first; OK when there is none.
Status Together(std::vector<Status> problems);

}  // namespace rivet::command
