#pragma once

#include "base/status.h"

namespace rivet::transform {

inline constexpr FaultCode kMetaColumnTaken{
    "RIVET_TRANSFORM_META_COLUMN_TAKEN", FaultClass::kUsage,
    "Rename the column in the query, or switch the meta column off."};

}  // namespace rivet::transform
