#include <arrow/api.h>
#include <gtest/gtest.h>

#include "model/batch.h"
#include "model/logical_type.h"
#include "model/plan.h"
#include "model/relation.h"
#include "model/run.h"
#include "model/settings.h"
#include "model/unit.h"

namespace rivet::model {
namespace {

TEST(Words, OfUnitsAndPartsReadBack) {
  for (UnitStatus status :
       {UnitStatus::kPending, UnitStatus::kRunning, UnitStatus::kCompleted, UnitStatus::kFailed}) {
    EXPECT_EQ(UnitStatusFrom(ToString(status)), status);
  }
  for (PartStatus status :
       {PartStatus::kCommitted, PartStatus::kQuarantined, PartStatus::kSuperseded}) {
    EXPECT_EQ(PartStatusFrom(ToString(status)), status);
  }
  EXPECT_FALSE(UnitStatusFrom("done").has_value());
  EXPECT_FALSE(UnitStatusFrom("").has_value());
  EXPECT_FALSE(PartStatusFrom("Committed").has_value());
}

TEST(Words, OfRunsAndSettingsAreThoseOfTheContract) {
  EXPECT_EQ(ToString(RunStatus::kSuccess), "success");
  EXPECT_EQ(ToString(RunStatus::kInterrupted), "interrupted");
  EXPECT_EQ(ToString(RunStatus::kSkipped), "skipped");
  EXPECT_EQ(ToString(Mode::kFull), "full");
  EXPECT_EQ(ToString(Mode::kChunked), "chunked");
  EXPECT_EQ(ToString(Compression::kZstd), "zstd");
  EXPECT_EQ(ToString(Compression::kNone), "none");
}

LogicalType List(LogicalType element) {
  LogicalType list;
  list.kind = TypeKind::kList;
  list.element = std::make_shared<LogicalType>(std::move(element));
  return list;
}

TEST(LogicalTypes, SayWhatTheyAre) {
  EXPECT_EQ(ToString(LogicalType{TypeKind::kDecimal, 12, 2, "", nullptr}), "decimal(12,2)");
  EXPECT_EQ(ToString(LogicalType{TypeKind::kServerText, 0, 0, "inet", nullptr}), "text (inet)");
  EXPECT_EQ(ToString(List({TypeKind::kUuid, 0, 0, "", nullptr})), "list<uuid>");
  EXPECT_EQ(ToString(LogicalType{TypeKind::kList, 0, 0, "", nullptr}), "list<?>");
}

TEST(LogicalTypes, AreEqualByValueDownToTheElement) {
  const LogicalType decimal{TypeKind::kDecimal, 12, 2, "", nullptr};
  EXPECT_EQ(List(decimal), List(decimal));
  EXPECT_FALSE(List(decimal) == List({TypeKind::kDecimal, 12, 3, "", nullptr}));
  EXPECT_FALSE(List(decimal) == (LogicalType{TypeKind::kList, 0, 0, "", nullptr}));
  EXPECT_FALSE(decimal == (LogicalType{TypeKind::kDecimal, 12, 3, "", nullptr}));
}

TEST(LogicalTypes, FidelityFollowsTheTypeReport) {
  EXPECT_EQ(FidelityOf({TypeKind::kInt64, 0, 0, "", nullptr}), Fidelity::kExact);
  EXPECT_EQ(FidelityOf({TypeKind::kJson, 0, 0, "", nullptr}), Fidelity::kLogicalString);
  EXPECT_EQ(FidelityOf({TypeKind::kServerText, 0, 0, "inet", nullptr}), Fidelity::kLogicalString);
  EXPECT_EQ(FidelityOf({TypeKind::kEnum, 0, 0, "", nullptr}), Fidelity::kCompatible);
  EXPECT_EQ(FidelityOf({TypeKind::kInterval, 0, 0, "", nullptr}), Fidelity::kCompatible);
  EXPECT_TRUE(IsText(TypeKind::kEnum));
  EXPECT_TRUE(IsText(TypeKind::kInterval));
  EXPECT_FALSE(IsText(TypeKind::kUuid));
}

TEST(Names, OfRelationsShowTheSchemaWhereThereIsOne) {
  EXPECT_EQ(ToString(RelationName{"", "orders"}), "orders");
  EXPECT_EQ(ToString(RelationName{"shop", "orders"}), "shop.orders");
}

// What is taken for a batch is what is given back, on whichever side of a queue it is asked.
TEST(BatchBytes, CountsEachBufferOnce) {
  arrow::Int64Builder builder(Pool());
  for (int64_t i = 0; i < 1000; ++i) ASSERT_TRUE(builder.Append(i).ok());
  const auto column = builder.Finish().ValueOrDie();
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b", arrow::int64())});
  const auto once = arrow::RecordBatch::Make(arrow::schema({schema->field(0)}), 1000, {column});
  const auto twice = arrow::RecordBatch::Make(schema, 1000, {column, column});
  EXPECT_GE(BatchBytes(*once), 8000);
  EXPECT_EQ(BatchBytes(*once), BatchBytes(*twice));
  EXPECT_EQ(BatchBytes(*once), BatchBytes(*once));
  EXPECT_EQ(BatchBytes(*arrow::RecordBatch::MakeEmpty(schema).ValueOrDie()->Slice(0)),
            BatchBytes(*arrow::RecordBatch::MakeEmpty(schema).ValueOrDie()));
  EXPECT_EQ(Pool(), Pool());
}

}  // namespace
}  // namespace rivet::model
