#pragma once

#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "source/source_contract.h"

// What a source reads. See source_suite.h.
namespace rivet::source {

TEST_P(SourceContract, EveryRowComesOnceWhateverThePage) {
  constexpr int64_t kRows = 700;
  MakeNumbers("t", kRows);
  const model::TableFacts facts = Describe(In("t"));
  for (int turn = 0; turn < 30; ++turn) {
    const int64_t rows = Dice(0, kRows);
    const std::vector<int64_t> sizes = {1, 2, 64, rows - 1, rows, rows + 1, Dice(1, kRows)};
    const int64_t page = std::max<int64_t>(1, sizes[static_cast<size_t>(Dice(0, 6))]);
    SCOPED_TRACE(std::to_string(rows) + " rows by pages of " + std::to_string(page));
    model::BoundedQuery query = Pages(facts, page);
    query.window.kind = model::Window::Kind::kRange;
    query.window.key = KeyOf(facts, {"id"});
    query.window.through =
        model::Bound{{KeyValue(query.window.key[0], std::to_string(rows))}, true};
    query.may_renew_snapshot = turn % 2 == 0;
    CountingObserver seen;
    EXPECT_EQ(Rows(query, &seen), Numbers(1, rows));
    EXPECT_EQ(seen.rows, rows);
    EXPECT_GE(seen.statements, rows / page) << "a statement brought more rows than it may";
    EXPECT_GE(seen.snapshots, 1);
  }
  ExpectServerIdle();
}

TEST_P(SourceContract, AWholeTableIsReadWithoutAKeyAndByBlocks) {
  constexpr int64_t kRows = 5000;
  MakeNumbers("t", kRows);
  Run("CREATE TABLE keyless AS SELECT id, v FROM t");
  const model::TableFacts table = Describe(In("t")), keyless = Describe(In("keyless"));
  EXPECT_TRUE(Pages(keyless, 1).page_key.empty());
  const auto expected = Numbers(1, kRows);
  for (const int64_t page : {1L, 37L, kRows - 1, kRows, kRows + 1}) {
    SCOPED_TRACE(page);
    EXPECT_EQ(Rows(Whole(keyless, page)), expected);
    model::BoundedQuery blocks = Pages(table, page);
    blocks.whole_heap = table.heap_blocks;
    EXPECT_EQ(Rows(blocks), expected);
  }
  EXPECT_EQ(Counted(Whole(keyless)), kRows);
}

TEST_P(SourceContract, PagesFollowAKeyOfSeveralColumns) {
  const std::string text = Type(model::TypeKind::kText);
  Run("CREATE TABLE t (v bigint, b " + text +
      " NOT NULL, a bigint NOT NULL, c bigint NOT NULL, PRIMARY KEY (a, b, c))");
  constexpr int64_t kRows = 420;
  Run("INSERT INTO t SELECT s.i, concat('b', s.i % 5), s.i % 7 - 3, s.i % 13 FROM " +
      house_->Series(kRows));
  const model::TableFacts facts = Describe(In("t"));
  const auto expected = [&](int64_t first, int64_t last) {
    std::vector<std::string> rows;
    for (int64_t i = 1; i <= kRows; ++i) {
      const int64_t a = i % 7 - 3;
      if (a < first || a > last) continue;
      rows.push_back(std::to_string(i) + "|b" + std::to_string(i % 5) + "|" + std::to_string(a) +
                     "|" + std::to_string(i % 13));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  };
  for (const int64_t page : {1, 2, 11, 60, 419, 420, 421}) {
    SCOPED_TRACE(page);
    model::BoundedQuery query = Pages(facts, page);
    ASSERT_EQ(query.page_key.size(), 3U);
    EXPECT_EQ(Rows(query), expected(-3, 3));
    // A window along the leading column, whose last pages end inside its ties.
    query.window.kind = model::Window::Kind::kRange;
    query.window.key = KeyOf(facts, {"a"});
    query.window.from = model::Bound{{KeyValue(query.window.key[0], "-2")}, false};
    query.window.through = model::Bound{{KeyValue(query.window.key[0], "1")}, true};
    EXPECT_EQ(Rows(query), expected(-1, 1));
    // A window along a column that does not lead the pages.
    query.window.key = KeyOf(facts, {"v"});
    query.window.from = model::Bound{{KeyValue(query.window.key[0], "17")}, true};
    query.window.through = model::Bound{{KeyValue(query.window.key[0], "18")}, true};
    EXPECT_EQ(Rows(query), (std::vector<std::string>{"17|b2|0|4", "18|b3|1|5"}));
  }
  // Edges of several columns are compared as rows are.
  model::BoundedQuery query = Pages(facts, 9);
  query.window.kind = model::Window::Kind::kRange;
  query.window.key = KeyOf(facts, {"a", "b"});
  const auto edge = [&](const std::string& a, const std::string& b, bool inclusive) {
    return model::Bound{{KeyValue(query.window.key[0], a), KeyValue(query.window.key[1], b)},
                        inclusive};
  };
  std::vector<std::string> pieces;
  query.window.through = edge("0", "b2", true);
  for (const auto& row : Rows(query)) pieces.push_back(row);
  query.window.from = edge("0", "b2", false);
  query.window.through = std::nullopt;
  for (const auto& row : Rows(query)) pieces.push_back(row);
  std::sort(pieces.begin(), pieces.end());
  EXPECT_EQ(pieces, expected(-3, 3));
}

TEST_P(SourceContract, AQuerysRowsAreReadAsItSays) {
  MakeNumbers("t", 50);
  const std::string text = "SELECT v AS " + house_->Quote("V v") + ", id + 0 AS " +
                           house_->Quote("v") + From("t") +
                           " WHERE id > 10 AND '%s' = '%s' ORDER BY id DESC LIMIT 25;\n-- the last";
  std::vector<std::string> expected;
  for (int64_t i = 26; i <= 50; ++i)
    expected.push_back(std::to_string(7 * i) + "|" + std::to_string(i));
  std::sort(expected.begin(), expected.end());
  const model::BoundedQuery query = Whole(Describe(Asking(text)), 10);
  EXPECT_EQ(Rows(query), expected);
  EXPECT_EQ(Counted(query), 25);
}

// By the type's own scalars, so that no text form of ours stands between.
TEST_P(SourceContract, ValuesAreExact) {
  using Kind = model::TypeKind;
  struct Cell {
    std::string type, literal;
    std::shared_ptr<arrow::Scalar> value;
  };
  const auto micros = [](int64_t value, const char* zone) {
    return std::make_shared<arrow::TimestampScalar>(value,
                                                    arrow::timestamp(arrow::TimeUnit::MICRO, zone));
  };
  const auto decimal = [](const char* digits, int precision, int scale) {
    return std::make_shared<arrow::Decimal128Scalar>(
        arrow::Decimal128::FromString(digits).ValueOrDie(), arrow::decimal128(precision, scale));
  };
  const std::string long_text(70'000, 'x');
  const std::vector<Cell> cells = {
      {Type(Kind::kInt16), "-32768", std::make_shared<arrow::Int16Scalar>(-32'768)},
      {Type(Kind::kInt32), "2147483647", std::make_shared<arrow::Int32Scalar>(2'147'483'647)},
      {Type(Kind::kInt64), "-9223372036854775808",
       std::make_shared<arrow::Int64Scalar>(std::numeric_limits<int64_t>::min())},
      {Type(Kind::kUInt64), "18446744073709551615",
       std::make_shared<arrow::UInt64Scalar>(std::numeric_limits<uint64_t>::max())},
      {Type(Kind::kFloat32), "0.1", std::make_shared<arrow::FloatScalar>(0.1F)},
      {Type(Kind::kFloat32), "-3.402823466e38",
       std::make_shared<arrow::FloatScalar>(std::numeric_limits<float>::lowest())},
      {Type(Kind::kFloat64), "0.1", std::make_shared<arrow::DoubleScalar>(0.1)},
      {Type(Kind::kFloat64), "1.7976931348623157e308",
       std::make_shared<arrow::DoubleScalar>(std::numeric_limits<double>::max())},
      {"decimal(12,2)", "-9999999999.99", decimal("-9999999999.99", 12, 2)},
      {"decimal(38,10)", "9999999999999999999999999999.0000000001",
       decimal("9999999999999999999999999999.0000000001", 38, 10)},
      {"decimal(5,5)", "0.00001", decimal("0.00001", 5, 5)},
      {"decimal(60,20)", "-1234567890123456789012345678901234567890.00000000000000000001",
       std::make_shared<arrow::Decimal256Scalar>(
           arrow::Decimal256::FromString(
               "-1234567890123456789012345678901234567890.00000000000000000001")
               .ValueOrDie(),
           arrow::decimal256(60, 20))},
      {Type(Kind::kDate), "'1969-12-31'", std::make_shared<arrow::Date32Scalar>(-1)},
      {Type(Kind::kDate), "'9999-12-31'", std::make_shared<arrow::Date32Scalar>(2'932'896)},
      {Type(Kind::kTime), "'23:59:59.999999'",
       std::make_shared<arrow::Time64Scalar>(86'399'999'999, arrow::TimeUnit::MICRO)},
      {Type(Kind::kTimestamp), "'1969-12-31 23:59:59.999999'", micros(-1, "")},
      {Type(Kind::kTimestamp), "'9999-12-31 23:59:59.000001'", micros(253'402'300'799'000'001, "")},
      {Type(Kind::kTimestampTz), "'2024-03-31 01:30:00.000001'",
       micros(1'711'848'600'000'001, "UTC")},
      {house_->LargeType(Kind::kText), house_->Literal(long_text),
       std::make_shared<arrow::StringScalar>(long_text)},
      {Type(Kind::kText), house_->Literal("'\"\\ \r\n\té🎁"),
       std::make_shared<arrow::StringScalar>("'\"\\ \r\n\té🎁")},
      {Type(Kind::kText), "''", std::make_shared<arrow::StringScalar>("")},
      {Type(Kind::kBinary), house_->Bytes("00ff275c0a"),
       std::make_shared<arrow::BinaryScalar>(std::string("\0\xff'\\\n", 5))},
      {house_->LargeType(Kind::kBinary), house_->Bytes(""),
       std::make_shared<arrow::BinaryScalar>("")},
  };
  std::string columns, values = "(1", nulls = "(2";
  std::vector<const Cell*> shown;
  for (const Cell& cell : cells) {
    if (cell.type.empty()) continue;
    columns += ", c" + std::to_string(shown.size()) + " " + cell.type + " NULL";
    values += ", " + cell.literal;
    nulls += ", NULL";
    shown.push_back(&cell);
  }
  Run("CREATE TABLE t (id bigint PRIMARY KEY" + columns + ")");
  Run("INSERT INTO t VALUES " + values + "), " + nulls + ")");
  const model::TableFacts facts = Describe(In("t"));
  for (model::BoundedQuery query : {Pages(facts, 1), Pages(facts, 10), Whole(facts)}) {
    Allowance allowance(*world_);
    const auto reader = source_->Read(query, allowance.Context());
    ASSERT_TRUE(reader.ok()) << reader.status();
    const auto batches = RestOf(**reader, &allowance);
    ASSERT_TRUE(batches.ok()) << batches.status();
    for (const auto& batch : *batches) {
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        const auto id = batch->column(0)->GetScalar(row).ValueOrDie();
        const bool null = !id->Equals(arrow::Int64Scalar(1));
        for (size_t i = 0; i < shown.size(); ++i) {
          const auto found = batch->column(static_cast<int>(i) + 1)->GetScalar(row).ValueOrDie();
          const auto wanted = null ? arrow::MakeNullScalar(shown[i]->value->type) : shown[i]->value;
          EXPECT_TRUE(found->Equals(*wanted))
              << shown[i]->type << ": " << found->type->ToString() << " "
              << found->ToString().substr(0, 80) << ", not " << wanted->type->ToString() << " "
              << wanted->ToString().substr(0, 80);
        }
      }
    }
  }
}

TEST_P(SourceContract, ATooLargeValueIsRefusedByName) {
  for (const bool paged : {true, false}) {
    for (const model::TypeKind kind : {model::TypeKind::kText, model::TypeKind::kBinary}) {
      const std::string name = std::string(paged ? "paged" : "whole") +
                               (kind == model::TypeKind::kText ? "_text" : "_bytes");
      SCOPED_TRACE(name);
      Run("CREATE TABLE " + name + " (id bigint PRIMARY KEY, small " + house_->LargeType(kind) +
          ", culprit " + house_->LargeType(kind) + ")");
      const auto cell = [&](size_t bytes) {
        return kind == model::TypeKind::kText ? house_->Literal(std::string(bytes, 'y'))
                                              : house_->Bytes(std::string(2 * bytes, 'e'));
      };
      Insert(name, {{"1", cell(100'000), cell(100'000)}, {"2", cell(1), cell(100'001)}});
      const model::TableFacts facts = Describe(In(name));
      model::BoundedQuery query = paged ? Pages(facts, 1) : Whole(facts);
      query.limits.value_bytes_max = 100'000;
      const Status refused = FailureOf(query);
      EXPECT_TRUE(Is(refused, kValueTooLarge)) << refused;
      EXPECT_NE(refused.message().find("culprit"), std::string::npos) << refused;
      query.limits.value_bytes_max = 100'001;
      EXPECT_EQ(Rows(query).size(), 2U);
      query.limits.value_bytes_max = 0;
      EXPECT_EQ(Rows(query).size(), 2U);
      ExpectUsable();
    }
  }
}

// What the reader still holds after each batch is bounded, whatever waits behind it.
TEST_P(SourceContract, NoBatchIsMuchLargerThanAskedFor) {
  Run("CREATE TABLE t (id bigint PRIMARY KEY, v " + house_->LargeType(model::TypeKind::kText) +
      ")");
  Run("INSERT INTO t SELECT s.i, repeat('x', 20000) FROM " + house_->Series(400));
  model::BoundedQuery query = Pages(Describe(In("t")), 400);
  query.limits.batch_bytes_max = 200'000;
  for (const bool paged : {true, false}) {
    if (!paged) query.page_key.clear();
    Allowance allowance(*world_, 1'000'000);
    {
      const auto reader = source_->Read(query, allowance.Context());
      ASSERT_TRUE(reader.ok()) << reader.status();
      const auto batches = RestOf(**reader, &allowance);
      ASSERT_TRUE(batches.ok()) << batches.status();
      int64_t rows = 0;
      for (const auto& batch : *batches) {
        rows += batch->num_rows();
        EXPECT_LT(model::BatchBytes(*batch), 2'000'000);
      }
      EXPECT_EQ(rows, 400);
    }
    EXPECT_EQ(allowance.budget.taken(), 0);
  }
}

TEST_P(SourceContract, ADroppedReaderLeavesTheSessionUsable) {
  constexpr int64_t kRows = 3000;
  MakeNumbers("t", kRows);
  const model::TableFacts facts = Describe(In("t"));
  for (const model::BoundedQuery& query : {Pages(facts, 100), Whole(facts, 100)}) {
    for (const int batches : {0, 1, 3}) {
      Allowance allowance(*world_);
      {
        const auto reader = source_->Read(query, allowance.Context());
        ASSERT_TRUE(reader.ok()) << reader.status();
        for (int i = 0; i < batches; ++i) {
          const auto batch = NextBatch(**reader, &allowance);
          ASSERT_TRUE(batch.ok()) << batch.status();
          ASSERT_NE(*batch, nullptr);
        }
      }
      EXPECT_EQ(allowance.budget.taken(), 0);
      ExpectServerIdle();
      EXPECT_EQ(Counted(query), kRows);
    }
    EXPECT_EQ(Rows(query).size(), static_cast<size_t>(kRows));
  }
}

TEST_P(SourceContract, AStopRequestEndsTheStatementAtTheServer) {
  const model::BoundedQuery query = Whole(Describe(Asking(house_->LongQuery())));
  for (const bool counting : {false, true}) {
    Allowance allowance(*world_);
    SteadyMicros asked = 0;
    Status ended;
    {
      const auto stopper = world_->Spawn("stop", [&] {
        EXPECT_TRUE(
            Within(*world_, kPatience, [&] { return house_->RunningStatements().ValueOr(0) > 0; }));
        asked = world_->Steady();
        allowance.stop.request_stop();
      });
      if (counting) {
        ended = source_->Count(query, allowance.Context()).status();
      } else {
        const auto reader = source_->Read(query, allowance.Context());
        ended = reader.ok() ? RestOf(**reader, &allowance).status() : reader.status();
      }
      stopper->Join();
    }
    EXPECT_TRUE(Is(ended, kStopRequested)) << ended;
    EXPECT_LT(world_->Steady() - asked, 3'000'000);
    EXPECT_EQ(allowance.budget.taken(), 0);
    ExpectUsable();
  }
}

TEST_P(SourceContract, AStopBetweenBatchesEndsTheRead) {
  MakeNumbers("t", 3000);
  const model::TableFacts facts = Describe(In("t"));
  for (const model::BoundedQuery& query : {Pages(facts, 10), Whole(facts, 10)}) {
    Allowance allowance(*world_);
    {
      const auto reader = source_->Read(query, allowance.Context());
      ASSERT_TRUE(reader.ok()) << reader.status();
      const auto batch = NextBatch(**reader, &allowance);
      ASSERT_TRUE(batch.ok()) << batch.status();
      allowance.stop.request_stop();
      const Status ended = RestOf(**reader, &allowance).status();
      EXPECT_TRUE(Is(ended, kStopRequested)) << ended;
    }
    EXPECT_EQ(allowance.budget.taken(), 0);
    ExpectUsable();
  }
}

TEST_P(SourceContract, StatementsAndLockWaitsHaveLimits) {
  model::BoundedQuery query = Whole(Describe(Asking(house_->LongQuery())));
  query.limits.statement_timeout = std::chrono::seconds(1);
  const SteadyMicros began = world_->Steady();
  const Status slow = FailureOf(query);
  EXPECT_TRUE(Is(slow, kTimeout)) << slow;
  EXPECT_LT(world_->Steady() - began, kPatience.count() * 1000);
  Allowance allowance(*world_);
  const Status uncounted = source_->Count(query, allowance.Context()).status();
  EXPECT_TRUE(Is(uncounted, kTimeout)) << uncounted;
  ExpectUsable();

  MakeNumbers("t", 10);
  query = Pages(Describe(In("t")), 5);
  query.limits.lock_timeout = std::chrono::seconds(1);
  ASSERT_TRUE(house_->Lock("t").ok());
  const Status locked = FailureOf(query);
  ASSERT_TRUE(house_->Unlock().ok());
  EXPECT_TRUE(Is(locked, kTimeout)) << locked;
  EXPECT_EQ(Rows(query).size(), 10U);
  ExpectUsable();
}

// Zero means none, whatever bounded the statements before it.
TEST_P(SourceContract, NoLimitIsLeftFromAnotherQuery) {
  MakeNumbers("t", 10);
  model::BoundedQuery query = Pages(Describe(In("t")), 5);
  query.limits.statement_timeout = query.limits.lock_timeout = std::chrono::seconds(1);
  EXPECT_EQ(Rows(query).size(), 10U);
  query = Whole(Describe(Asking(house_->TwoSecondQuery())));
  query.limits.statement_timeout = query.limits.lock_timeout = std::chrono::milliseconds(0);
  EXPECT_EQ(Rows(query).size(), 1U);
  EXPECT_EQ(Counted(query), 1);
}

// Between two pages somebody inserts, deletes and updates: what is read is as it was.
TEST_P(SourceContract, AUnitIsOneInstant) {
  constexpr int64_t kRows = 600;
  for (const bool paged : {true, false}) {
    const std::string name = paged ? "paged" : "whole";
    SCOPED_TRACE(name);
    MakeNumbers(name, kRows);
    const model::TableFacts facts = Describe(In(name));
    model::BoundedQuery query = paged ? Pages(facts, 20) : Whole(facts, 20);
    query.limits.snapshot_age_max = std::chrono::milliseconds(1);  // for those that may renew
    Allowance allowance(*world_);
    const auto reader = source_->Read(query, allowance.Context());
    ASSERT_TRUE(reader.ok()) << reader.status();
    arrow::RecordBatchVector batches = {NextBatch(**reader, &allowance).ValueOrDie()};
    ASSERT_LT(batches[0]->num_rows(), kRows);
    Run("UPDATE " + name + " SET v = -v");
    Run("DELETE FROM " + name + " WHERE id % 3 = 0");
    Run("INSERT INTO " + name + " VALUES (1000000, 1), (-1, 1)");
    const auto rest = RestOf(**reader, &allowance);
    ASSERT_TRUE(rest.ok()) << rest.status();
    batches.insert(batches.end(), rest->begin(), rest->end());
    EXPECT_EQ(SortedTexts(batches).ValueOrDie(), Numbers(1, kRows));
    EXPECT_EQ(allowance.observer.snapshots, 1);
  }
}

// Pages that may renew their snapshot see a row that was there all the time once, and hold no
// snapshot for longer than asked.
TEST_P(SourceContract, ARenewedSnapshotLosesNoRowThatStays) {
  constexpr int64_t kRows = 600;
  MakeNumbers("t", kRows);
  model::BoundedQuery query = Pages(Describe(In("t")), 20);
  query.may_renew_snapshot = true;
  query.limits.snapshot_age_max = std::chrono::milliseconds(1);
  Allowance allowance(*world_);
  const auto reader = source_->Read(query, allowance.Context());
  ASSERT_TRUE(reader.ok()) << reader.status();
  arrow::RecordBatchVector batches;
  for (int64_t i = 0;; ++i) {
    const auto batch = NextBatch(**reader, &allowance);
    ASSERT_TRUE(batch.ok()) << batch.status();
    if (*batch == nullptr) break;
    batches.push_back(*batch);
    SleepFor(*world_, std::chrono::milliseconds(3), {});
    if (i == 1) Run("INSERT INTO t SELECT 1000 + s.i, 1 FROM " + house_->Series(50));
    if (i == 2) Run("DELETE FROM t WHERE id > 1000");
  }
  std::vector<std::string> rows = SortedTexts(batches).ValueOrDie();
  std::erase_if(rows, [](const std::string& row) { return row.ends_with("|1"); });
  EXPECT_EQ(rows, Numbers(1, kRows));
  EXPECT_GT(allowance.observer.snapshots, 2);
}

TEST_P(SourceContract, AChangedColumnIsDrift) {
  const std::string text = Type(model::TypeKind::kText);
  for (const std::string& change :
       {std::string("DROP COLUMN v"), std::string("RENAME COLUMN v TO w"),
        "DROP COLUMN v, ADD COLUMN v " + text}) {
    SCOPED_TRACE(change);
    MakeNumbers("t", 5);
    const model::TableFacts facts = Describe(In("t"));
    Run("ALTER TABLE t " + change);
    for (const model::BoundedQuery& query : {Pages(facts, 2), Whole(facts)}) {
      const Status drift = FailureOf(query);
      EXPECT_TRUE(Is(drift, kDrift)) << drift;
    }
    ExpectUsable();
    Run("DROP TABLE t");
  }
  // A column more is none of our business.
  MakeNumbers("t", 5);
  const model::TableFacts facts = Describe(In("t"));
  Run("ALTER TABLE t ADD COLUMN w bigint");
  EXPECT_EQ(Rows(Pages(facts, 2)), Numbers(1, 5));
}

}  // namespace rivet::source
