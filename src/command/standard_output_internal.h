#pragma once

#include <vector>

#include "base/status.h"
#include "config/config.h"

namespace rivet::command {

// Whether any of them does.
bool WriteToStandardOutput(const std::vector<const config::Export*>& chosen);

// Bytes that are no text must not reach a terminal, where they would look like noise and could
// change it: refused unless `force`, before anything is opened.
Status CheckTerminal(const std::vector<const config::Export*>& chosen, bool force);

}  // namespace rivet::command
