#pragma once

#include <cstdint>
#include <functional>

#include "base/status.h"
#include "model/query.h"
#include "source/source.h"

namespace rivet::source {

// What one step of a count found.
struct Counted {
  int64_t rows = 0;   // of this step
  bool over = false;  // no row is left behind it
};
// Counts on over at most `size` rows.
using CountStep = std::function<Result<Counted>(int64_t size)>;

// What all drivers count by: steps until one says that it was the last, sized, throttled and told
// of like the statements of a read. A pacer that has counted before goes on with the size it had.
Result<int64_t> CountBySteps(const model::BoundedQuery& query, const ReadContext& context,
                             const CountStep& step);

// Where nothing can be counted along: one statement for all rows, which is told of as long.
void WarnOfOneCount(const model::BoundedQuery& query, const ReadContext& context);

}  // namespace rivet::source
