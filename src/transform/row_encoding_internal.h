#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <string>

#include "base/status.h"

namespace rivet::transform {

// Appends the bytes that `_rivet_row_hash` is the hash of (docs/row-hash.md tells users).
// Injective: rows of equal schemas have equal bytes only when they are equal cell by cell, whatever
// the texts hold, because no part's end is ever searched for.
//   row  = number of columns, then the cell of each column in order
//   cell = 0x00                                            NULL
//        | 0x01, number of bytes, text (types/text.h)      a value
//        | 0x02, number of elements, cell of each element  a list
// Numbers are eight bytes, little-endian. Fails only for a type that has no text.
Status AppendRowBytes(const arrow::ArrayVector& columns, int64_t row, std::string* out);

}  // namespace rivet::transform
