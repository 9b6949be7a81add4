#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/relation.h"

namespace rivet::source::postgres {

// Type oids of PostgreSQL's catalog that the wire is read by. They never change.
enum Oid : uint32_t {
  kBoolOid = 16,
  kByteaOid = 17,
  kCharOid = 18,
  kNameOid = 19,
  kInt8Oid = 20,
  kInt2Oid = 21,
  kInt2VectorOid = 22,
  kInt4Oid = 23,
  kTextOid = 25,
  kOidOid = 26,
  kXidOid = 28,
  kCidOid = 29,
  kOidVectorOid = 30,
  kJsonOid = 114,
  kCidrOid = 650,
  kFloat4Oid = 700,
  kFloat8Oid = 701,
  kMoneyOid = 790,
  kInetOid = 869,
  kBpcharOid = 1042,
  kVarcharOid = 1043,
  kDateOid = 1082,
  kTimeOid = 1083,
  kTimestampOid = 1114,
  kTimestampTzOid = 1184,
  kIntervalOid = 1186,
  kNumericOid = 1700,
  kUuidOid = 2950,
  kJsonbOid = 3802,
};

// The server's arrays have no more.
inline constexpr uint32_t kDimensionsMax = 6;

// The binary forms a field may have on the wire.
enum class Wire {
  kBool,
  kInt2,
  kInt4,
  kInt8,
  kUnsigned4,  // oid, xid, cid
  kMoney,      // the smallest unit
  kFloat4,
  kFloat8,
  kNumeric,
  kDate,
  kTime,
  kTimestamp,
  kInterval,
  kNetwork,  // inet, cidr
  kText,     // the text itself: text family, json, enum labels
  kChar,     // one byte, the type "char"
  kBytes,
  kUuid,
  kUuidText,  // by override: a uuid that is kept as text
  kJsonb,     // a version byte, then text
  kArray,
};

// What is asked for a column and what comes back. Decided once per column.
struct ColumnForm {
  enum class Select {
    kPlain,   // the column as it is
    kCast,    // col::cast
    kToJson,  // what the server makes of a value without a binary form of JSON: composites, arrays
  };
  Wire wire = Wire::kText;
  Select select = Select::kPlain;
  std::string_view cast;            // schema-qualified, for kCast
  Wire element_wire = Wire::kText;  // arrays only
  uint32_t element_oid = 0;         // arrays only: what the array must say of itself; 0 = anything
  int32_t lower_bound = 1;          // arrays only: where a value of the type begins
};

ColumnForm FormOf(const model::Column& column);

// `reference` (an already quoted column) as the expression that has the form.
std::string SelectExpression(const ColumnForm& form, const std::string& reference);

// False where no value of the type can be large: fixed width, a short limit, or a small text form.
bool MayBeLarge(const model::Column& column, int64_t value_bytes_max);

}  // namespace rivet::source::postgres
