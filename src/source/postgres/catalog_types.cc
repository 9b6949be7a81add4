#include "source/postgres/catalog_types.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "source/faults.h"
#include "source/postgres/catalog_rows_internal.h"
#include "source/postgres/decode_form.h"

namespace rivet::source::postgres {
namespace {

using model::LogicalType;
using model::TypeKind;

constexpr int kDigitsMax = 76;
constexpr int kNegativeScaleVersion = 150'000;
constexpr int kMoneyDigits = 19;
// The server takes 2 where a locale says anything else.
constexpr int kMoneyScaleMax = 10;
constexpr uint32_t kRecordOid = 2249;

struct TypeLine {
  uint32_t oid;
  TypeKind kind;
};

constexpr TypeLine kTypes[] = {
    {kBoolOid, TypeKind::kBool},           {kInt2Oid, TypeKind::kInt16},
    {kInt4Oid, TypeKind::kInt32},          {kInt8Oid, TypeKind::kInt64},
    {kOidOid, TypeKind::kInt64},           {kXidOid, TypeKind::kInt64},
    {kCidOid, TypeKind::kInt64},           {kFloat4Oid, TypeKind::kFloat32},
    {kFloat8Oid, TypeKind::kFloat64},      {kTextOid, TypeKind::kText},
    {kVarcharOid, TypeKind::kText},        {kBpcharOid, TypeKind::kText},
    {kNameOid, TypeKind::kText},           {kCharOid, TypeKind::kText},
    {kByteaOid, TypeKind::kBinary},        {kUuidOid, TypeKind::kUuid},
    {kJsonOid, TypeKind::kJson},           {kJsonbOid, TypeKind::kJson},
    {kDateOid, TypeKind::kDate},           {kTimeOid, TypeKind::kTime},
    {kTimestampOid, TypeKind::kTimestamp}, {kTimestampTzOid, TypeKind::kTimestampTz},
    {kIntervalOid, TypeKind::kInterval},
};

LogicalType ServerText(std::string tag) {
  LogicalType type;
  type.kind = TypeKind::kServerText;
  type.tag = std::move(tag);
  return type;
}

LogicalType Decimal(int precision, int scale) {
  LogicalType type;
  type.kind = TypeKind::kDecimal;
  type.precision = precision;
  type.scale = scale;
  return type;
}

LogicalType NumericOf(int32_t modifier, int server_version) {
  constexpr int32_t kHeader = 4;
  if (modifier < kHeader) return ServerText("numeric");
  const int32_t packed = modifier - kHeader;
  int precision = (packed >> 16) & 0xffff;
  int scale = packed & 0xffff;
  if (server_version >= kNegativeScaleVersion) {
    scale = packed & 0x7ff;
    if (scale >= 0x400) scale -= 0x800;
  }
  // numeric(3,-2) holds 12300: five digits, none of them a fraction. numeric(2,5) holds 0.00012:
  // five fraction digits.
  if (scale < 0) precision -= std::exchange(scale, 0);
  precision = std::max(precision, scale);
  if (precision < 1 || precision > kDigitsMax) return ServerText("numeric");
  return Decimal(precision, scale);
}

// An extension's type has no fixed number.
bool IsHstore(const TypeFacts& facts) {
  constexpr uint32_t kFirstOwnOid = 16'384;
  return facts.name == "hstore" && facts.type_class == TypeClass::kBase &&
         facts.oid >= kFirstOwnOid;
}

bool IsComposite(const TypeFacts& facts) {
  return facts.type_class == TypeClass::kComposite || facts.oid == kRecordOid;
}

LogicalType ScalarOf(const TypeFacts& facts, const TypeSettings& settings) {
  LogicalType type;
  if (facts.type_class == TypeClass::kEnum) {
    type.kind = TypeKind::kEnum;
    return type;
  }
  if (IsComposite(facts)) return ServerText(std::string(model::kCompositeTag));
  if (facts.oid == kNumericOid) return NumericOf(facts.modifier, settings.server_version);
  if (facts.oid == kMoneyOid) return Decimal(kMoneyDigits, settings.money_scale);
  if (IsHstore(facts)) {
    type.kind = TypeKind::kJson;
    return type;
  }
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const TypeLine& line) { return line.oid == facts.oid; });
  if (found == std::end(kTypes)) return ServerText(facts.name);
  type.kind = found->kind;
  return type;
}

