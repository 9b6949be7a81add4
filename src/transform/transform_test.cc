#include "transform/transform.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transform/faults.h"

namespace rivet::transform {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kNoon = 1'769'860'800'123'456;  // 2026-01-31T12:00:00.123456Z

std::shared_ptr<arrow::RecordBatch> People() {
  arrow::Int64Builder id;
  arrow::StringBuilder name;
  arrow::BooleanBuilder active;
  arrow::Decimal128Builder amount(arrow::decimal128(12, 2));
  arrow::TimestampBuilder at(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"),
                             arrow::default_memory_pool());
  EXPECT_TRUE(id.AppendValues({1, -2, 3}).ok());
  EXPECT_TRUE(name.Append("Anna").ok() && name.AppendNull().ok() && name.Append("").ok());
  EXPECT_TRUE(active.Append(true).ok() && active.Append(false).ok() && active.AppendNull().ok());
  EXPECT_TRUE(amount.Append(arrow::Decimal128(1250)).ok() &&
              amount.Append(arrow::Decimal128(-5)).ok() && amount.AppendNull().ok());
  EXPECT_TRUE(at.Append(kNoon).ok() && at.AppendNull().ok() && at.Append(-1).ok());
  const auto schema = arrow::schema(
      {arrow::field("id", arrow::int64()), arrow::field("name", arrow::utf8()),
       arrow::field("active", arrow::boolean()), arrow::field("amount", arrow::decimal128(12, 2)),
       arrow::field("at", at.type())});
  return arrow::RecordBatch::Make(
      schema, 3, {*id.Finish(), *name.Finish(), *active.Finish(), *amount.Finish(), *at.Finish()});
}

BatchReader ReaderOf(const std::shared_ptr<arrow::RecordBatch>& batch, int times = 1) {
  return *arrow::RecordBatchReader::Make(std::vector(times, batch), batch->schema());
}

std::vector<int64_t> Int64s(const arrow::Array& array) {
  const auto* values = array.data()->GetValues<int64_t>(1);  // also of timestamps
  return {values, values + array.length()};
}

TEST(MetaColumns, HashesRowsByTheFixedRule) {
  const auto reader =
      *AddMetaColumns(ReaderOf(People()), {.exported_at = false, .row_hash = true}, kNoon);
  const auto batch = *reader->Next();
  ASSERT_TRUE(batch->ValidateFull().ok());
  // As docs/row-hash.md has it; tests/readers/test_row_hash.py recomputes hashes by that page's code.
  EXPECT_THAT(Int64s(*batch->GetColumnByName("_rivet_row_hash")),
              ElementsAre(-180513742506524223, 251376583886112176, -1365801266315745271));
}

TEST(MetaColumns, ComeLastInOrderAndKeepEveryBatch) {
  const model::MetaColumns both{.exported_at = true, .row_hash = true};
  const auto reader = *AddMetaColumns(ReaderOf(People(), 2), both, kNoon);
  EXPECT_TRUE(reader->schema()->Equals(WithMetaColumns(People()->schema(), both)));
  EXPECT_EQ(reader->schema()->field(5)->ToString(),
            "_rivet_exported_at: timestamp[us, tz=UTC] not null");
  EXPECT_EQ(reader->schema()->field(6)->ToString(), "_rivet_row_hash: int64 not null");
  for (int i = 0; i < 2; ++i) {
    const auto batch = *reader->Next();
    ASSERT_NE(batch, nullptr);
    ASSERT_TRUE(batch->ValidateFull().ok());
    EXPECT_THAT(Int64s(*batch->column(5)), ElementsAre(kNoon, kNoon, kNoon));
    EXPECT_TRUE(batch->column(0)->Equals(People()->column(0)));
  }
  EXPECT_EQ(*reader->Next(), nullptr);
}

TEST(MetaColumns, HashIsThatOfTheRowWhereverItStands) {
  const model::MetaColumns hash{.exported_at = false, .row_hash = true};
  const auto whole = *(*AddMetaColumns(ReaderOf(People()), hash, 0))->Next();
  const auto sliced = *(*AddMetaColumns(ReaderOf(People()->Slice(1)), hash, 0))->Next();
  EXPECT_TRUE(whole->Slice(1)->Equals(*sliced));
}

TEST(MetaColumns, NothingAskedNothingAddedAndTakenNamesRefused) {
  const auto reader = ReaderOf(People());
  EXPECT_EQ(*AddMetaColumns(reader, {}, 0), reader);
  const auto taken =
      People()->RenameColumns({"id", "name", "_rivet_row_hash", "amount", "at"}).ValueOrDie();
  const auto status =
      AddMetaColumns(ReaderOf(taken), {.exported_at = true, .row_hash = true}, 0).status();
  EXPECT_EQ(CodeOf(status), &kMetaColumnTaken);
  EXPECT_THAT(status.message(), HasSubstr("_rivet_row_hash"));
  EXPECT_TRUE(AddMetaColumns(ReaderOf(taken), {.exported_at = true, .row_hash = false}, 0).ok());
}

TEST(Count, CountsRowsAndNulls) {
  Tally tally;
  const auto reader = Count(ReaderOf(People(), 2), &tally);
  EXPECT_EQ(tally.nulls, std::vector<int64_t>(5, 0));
  while (*reader->Next() != nullptr) {
  }
  EXPECT_EQ(tally.rows, 6);
  EXPECT_THAT(tally.nulls, ElementsAre(0, 2, 2, 2, 2));
}

TEST(Count, CountsOnlyTheRowsOfASlice) {
  Tally tally;
  const auto reader = Count(ReaderOf(People()->Slice(2)), &tally);
  ASSERT_TRUE(reader->Next().ok());
  EXPECT_EQ(tally.rows, 1);
  EXPECT_THAT(tally.nulls, ElementsAre(0, 0, 1, 1, 0));
}

}  // namespace
}  // namespace rivet::transform
