#include "model/batch.h"

#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

namespace rivet::model {

int64_t BatchBytes(const arrow::RecordBatch& batch) { return arrow::util::TotalBufferSize(batch); }

arrow::MemoryPool* Pool() {
  static arrow::MemoryPool* const pool = [] {
    arrow::MemoryPool* jemalloc = nullptr;
    return arrow::jemalloc_memory_pool(&jemalloc).ok() ? jemalloc : arrow::default_memory_pool();
  }();
  return pool;
}

}  // namespace rivet::model
