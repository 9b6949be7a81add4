#include "source/mysql/read_sql.h"

#include <arrow/scalar.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "source/faults.h"
#include "source/mysql/catalog.h"
#include "source/mysql/key_value.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::Parameter;
using model::TypeKind;

model::KeyColumn Key(const std::string& name, TypeKind kind = TypeKind::kInt64) {
  model::KeyColumn key;
  key.name = name;
  key.type.kind = kind;
  return key;
}

model::Column Column(const std::string& name, const std::string& native, TypeKind kind) {
  model::Column column;
  column.name = name;
  column.native_type = native;
  column.type.kind = kind;
  return column;
}

model::BoundedQuery Query() {
  model::BoundedQuery query{};
  query.relation.table = {"shop", "orders"};
  query.columns = {Column("id", "bigint", TypeKind::kInt64),
                   Column("note", "text", TypeKind::kText)};
  query.page_key = {Key("id")};
  return query;
}

std::shared_ptr<arrow::Scalar> Number(int64_t value) {
  return std::make_shared<arrow::Int64Scalar>(value);
}

TEST(ReadSql, APageIsForcedAlongItsIndexAndNamedThroughItsRelation) {
  const auto sql = FirstStatement(Query(), "PRIMARY", 50);
  ASSERT_TRUE(sql.ok());
  EXPECT_EQ(sql->text,
            "SELECT _rivet.`id`, _rivet.`note` FROM `shop`.`orders` AS _rivet FORCE INDEX "
            "(`PRIMARY`) ORDER BY _rivet.`id` LIMIT 50");
  EXPECT_TRUE(sql->parameters.empty());
}

TEST(ReadSql, LostBytesAreAskedForWhereACharsetCanLoseThem) {
  auto query = Query();
  EXPECT_FALSE(ShapeOf(query).loss.has_value());
  query.columns[1].lossy_charset = "ascii";
  const RowShape shape = ShapeOf(query);
  EXPECT_EQ(shape.loss, 2U);
  EXPECT_EQ(
      shape.list,
      "_rivet.`id`, _rivet.`note`, CASE WHEN LOCATE('?', CONVERT(_rivet.`note` USING utf8mb4)) > "
      "0 AND CAST(CONVERT(CONVERT(_rivet.`note` USING utf8mb4) USING `ascii`) AS BINARY) <> "
      "CAST(_rivet.`note` AS BINARY) THEN 2 ELSE 0 END");
}

TEST(ReadSql, EachColumnWhoseLostBytesAreReplacedHasABitOfItsOwn) {
  auto query = Query();
  query.columns[1].lossy_charset = "ascii";
  query.columns[1].policies.Set(model::SpecialValue::kInvalidUtf8, model::PolicyAction::kReplace);
  const model::Column note = query.columns[1];
  for (size_t i = 0; i < kLossBits; ++i) query.columns.push_back(note);
  const RowShape shape = ShapeOf(query);
  EXPECT_FALSE(shape.loss.has_value());
  EXPECT_EQ(shape.replaced.size(), kLossBits + 1);
  EXPECT_EQ(shape.replaced.front(), 1U);
  EXPECT_EQ(shape.masks, (std::vector<size_t>{kLossBits + 2, kLossBits + 3}));
  EXPECT_NE(shape.list.find(" THEN 2305843009213693952 ELSE 0 END, CASE WHEN "), std::string::npos);
}

TEST(ReadSql, WindowsHoldTheirEdgesAsParameters) {
  model::Window window;
  window.kind = model::Window::Kind::kRange;
  window.key = {Key("id")};
  window.from = model::Bound{{Number(7)}, true};
  window.through = model::Bound{{Number(9)}, false};
  const auto sql = WindowCondition(window);
  ASSERT_TRUE(sql.ok());
  EXPECT_EQ(sql->text, "_rivet.`id` >= ? AND _rivet.`id` < ?");
  ASSERT_EQ(sql->parameters.size(), 2U);
  EXPECT_EQ(sql->parameters[0].number, 7);
  EXPECT_EQ(sql->parameters[1].number, 9);
  EXPECT_EQ(WindowCondition(window, LowerEdge::kWithout)->text, "_rivet.`id` < ?");
  window.kind = model::Window::Kind::kNull;
  EXPECT_EQ(WindowCondition(window)->text, "_rivet.`id` IS NULL");
}

