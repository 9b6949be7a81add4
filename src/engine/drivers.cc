#include "engine/drivers.h"

#include <string>

#include "config/config.h"

namespace rivet::engine {
namespace {

template <typename Driver>
Result<const Driver*> Find(const std::vector<const Driver*>& drivers, std::string_view kind,
                           std::string_view name) {
  std::string known;
  for (const Driver* driver : drivers) {
    if (driver->name == name) return driver;
    known += (known.empty() ? "" : ", ") + std::string(driver->name);
  }
  return Fail(kNoDriver, "there is no " + std::string(kind) + " called `" + std::string(name) +
                             "`; there is " + (known.empty() ? "none" : known));
}

}  // namespace

Result<const source::Driver*> SourceDriver(const Drivers& drivers, std::string_view name) {
  return Find(drivers.sources, "source", name);
}
Result<const format::Driver*> FormatDriver(const Drivers& drivers, std::string_view name) {
  return Find(drivers.formats, "format", name);
}
Result<const destination::Driver*> DestinationDriver(const Drivers& drivers,
                                                     std::string_view name) {
  return Find(drivers.destinations, "destination", name);
}
Result<const state::Driver*> StateDriver(const Drivers& drivers, std::string_view name) {
  return Find(drivers.states, "state store", name);
}

}  // namespace rivet::engine
