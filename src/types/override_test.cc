#include "types/override.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "types/faults.h"

namespace rivet::types {
namespace {

using model::Column;
using model::LogicalType;
using model::TypeKind;
using ::testing::HasSubstr;

LogicalType Type(TypeKind kind) { return LogicalType{.kind = kind, .tag = {}, .element = nullptr}; }

LogicalType Decimal(int precision, int scale) {
  LogicalType type = Type(TypeKind::kDecimal);
  type.precision = precision;
  type.scale = scale;
  return type;
}

LogicalType ServerText(std::string tag) {
  LogicalType type = Type(TypeKind::kServerText);
  type.tag = std::move(tag);
  return type;
}

Column Described(std::string name, std::string native_type, LogicalType type) {
  Column column;
  column.name = std::move(name);
  column.native_type = std::move(native_type);
  column.type = std::move(type);
  return column;
}

TEST(ParseOverride, KnowsTheWordsAndTheirAliases) {
  const std::pair<const char*, TypeKind> kWords[] = {
      {"bool", TypeKind::kBool},
      {"BOOLEAN", TypeKind::kBool},
      {"int2", TypeKind::kInt16},
      {"smallint", TypeKind::kInt16},
      {"int4", TypeKind::kInt32},
      {"Integer", TypeKind::kInt32},
      {"int8", TypeKind::kInt64},
      {"bigint", TypeKind::kInt64},
      {"real", TypeKind::kFloat32},
      {" double   precision ", TypeKind::kFloat64},
      {"bpchar", TypeKind::kText},
      {"varbinary", TypeKind::kBinary},
      {"date", TypeKind::kDate},
      {"timestamp without time zone", TypeKind::kTimestamp},
      {"timestamp_utc", TypeKind::kTimestampTz},
      {"Timestamp With Time Zone", TypeKind::kTimestampTz},
      {"jsonb", TypeKind::kJson},
      {"uuid", TypeKind::kUuid},
      {"interval", TypeKind::kInterval},
  };
  for (const auto& [word, kind] : kWords) {
    const auto type = ParseOverride(word);
    ASSERT_TRUE(type.ok()) << word;
    EXPECT_EQ(type->kind, kind) << word;
  }
  EXPECT_EQ(*ParseOverride("NUMERIC( 12 , 2 )"), Decimal(12, 2));
  EXPECT_EQ(*ParseOverride("decimal(76,76)"), Decimal(76, 76));
  EXPECT_EQ(model::ToString(*ParseOverride("list<decimal(9,2)>")), "list<decimal(9,2)>");
}

TEST(ParseOverride, RefusesUnknownWordsAndBadNumbers) {
  for (const char* word :
       {"", "int9", "decimal", "decimal(0,0)", "decimal(77,2)", "decimal(5,6)", "decimal(5,-1)",
        "decimal(5)", "decimal(5,2", "decimal(a,b)", "decimal(5,2,1)", "list<>", "list<int9>"}) {
    EXPECT_EQ(CodeOf(ParseOverride(word).status()), &kOverrideWord) << word;
  }
  EXPECT_THAT(ParseOverride("int9").status().message(), HasSubstr("timestamp_tz"));
  EXPECT_EQ(CodeOf(ParseOverride("uint32").status()), &kOverrideUnavailable);
}

TEST(ParseOverride, SurvivesDeepNesting) {
  std::string word;
  for (int i = 0; i < 100'000; ++i) word += "list<";
  EXPECT_FALSE(ParseOverride(word + "int8" + std::string(100'000, '>')).ok());
}

LogicalType ListOf(LogicalType element) {
  LogicalType list = Type(TypeKind::kList);
  list.element = std::make_shared<const LogicalType>(std::move(element));
  return list;
}

struct Allowed {
  const char* native_type;
  LogicalType described;
  const char* word;
  LogicalType becomes;
};

TEST(ApplyOverrides, AllowsOwnTypesTextAndDecimals) {
  LogicalType list = Type(TypeKind::kList);
  list.element = std::make_shared<const LogicalType>(Type(TypeKind::kInt32));
  const Allowed kTable[] = {
      {"bigint", Type(TypeKind::kInt64), "int8", Type(TypeKind::kInt64)},
      {"numeric(12,2)", Decimal(12, 2), "decimal(12,2)", Decimal(12, 2)},
      {"numeric(12,2)", Decimal(12, 2), "decimal(40,4)", Decimal(40, 4)},
      {"numeric", ServerText("numeric"), "decimal(38,10)", Decimal(38, 10)},
      {"numeric", ServerText("numeric"), "text", ServerText("numeric")},
      {"text", Type(TypeKind::kText), "text", Type(TypeKind::kText)},
      {"jsonb", Type(TypeKind::kJson), "json", Type(TypeKind::kJson)},
      {"jsonb", Type(TypeKind::kJson), "text", ServerText("jsonb")},
      {"timestamp with time zone", Type(TypeKind::kTimestampTz), "text",
       ServerText("timestamp with time zone")},
      {"integer[]", list, "text", ServerText("integer[]")},
      {"integer[]", list, "list<int4>", list},
      {"money", Decimal(19, 2), "text", ServerText("money")},
      {"interval", Type(TypeKind::kInterval), "interval", Type(TypeKind::kInterval)},
      {"interval", Type(TypeKind::kInterval), "text", ServerText("interval")},
      {"pair", ServerText("composite"), "text", ServerText("pair")},
      {"pair", ServerText("composite"), "json", Type(TypeKind::kJson)},
      {"integer[]", list, "json", Type(TypeKind::kJson)},
      {"integer[]", list, "list<list<int4>>", ListOf(list)},
      {"integer[]", ListOf(list), "list<int4>", list},
      {"inet[]", ListOf(ServerText("inet")), "list<list<text>>",
       ListOf(ListOf(ServerText("inet")))},
      {"tinyint(1)", Type(TypeKind::kBool), "int16", Type(TypeKind::kInt16)},
      {"bigint unsigned", Type(TypeKind::kUInt64), "decimal(20,0)", Decimal(20, 0)},
      {"bigint", Type(TypeKind::kInt64), "int4", Type(TypeKind::kInt32)},
      {"integer", Type(TypeKind::kInt32), "int8", Type(TypeKind::kInt64)},
      {"bigint", Type(TypeKind::kInt64), "uint64", Type(TypeKind::kUInt64)},
      {"smallint", Type(TypeKind::kInt16), "decimal(9,2)", Decimal(9, 2)},
      {"real", Type(TypeKind::kFloat32), "float8", Type(TypeKind::kFloat64)},
      {"character varying(36)", Type(TypeKind::kText), "uuid", Type(TypeKind::kUuid)},
      {"char(36)", Type(TypeKind::kText), "uuid", Type(TypeKind::kUuid)},
      {"binary(16)", Type(TypeKind::kBinary), "uuid", Type(TypeKind::kUuid)},
  };
  for (const Allowed& row : kTable) {
    std::vector<Column> columns = {Described("other", "text", Type(TypeKind::kText)),
                                   Described("c", row.native_type, row.described)};
    ASSERT_TRUE(ApplyOverrides({{"c", row.word}}, &columns).ok())
        << row.native_type << " as " << row.word;
    EXPECT_EQ(columns[1].type, row.becomes) << row.native_type << " as " << row.word;
    EXPECT_EQ(columns[0].type, Type(TypeKind::kText));
  }
}

TEST(ApplyOverrides, RefusesTheRestByName) {
  const Allowed kTable[] = {
      {"character(36)", Type(TypeKind::kText), "uuid", {}},
      {"text", Type(TypeKind::kText), "int4", {}},
      {"numeric(5,0)", Decimal(5, 0), "int4", {}},
      {"oid", Type(TypeKind::kInt64), "decimal(10,0)", {}},
      {"bytea", Type(TypeKind::kBinary), "uuid", {}},
      {"text", Type(TypeKind::kText), "decimal(9,2)", {}},
      {"inet", ServerText("inet"), "decimal(9,2)", {}},
      {"inet", ServerText("inet"), "json", {}},
      {"integer[]", ListOf(Type(TypeKind::kInt32)), "list<int8>", {}},
      {"integer[]", ListOf(Type(TypeKind::kInt32)), "list<list<text>>", {}},
      {"integer", Type(TypeKind::kInt32), "list<int4>", {}},
      {"double precision", Type(TypeKind::kFloat64), "float4", {}},
      {"boolean", Type(TypeKind::kBool), "int16", {}},
      {"bit(64)", Type(TypeKind::kUInt64), "decimal(20,0)", {}},
  };
  for (const Allowed& row : kTable) {
    std::vector<Column> columns = {Described("c", row.native_type, row.described)};
    const Status status = ApplyOverrides({{"c", row.word}}, &columns);
    EXPECT_EQ(CodeOf(status), &kOverrideUnavailable) << row.native_type << " as " << row.word;
    EXPECT_THAT(status.message(), HasSubstr("column 'c'"));
    EXPECT_THAT(status.message(), HasSubstr("not available yet"));
    EXPECT_EQ(columns[0].type, row.described);
  }
}

TEST(ApplyOverrides, GivesMoneyNoOtherScale) {
  constexpr uint32_t kMoneyOid = 790;
  // A domain goes by its own name.
  for (const char* native : {"money", "shop.price"}) {
    std::vector<Column> columns = {Described("c", native, Decimal(19, 2))};
    columns[0].native_oid = kMoneyOid;
    EXPECT_EQ(CodeOf(ApplyOverrides({{"c", "decimal(9,2)"}}, &columns)), &kOverrideUnavailable);
    EXPECT_EQ(columns[0].type, Decimal(19, 2));
  }
}

TEST(ApplyOverrides, NamesTheNearestColumnAndReportsAllProblems) {
  std::vector<Column> columns = {Described("amount", "integer", Type(TypeKind::kInt32)),
                                 Described("Name", "text", Type(TypeKind::kText))};
  const Status status =
      ApplyOverrides({{"amuont", "text"}, {"name", "text"}, {"amount", "int9"}}, &columns);
  const auto faults = FaultsOf(status);
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_EQ(faults[0].code, &kOverrideWord);  // `amount`: names come in the order of the map
  EXPECT_THAT(faults[0].message, HasSubstr("column 'amount'"));
  EXPECT_EQ(faults[1].code, &kOverrideColumn);
  EXPECT_THAT(faults[1].hints.at(0), HasSubstr("'amount'"));
  EXPECT_EQ(faults[2].code, &kOverrideColumn);
  EXPECT_THAT(faults[2].hints.at(0), HasSubstr("write 'Name'"));
}

}  // namespace
}  // namespace rivet::types
