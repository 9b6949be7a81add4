#pragma once

#include "destination/destination.h"

namespace rivet::sim {

// Objects in the disk of the running thread's process: each write all or nothing, never replacing
// what it did not name. Looks at manifest and marker while they are put: that is the moment a
// reader may trust them. Answers to the name `local`.
const destination::Driver& FakeDestination();

}  // namespace rivet::sim