// Row values would make the server read the index from its begin.
TEST(ReadSql, AKeyOfSeveralColumnsIsComparedColumnByColumn) {
  const std::vector<model::KeyColumn> key = {Key("a"), Key("b"), Key("c")};
  Parameters values;
  for (const int64_t value : {1, 2, 3}) values.push_back(client::mysql::SignedParameter(value));
  const Sql sql = BehindCondition(key, values);
  EXPECT_EQ(sql.text,
            "(_rivet.`a` > ? OR (_rivet.`a` = ? AND (_rivet.`b` > ? OR (_rivet.`b` = ? AND "
            "_rivet.`c` > ?))))");
  std::vector<int64_t> numbers;
  for (const Parameter& parameter : sql.parameters) numbers.push_back(parameter.number);
  EXPECT_EQ(numbers, (std::vector<int64_t>{1, 1, 2, 2, 3}));
}

TEST(ReadSql, KeysThatTheColumnsDoNotHoldAreAskedForBesides) {
  model::BoundedQuery query = Query();
  query.columns[0].type.kind = TypeKind::kServerText;
  query.page_key = {Key("id"), Key("line")};
  const RowShape shape = ShapeOf(query);
  EXPECT_FALSE(shape.plain);
  EXPECT_EQ(shape.list, "CAST(_rivet.`id` AS CHAR), _rivet.`note`, _rivet.`id`, _rivet.`line`");
  EXPECT_EQ(shape.keys, (std::vector<size_t>{2, 3}));
}

TEST(ReadSql, AQueryIsWrappedOnlyWhereItMustBe) {
  model::BoundedQuery query = Query();
  query.relation = {{}, "SELECT id, note FROM t; -- all"};
  query.page_key.clear();
  EXPECT_EQ(FirstStatement(query, "", 50)->text, "SELECT id, note FROM t");
  query.window.kind = model::Window::Kind::kRange;
  query.window.key = {Key("id")};
  query.window.through = model::Bound{{Number(9)}, true};
  EXPECT_EQ(FirstStatement(query, "", 50)->text,
            "SELECT _rivet.`id`, _rivet.`note` FROM (SELECT id, note FROM t) AS _rivet WHERE "
            "_rivet.`id` <= ?");
}

