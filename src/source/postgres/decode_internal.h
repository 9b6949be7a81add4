#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "source/postgres/decode.h"

// What the decoders of this room share: big-endian loads (the caller has checked the length) and
// the failures that name a column.
namespace rivet::source::postgres {

inline uint16_t LoadBig16(const uint8_t* data) {
  uint16_t value;
  std::memcpy(&value, data, sizeof value);
  return __builtin_bswap16(value);
}
inline uint32_t LoadBig32(const uint8_t* data) {
  uint32_t value;
  std::memcpy(&value, data, sizeof value);
  return __builtin_bswap32(value);
}
inline uint64_t LoadBig64(const uint8_t* data) {
  uint64_t value;
  std::memcpy(&value, data, sizeof value);
  return __builtin_bswap64(value);
}

Status FailLength(const FieldRules& rules, std::string_view type, int32_t size, int32_t expected);

// Decimals of 1..76 digits.
std::unique_ptr<FieldReader> MakeNumericReader(int precision, int scale, const FieldRules& rules);
// kText, kChar, kBytes, kJsonb; `json` wraps the text into Arrow's json type.
std::unique_ptr<FieldReader> MakeTextReader(Wire wire, bool json, const FieldRules& rules);
// Text written from the bytes of an interval, and of an inet or cidr.
std::unique_ptr<FieldReader> MakeIntervalReader(const FieldRules& rules);
std::unique_ptr<FieldReader> MakeNetworkReader(const FieldRules& rules);
// Lists as deep as the type says.
Result<std::unique_ptr<FieldReader>> MakeListReader(const model::LogicalType& type,
                                                    const ColumnForm& form,
                                                    const FieldRules& rules);

}  // namespace rivet::source::postgres
