#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "format/parquet/row_cutter_internal.h"

namespace rivet::format::parquet {
namespace {

std::shared_ptr<::arrow::RecordBatch> Numbers(int64_t rows) {
  ::arrow::Int64Builder numbers;
  for (int64_t i = 0; i < rows; ++i) EXPECT_TRUE(numbers.Append(i).ok());
  return ::arrow::RecordBatch::Make(::arrow::schema({::arrow::field("n", ::arrow::int64())}), rows,
                                    {*numbers.Finish()});
}

std::shared_ptr<::arrow::RecordBatch> Texts(int64_t rows, int64_t width) {
  ::arrow::StringBuilder texts;
  for (int64_t i = 0; i < rows; ++i) EXPECT_TRUE(texts.Append(std::string(width, 'x')).ok());
  return ::arrow::RecordBatch::Make(::arrow::schema({::arrow::field("t", ::arrow::utf8())}), rows,
                                    {*texts.Finish()});
}

struct Cut {
  std::vector<int64_t> rows;
  std::shared_ptr<::arrow::Table> all;
};

// Feeds `rows` in batches of `batch_rows` and starts a group wherever one is full.
Cut CutAll(const std::shared_ptr<::arrow::RecordBatch>& rows, int64_t batch_rows,
           int64_t group_rows, int64_t group_bytes, bool long_pieces) {
  RowCutter cutter(rows->schema(), group_rows, group_bytes);
  if (long_pieces) cutter.AllowLongPieces();
  Cut cut;
  std::vector<std::shared_ptr<::arrow::RecordBatch>> pieces;
  const auto take = [&](const RowCutter::Piece& piece) {
    cut.rows.push_back(piece.rows->num_rows());
    pieces.push_back(piece.rows);
    if (cutter.group_is_full()) cutter.StartGroup();
  };
  for (int64_t row = 0; row < rows->num_rows(); row += batch_rows) {
    cutter.Add(*rows->Slice(row, batch_rows));
    while (const auto piece = cutter.Next().ValueOrDie()) take(*piece);
  }
  while (const auto piece = cutter.Rest().ValueOrDie()) take(*piece);
  cut.all = *::arrow::Table::FromRecordBatches(rows->schema(), pieces);
  return cut;
}

bool Same(const Cut& cut, const std::shared_ptr<::arrow::RecordBatch>& rows) {
  return cut.all->Equals(**::arrow::Table::FromRecordBatches({rows}));
}

TEST(RowCutter, SlicesDoNotDependOnBatches) {
  const auto rows = Numbers(10'000);
  const std::vector<int64_t> expected = {1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 784};
  for (const int64_t batch_rows : {1, 7, 1000, 1023, 1024, 1025, 3000, 10'000}) {
    const Cut cut = CutAll(rows, batch_rows, 1 << 20, 1 << 30, /*long_pieces=*/false);
    EXPECT_EQ(cut.rows, expected) << batch_rows;
    EXPECT_TRUE(Same(cut, rows)) << batch_rows;
  }
}

TEST(RowCutter, LongPiecesAreWholeSlices) {
  const auto rows = Numbers(10'000);
  const Cut cut = CutAll(rows, 4000, 1 << 20, 1 << 30, /*long_pieces=*/true);
  // 3072 of the first batch; 928 wait for 96 rows, the next 2976 … each sum is a multiple of 1024
  // until the end.
  EXPECT_EQ(cut.rows, (std::vector<int64_t>{3072, 1024, 3072, 1024, 1024, 784}));
  EXPECT_TRUE(Same(cut, rows));
}

TEST(RowCutter, GroupsEndAtTheirRows) {
  const auto rows = Numbers(5000);
  for (const int64_t batch_rows : {100, 1500, 5000}) {
    const Cut cut = CutAll(rows, batch_rows, 1500, 1 << 30, /*long_pieces=*/false);
    EXPECT_EQ(cut.rows, (std::vector<int64_t>{1024, 476, 1024, 476, 1024, 476, 500})) << batch_rows;
    EXPECT_TRUE(Same(cut, rows));
  }
}

TEST(RowCutter, WideRowsEndASliceEarly) {
  const auto rows = Texts(50, 1 << 20);  // 4 MiB and their offsets are reached by the fourth row
  for (const int64_t batch_rows : {1, 3, 4, 50}) {
    const Cut cut = CutAll(rows, batch_rows, 1 << 20, 1LL << 40, /*long_pieces=*/true);
    std::vector<int64_t> expected(12, 4);
    expected.push_back(2);
    EXPECT_EQ(cut.rows, expected) << batch_rows;
    EXPECT_TRUE(Same(cut, rows)) << batch_rows;
  }
}

TEST(RowCutter, WhatWaitsOwnsItsMemory) {
  RowCutter cutter(Numbers(1)->schema(), 1 << 20, 1 << 30);
  auto batch = Numbers(100);
  const std::weak_ptr<::arrow::Buffer> buffer = batch->column_data(0)->buffers[1];
  cutter.Add(*batch);
  ASSERT_FALSE(cutter.Next().ValueOrDie().has_value());
  batch.reset();
  EXPECT_TRUE(buffer.expired());
  EXPECT_EQ(cutter.Rest().ValueOrDie()->rows->num_rows(), 100);
}

TEST(RowCutter, NoRowsNoPieces) {
  RowCutter cutter(Numbers(1)->schema(), 10, 10);
  cutter.Add(*Numbers(0));
  EXPECT_FALSE(cutter.Next().ValueOrDie().has_value());
  EXPECT_FALSE(cutter.Rest().ValueOrDie().has_value());
}

TEST(ValueBits, AddsUpOverRows) {
  auto texts = std::make_shared<::arrow::StringBuilder>();
  ::arrow::ListBuilder lists(::arrow::default_memory_pool(), texts);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(lists.Append().ok());
    for (int j = 0; j < i; ++j) ASSERT_TRUE(texts->Append(std::string(j, 'x')).ok());
  }
  const auto array = (*lists.Finish())->Slice(2);
  EXPECT_EQ(ValueBits(*array, 0, 8), ValueBits(*array, 0, 3) + ValueBits(*array, 3, 5));
  // One list of two texts, `` and `x`: its offset, theirs, and one byte.
  EXPECT_EQ(ValueBits(*array, 0, 1), 32 + 2 * 32 + 8);
  EXPECT_EQ(ValueBits(*array, 0, 0), 0);
}

}  // namespace
}  // namespace rivet::format::parquet
