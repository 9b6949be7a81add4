#pragma once

#include "base/status.h"

namespace rivet::target {

inline constexpr FaultCode kNoPlace{
    "RIVET_TYPE_TARGET", FaultClass::kPermanent,
    "Override each column named with `columns:`, rename or leave it out in a query, or run without "
    "--strict."};
inline constexpr FaultCode kFileNotLoaded{
    "RIVET_TARGET_FILE", FaultClass::kUsage,
    "Write the export as files that this target loads, Parquet for example."};

}  // namespace rivet::target
