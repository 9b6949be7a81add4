#pragma once

#include <string_view>
#include <vector>

#include "destination/destination.h"
#include "format/format.h"
#include "source/source.h"
#include "state/ledger.h"

namespace rivet::engine {

// What this program was built with. Filled once by app/registry.cc, handed down; tests fill their
// own.
struct Drivers {
  std::vector<const source::Driver*> sources;
  std::vector<const format::Driver*> formats;
  std::vector<const destination::Driver*> destinations;
  std::vector<const state::Driver*> states;
};

inline constexpr FaultCode kNoDriver{"RIVET_CONFIG_NO_DRIVER", FaultClass::kUsage,
                                     "Use one of the types this version was built with."};

// The driver of that name; kNoDriver names what there is.
Result<const source::Driver*> SourceDriver(const Drivers& drivers, std::string_view name);
Result<const format::Driver*> FormatDriver(const Drivers& drivers, std::string_view name);
Result<const destination::Driver*> DestinationDriver(const Drivers& drivers, std::string_view name);
Result<const state::Driver*> StateDriver(const Drivers& drivers, std::string_view name);

}  // namespace rivet::engine
