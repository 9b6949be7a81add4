#pragma once

#include "format/format.h"

// CSV files: UTF-8 without a mark, one line of names, cells in the text forms of types/text.h. NULL
// is nothing between two delimiters (or csv.null_value), never quoted; the empty text is `""`, and
// a text that reads like NULL is quoted. What a file holds is a function of the rows, the schema
// and the settings alone, compressed files included.
namespace rivet::format::csv {

const Driver& driver();

}  // namespace rivet::format::csv
