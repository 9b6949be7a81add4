#include "source/postgres/decode_form.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

namespace rivet::source::postgres {
namespace {

using model::LogicalType;
using model::TypeKind;
using Select = ColumnForm::Select;

struct Native {
  TypeKind kind;
  uint32_t oid;
  Wire wire;
};

// Types whose own binary form is read. The first line of a kind is the type that anything else of
// that kind is cast to.
constexpr Native kNatives[] = {
    {TypeKind::kBool, kBoolOid, Wire::kBool},
    {TypeKind::kInt16, kInt2Oid, Wire::kInt2},
    {TypeKind::kInt32, kInt4Oid, Wire::kInt4},
    {TypeKind::kInt64, kInt8Oid, Wire::kInt8},
    {TypeKind::kInt64, kOidOid, Wire::kUnsigned4},
    {TypeKind::kInt64, kXidOid, Wire::kUnsigned4},
    {TypeKind::kInt64, kCidOid, Wire::kUnsigned4},
    {TypeKind::kFloat32, kFloat4Oid, Wire::kFloat4},
    {TypeKind::kFloat64, kFloat8Oid, Wire::kFloat8},
    {TypeKind::kDecimal, kNumericOid, Wire::kNumeric},
    {TypeKind::kDecimal, kMoneyOid, Wire::kMoney},
    {TypeKind::kDate, kDateOid, Wire::kDate},
    {TypeKind::kTime, kTimeOid, Wire::kTime},
    {TypeKind::kTimestamp, kTimestampOid, Wire::kTimestamp},
    {TypeKind::kTimestampTz, kTimestampTzOid, Wire::kTimestamp},
    {TypeKind::kInterval, kIntervalOid, Wire::kInterval},
    {TypeKind::kText, kTextOid, Wire::kText},
    {TypeKind::kText, kVarcharOid, Wire::kText},
    {TypeKind::kText, kBpcharOid, Wire::kText},  // bpchar::text would drop the padding
    {TypeKind::kText, kNameOid, Wire::kText},
    {TypeKind::kText, kCharOid, Wire::kChar},
    {TypeKind::kBinary, kByteaOid, Wire::kBytes},
    {TypeKind::kJson, kJsonOid, Wire::kText},
    {TypeKind::kJson, kJsonbOid, Wire::kJsonb},
    {TypeKind::kUuid, kUuidOid, Wire::kUuid},
    {TypeKind::kServerText, kTextOid, Wire::kText},
    {TypeKind::kServerText, kInetOid, Wire::kNetwork},
    {TypeKind::kServerText, kCidrOid, Wire::kNetwork},
};

struct ArrayType {
  uint32_t array_oid, element_oid;
};

constexpr ArrayType kArrays[] = {
    {1000, kBoolOid},         {1001, kByteaOid},
    {1002, kCharOid},         {1003, kNameOid},
    {1005, kInt2Oid},         {1007, kInt4Oid},
    {1009, kTextOid},         {1011, kXidOid},
    {1012, kCidOid},          {1014, kBpcharOid},
    {1015, kVarcharOid},      {1016, kInt8Oid},
    {1021, kFloat4Oid},       {1022, kFloat8Oid},
    {1028, kOidOid},          {199, kJsonOid},
    {3807, kJsonbOid},        {2951, kUuidOid},
    {1182, kDateOid},         {1183, kTimeOid},
    {1115, kTimestampOid},    {1185, kTimestampTzOid},
    {1231, kNumericOid},      {791, kMoneyOid},
    {1187, kIntervalOid},     {1041, kInetOid},
    {651, kCidrOid},          {kInt2VectorOid, kInt2Oid},
    {kOidVectorOid, kOidOid},
};

uint32_t ElementOid(uint32_t array_oid) {
  const auto* found =
      std::find_if(std::begin(kArrays), std::end(kArrays),
                   [&](const ArrayType& type) { return type.array_oid == array_oid; });
  return found == std::end(kArrays) ? 0 : found->element_oid;
}

const Native* NativeOf(TypeKind kind, uint32_t oid) {
  const auto* found =
      std::find_if(std::begin(kNatives), std::end(kNatives),
                   [&](const Native& native) { return native.kind == kind && native.oid == oid; });
  return found == std::end(kNatives) ? nullptr : found;
}

const Native& CanonicalOf(TypeKind kind) {
  const auto* found = std::find_if(std::begin(kNatives), std::end(kNatives),
                                   [&](const Native& native) { return native.kind == kind; });
  return found == std::end(kNatives) ? *NativeOf(TypeKind::kText, kTextOid) : *found;
}

std::string_view TypeName(uint32_t oid) {
  switch (oid) {
    case kBoolOid:
      return "pg_catalog.bool";
    case kInt2Oid:
      return "pg_catalog.int2";
    case kInt4Oid:
      return "pg_catalog.int4";
    case kInt8Oid:
      return "pg_catalog.int8";
    case kFloat4Oid:
      return "pg_catalog.float4";
    case kFloat8Oid:
      return "pg_catalog.float8";
    case kNumericOid:
      return "pg_catalog.numeric";
    case kDateOid:
      return "pg_catalog.date";
    case kTimeOid:
      return "pg_catalog.time";
    case kTimestampOid:
      return "pg_catalog.timestamp";
    case kTimestampTzOid:
      return "pg_catalog.timestamptz";
    case kIntervalOid:
      return "pg_catalog.interval";
    case kByteaOid:
      return "pg_catalog.bytea";
    case kJsonOid:
      return "pg_catalog.json";
    case kUuidOid:
      return "pg_catalog.uuid";
    default:
      return "pg_catalog.text";
  }
}

// Numbers and uuids that are read as another type than their own arrive in their own form: the
// decoder checks each value, and can tell which row a wrong one stands in.
std::optional<Wire> OwnWire(TypeKind wanted, uint32_t oid) {
  const bool integer = wanted == TypeKind::kInt16 || wanted == TypeKind::kInt32 ||
                       wanted == TypeKind::kInt64 || wanted == TypeKind::kUInt64;
  switch (oid) {
    case kInt2Oid:
      return integer ? std::optional(Wire::kInt2) : std::nullopt;
    case kInt4Oid:
      return integer ? std::optional(Wire::kInt4) : std::nullopt;
    case kInt8Oid:
      return integer ? std::optional(Wire::kInt8) : std::nullopt;
    case kOidOid:
    case kXidOid:
    case kCidOid:
      return integer ? std::optional(Wire::kUnsigned4) : std::nullopt;
    case kFloat4Oid:
      return wanted == TypeKind::kFloat64 ? std::optional(Wire::kFloat4) : std::nullopt;
    case kTextOid:
    case kVarcharOid:
      return wanted == TypeKind::kUuid ? std::optional(Wire::kUuidText) : std::nullopt;
    default:
      return std::nullopt;
  }
}

ColumnForm ScalarForm(const LogicalType& type, uint32_t oid) {
  ColumnForm form;
  if (type.kind == TypeKind::kEnum) return form;
  if (const Native* native = NativeOf(type.kind, oid); native != nullptr) {
    form.wire = native->wire;
    return form;
  }
  if (const auto own = OwnWire(type.kind, oid)) {
    form.wire = *own;
    return form;
  }
  if (type.kind == TypeKind::kJson ||
      (type.kind == TypeKind::kServerText && type.tag == model::kCompositeTag)) {
    form.select = Select::kToJson;
    return form;
  }
  const Native& canonical = CanonicalOf(type.kind);
  form.wire = canonical.wire;
  form.select = Select::kCast;
  form.cast = TypeName(canonical.oid);
  return form;
}

ColumnForm ListForm(const LogicalType& element, uint32_t array_oid, uint32_t base_oid) {
  ColumnForm form;
  form.wire = Wire::kArray;
  if (array_oid == kInt2VectorOid || array_oid == kOidVectorOid) form.lower_bound = 0;
  if (element.kind == TypeKind::kEnum) return form;
  const uint32_t known_oid = ElementOid(array_oid);
  const uint32_t element_oid = known_oid != 0 ? known_oid : base_oid;
  if (const Native* native = NativeOf(element.kind, element_oid); native != nullptr) {
    form.element_wire = native->wire;
    // Elements of a domain come as those of its base, under the domain's own number.
    form.element_oid = known_oid;
    return form;
  }
  const Native& canonical = CanonicalOf(element.kind);
  form.element_wire = canonical.wire;
  form.element_oid = canonical.oid;
  form.cast = TypeName(canonical.oid);
  form.select = Select::kCast;
  return form;
}

}  // namespace

ColumnForm FormOf(const model::Column& column) {
  const LogicalType* leaf = &column.type;
  while (leaf->kind == TypeKind::kList && leaf->element != nullptr) leaf = leaf->element.get();
  if (leaf != &column.type) return ListForm(*leaf, column.native_oid, column.native_element_oid);
  return ScalarForm(column.type, column.native_oid);
}

std::string SelectExpression(const ColumnForm& form, const std::string& reference) {
  const std::string array = form.wire == Wire::kArray ? "[]" : "";
  switch (form.select) {
    case Select::kPlain:
      return reference;
    case Select::kCast:
      return reference + "::" + std::string(form.cast) + array;
    case Select::kToJson:
      // Not to_jsonb: that would drop repeated keys, spell numbers anew and take the sign of -0.
      return "pg_catalog.to_json(" + reference + ")::pg_catalog.text";
  }
  return reference;
}

bool MayBeLarge(const model::Column& column, int64_t value_bytes_max) {
  switch (column.type.kind) {
    case TypeKind::kText:
    case TypeKind::kBinary:
    case TypeKind::kJson:
    case TypeKind::kServerText:
    case TypeKind::kList:
      break;
    default:
      return false;
  }
  // Fixed-width types and those whose text is never long: timetz, interval, network addresses,
  // reg*, and so on.
  constexpr uint32_t kSmall[] = {
      kBoolOid, kCharOid,    kNameOid, kInt8Oid,   kInt2Oid,      kInt4Oid,
      kOidOid,  kXidOid,     kCidOid,  kFloat4Oid, kFloat8Oid,    kMoneyOid,
      kInetOid, kCidrOid,    kDateOid, kTimeOid,   kTimestampOid, kTimestampTzOid,
      kUuidOid, kNumericOid, 24,       27,         600,           601,
      603,      628,         718,      774,        829,           1186,
      1266,     2205,        2206,     3220,       5069};
  if (std::find(std::begin(kSmall), std::end(kSmall), column.native_oid) != std::end(kSmall))
    return false;
  constexpr int64_t kUtf8BytesMax = 4;
  constexpr int64_t kHeaderBytes = 4;  // varchar(n) has modifier n + 4
  const bool limited = column.native_oid == kVarcharOid || column.native_oid == kBpcharOid;
  if (limited && column.native_modifier >= kHeaderBytes) {
    return (column.native_modifier - kHeaderBytes) * kUtf8BytesMax > value_bytes_max;
  }
  return true;
}

}  // namespace rivet::source::postgres
