#include "source/mysql/column_types.h"

#include <gtest/gtest.h>

#include "source/faults.h"

namespace rivet::source::mysql {
namespace {

using namespace client::mysql;
using model::TypeKind;

constexpr uint32_t kUtf8mb4 = 45;

// Descriptions as MariaDB 10.11 sends them for a table of every type.
struct Case {
  int type;
  uint64_t length;
  uint32_t decimals, flags, charset;
  const char *type_name, *format_name;
  const char *native, *logical;
};

constexpr Case kCases[] = {
    {kTinyType, 1, 0, 0, kBinaryCharset, "", "", "tinyint(1)", "bool"},
    {kTinyType, 4, 0, 0, kBinaryCharset, "", "", "tinyint", "int16"},
    {kTinyType, 3, 0, kUnsignedFlag, kBinaryCharset, "", "", "tinyint unsigned", "int16"},
    {kShortType, 6, 0, 0, kBinaryCharset, "", "", "smallint", "int16"},
    {kShortType, 5, 0, kUnsignedFlag, kBinaryCharset, "", "", "smallint unsigned", "int32"},
    {kInt24Type, 9, 0, 0, kBinaryCharset, "", "", "mediumint", "int32"},
    {kInt24Type, 8, 0, kUnsignedFlag, kBinaryCharset, "", "", "mediumint unsigned", "int64"},
    {kLongType, 11, 0, 0, kBinaryCharset, "", "", "int", "int32"},
    {kLongType, 1, 0, 0, kBinaryCharset, "", "", "int", "int32"},
    {kLongType, 10, 0, kUnsignedFlag, kBinaryCharset, "", "", "int unsigned", "int64"},
    {kLongLongType, 20, 0, 0, kBinaryCharset, "", "", "bigint", "int64"},
    {kLongLongType, 20, 0, kUnsignedFlag, kBinaryCharset, "", "", "bigint unsigned", "uint64"},
    {kFloatType, 12, 31, 0, kBinaryCharset, "", "", "float", "float32"},
    {kDoubleType, 22, 31, 0, kBinaryCharset, "", "", "double", "float64"},
    {kNewDecimalType, 14, 2, 0, kBinaryCharset, "", "", "decimal(12,2)", "decimal(12,2)"},
    {kNewDecimalType, 66, 30, kUnsignedFlag, kBinaryCharset, "", "", "decimal(65,30) unsigned",
     "decimal(65,30)"},
    {kNewDecimalType, 7, 5, 0, kBinaryCharset, "", "", "decimal(5,5)", "decimal(5,5)"},
    {kNewDecimalType, 36, 2, 0, kBinaryCharset, "", "", "decimal(34,2)", "decimal(34,2)"},
    {kBitType, 1, 0, kUnsignedFlag, kBinaryCharset, "", "", "bit(1)", "bool"},
    {kBitType, 63, 0, kUnsignedFlag, kBinaryCharset, "", "", "bit(63)", "int64"},
    {kBitType, 64, 0, kUnsignedFlag, kBinaryCharset, "", "", "bit(64)", "uint64"},
    {kYearType, 4, 0, kUnsignedFlag, kBinaryCharset, "", "", "year", "int16"},
    {kDateType, 10, 0, 0, kBinaryCharset, "", "", "date", "date"},
    {kTimeType, 13, 2, 0, kBinaryCharset, "", "", "time(2)", "time"},
    {kDateTimeType, 19, 0, 0, kBinaryCharset, "", "", "datetime", "timestamp"},
    {kDateTimeType, 26, 6, 0, kBinaryCharset, "", "", "datetime(6)", "timestamp"},
    {kTimestampType, 23, 3, 0, kBinaryCharset, "", "", "timestamp(3)", "timestamp_tz"},
    {kStringType, 40, 0, 0, kUtf8mb4, "", "", "char(10)", "text"},
    {kVarStringType, 480, 0, 0, kUtf8mb4, "", "", "varchar(120)", "text"},
    // A _bin collation sets the BINARY flag: it is text all the same.
    {kVarStringType, 120, 0, 128, kUtf8mb4, "", "", "varchar(30)", "text"},
    {kBlobType, 1020, 0, 16, kUtf8mb4, "", "", "tinytext", "text"},
    {kBlobType, 262'140, 0, 16, kUtf8mb4, "", "", "text", "text"},
    {kBlobType, 67'108'860, 0, 16, kUtf8mb4, "", "", "mediumtext", "text"},
    {kBlobType, 4'294'967'295, 0, 16, kUtf8mb4, "", "", "longtext", "text"},
    {kStringType, 4, 0, 128, kBinaryCharset, "", "", "binary(4)", "binary"},
    {kVarStringType, 7, 0, 128, kBinaryCharset, "", "", "varbinary(7)", "binary"},
    {kBlobType, 255, 0, 144, kBinaryCharset, "", "", "tinyblob", "binary"},
    {kBlobType, 65'535, 0, 144, kBinaryCharset, "", "", "blob", "binary"},
    {kBlobType, 16'777'215, 0, 144, kBinaryCharset, "", "", "mediumblob", "binary"},
    {kBlobType, 4'294'967'295, 0, 144, kBinaryCharset, "", "", "longblob", "binary"},
    {kStringType, 12, 0, kEnumFlag, kUtf8mb4, "", "", "enum", "enum"},
    {kStringType, 12, 0, kSetFlag, kUtf8mb4, "", "", "set", "enum"},
    {kJsonType, 4'294'967'295, 0, 144, kUtf8mb4, "", "", "json", "json"},
    {kBlobType, 4'294'967'295, 0, 144, kUtf8mb4, "", "json", "json", "json"},
    {kStringType, 144, 0, 160, kUtf8mb4, "uuid", "", "uuid", "uuid"},
    {kStringType, 60, 0, 160, kUtf8mb4, "inet4", "", "inet4", "text (inet4)"},
    {kStringType, 156, 0, 160, kUtf8mb4, "inet6", "", "inet6", "text (inet6)"},
    {kNullType, 0, 0, 0, kBinaryCharset, "", "", "null", "text"},
};

ResultColumn ResultOf(const Case& one) {
  ResultColumn result;
  result.name = "c";
  result.type = one.type;
  result.length = one.length;
  result.decimals = one.decimals;
  result.flags = one.flags;
  result.charset = one.charset;
  result.type_name = one.type_name;
  result.format_name = one.format_name;
  return result;
}

TEST(ColumnTypes, EveryTypeOfTheSpecification) {
  for (const Case& one : kCases) {
    const model::Column column = ColumnOf(ResultOf(one), false);
    EXPECT_EQ(column.native_type, one.native);
    EXPECT_EQ(model::ToString(column.type), one.logical) << one.native;
    EXPECT_TRUE(CheckReadable(column).ok()) << one.native;
    EXPECT_EQ(SelectOf(column), Select::kPlain) << one.native;
  }
}

TEST(ColumnTypes, NotNullIsBelievedOfTablesOnly) {
  ResultColumn result;
  result.type = kLongType;
  result.flags = kNotNullFlag;
  EXPECT_TRUE(ColumnOf(result, true).not_null);
  EXPECT_FALSE(ColumnOf(result, false).not_null);
}

TEST(ColumnTypes, WhatHasNoExactFormIsRefusedByName) {
  ResultColumn result;
  result.name = "place";
  result.type = kGeometryType;
  result.type_name = "point";
  model::Column column = ColumnOf(result, true);
  const Status refused = CheckReadable(column);
  EXPECT_TRUE(Is(refused, kTypeUnsupported));
  EXPECT_NE(refused.message().find("place"), std::string::npos);
  EXPECT_NE(refused.message().find("point"), std::string::npos);
  result.type = kVectorType;
  EXPECT_TRUE(Is(CheckReadable(ColumnOf(result, true)), kTypeUnsupported));
}

// `columns: {c: text}`: the server's own text, and never a cast that could lose it.
TEST(ColumnTypes, TextByOverride) {
  const auto select = [](const char* native) {
    model::Column column;
    column.native_type = native;
    column.type.kind = TypeKind::kServerText;
    column.type.tag = native;
    EXPECT_TRUE(CheckReadable(column).ok()) << native;
    return SelectOf(column);
  };
  for (const char* native : {"bigint unsigned", "decimal(12,2)", "datetime(6)", "time", "double",
                             "tinyint(1)", "year"}) {
    EXPECT_EQ(select(native), Select::kCastText) << native;
  }
  for (const char* native :
       {"varchar(12)", "longtext", "enum", "json", "uuid", "inet6", "blob", "varbinary(7)"}) {
    EXPECT_EQ(select(native), Select::kPlain) << native;
  }
  EXPECT_EQ(select("bit(8)"), Select::kNumberText);
  EXPECT_EQ(select("point"), Select::kGeometryText);
  EXPECT_EQ(SelectExpression(Select::kCastText, "_rivet.`c`"), "CAST(_rivet.`c` AS CHAR)");
}

}  // namespace
}  // namespace rivet::source::mysql
