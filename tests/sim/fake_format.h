#pragma once

#include "format/format.h"

namespace rivet::sim {

// Files of lines: `SIM`, one line a row, `END <rows>`. Its writers fail, and sometimes forget a
// row, as the weather of the running thread's process says. Answers to the name `parquet`.
const format::Driver& FakeFormat();

}  // namespace rivet::sim
