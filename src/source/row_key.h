#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/status.h"
#include "model/query.h"

namespace arrow {
class Array;
}

namespace rivet::source {

// Which of `columns` make up `key`, by name; empty when one of them is not in the result.
std::vector<size_t> PlacesOf(const std::vector<model::KeyColumn>& key,
                             const std::vector<model::Column>& columns);

// Gives the value of one column of the row at hand as an array of one row.
using OneValue = std::function<Result<std::shared_ptr<arrow::Array>>(size_t column)>;

// Tells with a failed value which row it stands in: `row with "id" = 7: column …`. A status of
// another code, or a key that cannot be shown, comes back as it was.
Status WithRowKey(Status status, const std::vector<model::Column>& columns,
                  const std::vector<size_t>& key, const OneValue& value);

}  // namespace rivet::source
