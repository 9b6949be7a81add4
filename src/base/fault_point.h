#pragma once

#include <string_view>

#include "base/status.h"

namespace rivet {

// A named place where a test build can die, stand still, fail or run out of disk:
// RIVET_FAULT=point:action[:n], actions kill9, pause (until SIGCONT), throw, stop, enospc; n = the
// n-th passage (from 1). Several may be given, separated by commas. The release build has no such switch: the call is an OK and its name is not
// in the binary. The list of points is kFaultPoints in fault_point.cc; a name that is not in the
// list aborts.
#ifdef RIVET_FAULT_POINTS
Status FaultPoint(std::string_view point);
#else
inline Status FaultPoint(std::string_view) { return Status::OK(); }
#endif

}  // namespace rivet
