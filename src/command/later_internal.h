#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace rivet::command {

// Commands and flags of the command-line specification that this version does not have: told apart
// from mistakes, so that nobody looks for a spelling error. `command` is empty for the program
// itself.
bool IsLaterCommand(std::string_view command, std::string_view word);
bool IsLaterFlag(std::string_view command, std::string_view flag);

// "`rivet doctor` is not available yet".
Status NotAvailableYet(std::string_view command, std::string_view word);

}  // namespace rivet::command
