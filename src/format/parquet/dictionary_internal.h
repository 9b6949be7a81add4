#pragma once

#include <memory>
#include <string>
#include <vector>

#include "format/format.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace rivet::format::parquet {

// Where the values of a column are in the file: `name`, of a list `name.list.element`.
std::string LeafPath(const std::shared_ptr<arrow::Schema>& schema, int column);

// The columns a dictionary would only cost: those that hardly repeat by hint or in the sample (more
// than half of its values distinct, or new ones still coming as fast at its end as at its start),
// and booleans. `sample` holds the first rows of the file; without rows nothing is known and every
// dictionary stays.
std::vector<bool> NeedsNoDictionary(const std::shared_ptr<arrow::Schema>& schema,
                                    const std::vector<ColumnHint>& hints,
                                    const std::vector<std::shared_ptr<arrow::RecordBatch>>& sample);

}  // namespace rivet::format::parquet
