#include "source/mysql/column_types.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "source/faults.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::ResultColumn;
using model::LogicalType;
using model::TypeKind;

constexpr uint64_t kUtf8BytesMax = 4;
constexpr std::string_view kGeometryNames[] = {
    "geometry",        "point",        "linestring",         "polygon",       "multipoint",
    "multilinestring", "multipolygon", "geometrycollection", "geomcollection"};

LogicalType Of(TypeKind kind) { return {.kind = kind, .tag = {}, .element = {}}; }

LogicalType ServerText(const std::string& tag) {
  return {.kind = TypeKind::kServerText, .tag = tag, .element = {}};
}

bool IsGeometry(std::string_view native) {
  return std::find(std::begin(kGeometryNames), std::end(kGeometryNames), native) !=
         std::end(kGeometryNames);
}

std::string WithUnsigned(const ResultColumn& result, std::string name) {
  return result.is_unsigned() ? name + " unsigned" : name;
}

std::string WithNumber(const std::string& name, uint64_t number) {
  return name + "(" + std::to_string(number) + ")";
}

// datetime, datetime(6)
std::string WithFraction(const std::string& name, const ResultColumn& result) {
  constexpr uint32_t kFractionMax = 6;
  const bool fraction = result.decimals > 0 && result.decimals <= kFractionMax;
  return fraction ? WithNumber(name, result.decimals) : name;
}

int PrecisionOf(const ResultColumn& result) {
  const int64_t marks = (result.decimals > 0 ? 1 : 0) + (result.is_unsigned() ? 0 : 1);
  return static_cast<int>(static_cast<int64_t>(result.length) - marks);
}

// The family's name by the number of bytes it can hold.
std::string BlobName(const ResultColumn& result) {
  const bool bytes = result.is_bytes();
  const uint64_t unit = bytes ? 1 : kUtf8BytesMax;
  const std::string suffix = bytes ? "blob" : "text";
  if (result.length <= 0xff * unit) return "tiny" + suffix;
  if (result.length <= 0xffff * unit) return suffix;
  return (result.length <= 0xffffff * unit ? "medium" : "long") + suffix;
}

struct Named {
  std::string native;
  LogicalType type;
};

Named IntegerOf(const ResultColumn& result) {
  using namespace client::mysql;
  const bool is_unsigned = result.is_unsigned();
  switch (result.type) {
    case kTinyType:
      if (result.length == 1) return {WithUnsigned(result, "tinyint(1)"), Of(TypeKind::kBool)};
      return {WithUnsigned(result, "tinyint"), Of(TypeKind::kInt16)};
    case kShortType:
      return {WithUnsigned(result, "smallint"),
              Of(is_unsigned ? TypeKind::kInt32 : TypeKind::kInt16)};
    case kInt24Type:
      return {WithUnsigned(result, "mediumint"),
              Of(is_unsigned ? TypeKind::kInt64 : TypeKind::kInt32)};
    case kLongType:
      return {WithUnsigned(result, "int"), Of(is_unsigned ? TypeKind::kInt64 : TypeKind::kInt32)};
    default:
      return {WithUnsigned(result, "bigint"),
              Of(is_unsigned ? TypeKind::kUInt64 : TypeKind::kInt64)};
  }
}

Named BitOf(const ResultColumn& result) {
  constexpr uint64_t kSignedBits = 63;
  const std::string native = WithNumber("bit", result.length);
  if (result.length == 1) return {native, Of(TypeKind::kBool)};
  return {native, Of(result.length <= kSignedBits ? TypeKind::kInt64 : TypeKind::kUInt64)};
}

Named DecimalOf(const ResultColumn& result) {
  LogicalType type = Of(TypeKind::kDecimal);
  constexpr int kDigitsMax = 76;
  type.precision = std::clamp(PrecisionOf(result), 1, kDigitsMax);
  type.scale = std::min(static_cast<int>(result.decimals), type.precision);
  const std::string native =
      "decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
  return {WithUnsigned(result, native), type};
}

