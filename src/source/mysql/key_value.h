#pragma once

#include <memory>
#include <optional>

#include "base/status.h"
#include "client/mysql/statement.h"
#include "model/query.h"
#include "source/mysql/decode.h"

namespace arrow {
struct Scalar;
}

namespace rivet::source::mysql {

// Where a moment lies, seen from those that a column can hold (years 0 to 9999).
enum class Range { kBefore, kWithin, kBehind };

struct KeyValue {
  client::mysql::Parameter parameter;
  Range range = Range::kWithin;  // else the parameter is not to be sent
};

// A window's edge as a typed parameter. NULL is kInternalBug.
Result<KeyValue> KeyValueOf(const arrow::Scalar& value);

// A key as it stood in a row, bit for bit: the next page begins behind exactly that row, in the
// column's own order and collation. kWire, kNullChunkKey.
Result<client::mysql::Parameter> KeyParameter(Field field, const client::mysql::ResultColumn& wire);

}  // namespace rivet::source::mysql
