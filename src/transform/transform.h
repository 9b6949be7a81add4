#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/status.h"
#include "base/world.h"
#include "model/settings.h"

namespace arrow {
class RecordBatch;
class RecordBatchReader;
class Schema;
}  // namespace arrow

// Batches to batches: each function wraps a reader in another one, so a pipeline reads like a
// sentence. A reader is pulled by one thread; destroying it destroys what it wraps.
namespace rivet::transform {

using BatchReader = std::shared_ptr<arrow::RecordBatchReader>;

// Appends `_rivet_exported_at` (timestamp[us, UTC], `exported_at` in every row) and
// `_rivet_row_hash` (int64, low 64 bits of xxh3-128 over the bytes of row_encoding_internal.h,
// which tell any two rows apart), as asked, in this order.
Result<BatchReader> AddMetaColumns(BatchReader rows, const model::MetaColumns& meta,
                                   int64_t exported_at_micros);
std::shared_ptr<arrow::Schema> WithMetaColumns(const std::shared_ptr<arrow::Schema>& schema,
                                               const model::MetaColumns& meta);

// Filled while rows pass; outlives the reader.
struct Tally {
  int64_t rows = 0;
  std::vector<int64_t> nulls;  // one per column of the wrapped reader's schema
};
BatchReader Count(BatchReader rows, Tally* tally);

// Pulls `rows` on a thread of its own, one bounded queue between: reading overlaps encoding. The
// bound is the budget's: the source takes bytes before it asks for them, this queue only holds what
// was granted, and gives a batch's bytes back (Budget::Give of model::BatchBytes) when the *next*
// one is pulled, or at the end, or on destruction. Errors of the inner reader come out of Next() in
// order. Destroying it stops and joins the thread; the inner reader is destroyed on the destroying
// thread. At most `batches_max` wait in the queue.
BatchReader ReadAhead(World& world, BatchReader rows, Budget* budget, std::stop_source stop,
                      int batches_max, std::string thread_name);

}  // namespace rivet::transform
