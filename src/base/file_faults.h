#pragma once

#include "base/status.h"

namespace rivet {

inline constexpr FaultCode kFileError{"RIVET_FILE_ERROR", FaultClass::kPermanent,
                                      "Check the path, its owner and its permissions."};
inline constexpr FaultCode kDiskFull{
    "RIVET_FILE_DISK_FULL", FaultClass::kPermanent,
    "Free space on that disk, or write to another one, and run again."};

inline constexpr FaultCode kPipeClosed{
    "RIVET_FILE_PIPE_CLOSED", FaultClass::kTemporary,
    "The program that reads the data ended before its end; run again when it can read on."};

// Names an errno of a call on `path`: ENOSPC and EDQUOT are kDiskFull, EPIPE is kPipeClosed,
// the rest kFileError.
Status FailErrno(int error_number, std::string_view what, const std::string& path);

}  // namespace rivet
