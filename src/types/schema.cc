#include "types/schema.h"

#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/hash.h"
#include "types/faults.h"

namespace rivet::types {
namespace {

using model::TypeKind;

constexpr int kDecimal128DigitsMax = 38;

// Empty: the type needs no tag, its Arrow type says all.
std::string LogicalTag(const model::LogicalType& type) {
  switch (type.kind) {
    case TypeKind::kJson:
      return "json";
    case TypeKind::kUuid:
      return "uuid";
    case TypeKind::kEnum:
      return "enum";
    case TypeKind::kInterval:
      return "interval";
    case TypeKind::kServerText:
      return type.tag;
    default:
      return {};
  }
}

}  // namespace

std::shared_ptr<arrow::DataType> ArrowType(const model::LogicalType& type) {
  switch (type.kind) {
    case TypeKind::kBool:
      return arrow::boolean();
    case TypeKind::kInt16:
      return arrow::int16();
    case TypeKind::kInt32:
      return arrow::int32();
    case TypeKind::kInt64:
      return arrow::int64();
    case TypeKind::kUInt64:
      return arrow::uint64();
    case TypeKind::kFloat32:
      return arrow::float32();
    case TypeKind::kFloat64:
      return arrow::float64();
    case TypeKind::kDecimal:
      // arrow::decimal() would pick 32- and 64-bit arrays, which few readers of the stored schema
      // know.
      return type.precision <= kDecimal128DigitsMax ? arrow::decimal128(type.precision, type.scale)
                                                    : arrow::decimal256(type.precision, type.scale);
    case TypeKind::kDate:
      return arrow::date32();
    case TypeKind::kTime:
      return arrow::time64(arrow::TimeUnit::MICRO);
    case TypeKind::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case TypeKind::kTimestampTz:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kInterval:
    case TypeKind::kServerText:
      return arrow::utf8();
    case TypeKind::kBinary:
      return arrow::binary();
    case TypeKind::kJson:
      return arrow::extension::json(arrow::utf8());
    case TypeKind::kUuid:
      return arrow::extension::uuid();
    case TypeKind::kList:
      Check(type.element != nullptr, "a list type has an element type");
      return arrow::list(arrow::field("element", ArrowType(*type.element)));
  }
  Check(false, "every logical type has an Arrow type");
  return nullptr;
}

std::shared_ptr<arrow::Field> ArrowField(const model::Column& column) {
  std::map<std::string, std::string> pairs{
      {"rivet.fidelity", std::string(model::ToString(model::FidelityOf(column.type)))},
      {"rivet.native_type", column.native_type},
  };
  if (const std::string tag = LogicalTag(column.type); !tag.empty())
    pairs["rivet.logical_type"] = tag;
  if (std::string policy = model::ToString(column.policies); !policy.empty())
    pairs["rivet.policy"] = std::move(policy);
  auto metadata = std::make_shared<arrow::KeyValueMetadata>();
  for (const auto& [key, value] : pairs) metadata->Append(key, value);
  return arrow::field(column.name, ArrowType(column.type), /*nullable=*/true, std::move(metadata));
}

std::shared_ptr<arrow::Schema> SchemaOf(const std::vector<model::Column>& columns) {
  arrow::FieldVector fields;
  fields.reserve(columns.size());
  for (const model::Column& column : columns) fields.push_back(ArrowField(column));
  return arrow::schema(std::move(fields));
}

std::string SchemaFingerprint(const std::vector<model::Column>& columns) {
  std::vector<std::pair<std::string, std::string>> types;
  for (const model::Column& column : columns)
    types.emplace_back(column.name, ArrowType(column.type)->ToString());
  std::sort(types.begin(), types.end());
  std::string text;
  for (const auto& [name, type] : types) text.append(name).append("\t").append(type).append("\n");
  return FingerprintText(Xxh3(text));
}

Status CheckColumnNames(const std::vector<model::Column>& columns) {
  std::map<std::string_view, int> counts;
  for (const model::Column& column : columns) ++counts[column.name];
  std::string repeated;
  for (const auto& [name, count] : counts) {
    if (count < 2) continue;
    if (!repeated.empty()) repeated += ", ";
    repeated += "'" + std::string(name) + "' (" + std::to_string(count) + " times)";
  }
  if (repeated.empty()) return Status::OK();
  return Fail(kColumnNames, "result columns share a name: " + repeated);
}

std::string_view LossOf(model::Fidelity fidelity) {
  if (fidelity == model::Fidelity::kUnsupported) return " has no mapping";
  return fidelity == model::Fidelity::kLossy ? " loses range or precision" : "";
}

Status RefuseLoss(const std::vector<model::Column>& columns,
                  const std::vector<model::Fidelity>& fidelity) {
  Check(columns.size() == fidelity.size(), "each column has a fidelity");
  std::string refused;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string_view loss = LossOf(fidelity[i]);
    if (loss.empty()) continue;
    refused += (refused.empty() ? "" : "; ") + ("column '" + columns[i].name) + "' (" +
               columns[i].native_type + ") is " + std::string(model::ToString(fidelity[i])) +
               ": it" + std::string(loss);
  }
  if (refused.empty()) return Status::OK();
  return Fail(kLossy, "refused by --strict: " + refused);
}

Status RefuseLoss(const std::vector<model::Column>& columns) {
  std::vector<model::Fidelity> fidelity;
  for (const model::Column& column : columns) fidelity.push_back(model::FidelityOf(column.type));
  return RefuseLoss(columns, fidelity);
}

std::string UnboundedNumerics(const std::vector<model::Column>& columns) {
  std::string names;
  for (const model::Column& column : columns) {
    const bool unbounded = column.type.kind == TypeKind::kServerText &&
                           column.type.tag == "numeric" && column.native_type == "numeric";
    if (unbounded) names += (names.empty() ? "" : ", ") + column.name;
  }
  return names;
}

}  // namespace rivet::types
