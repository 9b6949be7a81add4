#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/checked_cast.h>

#include <algorithm>
#include <utility>

#include "format/parquet/row_cutter_internal.h"
#include "model/batch.h"

namespace rivet::format::parquet {
namespace {

using arrow::internal::checked_cast;

// Parquet's writer looks whether a page is full after as many rows: pieces of a multiple give the
// same pages whether they come one by one or together.
constexpr int64_t kSliceRows = 1024;
// A slice of wide rows ends here, so that what waits stays small.
constexpr int64_t kSliceBits = (4LL << 20) * 8;
// A piece ends where a row group passes a multiple of it, so that the writer can look at its memory
// there.
constexpr int64_t kCheckpointBits = (4LL << 20) * 8;
constexpr int64_t kOffsetBits = 32;

int64_t BatchBits(const arrow::RecordBatch& batch, int64_t offset, int64_t rows) {
  int64_t bits = 0;
  for (const auto& column : batch.columns()) bits += ValueBits(*column, offset, rows);
  return bits;
}

Result<std::shared_ptr<arrow::RecordBatch>> Concatenated(
    const std::shared_ptr<arrow::Schema>& schema,
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& parts) {
  int64_t rows = 0;
  for (const auto& part : parts) rows += part->num_rows();
  arrow::ArrayVector columns;
  for (int i = 0; i < schema->num_fields(); ++i) {
    arrow::ArrayVector arrays;
    for (const auto& part : parts) arrays.push_back(part->column(i));
    ARROW_ASSIGN_OR_RAISE(auto column, arrow::Concatenate(arrays, model::Pool()));
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(schema, rows, std::move(columns));
}

}  // namespace

int64_t ValueBits(const arrow::Array& array, int64_t offset, int64_t rows) {
  if (rows == 0) return 0;  // an empty array may have no offsets at all
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      const auto& texts = checked_cast<const arrow::BinaryArray&>(array);
      return rows * kOffsetBits +
             (texts.value_offset(offset + rows) - texts.value_offset(offset)) * 8LL;
    }
    case arrow::Type::LIST: {
      const auto& lists = checked_cast<const arrow::ListArray&>(array);
      const int64_t first = lists.value_offset(offset), last = lists.value_offset(offset + rows);
      return rows * kOffsetBits + ValueBits(*lists.values(), first, last - first);
    }
    case arrow::Type::EXTENSION:
      return ValueBits(*checked_cast<const arrow::ExtensionArray&>(array).storage(), offset, rows);
    default:
      return rows * std::max(0, array.type()->bit_width());
  }
}

RowCutter::RowCutter(std::shared_ptr<arrow::Schema> schema, int64_t group_rows, int64_t group_bytes)
    : schema_(std::move(schema)),
      group_rows_(std::max<int64_t>(1, group_rows)),
      group_bytes_(std::max<int64_t>(1, group_bytes)) {
  for (const auto& field : schema_->fields())
    nested_ = nested_ || field->type()->id() == arrow::Type::LIST;
}

void RowCutter::Add(const arrow::RecordBatch& batch) {
  batch_ = batch.Slice(0);
  position_ = 0;
}

// How far the slice that is being filled reaches into the batch from `position`.
RowCutter::Step RowCutter::StepFrom(int64_t position) const {
  const int64_t group_left = group_rows_ - rows_in_group_ - waiting_rows_;
  const int64_t wanted = std::min(kSliceRows - waiting_rows_, group_left);
  const int64_t there = batch_->num_rows() - position;
  Step step;
  step.rows = std::min(wanted, there);
  step.bits = BatchBits(*batch_, position, step.rows);
  if (waiting_bits_ + step.bits < kSliceBits) {
    step.ends_slice = step.rows == wanted;
    return step;
  }
  // The row that crosses the limit is the last one of the slice.
  int64_t low = 1, high = step.rows;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (waiting_bits_ + BatchBits(*batch_, position, middle) >= kSliceBits) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return {low, BatchBits(*batch_, position, low), true};
}

Result<std::optional<RowCutter::Piece>> RowCutter::Next() {
  Check(batch_ != nullptr, "Next needs a batch");
  if (waiting_rows_ > 0) {
    const Step step = StepFrom(position_);
    if (!step.ends_slice) {
      ARROW_RETURN_NOT_OK(KeepRest(step.bits));
      return std::nullopt;
    }
    return Joined(step.rows, step.bits);
  }
  const int64_t first = position_;
  int64_t bits = 0;
  while (true) {
    const Step step = StepFrom(position_);
    if (!step.ends_slice) {
      if (position_ > first) break;
      ARROW_RETURN_NOT_OK(KeepRest(step.bits));
      return std::nullopt;
    }
    // Slices that ended early, and those of lists, are given one by one: their edges are not the
    // writer's own.
    const bool plain = step.rows == kSliceRows && !nested_;
    if (!plain && position_ > first) break;
    position_ += step.rows;
    bits += step.bits;
    Count(step.rows, step.bits);
    if (!plain || !long_pieces_ || at_checkpoint_ || group_is_full()) break;
  }
  return Piece{batch_->Slice(first, position_ - first), bits / 8};
}

Result<RowCutter::Piece> RowCutter::Joined(int64_t rows, int64_t bits) {
  waiting_.push_back(batch_->Slice(position_, rows));
  ARROW_ASSIGN_OR_RAISE(auto joined, Concatenated(schema_, waiting_));
  const int64_t all_bits = waiting_bits_ + bits;
  position_ += rows;
  waiting_.clear();
  waiting_rows_ = waiting_bits_ = 0;
  Count(joined->num_rows(), all_bits);
  return Piece{std::move(joined), all_bits / 8};
}

Status RowCutter::KeepRest(int64_t bits) {
  const int64_t rows = batch_->num_rows() - position_;
  if (rows > 0) {
    ARROW_ASSIGN_OR_RAISE(auto rest, Concatenated(schema_, {batch_->Slice(position_)}));
    waiting_.push_back(std::move(rest));
    waiting_rows_ += rows;
    waiting_bits_ += bits;
  }
  batch_ = nullptr;
  return Status::OK();
}

Result<std::optional<RowCutter::Piece>> RowCutter::Rest() {
  if (waiting_rows_ == 0) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(auto rows, Concatenated(schema_, waiting_));
  Piece piece{std::move(rows), waiting_bits_ / 8};
  Count(waiting_rows_, waiting_bits_);
  waiting_.clear();
  waiting_rows_ = waiting_bits_ = 0;
  return piece;
}

void RowCutter::Count(int64_t rows, int64_t bits) {
  at_checkpoint_ = bits_in_group_ / kCheckpointBits != (bits_in_group_ + bits) / kCheckpointBits;
  rows_in_group_ += rows;
  bits_in_group_ += bits;
}

void RowCutter::StartGroup() { rows_in_group_ = bits_in_group_ = 0; }

}  // namespace rivet::format::parquet
