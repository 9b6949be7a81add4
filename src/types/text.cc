#include "types/text.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/decimal.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "base/time_text.h"

namespace rivet::types {
namespace {

using arrow::internal::checked_cast;

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr char kHexDigits[] = "0123456789abcdef";
constexpr int32_t kUuidBytes = 16;

template <typename Number>
void AppendNumber(Number value, std::string* out) {
  char text[32];
  const auto result = std::to_chars(text, text + sizeof text, value);
  out->append(text, result.ptr);
}

template <typename Float>
void AppendFloat(Float value, std::string* out) {
  if (std::isnan(value)) {
    out->append("NaN");
  } else if (std::isinf(value)) {
    out->append(value < 0 ? "-Infinity" : "Infinity");
  } else {
    AppendNumber(value, out);
  }
}

// `value` < 10^digits, with leading zeros.
void AppendPadded(uint64_t value, int digits, std::string* out) {
  const size_t start = out->size();
  out->resize(start + digits);
  for (int i = digits - 1; i >= 0; --i, value /= 10)
    (*out)[start + i] = static_cast<char>('0' + value % 10);
}

void AppendDate(int64_t days, std::string* out) {
  const Civil day = CivilFromDays(days);
  if (day.year >= 1 && day.year <= 9999) {
    AppendPadded(day.year, 4, out);
  } else {
    *out += day.year < 0 ? '-' : '+';
    const uint64_t year = static_cast<uint64_t>(std::llabs(day.year));
    if (year <= 9999) {
      AppendPadded(year, 4, out);
    } else {
      AppendNumber(year, out);
    }
  }
  *out += '-';
  AppendPadded(day.month, 2, out);
  *out += '-';
  AppendPadded(day.day, 2, out);
}

void AppendTime(int64_t micros, std::string* out) {
  const int64_t seconds = micros / kMicrosPerSecond;
  AppendPadded(seconds / 3600, 2, out);
  *out += ':';
  AppendPadded(seconds / 60 % 60, 2, out);
  *out += ':';
  AppendPadded(seconds % 60, 2, out);
  *out += '.';
  AppendPadded(micros % kMicrosPerSecond, 6, out);
}

void AppendTimestamp(int64_t micros, bool utc, std::string* out) {
  int64_t days = micros / kMicrosPerDay;
  int64_t rest = micros % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  AppendDate(days, out);
  *out += 'T';
  AppendTime(rest, out);
  if (utc) *out += 'Z';
}

// Digits with an optional sign, and the point put in by hand: Arrow's own text turns small values
// into exponents.
void AppendPointed(std::string_view digits, int scale, std::string* out) {
  if (!digits.empty() && digits.front() == '-') {
    *out += '-';
    digits.remove_prefix(1);
  }
  if (scale <= 0) {
    out->append(digits);
    // A negative scale counts zeros at the end.
    if (digits != "0") out->append(static_cast<size_t>(-scale), '0');
    return;
  }
  const size_t fraction = static_cast<size_t>(scale);
  if (digits.size() <= fraction) {
    out->append("0.").append(fraction - digits.size(), '0').append(digits);
    return;
  }
  out->append(digits.substr(0, digits.size() - fraction)) += '.';
  out->append(digits.substr(digits.size() - fraction));
}

void AppendDecimal128(const arrow::Decimal128& value, int scale, std::string* out) {
  const auto low = static_cast<int64_t>(value.low_bits());
  if (value.high_bits() != (low < 0 ? -1 : 0)) {
    AppendPointed(value.ToIntegerString(), scale, out);
    return;
  }
  char digits[24];
  const auto result = std::to_chars(digits, digits + sizeof digits, low);
  AppendPointed({digits, static_cast<size_t>(result.ptr - digits)}, scale, out);
}

void AppendHex(std::string_view bytes, std::string* out) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *out += kHexDigits[byte >> 4];
    *out += kHexDigits[byte & 15];
  }
}

void AppendUuid(std::string_view bytes, std::string* out) {
  constexpr size_t kEdges[] = {0, 4, 6, 8, 10, 16};
  for (size_t group = 0; group + 1 < std::size(kEdges); ++group) {
    if (group > 0) *out += '-';
    AppendHex(bytes.substr(kEdges[group], kEdges[group + 1] - kEdges[group]), out);
  }
}

void AppendJsonString(std::string_view text, std::string* out) {
  *out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out->append("\\\"");
        break;
      case '\\':
        out->append("\\\\");
        break;
      case '\b':
        out->append("\\b");
        break;
      case '\f':
        out->append("\\f");
        break;
      case '\n':
        out->append("\\n");
        break;
      case '\r':
        out->append("\\r");
        break;
      case '\t':
        out->append("\\t");
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out->append("\\u00");
          AppendHex({&c, 1}, out);
        } else {
          *out += c;
        }
    }
  }
  *out += '"';
}

bool IsUuid(const arrow::DataType& type) {
  return checked_cast<const arrow::ExtensionType&>(type).extension_name() == "arrow.uuid";
}
bool IsJson(const arrow::DataType& type) {
  return type.id() == arrow::Type::EXTENSION &&
         checked_cast<const arrow::ExtensionType&>(type).extension_name() == "arrow.json";
}

// Numbers, booleans and nested JSON stand bare in a JSON array, everything else is a JSON string.
bool IsBareInJson(const arrow::DataType& type, std::string_view text) {
  switch (type.id()) {
    case arrow::Type::BOOL:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
    case arrow::Type::LIST:
      return true;
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return text.find_first_of("NI") == std::string_view::npos;  // JSON has no NaN and no Infinity
    default:
      return IsJson(type);
  }
}

