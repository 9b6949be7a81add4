#include "app/registry.h"

#include "destination/destination.h"
#include "format/format.h"
#include "source/source.h"
#include "state/ledger.h"

// Declared here and collected below: statics that register themselves are dropped by a static
// library without a word.
#define RIVET_DRIVER(kind, name) \
  namespace rivet::kind::name {  \
  const Driver& driver();        \
  }
#include "app/registry.def"
#undef RIVET_DRIVER

namespace rivet::app {
namespace {

void Add(const source::Driver& driver, Registry* registry) {
  registry->drivers.sources.push_back(&driver);
}
void Add(const format::Driver& driver, Registry* registry) {
  registry->drivers.formats.push_back(&driver);
}
void Add(const destination::Driver& driver, Registry* registry) {
  registry->drivers.destinations.push_back(&driver);
}
void Add(const state::Driver& driver, Registry* registry) {
  registry->drivers.states.push_back(&driver);
}
void Add(const command::Command& command, Registry* registry) {
  registry->commands.push_back(&command);
}

}  // namespace

Registry MakeRegistry() {
  Registry registry;
#define RIVET_DRIVER(kind, name) Add(kind::name::driver(), &registry);
#include "app/registry.def"
#undef RIVET_DRIVER
  return registry;
}

}  // namespace rivet::app
