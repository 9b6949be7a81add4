#pragma once

#include <cstdint>
#include <memory>

namespace arrow {
class RecordBatch;
class MemoryPool;
}  // namespace arrow

namespace rivet::model {

// The bytes a batch is charged with in the budget: its buffers, counted once each. The same on both
// sides of a queue, so that what is taken is what is given back.
int64_t BatchBytes(const arrow::RecordBatch& batch);

// The pool every builder, batch and writer uses: jemalloc where Arrow has it (memory is a promise,
// and it gives pages back soonest), else Arrow's default.
arrow::MemoryPool* Pool();

}  // namespace rivet::model
