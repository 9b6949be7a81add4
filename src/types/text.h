#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "model/logical_type.h"

namespace arrow {
class Array;
class DataType;
struct Scalar;
}  // namespace arrow

namespace rivet::types {

// The text forms of values (types specification, CSV column): they feed the row hash, key literals
// and reports, and are fixed for good. `row` must not be NULL. Decimals keep their scale,
// timestamps have six digits, UTC ones end in Z, floats are the shortest form that reads back,
// binary is lower hex, lists are JSON arrays.
Status AppendText(const arrow::Array& array, int64_t row, std::string* out);

// Of a scalar that is a key: for ledger keys and SQL literals. NULL is an error.
Result<std::string> KeyText(const arrow::Scalar& value);

// The scalar that KeyText wrote, of the Arrow type of `type`; the text is untrusted (it comes from
// a ledger). kKeyText when it is not in that form, kInternalBug for types that are no keys.
Result<std::shared_ptr<arrow::Scalar>> KeyFromText(const model::LogicalType& type,
                                                   std::string_view text);

std::string DateText(int64_t days);                   // 2026-01-31, -0043-03-15, +12024-01-01
std::string TimeText(int64_t micros);                 // 12:00:00.000000
std::string TimestampText(int64_t micros, bool utc);  // 2026-01-31T12:00:00.000000[Z]

}  // namespace rivet::types
