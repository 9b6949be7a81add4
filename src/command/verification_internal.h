#pragma once

#include "base/status.h"
#include "engine/engine.h"

namespace rivet::command {

inline constexpr FaultCode kVerifyFailed{
    "RIVET_VALIDATE_FAILED", FaultClass::kIntegrity,
    "Do not use the files; see each failure above and export again."};
inline constexpr FaultCode kNotVerified{
    "RIVET_VALIDATE_NOT_VERIFIED", FaultClass::kTemporary,
    "The destination could not be read; check it and validate again."};

// OK where all applicable checks passed or there is no manifest to check against; kVerifyFailed;
// kNotVerified where only looking failed.
Status VerdictOf(const engine::Verification& verification);

}  // namespace rivet::command
