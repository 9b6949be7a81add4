#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <utility>

#include "transform/transform.h"

namespace rivet::transform {
namespace {

class CountingReader : public arrow::RecordBatchReader {
 public:
  CountingReader(BatchReader rows, Tally* tally) : rows_(std::move(rows)), tally_(tally) {
    tally_->nulls.resize(rows_->schema()->num_fields(), 0);
  }

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    ARROW_RETURN_NOT_OK(rows_->ReadNext(out));
    if (*out == nullptr) return Status::OK();
    tally_->rows += (*out)->num_rows();
    for (int i = 0; i < (*out)->num_columns(); ++i)
      tally_->nulls[i] += (*out)->column_data(i)->GetNullCount();
    return Status::OK();
  }

  Status Close() override { return rows_->Close(); }

 private:
  const BatchReader rows_;
  Tally* const tally_;
};

}  // namespace

BatchReader Count(BatchReader rows, Tally* tally) {
  return std::make_shared<CountingReader>(std::move(rows), tally);
}

}  // namespace rivet::transform
