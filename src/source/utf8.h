#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "source/value_fault.h"

namespace arrow {
class Array;
}

namespace rivet::source {

// U+FFFD in place of each piece that is no character, cut as Unicode advises (maximal subparts).
std::string WithReplacements(std::string_view bytes);

// `values`, an array of text, when all of them are UTF-8. Else, as the column's policy says, the
// same ones with replacements, each such value counted, or the failure of the first, whose row is
// then in *bad_row.
Result<std::shared_ptr<arrow::Array>> TakeUtf8(std::shared_ptr<arrow::Array> values,
                                               const FieldRules& rules, int64_t* bad_row);

}  // namespace rivet::source
