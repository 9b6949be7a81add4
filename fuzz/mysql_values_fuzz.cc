// Values of MySQL's binary protocol, through the decoder of each kind of column: the value that a
// slow reading of the bytes gives, or a refusal by name exactly where there is none.
#include <arrow/api.h>

#include <bit>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/time_text.h"
#include "input.h"
#include "slow.h"
#include "source/faults.h"
#include "source/mysql/decode.h"
#include "types/text.h"

namespace {

using rivet::Check;
using rivet::fuzz::Integer;
using rivet::fuzz::IntegerText;
using rivet::model::Column;
using rivet::model::TypeKind;
using namespace rivet::client::mysql;
namespace mysql = rivet::source::mysql;

constexpr int64_t kValueBytesMax = 300;

struct Kind {
  Column column;
  ResultColumn wire;
  int width = -1;  // of the value on the wire; negative: a length comes first
};

Kind MakeKind(TypeKind kind, int wire_type, int width, bool is_unsigned = false, int precision = 0,
              int scale = 0) {
  Kind made;
  made.column.name = "c";
  made.column.native_type = "native";
  made.column.type.kind = kind;
  made.column.type.precision = precision;
  made.column.type.scale = scale;
  made.wire.name = "c";
  made.wire.type = wire_type;
  made.wire.flags = is_unsigned ? kUnsignedFlag : 0U;
  made.width = width;
  return made;
}

std::vector<Kind> MakeKinds() {
  using enum TypeKind;
  std::vector<Kind> kinds;
  for (const TypeKind kept : {kInt16, kInt32, kInt64, kUInt64}) {
    for (const bool is_unsigned : {false, true}) {
      kinds.push_back(MakeKind(kept, kTinyType, 1, is_unsigned));
      kinds.push_back(MakeKind(kept, kShortType, 2, is_unsigned));
      kinds.push_back(MakeKind(kept, kInt24Type, 4, is_unsigned));
      kinds.push_back(MakeKind(kept, kLongType, 4, is_unsigned));
      kinds.push_back(MakeKind(kept, kLongLongType, 8, is_unsigned));
    }
    kinds.push_back(MakeKind(kept, kBitType, -1, true));
    kinds.push_back(MakeKind(kept, kYearType, 2, true));
  }
  kinds.push_back(MakeKind(kBool, kTinyType, 1));
  kinds.push_back(MakeKind(kBool, kBitType, -1));
  kinds.push_back(MakeKind(kFloat32, kFloatType, 4));
  kinds.push_back(MakeKind(kFloat64, kDoubleType, 8));
  kinds.push_back(MakeKind(kDecimal, kNewDecimalType, -1, false, 12, 2));
  kinds.push_back(MakeKind(kDecimal, kNewDecimalType, -1, false, 5, 0));
  kinds.push_back(MakeKind(kDecimal, kNewDecimalType, -1, false, 38, 38));
  kinds.push_back(MakeKind(kDecimal, kNewDecimalType, -1, false, 38, 10));
  kinds.push_back(MakeKind(kDecimal, kNewDecimalType, -1, false, 65, 30));
  kinds.push_back(MakeKind(kDecimal, kDecimalType, -1, false, 76, 0));
  kinds.push_back(MakeKind(kDecimal, kLongLongType, 8, true, 20, 0));
  kinds.push_back(MakeKind(kDecimal, kLongLongType, 8, true, 12, 2));
  kinds.push_back(MakeKind(kDate, kDateType, -1));
  kinds.push_back(MakeKind(kTimestamp, kDateTimeType, -1));
  kinds.push_back(MakeKind(kTimestampTz, kTimestampType, -1));
  kinds.push_back(MakeKind(kTime, kTimeType, -1));
  kinds.push_back(MakeKind(kText, kVarStringType, -1));
  kinds.push_back(MakeKind(kEnum, kStringType, -1));
  kinds.push_back(MakeKind(kBinary, kBlobType, -1));
  kinds.push_back(MakeKind(kJson, kBlobType, -1));
  kinds.push_back(MakeKind(kUuid, kStringType, -1));
  return kinds;
}

using Text = std::optional<std::string>;

std::string Reversed(std::string_view bytes) { return {bytes.rbegin(), bytes.rend()}; }

// The number on the wire; nothing where its bytes are none.
std::optional<__int128> Number(const Kind& kind, std::string_view bytes) {
  if (kind.wire.type == kBitType) {
    if (bytes.empty() || bytes.size() > 8) return std::nullopt;
    return Integer(bytes, false);
  }
  if (static_cast<int>(bytes.size()) != kind.width) return std::nullopt;
  return Integer(Reversed(bytes), !kind.wire.is_unsigned());
}

template <typename Kept>
Text Within(const std::optional<__int128>& number) {
  if (!number || *number < std::numeric_limits<Kept>::min() ||
      *number > std::numeric_limits<Kept>::max())
    return std::nullopt;
  return IntegerText(*number);
}

Text Decimal(std::string_view text, int precision, int scale) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const size_t point = text.find('.');
  const std::string whole(text.substr(0, point));
  const std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
  if ((whole + fraction).empty() ||
      (whole + fraction).find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return rivet::fuzz::DecimalText(negative, whole, fraction, precision, scale);
}

// Little-endian parts: year, month, day, hour, minute, second, microseconds, as many as there are.
Text Moment(std::string_view bytes, bool as_days) {
  if (bytes.size() != 4 && bytes.size() != 7 && bytes.size() != 11) return std::nullopt;
  const auto part = [&](size_t at, size_t size) -> int64_t {
    if (at >= bytes.size()) return 0;
    return static_cast<int64_t>(Integer(Reversed(bytes.substr(at, size)), false));
  };
  const int64_t year = part(0, 2), month = part(2, 1), day = part(3, 1);
  const int64_t hour = part(4, 1), minute = part(5, 1), second = part(6, 1), micros = part(7, 4);
  if (hour > 23 || minute > 59 || second > 59 || micros > 999'999) return std::nullopt;
  if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  const int64_t days =
      rivet::DaysFromCivil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  const rivet::Civil back = rivet::CivilFromDays(days);
  if (back.year != year || back.month != month || back.day != day) return std::nullopt;
  if (as_days) return std::to_string(days);
  return std::to_string((((days * 24 + hour) * 60 + minute) * 60 + second) * 1'000'000 + micros);
}

// Sign, days, hours, minutes, seconds, microseconds; of one day only.
Text Time(std::string_view bytes) {
  if (bytes.empty()) return "0";
  if (bytes.size() != 8 && bytes.size() != 12) return std::nullopt;
  const auto part = [&](size_t at, size_t size) -> int64_t {
    if (at >= bytes.size()) return 0;
    return static_cast<int64_t>(Integer(Reversed(bytes.substr(at, size)), false));
  };
  const int64_t minute = part(6, 1), second = part(7, 1), micros = part(8, 4);
  if (minute > 59 || second > 59 || micros > 999'999) return std::nullopt;
  const int64_t all = ((part(5, 1) * 60 + minute) * 60 + second) * 1'000'000 + micros;
  const bool negative = bytes[0] != 0;
  if (part(1, 4) != 0 || all >= 86'400'000'000 || (negative && all != 0)) return std::nullopt;
  return std::to_string(all);
}

Text Uuid(std::string_view text) {
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0)
      return std::nullopt;
    digits += static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
  }
  return text.size() == 36 ? Text(digits) : std::nullopt;
}

Text Expected(const Kind& kind, std::string_view bytes) {
  const auto& type = kind.column.type;
  if (kind.width >= 0 && static_cast<int>(bytes.size()) != kind.width) return std::nullopt;
  switch (type.kind) {
    case TypeKind::kBool:
      if (bytes.size() != 1 || static_cast<uint8_t>(bytes[0]) > 1) return std::nullopt;
      return bytes[0] != 0 ? "true" : "false";
    case TypeKind::kInt16:
      return Within<int16_t>(Number(kind, bytes));
    case TypeKind::kInt32:
      return Within<int32_t>(Number(kind, bytes));
    case TypeKind::kInt64:
      return Within<int64_t>(Number(kind, bytes));
    case TypeKind::kUInt64:
      return Within<uint64_t>(Number(kind, bytes));
    case TypeKind::kFloat32:
    case TypeKind::kFloat64:
      return Reversed(bytes);
    case TypeKind::kDecimal:
      return Decimal(kind.width == 8 ? IntegerText(*Number(kind, bytes)) : std::string(bytes),
                     type.precision, type.scale);
    case TypeKind::kDate:
      return Moment(bytes, true);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return Moment(bytes, false);
    case TypeKind::kTime:
      return Time(bytes);
    case TypeKind::kUuid:
      return Uuid(bytes);
    default:
      break;
  }
  if (static_cast<int64_t>(bytes.size()) > kValueBytesMax) return std::nullopt;
  if (type.kind == TypeKind::kBinary) return rivet::fuzz::Hex(bytes);
  return rivet::fuzz::IsUtf8(bytes) ? Text(bytes) : std::nullopt;
}

// A row of one column, as the server would send it.
std::string RowOf(const Kind& kind, const std::optional<std::string_view>& value) {
  std::string row(1, '\0');
  row += value ? '\0' : '\4';
  if (!value) return row;
  if (kind.width < 0 && value->size() > 250) {
    row += '\xfc';
    row += static_cast<char>(value->size() & 0xff);
    row += static_cast<char>(value->size() >> 8);
  } else if (kind.width < 0) {
    row += static_cast<char>(value->size());
  }
  return row + std::string(*value);
}

void CheckValue(const arrow::Array& array, int64_t row, const Text& expected) {
  Check(array.IsNull(row) == !expected, "NULL is NULL");
  if (!expected) return;
  std::string found;
  Check(rivet::types::AppendText(array, row, &found).ok(), "a value has a text");
  switch (array.type_id()) {
    case arrow::Type::FLOAT: {
      const auto bits = static_cast<uint32_t>(Integer(*expected, false));
      return Check(rivet::fuzz::ReadsBack(found, std::bit_cast<float>(bits)), "a float reads back");
    }
    case arrow::Type::DOUBLE: {
      const auto bits = static_cast<uint64_t>(Integer(*expected, false));
      return Check(rivet::fuzz::ReadsBack(found, std::bit_cast<double>(bits)),
                   "a float reads back");
    }
    case arrow::Type::DATE32:
      found = std::to_string(static_cast<const arrow::Date32Array&>(array).Value(row));
      break;
    case arrow::Type::TIME64:
      found = std::to_string(static_cast<const arrow::Time64Array&>(array).Value(row));
      break;
    case arrow::Type::TIMESTAMP:
      found = std::to_string(static_cast<const arrow::TimestampArray&>(array).Value(row));
      break;
    default:
      break;
  }
  Check(found == *expected, "the value is what its bytes say");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const std::vector<Kind> kKinds = MakeKinds();
  rivet::fuzz::Input input(bytes, size);
  const Kind& kind = kKinds[input.Below(kKinds.size())];
  auto made = mysql::BatchBuilder::Make({kind.column}, {}, {kind.wire}, kValueBytesMax);
  Check(made.ok(), "each kind of column has a decoder");
  mysql::BatchBuilder& builder = **made;

  std::vector<Text> expected;
  bool refused = false;
  while (!input.empty() && !refused) {
    // The last value takes what is left: a captured value is a seed as it is.
    const uint8_t head = input.Byte();
    std::optional<std::string_view> value;
    if (head != 0) value = head == 1 ? input.Bytes() : input.Rest();
    if (value) value = value->substr(0, 0xffff);
    expected.push_back(value ? Expected(kind, *value) : std::nullopt);
    refused = value && !expected.back();
    const rivet::fuzz::Exact row(RowOf(kind, value));
    const rivet::Status appended = builder.Append(row.data(), static_cast<int64_t>(row.size()));
    if (appended.ok()) continue;
    Check(refused, "a value that can be held is held");
    Check(rivet::Is(appended, rivet::source::kWire) || rivet::Is(appended, rivet::source::kValue) ||
              rivet::Is(appended, rivet::source::kValueTooLarge),
          "a value is refused by name");
    return 0;
  }
  const auto batch = builder.Finish();
  Check(batch.ok() == !refused, "what cannot be held is refused");  // text: only here
  if (!batch.ok()) return 0;
  Check((*batch)->ValidateFull().ok(), "a batch is a valid one");
  Check((*batch)->num_rows() == static_cast<int64_t>(expected.size()), "each value is a row");
  for (size_t row = 0; row < expected.size(); ++row)
    CheckValue(*(*batch)->column(0), static_cast<int64_t>(row), expected[row]);
  return 0;
}