// The last day that a chunk by days ends behind is the one after the server's last.
TEST(ReadSql, EdgesBeyondTheServersCalendarAreNotSent) {
  constexpr int64_t kMicrosOfDay = 86'400'000'000, kLastDay = 2'932'896;
  const auto moment = [](int64_t days) {
    return std::make_shared<arrow::TimestampScalar>(days * kMicrosOfDay,
                                                    arrow::timestamp(arrow::TimeUnit::MICRO));
  };
  model::Window window;
  window.kind = model::Window::Kind::kRange;
  window.key = {Key("at", TypeKind::kTimestamp)};
  window.from = model::Bound{{moment(kLastDay)}, true};
  window.through = model::Bound{{moment(kLastDay + 1)}, false};
  const auto sql = WindowCondition(window);
  ASSERT_TRUE(sql.ok());
  EXPECT_EQ(sql->text, "_rivet.`at` >= ?");
  ASSERT_EQ(sql->parameters.size(), 1U);
  EXPECT_EQ(sql->parameters[0].moment.year, 9999U);
  window.from = model::Bound{{moment(kLastDay + 1)}, true};
  EXPECT_EQ(WindowCondition(window)->text, "1 = 0");
  window.from = model::Bound{{moment(-800'000)}, true};
  window.through.reset();
  EXPECT_EQ(WindowCondition(window)->text, "");
}

TEST(KeyValue, ScalarsKeepTheirTypeAndPrecision) {
  const auto unsigned_value = KeyValueOf(arrow::UInt64Scalar(18'446'744'073'709'551'615U));
  EXPECT_EQ(unsigned_value->parameter.kind, Parameter::Kind::kUnsigned);
  EXPECT_EQ(unsigned_value->parameter.number, -1);
  const auto moment =
      KeyValueOf(arrow::TimestampScalar(-1, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  EXPECT_EQ(moment->parameter.moment, (client::mysql::Moment{1969, 12, 31, 23, 59, 59, 999'999}));
  EXPECT_EQ(KeyValueOf(arrow::BinaryScalar("a\xff"))->parameter.kind, Parameter::Kind::kBytes);
  EXPECT_EQ(KeyValueOf(arrow::StringScalar("a"))->parameter.kind, Parameter::Kind::kText);
  const arrow::Decimal128Scalar decimal(arrow::Decimal128(-5), arrow::decimal128(12, 2));
  EXPECT_EQ(KeyValueOf(decimal)->parameter.text, "-0.05");
}

TEST(KeyValue, AKeyOfARowIsTakenAsItStands) {
  const auto parameter = [](const std::string& bytes, int type, uint32_t flags, uint32_t charset) {
    client::mysql::ResultColumn wire;
    wire.name = "k";
    wire.type = type;
    wire.flags = flags;
    wire.charset = charset;
    return KeyParameter(
        {reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size())}, wire);
  };
  using namespace client::mysql;
  EXPECT_EQ(parameter("\xff", kTinyType, 0, kBinaryCharset)->number, -1);
  EXPECT_EQ(parameter("\xff", kTinyType, kUnsignedFlag, kBinaryCharset)->number, 255);
  EXPECT_EQ(parameter("a ", kVarStringType, 0, 45)->text, "a ");
  EXPECT_EQ(parameter("a", kVarStringType, 0, 45)->kind, Parameter::Kind::kText);
  EXPECT_EQ(parameter("a", kVarStringType, 0, kBinaryCharset)->kind, Parameter::Kind::kBytes);
  // A day that no calendar has is a key like any other.
  EXPECT_EQ(parameter("", kDateType, 0, kBinaryCharset)->moment, Moment());
  EXPECT_TRUE(Is(parameter("12", kLongType, 0, kBinaryCharset).status(), kWire));
  EXPECT_TRUE(Is(KeyParameter(Field{}, {}).status(), kNullChunkKey));
}

using Line = client::mysql::Row;

TEST(CostOf, BothServersFormsAreRead) {
  const auto maria = CostOf({Line{"1", "SIMPLE", "_rivet", "range", "PRIMARY", "PRIMARY", "8",
                                  std::nullopt, "4242", "Using where"}});
  ASSERT_TRUE(maria.ok());
  EXPECT_EQ(maria->scan, "range using PRIMARY on _rivet");
  EXPECT_EQ(maria->row_estimate, 4242);
  EXPECT_FALSE(maria->sorts_or_hashes);
  const auto mysql =
      CostOf({Line{"1", "SIMPLE", "t", std::nullopt, "ALL", std::nullopt, std::nullopt,
                   std::nullopt, std::nullopt, "17", "100.00", "Using where; Using filesort"}});
  ASSERT_TRUE(mysql.ok());
  EXPECT_EQ(mysql->scan, "ALL on t");
  EXPECT_EQ(mysql->row_estimate, 17);
  EXPECT_TRUE(mysql->sorts_or_hashes);
  EXPECT_TRUE(Is(CostOf({Line{"1"}}).status(), kWire));
  EXPECT_TRUE(Is(CostOf({}).status(), kWire));
}

TEST(CostOf, WhatIsKeptAsATableFirstGathers) {
  const Line outer{"1",          "PRIMARY",    "<derived2>", "ALL", std::nullopt,
                   std::nullopt, std::nullopt, std::nullopt, "9",   ""};
  const Line inner{"2",          "DERIVED",    "t",          "ALL", std::nullopt,
                   std::nullopt, std::nullopt, std::nullopt, "9",   ""};
  EXPECT_TRUE(CostOf({outer, inner})->sorts_or_hashes);
  EXPECT_FALSE(CostOf({outer})->sorts_or_hashes);
}

TEST(Catalog, VersionsAndWidths) {
  EXPECT_EQ(VersionNumber("10.11.19-MariaDB-0+deb12u1"), 101'119);
  EXPECT_EQ(VersionNumber("8.0.36"), 80'036);
  EXPECT_EQ(VersionNumber("9.1.0-commercial"), 90'100);
  EXPECT_EQ(VersionNumber("nonsense"), 0);
  EXPECT_EQ(RowBytesOf(300), 300);
  EXPECT_EQ(RowBytesOf(8192), 8192);
  EXPECT_EQ(RowBytesOf(9'000), 4'096);
  EXPECT_EQ(RowBytesOf(30'000), 10'000);
}

}  // namespace
}  // namespace rivet::source::mysql
