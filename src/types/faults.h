#pragma once

#include "base/status.h"

namespace rivet::types {

inline constexpr FaultCode kOverrideWord{"RIVET_TYPE_OVERRIDE_WORD", FaultClass::kUsage,
                                         "Use one of the type words."};
inline constexpr FaultCode kOverrideColumn{
    "RIVET_TYPE_OVERRIDE_COLUMN", FaultClass::kUsage,
    "Name a column of the export's result, in its exact case."};
inline constexpr FaultCode kOverrideUnavailable{
    "RIVET_TYPE_OVERRIDE_UNAVAILABLE", FaultClass::kUsage,
    "Override the column to text, or leave its type as it is."};
inline constexpr FaultCode kKeyText{"RIVET_TYPE_KEY_TEXT", FaultClass::kIntegrity,
                                    "The state was edited; remove the run with state "
                                    "reset-chunks."};
inline constexpr FaultCode kLossy{
    "RIVET_TYPE_LOSSY", FaultClass::kPermanent,
    "Override each column named to text with `columns:`, leave it out of the query, or run without "
    "--strict."};
inline constexpr FaultCode kColumnNames{
    "RIVET_TYPE_DUPLICATE_COLUMNS", FaultClass::kPermanent,
    "Give each result column its own name with AS in the query."};

}  // namespace rivet::types
