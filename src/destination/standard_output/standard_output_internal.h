#pragma once

#include <memory>
#include <stop_token>

#include "destination/destination.h"

namespace rivet::destination::standard_output {

// The same over any open descriptor, which stays the caller's.
std::unique_ptr<Destination> Over(int descriptor, std::stop_token stop);

}  // namespace rivet::destination::standard_output
