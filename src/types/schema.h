#pragma once

#include <memory>
#include <string>
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
// enum, server text's tag), keys sorted. All fields are nullable (design: nullability is opt-in).
std::shared_ptr<arrow::Field> ArrowField(const model::Column& column);
std::shared_ptr<arrow::Schema> SchemaOf(const std::vector<model::Column>& columns);

// `xxh3:` + hash of name\ttype\n over columns sorted by name; type is the Arrow type's text.
std::string SchemaFingerprint(const std::vector<model::Column>& columns);

// Fails with every duplicate result column name: Parquet readers break on them.
Status CheckColumnNames(const std::vector<model::Column>& columns);

}  // namespace rivet::types