// One line a column: 0 place, 1 native text, 2 typname, 3 typtype, 4 element oid, 5 its modifier, 6
// its typname, 7 its typtype, 8 dimensions, 9 NOT NULL. The element's domains are followed to their
// base; a domain's modifier counts, else the array's own. A column of a domain has the dimensions
// that one of its domains was declared with. From 18 on a NOT NULL may be there
// without having been checked.
std::string TypesSql(const std::vector<client::postgres::ResultColumn>& results,
                     int server_version) {
  std::string values;
  for (size_t i = 0; i < results.size(); ++i) {
    const auto& column = results[i];
    values += (i == 0 ? "(" : ", (") + std::to_string(i) + ", " + std::to_string(column.type_oid) +
              "::pg_catalog.oid, " + std::to_string(column.type_modifier) + ", " +
              std::to_string(column.table_oid) + "::pg_catalog.oid, " +
              std::to_string(column.table_column) + ")";
  }
  constexpr int kUncheckedNotNullVersion = 180'000;
  std::string not_null = "a.attnotnull";
  if (server_version >= kUncheckedNotNullVersion) {
    not_null +=
        " AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint n WHERE n.conrelid = c.rel AND "
        "n.contype = 'n'"
        " AND n.conkey[1] = c.att AND NOT n.convalidated)";
  }
  return "SELECT c.i, CASE WHEN d.typtype = 'd' THEN pg_catalog.format_type(a.atttypid, "
         "a.atttypmod)"
         " ELSE pg_catalog.format_type(c.t, c.m) END,"
         " t.typname, t.typtype, e.oid, e.mod, e.typname, e.typtype,"
         " GREATEST(a.attndims::pg_catalog.int4, n.dimensions), " +
         not_null + " FROM (VALUES " + values +
         ") AS c(i, t, m, rel, att)"
         " JOIN pg_catalog.pg_type t ON t.oid = c.t"
         " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.rel AND a.attnum = c.att AND "
         "c.att > 0"
         " LEFT JOIN pg_catalog.pg_type d ON d.oid = a.atttypid"
         " LEFT JOIN LATERAL (WITH RECURSIVE s AS ("
         "SELECT d.typndims, d.typbasetype WHERE d.typtype = 'd'"
         " UNION ALL SELECT x.typndims, x.typbasetype FROM s JOIN pg_catalog.pg_type x"
         " ON x.oid = s.typbasetype WHERE x.typtype = 'd')"
         " SELECT pg_catalog.max(s.typndims) AS dimensions FROM s) AS n ON true"
         " LEFT JOIN LATERAL (WITH RECURSIVE b AS ("
         "SELECT x.oid, x.typtype, x.typbasetype, x.typname, x.typtypmod, c.m AS mod FROM "
         "pg_catalog.pg_type x"
         " WHERE x.oid = t.typelem AND t.typlen = -1 AND t.typcategory = 'A'"
         " UNION ALL SELECT x.oid, x.typtype, x.typbasetype, x.typname, x.typtypmod, b.typtypmod"
         " FROM b JOIN pg_catalog.pg_type x ON x.oid = b.typbasetype WHERE b.typtype = 'd')"
         " SELECT b.oid, b.mod, b.typname, b.typtype FROM b WHERE b.typtype <> 'd') AS e ON true"
         " ORDER BY c.i";
}

TypeClass ClassIn(const client::postgres::Row& row, size_t field) {
  const std::string text = TextIn(row, field);
  return text.empty() ? TypeClass::kBase : static_cast<TypeClass>(text[0]);
}

ColumnTypeFacts FactsIn(const client::postgres::Row& row,
                        const client::postgres::ResultColumn& result) {
  ColumnTypeFacts facts;
  facts.type = {result.type_oid, result.type_modifier, TextIn(row, 2), ClassIn(row, 3)};
  facts.array = row[4].has_value();
  if (facts.array) {
    facts.element = {static_cast<uint32_t>(IntegerIn(row, 4)),
                     static_cast<int32_t>(IntegerIn(row, 5)), TextIn(row, 6), ClassIn(row, 7)};
  }
  facts.dimensions = static_cast<int>(IntegerIn(row, 8));
  return facts;
}

}  // namespace

LogicalType LogicalTypeOf(const ColumnTypeFacts& facts, const TypeSettings& settings) {
  if (!facts.array) return ScalarOf(facts.type, settings);
  // The server's own text of a composite says everything; JSON nearly everything.
  LogicalType type = IsComposite(facts.element) ? ServerText(facts.element.name)
                                                : ScalarOf(facts.element, settings);
  const int depth = std::clamp(facts.dimensions, 1, static_cast<int>(kDimensionsMax));
  for (int i = 0; i < depth; ++i) {
    LogicalType list;
    list.kind = TypeKind::kList;
    list.element = std::make_shared<const LogicalType>(std::move(type));
    type = std::move(list);
  }
  return type;
}

Result<int> MoneyScale(client::postgres::Connection& connection, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(
      const auto rows,
      connection.Query("SELECT pg_catalog.scale('1'::pg_catalog.money::pg_catalog.numeric)", stop));
  const int64_t scale = rows.size() == 1 ? IntegerIn(rows[0], 0) : -1;
  if (scale < 0 || scale > kMoneyScaleMax)
    return Fail(kWire, "the server did not say how many fraction digits money has");
  return static_cast<int>(scale);
}

Result<std::vector<model::Column>> ColumnsWithTypes(
    client::postgres::Connection& connection,
    const std::vector<client::postgres::ResultColumn>& results, bool of_table,
    const std::stop_token& stop) {
  TypeSettings settings{.server_version = connection.server_version()};
  ARROW_ASSIGN_OR_RAISE(const auto rows,
                        connection.Query(TypesSql(results, settings.server_version), stop));
  if (rows.size() != results.size()) {
    return Fail(kDrift, "the types of the columns changed while they were looked up");
  }
  std::vector<ColumnTypeFacts> types;
  for (size_t i = 0; i < rows.size(); ++i) types.push_back(FactsIn(rows[i], results[i]));
  const bool money = std::any_of(types.begin(), types.end(), [](const ColumnTypeFacts& facts) {
    return facts.type.oid == kMoneyOid || facts.element.oid == kMoneyOid;
  });
  if (money) {
    ARROW_ASSIGN_OR_RAISE(settings.money_scale, MoneyScale(connection, stop));
  }
  std::vector<model::Column> columns;
  for (size_t i = 0; i < rows.size(); ++i) {
    const client::postgres::Row& row = rows[i];
    model::Column column;
    column.name = results[i].name;
    column.native_type = TextIn(row, 1);
    column.native_oid = results[i].type_oid;
    column.native_modifier = results[i].type_modifier;
    column.native_element_oid = types[i].element.oid;
    column.type = LogicalTypeOf(types[i], settings);
    // What the literal of an amount means depends on the locale of the session that reads it.
    column.comes_back = types[i].type.oid != kMoneyOid;
    column.not_null = of_table && TrueIn(row, 9);
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace rivet::source::postgres
