#pragma once

#include <string>

#include "base/status.h"
#include "base/world.h"
#include "command/shared_internal.h"
#include "config/config.h"
#include "state/ledger.h"

namespace rivet::command::state {

// Flags of all `state` commands.
struct Flags : ConfigFlags {
  bool json = false, stuck = false;
  int64_t limit = 50;
};

// What a `state` command looks at. Both are null where there is no state yet.
struct Place {
  const Context& context;
  World& world;
  const config::Config& config;
  ::rivet::state::Ledger* ledger;
  ::rivet::state::History* history;
};

// `state chunks`, `state reset-chunks`: text for stdout.
Result<std::string> Chunks(const Place& place, const Flags& flags);
Result<std::string> ResetChunks(const Place& place, const Flags& flags);

}  // namespace rivet::command::state
