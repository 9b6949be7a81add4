#pragma once

#include <cstdint>
#include <string_view>

#include "manifest/manifest.h"

namespace rivet::manifest {

// Parse() with another bound on the number of values, for its test.
Result<Manifest> ParseWithin(std::string_view bytes, int64_t values_max);

}  // namespace rivet::manifest
