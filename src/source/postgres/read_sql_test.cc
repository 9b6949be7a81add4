#include "source/postgres/read_sql.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

namespace rivet::source::postgres {
namespace {

using model::TypeKind;

model::Column ColumnOf(const std::string& name, TypeKind kind, uint32_t oid,
                       int32_t modifier = -1) {
  model::Column column;
  column.name = name;
  column.native_oid = oid;
  column.native_modifier = modifier;
  column.type.kind = kind;
  return column;
}

model::BoundedQuery Orders() {
  model::BoundedQuery query{};
  query.relation.table = {"public", "orders"};
  query.columns = {ColumnOf("id", TypeKind::kInt64, kInt8Oid),
                   ColumnOf("no\"te", TypeKind::kText, kTextOid)};
  query.page_key = {{"id", query.columns[0].type, "bigint"}};
  query.limits.batch_rows_max = 1'000;
  query.limits.value_bytes_max = 1'000;
  return query;
}

model::ServerFacts Server(int version) {
  model::ServerFacts server;
  server.version_number = version;
  return server;
}

TEST(ReadSql, PagesFollowTheKey) {
  const model::BoundedQuery query = Orders();
  EXPECT_EQ(WayOf(Server(150'004), query), ReadWay::kKeyPages);
  EXPECT_EQ(*FirstStatementSql(Server(150'004), query),
            "SELECT _rivet.\"id\", _rivet.\"no\"\"te\" FROM \"public\".\"orders\" AS _rivet"
            " ORDER BY _rivet.\"id\" LIMIT 1000");
  EXPECT_EQ(AfterCondition(query, {"7"}), "_rivet.\"id\" > '7'::bigint");
}

TEST(ReadSql, CompositeKeysAreComparedAsRowsAndQuoted) {
  model::BoundedQuery query = Orders();
  query.page_key.push_back({"no\"te", query.columns[1].type, "text"});
  EXPECT_EQ(AfterCondition(query, {"7", "it's"}),
            "(_rivet.\"id\", _rivet.\"no\"\"te\") > ('7'::bigint, 'it''s'::text)");
  EXPECT_EQ(PageTail(query, 5), " ORDER BY _rivet.\"id\", _rivet.\"no\"\"te\" LIMIT 5");
}

TEST(ReadSql, WindowsBoundTheKey) {
  model::BoundedQuery query = Orders();
  query.window.kind = model::Window::Kind::kRange;
  query.window.key = query.page_key;
  query.window.from = model::Bound{{arrow::MakeScalar<int64_t>(1)}, true};
  query.window.through = model::Bound{{arrow::MakeScalar<int64_t>(9)}, false};
  EXPECT_EQ(*WindowCondition(query.window),
            "_rivet.\"id\" >= '1'::bigint AND _rivet.\"id\" < '9'::bigint");
  EXPECT_EQ(*WindowCondition(query.window, LowerEdge::kWithout), "_rivet.\"id\" < '9'::bigint");
  EXPECT_TRUE(PagesFollowWindow(query));
  query.window.key[0].name = "other";
  EXPECT_FALSE(PagesFollowWindow(query));
  query.window.from.reset();
  query.window.through.reset();
  EXPECT_EQ(*WindowCondition(query.window), "");
}

TEST(ReadSql, EdgesMustMatchTheKeyAndHaveValues) {
  model::BoundedQuery query = Orders();
  query.window.kind = model::Window::Kind::kRange;
  query.window.key = query.page_key;
  query.window.from = model::Bound{{}, true};
  EXPECT_TRUE(Is(WindowCondition(query.window).status(), kInternalBug));
  query.window.from = model::Bound{{arrow::MakeNullScalar(arrow::int64())}, true};
  EXPECT_TRUE(Is(WindowCondition(query.window).status(), kInternalBug));
}

TEST(ReadSql, EdgesAreWrittenAsTheServerReadsThem) {
  const auto edge = [](std::shared_ptr<arrow::Scalar> value, const std::string& type) {
    model::Window window;
    window.kind = model::Window::Kind::kRange;
    window.key = {{"k", {}, type}};
    window.through = model::Bound{{std::move(value)}, true};
    return *WindowCondition(window);
  };
  const auto days = [](int32_t value) { return std::make_shared<arrow::Date32Scalar>(value); };
  EXPECT_EQ(edge(days(0), "date"), "_rivet.\"k\" <= '1970-01-01'::date");
  // date '1970-01-01' - 735160 and + 3672305, as the server prints them.
  EXPECT_EQ(edge(days(-735'160), "date"), "_rivet.\"k\" <= '0044-03-15 BC'::date");
  EXPECT_EQ(edge(days(3'672'305), "date"), "_rivet.\"k\" <= '12024-06-06'::date");
  EXPECT_EQ(edge(std::make_shared<arrow::BinaryScalar>(std::string("\0\xff", 2)), "bytea"),
            "_rivet.\"k\" <= E'\\\\x00ff'::bytea");
}

TEST(ReadSql, RowsWithoutAKeyAreReadByCursor) {
  model::BoundedQuery query = Orders();
  query.window.kind = model::Window::Kind::kNull;
  query.window.key = query.page_key;
  EXPECT_EQ(WayOf(Server(150'004), query), ReadWay::kCursor);
  EXPECT_EQ(*WindowCondition(query.window), "_rivet.\"id\" IS NULL");
  EXPECT_TRUE(ShapeOf(query, ReadWay::kCursor, false).keys.empty());
}

TEST(ReadSql, WholeHeapsAreReadByBlocksWhereTheServerCan) {
  model::BoundedQuery query = Orders();
  query.whole_heap = true;
  EXPECT_EQ(WayOf(Server(140'000), query), ReadWay::kBlocks);
  EXPECT_EQ(WayOf(Server(130'012), query), ReadWay::kKeyPages);
  query.window.kind = model::Window::Kind::kRange;
  EXPECT_EQ(WayOf(Server(140'000), query), ReadWay::kKeyPages);
  EXPECT_EQ(BlockCondition(3, 7),
            "_rivet.ctid >= '(3,0)'::pg_catalog.tid AND _rivet.ctid < '(7,0)'::pg_catalog.tid");
  EXPECT_EQ(BlockCondition(7, -1), "_rivet.ctid >= '(7,0)'::pg_catalog.tid");
}

TEST(ReadSql, AQueryStandsInParentheses) {
  model::BoundedQuery query = Orders();
  query.relation = {};
  query.relation.query = "select * from o -- all\n;";
  EXPECT_EQ(FromItem(query.relation), "(select * from o) AS _rivet");
}

TEST(ReadSql, KeysThatColumnsDoNotHoldAreAddedAsText) {
  model::BoundedQuery query = Orders();
  query.page_key = {{"id", {}, "bigint"}, {"at", {}, "timestamp with time zone"}};
  const RowShape shape = ShapeOf(query, ReadWay::kKeyPages, false);
  ASSERT_EQ(shape.keys.size(), 2U);
  EXPECT_EQ(shape.keys[0].field, 0U);
  EXPECT_EQ(shape.keys[0].wire, Wire::kInt8);
  EXPECT_EQ(shape.keys[1].field, 2U);
  EXPECT_EQ(shape.fields, 3U);
  EXPECT_EQ(shape.select_list,
            "_rivet.\"id\", _rivet.\"no\"\"te\", _rivet.\"at\"::pg_catalog.text");
  // A key selected as text must not be compared by that text.
  query.columns[0].type.kind = TypeKind::kText;
  EXPECT_EQ(ShapeOf(query, ReadWay::kKeyPages, false).keys[0].field, 2U);
}

TEST(ReadSql, LargeValuesAreGuarded) {
  model::BoundedQuery query = Orders();
  const RowShape shape = ShapeOf(query, ReadWay::kCursor, true);
  EXPECT_TRUE(shape.guarded);
  EXPECT_EQ(shape.guard_field(), 2U);
  EXPECT_EQ(shape.fields, 3U);
  EXPECT_EQ(
      shape.select_list,
      "_rivet.\"id\", CASE WHEN pg_catalog.octet_length(_rivet.\"no\"\"te\") > 1000 THEN NULL ELSE"
      " _rivet.\"no\"\"te\" END, CASE WHEN pg_catalog.octet_length(_rivet.\"no\"\"te\") > 1000 "
      "THEN '1:' ||"
      " pg_catalog.octet_length(_rivet.\"no\"\"te\") END");
  EXPECT_FALSE(ShapeOf(query, ReadWay::kCursor, false).guarded);
  query.columns[1] = ColumnOf("v", TypeKind::kText, kVarcharOid, 4 + 250);
  EXPECT_FALSE(ShapeOf(query, ReadWay::kCursor, true).guarded);
  query.columns[1] = ColumnOf("v", TypeKind::kText, kVarcharOid, 4 + 251);
  EXPECT_TRUE(ShapeOf(query, ReadWay::kCursor, true).guarded);
}

TEST(ReadSql, TypesWithoutAReaderAreSelectedAsText) {
  const auto expression = [](model::Column column) {
    return SelectExpression(FormOf(column), "c");
  };
  EXPECT_EQ(expression(ColumnOf("c", TypeKind::kServerText, kIntervalOid)), "c::pg_catalog.text");
  EXPECT_EQ(expression(ColumnOf("c", TypeKind::kInterval, kIntervalOid)), "c");
  EXPECT_EQ(expression(ColumnOf("c", TypeKind::kText, kInt4Oid)), "c::pg_catalog.text");
  EXPECT_EQ(expression(ColumnOf("c", TypeKind::kServerText, kInetOid)), "c");
  EXPECT_EQ(expression(ColumnOf("c", TypeKind::kDecimal, kMoneyOid)), "c");
  EXPECT_EQ(expression(ColumnOf("c", TypeKind::kServerText, kMoneyOid)), "c::pg_catalog.text");
  EXPECT_EQ(expression(ColumnOf("c", TypeKind::kEnum, 16'999)), "c");
  model::Column composite = ColumnOf("c", TypeKind::kServerText, 16'999);
  composite.type.tag = "composite";
  EXPECT_EQ(expression(composite), "pg_catalog.to_json(c)::pg_catalog.text");
  // Overridden to text.
  composite.type.tag = "public.pair";
  EXPECT_EQ(expression(composite), "c::pg_catalog.text");
  // An extension's type that has JSON.
  EXPECT_EQ(expression(ColumnOf("c", TypeKind::kJson, 16'997)),
            "pg_catalog.to_json(c)::pg_catalog.text");
  model::Column list = ColumnOf("c", TypeKind::kList, 16'998);
  list.type.element =
      std::make_shared<const model::LogicalType>(ColumnOf("", TypeKind::kInt32, 0).type);
  EXPECT_EQ(expression(list), "c::pg_catalog.int4[]");
  list.native_oid = 1007;
  EXPECT_EQ(expression(list), "c");
  // Of a domain: its elements come as those of its base.
  list.native_oid = 16'996;
  list.native_element_oid = kInt4Oid;
  EXPECT_EQ(expression(list), "c");
  EXPECT_EQ(FormOf(list).element_oid, 0U);
  list.type.element = std::make_shared<const model::LogicalType>(list.type);
  EXPECT_EQ(expression(list), "c");
  list.native_element_oid = 16'995;
  EXPECT_EQ(expression(list), "c::pg_catalog.int4[]");
}

}  // namespace
}  // namespace rivet::source::postgres
