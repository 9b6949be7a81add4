#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <xxhash.h>

#include <utility>

#include "model/batch.h"
#include "transform/faults.h"
#include "transform/row_encoding_internal.h"
#include "transform/transform.h"

namespace rivet::transform {
namespace {

constexpr char kExportedAt[] = "_rivet_exported_at";
constexpr char kRowHash[] = "_rivet_row_hash";

std::shared_ptr<arrow::DataType> ExportedAtType() {
  return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
}

class MetaColumnsReader : public arrow::RecordBatchReader {
 public:
  MetaColumnsReader(BatchReader rows, const model::MetaColumns& meta, int64_t exported_at_micros)
      : rows_(std::move(rows)),
        meta_(meta),
        exported_at_(exported_at_micros, ExportedAtType()),
        schema_(WithMetaColumns(rows_->schema(), meta)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(rows_->ReadNext(&batch));
    if (batch == nullptr) {
      *out = nullptr;
      return Status::OK();
    }
    arrow::ArrayVector columns = batch->columns();
    if (meta_.exported_at) {
      ARROW_ASSIGN_OR_RAISE(auto times, ExportedAt(batch->num_rows()));
      columns.push_back(std::move(times));
    }
    if (meta_.row_hash) {
      ARROW_ASSIGN_OR_RAISE(auto hashes, RowHashes(*batch));
      columns.push_back(std::move(hashes));
    }
    *out = arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
    return Status::OK();
  }

  Status Close() override { return rows_->Close(); }

 private:
  // One array serves all batches: it is made anew only when a longer one is needed.
  Result<std::shared_ptr<arrow::Array>> ExportedAt(int64_t rows) {
    if (times_ == nullptr || times_->length() < rows) {
      ARROW_ASSIGN_OR_RAISE(times_, arrow::MakeArrayFromScalar(exported_at_, rows, model::Pool()));
    }
    return times_->Slice(0, rows);
  }

  Result<std::shared_ptr<arrow::Array>> RowHashes(const arrow::RecordBatch& batch) {
    ARROW_ASSIGN_OR_RAISE(auto buffer,
                          arrow::AllocateBuffer(batch.num_rows() * sizeof(int64_t), model::Pool()));
    auto* hashes = buffer->mutable_data_as<int64_t>();
    const arrow::ArrayVector& columns = batch.columns();
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      bytes_.clear();
      ARROW_RETURN_NOT_OK(AppendRowBytes(columns, row, &bytes_));
      hashes[row] = static_cast<int64_t>(XXH3_128bits(bytes_.data(), bytes_.size()).low64);
    }
    return std::make_shared<arrow::Int64Array>(batch.num_rows(),
                                               std::shared_ptr<arrow::Buffer>(std::move(buffer)));
  }

  const BatchReader rows_;
  const model::MetaColumns meta_;
  const arrow::TimestampScalar exported_at_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::Array> times_;
  std::string bytes_;  // of one row; keeps its memory from row to row
};

}  // namespace

std::shared_ptr<arrow::Schema> WithMetaColumns(const std::shared_ptr<arrow::Schema>& schema,
                                               const model::MetaColumns& meta) {
  arrow::FieldVector fields = schema->fields();
  if (meta.exported_at)
    fields.push_back(arrow::field(kExportedAt, ExportedAtType(), /*nullable=*/false));
  if (meta.row_hash) fields.push_back(arrow::field(kRowHash, arrow::int64(), /*nullable=*/false));
  return arrow::schema(std::move(fields), schema->metadata());
}

Result<BatchReader> AddMetaColumns(BatchReader rows, const model::MetaColumns& meta,
                                   int64_t exported_at_micros) {
  if (!meta.exported_at && !meta.row_hash) return rows;
  const auto schema = rows->schema();
  for (const auto& [wanted, name] :
       {std::pair(meta.exported_at, kExportedAt), std::pair(meta.row_hash, kRowHash)}) {
    if (wanted && schema->GetFieldIndex(name) >= 0) {
      return Fail(kMetaColumnTaken, std::string("the result already has a column '") + name + "'");
    }
  }
  return std::make_shared<MetaColumnsReader>(std::move(rows), meta, exported_at_micros);
}

}  // namespace rivet::transform
