#include "model/logical_type.h"

namespace rivet::model {

bool LogicalType::operator==(const LogicalType& other) const {
  if (kind != other.kind || precision != other.precision || scale != other.scale ||
      tag != other.tag) {
    return false;
  }
  if (element == nullptr || other.element == nullptr) return element == other.element;
  return *element == *other.element;
}

std::string ToString(const LogicalType& type) {
  switch (type.kind) {
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kInt16:
      return "int16";
    case TypeKind::kInt32:
      return "int32";
    case TypeKind::kInt64:
      return "int64";
    case TypeKind::kUInt64:
      return "uint64";
    case TypeKind::kFloat32:
      return "float32";
    case TypeKind::kFloat64:
      return "float64";
    case TypeKind::kDecimal:
      return "decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case TypeKind::kDate:
      return "date";
    case TypeKind::kTime:
      return "time";
    case TypeKind::kTimestamp:
      return "timestamp";
    case TypeKind::kTimestampTz:
      return "timestamp_tz";
    case TypeKind::kText:
      return "text";
    case TypeKind::kBinary:
      return "binary";
    case TypeKind::kJson:
      return "json";
    case TypeKind::kUuid:
      return "uuid";
    case TypeKind::kEnum:
      return "enum";
    case TypeKind::kInterval:
      return "interval";
    case TypeKind::kServerText:
      return "text (" + type.tag + ")";
    case TypeKind::kList:
      return "list<" + (type.element == nullptr ? "?" : ToString(*type.element)) + ">";
  }
  return "?";
}

std::string_view ToString(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::kExact:
      return "exact";
    case Fidelity::kCompatible:
      return "compatible";
    case Fidelity::kLogicalString:
      return "logical_string";
    case Fidelity::kLossy:
      return "lossy";
    case Fidelity::kUnsupported:
      return "unsupported";
  }
  return "unsupported";
}

Fidelity FidelityOf(const LogicalType& type) {
  switch (type.kind) {
    case TypeKind::kJson:
    case TypeKind::kServerText:
      return Fidelity::kLogicalString;
    case TypeKind::kEnum:
    case TypeKind::kInterval:
    case TypeKind::kList:
      return Fidelity::kCompatible;
    default:
      return Fidelity::kExact;
  }
}

bool IsText(TypeKind kind) {
  return kind == TypeKind::kText || kind == TypeKind::kJson || kind == TypeKind::kEnum ||
         kind == TypeKind::kInterval || kind == TypeKind::kServerText;
}

}  // namespace rivet::model
