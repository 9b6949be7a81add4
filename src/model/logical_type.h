#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rivet::model {

// What a value means, whatever the server calls it. The words are those of the type report.
enum class TypeKind {
  kBool,
  kInt16,
  kInt32,
  kInt64,
  kUInt64,
  kFloat32,
  kFloat64,
  kDecimal,      // precision 1..76, scale 0..precision; up to 38 digits 128-bit, else 256-bit
  kDate,         // days since 1970-01-01
  kTime,         // microseconds since midnight, 0 .. 86'399'999'999
  kTimestamp,    // microseconds since 1970-01-01, of no zone
  kTimestampTz,  // microseconds since 1970-01-01T00:00:00Z
  kText,
  kBinary,
  kJson,
  kUuid,
  kEnum,
  kInterval,    // the text of an ISO 8601 duration: `P1Y2M3DT4H5M6S`
  kServerText,  // the server's own text form of a type without a closer form; `tag` names the type
  kList,        // elements may be NULL; of lists where an array has more dimensions
};

enum class Fidelity { kExact, kCompatible, kLogicalString, kLossy, kUnsupported };

// Tag of the server's JSON of a value with fields.
inline constexpr std::string_view kCompositeTag = "composite";

struct LogicalType {
  TypeKind kind = TypeKind::kText;
  int precision = 0;  // kDecimal only
  int scale = 0;      // kDecimal only
  std::string tag;    // kServerText: the server's type name, for example `inet`, or kCompositeTag
  std::shared_ptr<const LogicalType> element;  // kList only

  bool operator==(const LogicalType& other) const;
};

std::string ToString(
    const LogicalType& type);  // `int64`, `decimal(12,2)`, `list<uuid>`, `text (inet)`
std::string_view ToString(Fidelity fidelity);
Fidelity FidelityOf(const LogicalType& type);
bool IsText(TypeKind kind);  // kept as UTF-8 in the file: text, json, enum, interval, server text

}  // namespace rivet::model
