#pragma once

#include "destination/destination.h"

// The config's `stdout`: the bytes of one export go to file descriptor 1 while they are made. The
// room has another name because `stdout` is a macro of the C library.
namespace rivet::destination::standard_output {

const Driver& driver();

}  // namespace rivet::destination::standard_output
