#pragma once

#include "base/status.h"

namespace rivet::command {

inline constexpr FaultCode kNothingFound{
    "RIVET_SOURCE_NOTHING_FOUND", FaultClass::kPermanent,
    "Check --schema and --include, and the role's USAGE on the schema and SELECT on its tables."};
inline constexpr FaultCode kFileExists{"RIVET_CLI_FILE_EXISTS", FaultClass::kUsage,
                                       "Choose another name, or overwrite it with --force."};
inline constexpr FaultCode kVerdict{
    "RIVET_CHECK_VERDICT", FaultClass::kIntegrity,
    "Follow the suggestion of each export, or leave the verdict out of --fail-on."};

inline constexpr FaultCode kProcessLost{
    "RIVET_RUN_PROCESS_LOST", FaultClass::kTemporary,
    "Run again; the state is safe, and what was delivered is recorded."};

}  // namespace rivet::command
