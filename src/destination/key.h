#pragma once

#include <string_view>

#include "base/status.h"

namespace rivet::destination {

// A key may come from a manifest or a ledger that somebody edited. kUnsafeKey unless it is a
// relative path of plain names: not empty, no leading `/`, no empty component, no `.` or `..`, no
// NUL, no temporary name.
Status CheckKey(std::string_view key);

// The same for the name of a probe, which has no folders.
Status CheckProbeKey(std::string_view key);

}  // namespace rivet::destination
