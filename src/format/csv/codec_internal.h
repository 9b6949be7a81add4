#pragma once

#include <memory>

#include "base/status.h"
#include "model/settings.h"

namespace arrow::util {
class Codec;
}

namespace rivet::format::csv {

// gzip level 6 (its header says no time), zstd level 3. kEncode for what CSV files are not
// compressed with.
Result<std::unique_ptr<arrow::util::Codec>> CodecOf(model::Compression compression);

}  // namespace rivet::format::csv
