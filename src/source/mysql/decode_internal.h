#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "client/mysql/statement.h"
#include "source/mysql/decode.h"

// What the decoders of this room share: little-endian loads (the caller has checked the length) and
// the failures that name a column.
namespace rivet::source::mysql {

template <typename Number>
Number LoadLittle(const uint8_t* data) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  Number value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

// Bytes of a bit field, at most eight, most significant first.
uint64_t LoadBits(Field field);

// The parts of a date, datetime or timestamp; null when they have no such length.
std::optional<client::mysql::Moment> MomentOf(Field field);

Status FailLength(const FieldRules& rules, int64_t size);

// Decimals of 1..76 digits, from their ASCII text.
std::unique_ptr<FieldReader> MakeDecimalReader(int precision, int scale, const FieldRules& rules);
// The same from integers of the width and sign of `wire`; null where it is no integer.
std::unique_ptr<FieldReader> MakeIntegerDecimalReader(int precision, int scale,
                                                      const client::mysql::ResultColumn& wire,
                                                      const FieldRules& rules);
// Text and bytes as they are; `type` wraps json.
std::unique_ptr<FieldReader> MakeTextReader(const model::LogicalType& type,
                                            const FieldRules& rules);
// date, time, timestamp, timestamp_tz
std::unique_ptr<FieldReader> MakeTemporalReader(const model::LogicalType& type,
                                                const FieldRules& rules);

}  // namespace rivet::source::mysql
