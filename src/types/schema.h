#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/relation.h"

namespace arrow {
class DataType;
class Field;
class Schema;
}  // namespace arrow

namespace rivet::types {

// Logical type -> Arrow type; the only place that knows. uuid and json are Arrow's extension types
// over fixed_size_binary(16) and utf8; timestamps are microseconds; lists name their element
// `element`.
std::shared_ptr<arrow::DataType> ArrowType(const model::LogicalType& type);

// Field with the metadata `rivet.native_type`, `rivet.fidelity`, `rivet.logical_type` (json, uuid,
// enum, interval, server text's tag), keys sorted; `rivet.policy` too: what becomes of values that
// the file cannot hold, where that is no failure. All fields are nullable (design: nullability is
// opt-in).
std::shared_ptr<arrow::Field> ArrowField(const model::Column& column);
std::shared_ptr<arrow::Schema> SchemaOf(const std::vector<model::Column>& columns);

// `xxh3:` + hash of name\ttype\n over columns sorted by name; type is the Arrow type's text.
std::string SchemaFingerprint(const std::vector<model::Column>& columns);

// Fails with every duplicate result column name: Parquet readers break on them.
Status CheckColumnNames(const std::vector<model::Column>& columns);

// What a mapping of that fidelity loses, for people: ` has no mapping`; empty where nothing is
// lost.
std::string_view LossOf(model::Fidelity fidelity);
// kLossy, naming every column whose type loses something or has no mapping.
Status RefuseLoss(const std::vector<model::Column>& columns);
// The same with the fidelity of each column as given.
Status RefuseLoss(const std::vector<model::Column>& columns,
                  const std::vector<model::Fidelity>& fidelity);
// Names of columns of numbers without a precision, which land as exact text: `a, b`.
std::string UnboundedNumerics(const std::vector<model::Column>& columns);

}  // namespace rivet::types
