#pragma once

#include <vector>

#include "command/command.h"
#include "engine/drivers.h"

namespace rivet::app {

// What registry.def lists, in its order.
struct Registry {
  engine::Drivers drivers;
  std::vector<const command::Command*> commands;
};
Registry MakeRegistry();

}  // namespace rivet::app
