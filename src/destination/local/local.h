#pragma once

#include "destination/destination.h"

// A folder on a disk of this machine.
namespace rivet::destination::local {

const Driver& driver();

}  // namespace rivet::destination::local
