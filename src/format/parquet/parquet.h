#pragma once

#include "format/format.h"

// Parquet files by Arrow's writer. What a file holds is a function of the rows, the schema and the
// settings alone: not of the time, and not of how the rows were cut into batches.
namespace rivet::format::parquet {

const Driver& driver();

}  // namespace rivet::format::parquet