Status AppendList(const arrow::ListArray& lists, int64_t row, std::string* out) {
  const arrow::Array& values = *lists.values();
  std::string text;
  *out += '[';
  for (int64_t i = lists.value_offset(row); i < lists.value_offset(row + 1); ++i) {
    if (i > lists.value_offset(row)) *out += ',';
    if (values.IsNull(i)) {
      out->append("null");
      continue;
    }
    text.clear();
    ARROW_RETURN_NOT_OK(AppendText(values, i, &text));
    if (IsBareInJson(*values.type(), text)) {
      out->append(text);
    } else {
      AppendJsonString(text, out);
    }
  }
  *out += ']';
  return Status::OK();
}

Status AppendExtension(const arrow::ExtensionArray& array, int64_t row, std::string* out) {
  if (!IsUuid(*array.type())) return AppendText(*array.storage(), row, out);
  const auto& storage = checked_cast<const arrow::FixedSizeBinaryArray&>(*array.storage());
  if (storage.byte_width() != kUuidBytes)
    return Fail(kInternalBug, "a uuid column is not 16 bytes wide");
  AppendUuid(storage.GetView(row), out);
  return Status::OK();
}

Status AppendMicros(const arrow::TimestampArray& array, int64_t row, std::string* out) {
  const auto& type = checked_cast<const arrow::TimestampType&>(*array.type());
  if (type.unit() != arrow::TimeUnit::MICRO)
    return Fail(kInternalBug, "timestamps are in microseconds here");
  AppendTimestamp(array.Value(row), !type.timezone().empty(), out);
  return Status::OK();
}

}  // namespace

Status AppendText(const arrow::Array& array, int64_t row, std::string* out) {
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      out->append(checked_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false");
      return Status::OK();
    case arrow::Type::INT16:
      AppendNumber(checked_cast<const arrow::Int16Array&>(array).Value(row), out);
      return Status::OK();
    case arrow::Type::INT32:
      AppendNumber(checked_cast<const arrow::Int32Array&>(array).Value(row), out);
      return Status::OK();
    case arrow::Type::INT64:
      AppendNumber(checked_cast<const arrow::Int64Array&>(array).Value(row), out);
      return Status::OK();
    case arrow::Type::UINT64:
      AppendNumber(checked_cast<const arrow::UInt64Array&>(array).Value(row), out);
      return Status::OK();
    case arrow::Type::FLOAT:
      AppendFloat(checked_cast<const arrow::FloatArray&>(array).Value(row), out);
      return Status::OK();
    case arrow::Type::DOUBLE:
      AppendFloat(checked_cast<const arrow::DoubleArray&>(array).Value(row), out);
      return Status::OK();
    case arrow::Type::DECIMAL128: {
      const auto& decimals = checked_cast<const arrow::Decimal128Array&>(array);
      const int scale = checked_cast<const arrow::DecimalType&>(*array.type()).scale();
      AppendDecimal128(arrow::Decimal128(decimals.GetValue(row)), scale, out);
      return Status::OK();
    }
    case arrow::Type::DECIMAL256: {
      const auto& decimals = checked_cast<const arrow::Decimal256Array&>(array);
      const int scale = checked_cast<const arrow::DecimalType&>(*array.type()).scale();
      AppendPointed(arrow::Decimal256(decimals.GetValue(row)).ToIntegerString(), scale, out);
      return Status::OK();
    }
    case arrow::Type::DATE32:
      AppendDate(checked_cast<const arrow::Date32Array&>(array).Value(row), out);
      return Status::OK();
    case arrow::Type::TIME64:
      AppendTime(checked_cast<const arrow::Time64Array&>(array).Value(row), out);
      return Status::OK();
    case arrow::Type::TIMESTAMP:
      return AppendMicros(checked_cast<const arrow::TimestampArray&>(array), row, out);
    case arrow::Type::STRING:
      out->append(checked_cast<const arrow::StringArray&>(array).GetView(row));
      return Status::OK();
    case arrow::Type::BINARY:
      AppendHex(checked_cast<const arrow::BinaryArray&>(array).GetView(row), out);
      return Status::OK();
    case arrow::Type::EXTENSION:
      return AppendExtension(checked_cast<const arrow::ExtensionArray&>(array), row, out);
    case arrow::Type::LIST:
      return AppendList(checked_cast<const arrow::ListArray&>(array), row, out);
    default:
      return Fail(kInternalBug, "values of " + array.type()->ToString() + " have no text form");
  }
}

Result<std::string> KeyText(const arrow::Scalar& value) {
  if (!value.is_valid) return Fail(kInternalBug, "a NULL has no text as a key");
  ARROW_ASSIGN_OR_RAISE(const auto array, arrow::MakeArrayFromScalar(value, 1));
  std::string text;
  ARROW_RETURN_NOT_OK(AppendText(*array, 0, &text));
  return text;
}

std::string DateText(int64_t days) {
  std::string text;
  AppendDate(days, &text);
  return text;
}

std::string TimeText(int64_t micros) {
  std::string text;
  AppendTime(micros, &text);
  return text;
}

std::string TimestampText(int64_t micros, bool utc) {
  std::string text;
  AppendTimestamp(micros, utc, &text);
  return text;
}

}  // namespace rivet::types