Named TextOf(const ResultColumn& result) {
  using namespace client::mysql;
  if ((result.flags & kEnumFlag) != 0) return {"enum", Of(TypeKind::kEnum)};
  if ((result.flags & kSetFlag) != 0) return {"set", Of(TypeKind::kEnum)};
  if (result.type_name == "uuid") return {"uuid", Of(TypeKind::kUuid)};
  if (result.type_name == "inet4" || result.type_name == "inet6")
    return {result.type_name, ServerText(result.type_name)};
  if (!result.type_name.empty() && result.type_name != "json")
    return {result.type_name, Of(TypeKind::kBinary)};
  if (result.format_name == "json") return {"json", Of(TypeKind::kJson)};
  const LogicalType type = Of(result.is_bytes() ? TypeKind::kBinary : TypeKind::kText);
  const uint64_t size = result.is_bytes() ? result.length : result.length / kUtf8BytesMax;
  switch (result.type) {
    case kStringType:
      return {WithNumber(result.is_bytes() ? "binary" : "char", size), type};
    case kVarCharType:
    case kVarStringType:
      return {WithNumber(result.is_bytes() ? "varbinary" : "varchar", size), type};
    default:
      return {BlobName(result), type};
  }
}

Named NamedOf(const ResultColumn& result) {
  using namespace client::mysql;
  switch (result.type) {
    case kTinyType:
    case kShortType:
    case kInt24Type:
    case kLongType:
    case kLongLongType:
      return IntegerOf(result);
    case kFloatType:
      return {WithUnsigned(result, "float"), Of(TypeKind::kFloat32)};
    case kDoubleType:
      return {WithUnsigned(result, "double"), Of(TypeKind::kFloat64)};
    case kDecimalType:
    case kNewDecimalType:
      return DecimalOf(result);
    case kBitType:
      return BitOf(result);
    case kYearType:
      return {"year", Of(TypeKind::kInt16)};
    case kDateType:
    case kNewDateType:
      return {"date", Of(TypeKind::kDate)};
    case kTimeType:
      return {WithFraction("time", result), Of(TypeKind::kTime)};
    case kDateTimeType:
      return {WithFraction("datetime", result), Of(TypeKind::kTimestamp)};
    case kTimestampType:
      return {WithFraction("timestamp", result), Of(TypeKind::kTimestampTz)};
    case kNullType:
      return {"null", Of(TypeKind::kText)};
    case kJsonType:
      return {"json", Of(TypeKind::kJson)};
    case kVectorType:
      return {"vector", Of(TypeKind::kBinary)};
    case kGeometryType:
      return {result.type_name.empty() ? "geometry" : result.type_name, Of(TypeKind::kBinary)};
    case kEnumType:
      return {"enum", Of(TypeKind::kEnum)};
    case kSetType:
      return {"set", Of(TypeKind::kEnum)};
    default:
      return TextOf(result);
  }
}

// `datetime` of `datetime(6)`, `bigint` of `bigint unsigned`.
std::string_view BaseName(std::string_view native) {
  return native.substr(0, native.find_first_of("( "));
}

bool IsTextAlready(std::string_view base) {
  constexpr std::string_view kBases[] = {
      "char",      "varchar",  "tinytext", "text",       "mediumtext", "longtext", "enum",
      "set",       "json",     "uuid",     "inet4",      "inet6",      "null",     "binary",
      "varbinary", "tinyblob", "blob",     "mediumblob", "longblob"};
  return std::find(std::begin(kBases), std::end(kBases), base) != std::end(kBases);
}

}  // namespace

model::Column ColumnOf(const ResultColumn& result, bool of_table) {
  Named named = NamedOf(result);
  model::Column column;
  column.name = result.name;
  column.native_type = std::move(named.native);
  column.type = std::move(named.type);
  column.not_null = of_table && (result.flags & client::mysql::kNotNullFlag) != 0;
  return column;
}

Select SelectOf(const model::Column& column) {
  if (column.type.kind != TypeKind::kServerText) return Select::kPlain;
  const std::string_view base = BaseName(column.native_type);
  if (IsGeometry(base)) return Select::kGeometryText;
  if (base == "bit") return Select::kNumberText;
  return IsTextAlready(base) ? Select::kPlain : Select::kCastText;
}

std::string SelectExpression(Select select, const std::string& reference) {
  switch (select) {
    case Select::kPlain:
      return reference;
    case Select::kCastText:
      return "CAST(" + reference + " AS CHAR)";
    case Select::kNumberText:
      return "CAST(" + reference + " + 0 AS CHAR)";
    case Select::kGeometryText:
      return "ST_AsText(" + reference + ")";
  }
  return reference;
}

Status CheckReadable(const model::Column& column) {
  const std::string_view base = BaseName(column.native_type);
  const bool geometry = IsGeometry(base) && column.type.kind == TypeKind::kBinary;
  if (!geometry && base != "vector") return Status::OK();
  return Fail(kTypeUnsupported, "column \"" + column.name + "\" (" + column.native_type +
                                    ") has no exact form in a file yet");
}

}  // namespace rivet::source::mysql
