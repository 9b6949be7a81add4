// PostgreSQL's binary values, through the decoder of each kind of column: the value that a slow
// reading of the bytes gives, or a refusal by name exactly where there is none.
#include <arrow/api.h>

#include <arpa/inet.h>

#include <bit>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "input.h"
#include "slow.h"
#include "source/faults.h"
#include "source/postgres/decode.h"
#include "types/schema.h"
#include "types/text.h"

namespace {

using rivet::Check;
using rivet::fuzz::Integer;
using rivet::fuzz::IntegerText;
using rivet::model::Column;
using rivet::model::LogicalType;
using rivet::model::TypeKind;
namespace postgres = rivet::source::postgres;

constexpr int64_t kValueBytesMax = 300;

Column Scalar(TypeKind kind, uint32_t oid, int precision = 0, int scale = 0) {
  Column column;
  column.name = "c";
  column.native_type = "native";
  column.native_oid = oid;
  column.type.kind = kind;
  column.type.precision = precision;
  column.type.scale = scale;
  return column;
}

Column ListOf(const Column& element, uint32_t array_oid) {
  Column column = Scalar(TypeKind::kList, array_oid);
  column.type.element = std::make_shared<const LogicalType>(element.type);
  return column;
}

// A kind of column, and the type that its elements say they have where it is a list.
struct Kind {
  Column column;
  uint32_t element_oid = 0;
};

std::vector<Kind> MakeKinds() {
  using enum TypeKind;
  std::vector<Kind> kinds;
  const auto add = [&](TypeKind kind, uint32_t oid, uint32_t array_oid, int precision = 0,
                       int scale = 0) {
    kinds.push_back({Scalar(kind, oid, precision, scale)});
    if (array_oid != 0) kinds.push_back({ListOf(kinds.back().column, array_oid), oid});
  };
  add(kBool, postgres::kBoolOid, 1000);
  add(kInt16, postgres::kInt2Oid, 1005);
  add(kInt32, postgres::kInt4Oid, 1007);
  add(kInt64, postgres::kInt8Oid, 1016);
  add(kInt64, postgres::kOidOid, 1028);
  add(kFloat32, postgres::kFloat4Oid, 1021);
  add(kFloat64, postgres::kFloat8Oid, 1022);
  add(kDecimal, postgres::kNumericOid, 1231, 12, 2);
  add(kDecimal, postgres::kNumericOid, 0, 38, 38);
  add(kDecimal, postgres::kNumericOid, 0, 38, 0);
  add(kDecimal, postgres::kNumericOid, 1231, 76, 30);
  add(kDecimal, postgres::kNumericOid, 0, 1, 1);
  add(kDate, postgres::kDateOid, 1182);
  add(kTime, postgres::kTimeOid, 1183);
  add(kTimestamp, postgres::kTimestampOid, 1115);
  add(kTimestampTz, postgres::kTimestampTzOid, 1185);
  add(kText, postgres::kTextOid, 1009);
  add(kText, postgres::kCharOid, 1002);
  add(kBinary, postgres::kByteaOid, 1001);
  add(kJson, postgres::kJsonOid, 199);
  add(kJson, postgres::kJsonbOid, 3807);
  add(kUuid, postgres::kUuidOid, 2951);
  add(kEnum, 99'999, 0);
  // New ones at the end: the first byte of each seed is a place in here.
  add(kInterval, postgres::kIntervalOid, 1187);
  add(kDecimal, postgres::kMoneyOid, 791, 19, 2);
  add(kServerText, postgres::kInetOid, 1041);
  const auto add_deep = [&](TypeKind kind, uint32_t oid, uint32_t array_oid, int depth) {
    Column column = Scalar(kind, oid);
    for (int i = 0; i < depth; ++i) column = ListOf(column, array_oid);
    kinds.push_back({column, oid});
  };
  add_deep(kInt32, postgres::kInt4Oid, 1007, 2);
  add_deep(kText, postgres::kTextOid, 1009, 3);
  add_deep(kInterval, postgres::kIntervalOid, 1187, 6);
  return kinds;
}

using Text = std::optional<std::string>;

// numeric: count, weight, sign, scale, then groups of four digits.
Text Numeric(std::string_view bytes, int precision, int scale) {
  if (bytes.size() < 8) return std::nullopt;
  const auto short_at = [&](size_t at) { return Integer(bytes.substr(at, 2), true); };
  const auto count = static_cast<size_t>(Integer(bytes.substr(0, 2), false));
  const auto weight = static_cast<int>(short_at(2));
  const auto sign = static_cast<int>(Integer(bytes.substr(4, 2), false));
  if (bytes.size() != 8 + 2 * count || (sign != 0 && sign != 0x4000)) return std::nullopt;
  std::string whole, fraction;
  for (size_t i = 0; i < count; ++i) {
    const auto group = static_cast<int>(Integer(bytes.substr(8 + 2 * i, 2), false));
    if (group == 0) continue;
    const int power = weight - static_cast<int>(i);  // of 10'000
    constexpr int kFar = 40;
    if (group > 9999 || power > kFar || power < -kFar) return std::nullopt;
    std::string& digits = power >= 0 ? whole : fraction;
    // Counted from the point, in both directions.
    const size_t from = 4 * static_cast<size_t>(power >= 0 ? power : -power - 1);
    if (digits.size() < from + 4) digits.resize(from + 4, '0');
    std::string four = std::to_string(group);
    four.insert(0, 4 - four.size(), '0');
    for (size_t k = 0; k < 4; ++k) digits[from + k] = power >= 0 ? four[3 - k] : four[k];
  }
  return rivet::fuzz::DecimalText(sign != 0, {whole.rbegin(), whole.rend()}, fraction, precision,
                                  scale);
}

Text CharText(std::string_view bytes) {
  if (bytes.size() != 1) return std::nullopt;
  const auto byte = static_cast<uint8_t>(bytes[0]);
  if (byte == 0) return "";
  if (byte < 0x80) return std::string(bytes);
  char text[8];
  std::snprintf(text, sizeof text, "\\%03o", static_cast<unsigned>(byte));
  return text;
}

// The offset of PostgreSQL's calendar in days or microseconds put in; nothing where infinity is
// meant or the type ends.
Text Counted(std::string_view bytes, size_t size, int64_t offset) {
  if (bytes.size() != size) return std::nullopt;
  const __int128 count = Integer(bytes, true);
  const __int128 end = static_cast<__int128>(1) << (8 * size - 1);
  if (count == -end || count + offset >= end) return std::nullopt;
  return IntegerText(count + offset);
}

Text MoneyText(std::string_view bytes, int precision, int scale) {
  if (bytes.size() != 8) return std::nullopt;
  const __int128 units = Integer(bytes, true);
  std::string digits = IntegerText(units < 0 ? -units : units);
  const auto fraction = static_cast<size_t>(scale);
  if (digits.size() < fraction) digits.insert(0, fraction - digits.size(), '0');
  const size_t point = digits.size() - fraction;
  return rivet::fuzz::DecimalText(units < 0, digits.substr(0, point), digits.substr(point),
                                  precision, scale);
}

Text IntervalText(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  const auto number = [&](size_t at, size_t size) { return Integer(bytes.substr(at, size), true); };
  const __int128 micros = number(0, 8), days = number(8, 4), months = number(12, 4);
  constexpr __int128 kEnd = static_cast<__int128>(1) << 63, kShortEnd = kEnd >> 32;
  const bool largest = micros == kEnd - 1 && days == kShortEnd - 1 && months == kShortEnd - 1;
  if (largest || (micros == -kEnd && days == -kShortEnd && months == -kShortEnd))
    return std::nullopt;
  const auto part = [](__int128 value, const char* unit) {
    return value == 0 ? std::string() : IntegerText(value) + unit;
  };
  const std::string date = part(months / 12, "Y") + part(months % 12, "M") + part(days, "D");
  std::string time = part(micros / 3'600'000'000, "H") + part(micros / 60'000'000 % 60, "M");
  if (const __int128 rest = micros % 60'000'000; rest != 0) {
    std::string digits = IntegerText(rest < 0 ? -rest : rest);
    if (digits.size() < 7) digits.insert(0, 7 - digits.size(), '0');
    digits.insert(digits.size() - 6, 1, '.');
    if (digits.ends_with(".000000")) digits.resize(digits.size() - 7);
    time += (rest < 0 ? "-" : "") + digits + "S";
  }
  if (time.empty() && date.empty()) return "PT0S";
  return "P" + date + (time.empty() ? "" : "T") + time;
}

// Family, bits, whether it is a cidr, size, address: by the C library.
Text NetworkText(std::string_view bytes) {
  if (bytes.size() < 4) return std::nullopt;
  const auto head = [&](size_t at) { return static_cast<int>(static_cast<uint8_t>(bytes[at])); };
  const int family = head(0), bits = head(1), cidr = head(2), size = head(3);
  if ((family != 2 || size != 4) && (family != 3 || size != 16)) return std::nullopt;
  if (bits > 8 * size || cidr > 1 || bytes.size() != 4 + static_cast<size_t>(size))
    return std::nullopt;
  char text[INET6_ADDRSTRLEN];
  Check(inet_ntop(family == 2 ? AF_INET : AF_INET6, bytes.data() + 4, text, sizeof text) != nullptr,
        "an address has a text");
  return std::string(text) + (cidr == 1 || bits < 8 * size ? "/" + std::to_string(bits) : "");
}

Text JsonbText(std::string_view bytes) {
  if (bytes.empty() || bytes[0] != 1) return std::nullopt;
  return std::string(bytes.substr(1));
}

Text FixedInteger(std::string_view bytes, size_t size, bool is_signed) {
  if (bytes.size() != size) return std::nullopt;
  return IntegerText(Integer(bytes, is_signed));
}

Text TimeText(std::string_view bytes) {
  const Text micros = Counted(bytes, 8, 0);
  return micros && micros->front() != '-' && Integer(bytes, true) < 86'400'000'000 ? micros
                                                                                   : std::nullopt;
}

// What the value must read as; nothing where it must be refused. Dates and times as counts, floats
// as their bits.
Text Expected(const LogicalType& type, uint32_t oid, std::string_view bytes) {
  switch (type.kind) {
    case TypeKind::kBool:
      if (bytes.size() != 1 || static_cast<uint8_t>(bytes[0]) > 1) return std::nullopt;
      return bytes[0] != 0 ? "true" : "false";
    case TypeKind::kInt16:
      return FixedInteger(bytes, 2, true);
    case TypeKind::kInt32:
      return FixedInteger(bytes, 4, true);
    case TypeKind::kInt64:
      return FixedInteger(bytes, oid == postgres::kOidOid ? 4 : 8, oid != postgres::kOidOid);
    case TypeKind::kFloat32:
      return bytes.size() == 4 ? Text(bytes) : std::nullopt;
    case TypeKind::kFloat64:
      return bytes.size() == 8 ? Text(bytes) : std::nullopt;
    case TypeKind::kInterval:
      return IntervalText(bytes);
    case TypeKind::kServerText:
      return NetworkText(bytes);
    case TypeKind::kDecimal:
      if (oid == postgres::kMoneyOid) return MoneyText(bytes, type.precision, type.scale);
      return Numeric(bytes, type.precision, type.scale);
    case TypeKind::kDate:
      return Counted(bytes, 4, 10'957);
    case TypeKind::kTime:
      return TimeText(bytes);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return Counted(bytes, 8, 946'684'800'000'000);
    case TypeKind::kUuid:
      return bytes.size() == 16 ? Text(rivet::fuzz::UuidText(bytes)) : std::nullopt;
    default:
      break;
  }
  Text text(bytes);
  if (oid == postgres::kJsonbOid) text = JsonbText(bytes);
  if (oid == postgres::kCharOid) return CharText(bytes);
  if (!text || static_cast<int64_t>(text->size()) > kValueBytesMax) return std::nullopt;
  if (type.kind == TypeKind::kBinary) return rivet::fuzz::Hex(*text);
  return rivet::fuzz::IsUtf8(*text) ? text : std::nullopt;
}

// NULL, a value, or something to be refused.
struct Item {
  bool refused = false;
  Text text;
};

Item ItemOf(const LogicalType& type, uint32_t oid, const std::optional<std::string_view>& bytes) {
  if (!bytes) return {};
  Text text = Expected(type, oid, *bytes);
  const bool refused = !text;
  return {refused, std::move(text)};
}

const LogicalType& LeafOf(const LogicalType& type) {
  return type.kind == TypeKind::kList ? LeafOf(*type.element) : type;
}
size_t DepthOf(const LogicalType& type) {
  return type.kind == TypeKind::kList ? 1 + DepthOf(*type.element) : 0;
}

// An array: how many there are in each dimension, and all its elements in order. No dimension where
// it is empty.
struct Items {
  std::vector<int64_t> lengths;
  std::vector<Item> elements;
};

// Nothing where it must be refused.
std::optional<Items> ListItems(const Kind& kind, std::string_view bytes) {
  const auto word = [&](size_t at) {
    return static_cast<int64_t>(Integer(bytes.substr(at, 4), true));
  };
  if (static_cast<int64_t>(bytes.size()) > kValueBytesMax || bytes.size() < 12) return std::nullopt;
  if (word(8) != static_cast<int64_t>(kind.element_oid)) return std::nullopt;
  Items items;
  if (word(0) == 0) return bytes.size() == 12 ? std::optional(items) : std::nullopt;
  const size_t depth = DepthOf(kind.column.type);
  if (word(0) != static_cast<int64_t>(depth) || bytes.size() < 12 + 8 * depth) return std::nullopt;
  int64_t count = 1;
  for (size_t i = 0; i < depth; ++i) {
    const int64_t length = word(12 + 8 * i);
    if (length < 0 || (length == 0 && depth > 1)) return std::nullopt;
    if (length > static_cast<int64_t>(bytes.size())) return std::nullopt;  // four bytes each
    items.lengths.push_back(length);
    count *= length;
    if (count > static_cast<int64_t>(bytes.size())) return std::nullopt;
  }
  bytes.remove_prefix(12 + 8 * depth);
  for (int64_t i = 0; i < count; ++i) {
    if (bytes.size() < 4) return std::nullopt;
    const int64_t size = word(0);
    bytes.remove_prefix(4);
    if (size < -1 || size > static_cast<int64_t>(bytes.size())) return std::nullopt;
    std::optional<std::string_view> element;
    if (size >= 0) element = bytes.substr(0, static_cast<size_t>(size));
    items.elements.push_back(ItemOf(LeafOf(kind.column.type), kind.element_oid, element));
    if (items.elements.back().refused) return std::nullopt;
    if (size > 0) bytes.remove_prefix(static_cast<size_t>(size));
  }
  return bytes.empty() ? std::optional(items) : std::nullopt;
}

// What an array holds, in the words of Expected().
std::string Found(const arrow::Array& array, int64_t row) {
  const auto counted = [](int64_t value) { return std::to_string(value); };
  std::string text;
  Check(rivet::types::AppendText(array, row, &text).ok(), "a value has a text");
  switch (array.type_id()) {
    case arrow::Type::DATE32:
      Check(!text.empty(), "a date has a text");
      return counted(static_cast<const arrow::Date32Array&>(array).Value(row));
    case arrow::Type::TIME64:
      return counted(static_cast<const arrow::Time64Array&>(array).Value(row));
    case arrow::Type::TIMESTAMP:
      return counted(static_cast<const arrow::TimestampArray&>(array).Value(row));
    default:
      return text;
  }
}

void CheckValue(const arrow::Array& array, int64_t row, const Item& item) {
  Check(array.IsNull(row) == !item.text, "NULL is NULL");
  if (!item.text) return;
  const std::string found = Found(array, row);
  if (array.type_id() == arrow::Type::FLOAT) {
    const auto bits = static_cast<uint32_t>(Integer(*item.text, false));
    return Check(rivet::fuzz::ReadsBack(found, std::bit_cast<float>(bits)), "a float reads back");
  }
  if (array.type_id() == arrow::Type::DOUBLE) {
    const auto bits = static_cast<uint64_t>(Integer(*item.text, false));
    return Check(rivet::fuzz::ReadsBack(found, std::bit_cast<double>(bits)), "a float reads back");
  }
  Check(found == *item.text, "the value is what its bytes say");
}

// Dates and moments written as keys of windows read back.
void CheckKey(const LogicalType& type, const arrow::Array& array, int64_t row) {
  if (type.kind != TypeKind::kDate && type.kind != TypeKind::kTimestamp &&
      type.kind != TypeKind::kTimestampTz && type.kind != TypeKind::kDecimal)
    return;
  const auto scalar = *array.GetScalar(row);
  if (!scalar->is_valid) return;
  const auto text = rivet::types::KeyText(*scalar);
  Check(text.ok(), "a value has a text as a key");
  const auto back = rivet::types::KeyFromText(type, *text);
  Check(back.ok() && (*back)->Equals(*scalar), "the text of a key means the value");
}

// Of the elements those from `*next` on.
void CheckList(const arrow::Array& array, int64_t row, std::span<const int64_t> lengths,
               const std::vector<Item>& elements, size_t* next) {
  const auto& lists = static_cast<const arrow::ListArray&>(array);
  Check(lists.value_length(row) == (lengths.empty() ? 0 : lengths.front()),
        "a list has its elements");
  for (int64_t i = 0; i < lists.value_length(row); ++i) {
    const int64_t place = lists.value_offset(row) + i;
    if (lengths.size() == 1) {
      CheckValue(*lists.values(), place, elements[(*next)++]);
    } else {
      Check(lists.values()->IsValid(place), "a list within a list is no NULL");
      CheckList(*lists.values(), place, lengths.subspan(1), elements, next);
    }
  }
}

void CheckRow(const Kind& kind, const arrow::Array& array, int64_t row, const Item& scalar,
              const Items& items) {
  if (array.type_id() != arrow::Type::LIST) {
    CheckValue(array, row, scalar);
    return CheckKey(kind.column.type, array, row);
  }
  Check(array.IsNull(row) == !scalar.text, "NULL is NULL");
  if (array.IsNull(row)) return;
  size_t checked = 0;
  CheckList(array, row, items.lengths, items.elements, &checked);
  Check(checked == items.elements.size(), "each element has its place");
  std::string json;
  Check(rivet::types::AppendText(array, row, &json).ok(), "a list has a text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const std::vector<Kind> kKinds = MakeKinds();
  rivet::fuzz::Input input(bytes, size);
  const Kind& kind = kKinds[input.Below(kKinds.size())];
  const bool is_list = kind.column.type.kind == TypeKind::kList;
  auto made = postgres::BatchBuilder::Make({kind.column}, {}, kValueBytesMax);
  Check(made.ok(), "each kind of column has a decoder");
  postgres::BatchBuilder& builder = **made;

  std::vector<Item> expected;
  std::vector<Items> elements;
  bool refused = false;
  while (!input.empty() && !refused) {
    // The last value takes what is left: a captured value is a seed as it is.
    const uint8_t head = input.Byte();
    std::string_view value;
    if (head != 0) value = head == 1 ? input.Bytes() : input.Rest();
    if (head == 0) {
      expected.emplace_back();
      elements.emplace_back();
    } else if (is_list) {
      auto items = ListItems(kind, value);
      refused = !items;
      expected.push_back({refused, ""});
      elements.push_back(items ? *std::move(items) : Items());
    } else {
      expected.push_back(ItemOf(kind.column.type, kind.column.native_oid, value));
      elements.emplace_back();
      refused = expected.back().refused;
    }
    const rivet::fuzz::Exact exact(value);
    const postgres::Field field =
        head == 0 ? postgres::Field{}
                  : postgres::Field{exact.data(), static_cast<int32_t>(exact.size())};
    const rivet::Status appended = builder.Append(&field);
    if (!appended.ok()) {
      Check(refused, "a value that can be held is held");
      Check(rivet::Is(appended, rivet::source::kWire) ||
                rivet::Is(appended, rivet::source::kValue) ||
                rivet::Is(appended, rivet::source::kValueTooLarge),
            "a value is refused by name");
      return 0;
    }
  }
  const auto batch = builder.Finish();
  Check(batch.ok() == !refused, "what cannot be held is refused");  // text: only here
  if (!batch.ok()) return 0;
  Check((*batch)->ValidateFull().ok(), "a batch is a valid one");
  Check((*batch)->num_rows() == static_cast<int64_t>(expected.size()), "each value is a row");
  for (size_t row = 0; row < expected.size(); ++row)
    CheckRow(kind, *(*batch)->column(0), static_cast<int64_t>(row), expected[row], elements[row]);
  return 0;
}
