#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "model/settings.h"

namespace arrow {
class Array;
}

namespace rivet::format::csv {

// A column of floats, or of lists of floats, as `special` wants NaN and the infinities: as it is,
// with NULL in their place, or kEncode that names `column` and the value. Other columns as they
// are.
Result<std::shared_ptr<arrow::Array>> TreatSpecialFloats(const std::string& column,
                                                         const std::shared_ptr<arrow::Array>& array,
                                                         model::FloatSpecial special);

}  // namespace rivet::format::csv
