#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include <charconv>
#include <optional>
#include <utility>

#include "base/time_text.h"
#include "types/faults.h"
#include "types/schema.h"
#include "types/text.h"

namespace rivet::types {
namespace {

using model::TypeKind;
using ScalarPtr = std::shared_ptr<arrow::Scalar>;

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;

template <typename Number>
std::optional<Number> NumberFrom(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int> DigitsFrom(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return std::nullopt;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  return NumberFrom<int>(text.substr(at, count));
}

// [sign]YYYY…-MM-DD: days since 1970-01-01.
std::optional<int64_t> DaysFrom(std::string_view text) {
  if (text.size() < 10) return std::nullopt;
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  const size_t year_end = text.find('-');
  if (year_end == std::string_view::npos || year_end > 7 || text.size() != year_end + 6 ||
      text[year_end + 3] != '-') {
    return std::nullopt;
  }
  const auto year = DigitsFrom(text, 0, year_end);
  const auto month = DigitsFrom(text, year_end + 1, 2);
  const auto day = DigitsFrom(text, year_end + 4, 2);
  if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31)
    return std::nullopt;
  const int64_t days = DaysFromCivil(negative ? -*year : *year, static_cast<unsigned>(*month),
                                     static_cast<unsigned>(*day));
  // 31 April reads back as another day.
  return static_cast<int>(CivilFromDays(days).day) == *day ? std::optional(days) : std::nullopt;
}

// The same within what a column of dates holds.
std::optional<int32_t> DateFrom(std::string_view text) {
  const auto days = DaysFrom(text);
  if (!days || !std::in_range<int32_t>(*days)) return std::nullopt;
  return static_cast<int32_t>(*days);
}

// DATE T HH:MM:SS.ffffff [Z]: microseconds since 1970-01-01.
std::optional<int64_t> MicrosFrom(std::string_view text, bool utc) {
  if (utc) {
    if (text.empty() || text.back() != 'Z') return std::nullopt;
    text.remove_suffix(1);
  }
  const size_t t = text.find('T');
  if (t == std::string_view::npos || text.size() != t + 16 || text[t + 3] != ':' ||
      text[t + 6] != ':' || text[t + 9] != '.') {
    return std::nullopt;
  }
  const auto days = DaysFrom(text.substr(0, t));
  const auto hour = DigitsFrom(text, t + 1, 2), minute = DigitsFrom(text, t + 4, 2),
             second = DigitsFrom(text, t + 7, 2), micro = DigitsFrom(text, t + 10, 6);
  if (!days || !hour || !minute || !second || !micro) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  int64_t micros = 0;
  const int64_t seconds = (int64_t{*hour} * 60 + *minute) * 60 + *second;
  if (__builtin_mul_overflow(*days * kSecondsPerDay + seconds, kMicrosPerSecond, &micros) ||
      __builtin_add_overflow(micros, int64_t{*micro}, &micros)) {
    return std::nullopt;
  }
  return micros;
}

std::optional<std::string> BytesFromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t at = 0; at < text.size(); at += 2) {
    uint8_t byte = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, byte, 16);
    if (error != std::errc() || end != text.data() + at + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

// 8-4-4-4-12 hex digits.
ScalarPtr UuidFrom(std::string_view text, const std::shared_ptr<arrow::DataType>& type) {
  if (text.size() != 36) return nullptr;
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen != (text[i] == '-')) return nullptr;
    if (!hyphen) digits += text[i];
  }
  const auto bytes = BytesFromHex(digits);
  if (!bytes) return nullptr;
  auto storage = std::make_shared<arrow::FixedSizeBinaryScalar>(arrow::Buffer::FromString(*bytes),
                                                                arrow::fixed_size_binary(16));
  return std::make_shared<arrow::ExtensionScalar>(std::move(storage), type);
}

ScalarPtr DecimalFrom(std::string_view text, const model::LogicalType& type,
                      const std::shared_ptr<arrow::DataType>& arrow_type) {
  arrow::Decimal256 wide;
  int32_t precision = 0, scale = 0;
  if (!arrow::Decimal256::FromString(text, &wide, &precision, &scale).ok()) return nullptr;
  if (scale != type.scale || precision > type.precision) return nullptr;
  if (arrow_type->id() == arrow::Type::DECIMAL256)
    return std::make_shared<arrow::Decimal256Scalar>(wide, arrow_type);
  arrow::Decimal128 narrow;
  if (!arrow::Decimal128::FromString(text, &narrow, &precision, &scale).ok()) return nullptr;
  return std::make_shared<arrow::Decimal128Scalar>(narrow, arrow_type);
}

template <typename ScalarType, typename Value>
ScalarPtr ScalarOf(const std::optional<Value>& value) {
  return value ? std::make_shared<ScalarType>(*value) : nullptr;
}

ScalarPtr Parsed(const model::LogicalType& type, std::string_view text) {
  switch (type.kind) {
    case TypeKind::kInt16:
      return ScalarOf<arrow::Int16Scalar>(NumberFrom<int16_t>(text));
    case TypeKind::kInt32:
      return ScalarOf<arrow::Int32Scalar>(NumberFrom<int32_t>(text));
    case TypeKind::kInt64:
      return ScalarOf<arrow::Int64Scalar>(NumberFrom<int64_t>(text));
    case TypeKind::kUInt64:
      return ScalarOf<arrow::UInt64Scalar>(NumberFrom<uint64_t>(text));
    case TypeKind::kDecimal:
      return DecimalFrom(text, type, ArrowType(type));
    case TypeKind::kDate:
      return ScalarOf<arrow::Date32Scalar>(DateFrom(text));
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz: {
      const auto micros = MicrosFrom(text, type.kind == TypeKind::kTimestampTz);
      return micros ? std::make_shared<arrow::TimestampScalar>(*micros, ArrowType(type)) : nullptr;
    }
    case TypeKind::kUuid:
      return UuidFrom(text, ArrowType(type));
    case TypeKind::kBinary: {
      const auto bytes = BytesFromHex(text);
      return bytes ? std::make_shared<arrow::BinaryScalar>(*bytes) : nullptr;
    }
    default:
      return std::make_shared<arrow::StringScalar>(std::string(text));
  }
}

}  // namespace

Result<ScalarPtr> KeyFromText(const model::LogicalType& type, std::string_view text) {
  const bool is_key = type.kind != TypeKind::kBool && type.kind != TypeKind::kFloat32 &&
                      type.kind != TypeKind::kFloat64 && type.kind != TypeKind::kTime &&
                      type.kind != TypeKind::kJson && type.kind != TypeKind::kInterval &&
                      type.kind != TypeKind::kList;
  if (!is_key) return Fail(kInternalBug, model::ToString(type) + " is no type of a key");
  ScalarPtr scalar = Parsed(type, text);
  if (scalar == nullptr) {
    return Fail(kKeyText, "`" + std::string(text.substr(0, 80)) + "` is no key of type " +
                              model::ToString(type));
  }
  return scalar;
}

}  // namespace rivet::types
