#include "source/mysql/decode.h"

#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "source/faults.h"
#include "types/text.h"

namespace rivet::source::mysql {
namespace {

using namespace client::mysql;
using model::TypeKind;
using ::testing::HasSubstr;

constexpr uint32_t kUtf8mb4 = 45;

ResultColumn Wire(int type, uint32_t flags = 0, uint32_t charset = kBinaryCharset) {
  ResultColumn wire;
  wire.name = "c";
  wire.type = type;
  wire.flags = flags;
  wire.charset = charset;
  return wire;
}

model::LogicalType Type(TypeKind kind, int precision = 0, int scale = 0) {
  return {.kind = kind, .precision = precision, .scale = scale, .tag = {}, .element = nullptr};
}

std::string Bytes(std::initializer_list<int> bytes) {
  std::string out;
  for (const int byte : bytes) out += static_cast<char>(byte);
  return out;
}

// One value through the decoder of its column, as text.
Result<std::string> Decoded(const model::LogicalType& type, const ResultColumn& wire,
                            const std::string& bytes, int64_t bytes_max = 0) {
  const FieldRules rules{"c", "native", bytes_max};
  ARROW_ASSIGN_OR_RAISE(const auto reader, MakeFieldReader(type, wire, rules));
  ARROW_RETURN_NOT_OK(reader->Reserve(2));
  ARROW_RETURN_NOT_OK(reader->Append(Field{}));
  ARROW_RETURN_NOT_OK(reader->Append(
      {reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size())}));
  ARROW_ASSIGN_OR_RAISE(const auto array, reader->Finish());
  EXPECT_TRUE(array->IsNull(0));
  std::string text;
  ARROW_RETURN_NOT_OK(types::AppendText(*array, 1, &text));
  return text;
}

std::string TextOf(const model::LogicalType& type, const ResultColumn& wire,
                   const std::string& bytes) {
  const auto text = Decoded(type, wire, bytes);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ValueOr("");
}

Status Refusal(const model::LogicalType& type, const ResultColumn& wire, const std::string& bytes,
               int64_t bytes_max = 0) {
  return Decoded(type, wire, bytes, bytes_max).status();
}

TEST(Decode, IntegersOfEveryWidthAndSign) {
  EXPECT_EQ(TextOf(Type(TypeKind::kInt16), Wire(kTinyType), "\xfb"), "-5");
  EXPECT_EQ(TextOf(Type(TypeKind::kInt16), Wire(kTinyType, kUnsignedFlag), "\xfb"), "251");
  EXPECT_EQ(TextOf(Type(TypeKind::kInt16), Wire(kShortType), Bytes({0, 0x80})), "-32768");
  EXPECT_EQ(TextOf(Type(TypeKind::kInt32), Wire(kShortType, kUnsignedFlag), "\xff\xff"), "65535");
  EXPECT_EQ(TextOf(Type(TypeKind::kInt32), Wire(kInt24Type), Bytes({0, 0, 0x80, 0xff})),
            "-8388608");
  EXPECT_EQ(TextOf(Type(TypeKind::kInt64), Wire(kLongType, kUnsignedFlag), "\xff\xff\xff\xff"),
            "4294967295");
  EXPECT_EQ(TextOf(Type(TypeKind::kInt64), Wire(kLongLongType), Bytes({0, 0, 0, 0, 0, 0, 0, 0x80})),
            "-9223372036854775808");
  EXPECT_EQ(TextOf(Type(TypeKind::kUInt64), Wire(kLongLongType, kUnsignedFlag),
                   "\xff\xff\xff\xff\xff\xff\xff\xff"),
            "18446744073709551615");
  EXPECT_EQ(TextOf(Type(TypeKind::kInt16), Wire(kYearType, kUnsignedFlag), Bytes({0xe8, 0x07})),
            "2024");
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kInt64), Wire(kLongLongType), "1234"), kWire));
}

TEST(Decode, BitsAreANumberMostSignificantFirst) {
  // The bytes of the digits 1 and 2: never to be read as the number twelve.
  EXPECT_EQ(TextOf(Type(TypeKind::kInt64), Wire(kBitType, kUnsignedFlag), "12"), "12594");
  EXPECT_EQ(TextOf(Type(TypeKind::kUInt64), Wire(kBitType, kUnsignedFlag),
                   "\xff\xff\xff\xff\xff\xff\xff\xff"),
            "18446744073709551615");
  EXPECT_EQ(TextOf(Type(TypeKind::kBool), Wire(kBitType, kUnsignedFlag), Bytes({1})), "true");
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kUInt64), Wire(kBitType), "123456789"), kWire));
}

TEST(Decode, ABooleanIsZeroOrOneOrRefused) {
  EXPECT_EQ(TextOf(Type(TypeKind::kBool), Wire(kTinyType), Bytes({0})), "false");
  EXPECT_EQ(TextOf(Type(TypeKind::kBool), Wire(kTinyType), Bytes({1})), "true");
  const Status refused = Refusal(Type(TypeKind::kBool), Wire(kTinyType), Bytes({0xfe}));
  EXPECT_TRUE(Is(refused, kValue)) << refused;
  EXPECT_THAT(refused.message(), HasSubstr("'-2'"));
  ASSERT_FALSE(FaultOf(refused).hints.empty());
  EXPECT_THAT(FaultOf(refused).hints[0], HasSubstr("int16"));
}

TEST(Decode, FloatsKeepTheirBits) {
  EXPECT_EQ(TextOf(Type(TypeKind::kFloat32), Wire(kFloatType), Bytes({0xcd, 0xcc, 0xcc, 0x3d})),
            "0.1");
  EXPECT_EQ(TextOf(Type(TypeKind::kFloat64), Wire(kDoubleType),
                   Bytes({0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0xbf})),
            "-0.1");
}

TEST(Decode, DecimalsAreExactOrRefused) {
  const ResultColumn wire = Wire(kNewDecimalType);
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 12, 2), wire, "-1234567890.12"), "-1234567890.12");
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 12, 2), wire, "0.00"), "0.00");
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 12, 2), wire, "0000000012.50"), "12.50");
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 12, 4), wire, "-0.5"), "-0.5000");
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 5, 5), wire, "0.12345"), "0.12345");
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 3, 1), wire, "12.300"), "12.3");
  const std::string digits38(38, '9');
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 38, 0), wire, "-" + digits38), "-" + digits38);
  const std::string digits65 =
      "-12345678901234567890123456789012345.123456789012345678901234567890";
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 65, 30), wire, digits65), digits65);
  const std::string digits76(76, '9');
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 76, 0), wire, digits76), digits76);
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kDecimal, 4, 2), wire, "123.00"), kValue));
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kDecimal, 4, 2), wire, "12.345"), kValue));
  for (const char* text : {"", "-", ".", "-.", "1e5", "1.2.3", "12a", "NaN"})
    EXPECT_TRUE(Is(Refusal(Type(TypeKind::kDecimal, 9, 2), wire, text), kWire)) << text;
}

// `columns: {c: decimal(20,0)}` on bigint unsigned, and others.
TEST(Decode, IntegersAsDecimals) {
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 5, 1), Wire(kTinyType), "\x80"), "-128.0");
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 5, 0), Wire(kShortType, kUnsignedFlag), "\xff\xff"),
            "65535");
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kDecimal, 2, 0), Wire(kTinyType), "\x80"), kValue));
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kDecimal, 5, 0), Wire(kLongType), "\x01"), kWire));
  const ResultColumn wire = Wire(kLongLongType, kUnsignedFlag);
  const std::string largest = "\xff\xff\xff\xff\xff\xff\xff\xff";
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 20, 0), wire, largest), "18446744073709551615");
  EXPECT_EQ(TextOf(Type(TypeKind::kDecimal, 22, 2), wire, largest), "18446744073709551615.00");
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kDecimal, 19, 0), wire, largest), kValue));
}

TEST(Decode, DatesAndMoments) {
  const auto day = [](int year, int month, int day) {
    return Bytes({year & 255, year >> 8, month, day});
  };
  EXPECT_EQ(TextOf(Type(TypeKind::kDate), Wire(kDateType), day(2024, 2, 29)), "2024-02-29");
  EXPECT_EQ(TextOf(Type(TypeKind::kDate), Wire(kDateType), day(1, 1, 1)), "0001-01-01");
  EXPECT_EQ(TextOf(Type(TypeKind::kTimestamp), Wire(kDateTimeType), day(1969, 12, 31)),
            "1969-12-31T00:00:00.000000");
  EXPECT_EQ(TextOf(Type(TypeKind::kTimestamp), Wire(kDateTimeType),
                   day(1969, 12, 31) + Bytes({23, 59, 59})),
            "1969-12-31T23:59:59.000000");
  EXPECT_EQ(TextOf(Type(TypeKind::kTimestampTz), Wire(kTimestampType),
                   day(9999, 12, 31) + Bytes({23, 59, 59, 0x3f, 0x42, 0x0f, 0})),
            "9999-12-31T23:59:59.999999Z");
}

// No value vanishes: what the calendar does not have stops the run, with the value in the message.
TEST(Decode, ZeroAndImpossibleDatesAreRefused) {
  const auto refused = [](int type, TypeKind kind, const std::string& bytes) {
    const Status status = Refusal(Type(kind), Wire(type), bytes);
    EXPECT_TRUE(Is(status, kValue)) << status;
    return status.message();
  };
  EXPECT_THAT(refused(kDateType, TypeKind::kDate, ""), HasSubstr("'0000-00-00'"));
  EXPECT_THAT(refused(kDateTimeType, TypeKind::kTimestamp, ""),
              HasSubstr("'0000-00-00 00:00:00.000000'"));
  EXPECT_THAT(refused(kDateType, TypeKind::kDate, Bytes({0xe8, 7, 0, 5})), HasSubstr("2024-00-05"));
  EXPECT_THAT(refused(kDateType, TypeKind::kDate, Bytes({0xe8, 7, 5, 0})), HasSubstr("2024-05-00"));
  EXPECT_THAT(refused(kDateType, TypeKind::kDate, Bytes({0xe7, 7, 2, 29})),
              HasSubstr("2023-02-29"));
  EXPECT_THAT(refused(kDateType, TypeKind::kDate, Bytes({0x6c, 7, 2, 29})),
              HasSubstr("1900-02-29"));
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kDate), Wire(kDateType), "12345"), kWire));
}

TEST(Decode, ATimeIsOneOfADay) {
  const ResultColumn wire = Wire(kTimeType);
  const model::LogicalType time = Type(TypeKind::kTime);
  EXPECT_EQ(TextOf(time, wire, ""), "00:00:00.000000");
  EXPECT_EQ(TextOf(time, wire, Bytes({0, 0, 0, 0, 0, 23, 59, 59})), "23:59:59.000000");
  EXPECT_EQ(TextOf(time, wire, Bytes({0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0})), "01:02:03.000004");
  const Status negative = Refusal(time, wire, Bytes({1, 34, 0, 0, 0, 22, 59, 59}));
  EXPECT_TRUE(Is(negative, kValue));
  EXPECT_THAT(negative.message(), HasSubstr("'-838:59:59.000000'"));
  EXPECT_THAT(Refusal(time, wire, Bytes({0, 1, 0, 0, 0, 0, 0, 0})).message(),
              HasSubstr("'24:00:00.000000'"));
  EXPECT_TRUE(Is(Refusal(time, wire, "1234567"), kWire));
}

TEST(Decode, TextIsUtf8AndBytesAreBytes) {
  const ResultColumn text = Wire(kVarStringType, 0, kUtf8mb4), bytes = Wire(kBlobType);
  EXPECT_EQ(TextOf(Type(TypeKind::kText), text, "日本 🎁"), "日本 🎁");
  EXPECT_EQ(TextOf(Type(TypeKind::kText), text, std::string("a\0b", 3)), std::string("a\0b", 3));
  EXPECT_EQ(TextOf(Type(TypeKind::kEnum), text, ""), "");
  EXPECT_EQ(TextOf(Type(TypeKind::kJson), text, R"({"a": 1, "a": 1e400})"),
            R"({"a": 1, "a": 1e400})");
  EXPECT_EQ(TextOf(Type(TypeKind::kBinary), bytes, Bytes({0, 0xff, '\''})), "00ff27");
  const Status refused = Refusal(Type(TypeKind::kText), text, "a\xff");
  EXPECT_TRUE(Is(refused, kValue));
  EXPECT_THAT(refused.message(), HasSubstr("column \"c\""));
}

TEST(Decode, AValueAboveTheLimitIsNamedNotCopied) {
  const ResultColumn wire = Wire(kBlobType);
  EXPECT_TRUE(Refusal(Type(TypeKind::kBinary), wire, "12345", 5).ok());
  const Status refused = Refusal(Type(TypeKind::kBinary), wire, "123456", 5);
  EXPECT_TRUE(Is(refused, kValueTooLarge));
  EXPECT_THAT(refused.message(), HasSubstr("6 bytes"));
}

TEST(Decode, Uuids) {
  const ResultColumn wire = Wire(kStringType, 0, kUtf8mb4);
  const std::string uuid = "00112233-4455-6677-8899-aabbccddeeff";
  EXPECT_EQ(TextOf(Type(TypeKind::kUuid), wire, uuid), uuid);
  // By override any text may come.
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kUuid), wire, uuid.substr(1)), kValue));
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kUuid), wire, "z" + uuid.substr(1)), kValue));
  const ResultColumn bytes = Wire(kStringType);
  EXPECT_EQ(TextOf(Type(TypeKind::kUuid), bytes, std::string(15, '\0') + "\xff"),
            "00000000-0000-0000-0000-0000000000ff");
  EXPECT_TRUE(Is(Refusal(Type(TypeKind::kUuid), bytes, uuid), kValue));
}

TEST(Decode, AnotherTypeOnTheWireIsDrift) {
  const FieldRules rules{"c", "int", 0};
  EXPECT_TRUE(
      Is(MakeFieldReader(Type(TypeKind::kInt32), Wire(kVarStringType), rules).status(), kDrift));
  EXPECT_TRUE(Is(MakeFieldReader(Type(TypeKind::kText), Wire(kLongType), rules).status(), kDrift));
  EXPECT_TRUE(Is(MakeFieldReader(Type(TypeKind::kDate), Wire(kTimeType), rules).status(), kDrift));
}

class CutterTest : public ::testing::Test {
 protected:
  Status Cut(const std::string& row) {
    // Of the row's own size, so that a read past its end shows.
    const std::vector<char> bytes(row.begin(), row.end());
    return cutter_.Cut(reinterpret_cast<const uint8_t*>(bytes.data()),
                       static_cast<int64_t>(bytes.size()));
  }
  RowCutter cutter_{{Wire(kLongType), Wire(kVarStringType), Wire(kTinyType)}};
};

TEST_F(CutterTest, TakesARowApart) {
  ASSERT_TRUE(Cut(Bytes({0, 0, 1, 0, 0, 0, 2, 'a', 'b', 7})).ok());
  EXPECT_EQ(cutter_.fields()[0].size, 4);
  EXPECT_EQ(cutter_.fields()[1].size, 2);
  EXPECT_EQ(cutter_.fields()[2].size, 1);
  ASSERT_TRUE(Cut(Bytes({0, 0b1000, 1, 0, 0, 0, 7})).ok());
  EXPECT_EQ(cutter_.fields()[1].size, kNull);
  EXPECT_EQ(cutter_.fields()[2].size, 1);
  ASSERT_TRUE(Cut(Bytes({0, 0b10100, 0})).ok());
  EXPECT_EQ(cutter_.fields()[1].size, 0) << "empty is not NULL";
}

TEST_F(CutterTest, LongLengths) {
  const std::string text(70'000, 'x');
  const std::string three = Bytes({0, 0b10100, 0xfd, 0x70, 0x11, 0x01}) + text;
  ASSERT_TRUE(Cut(three).ok());
  EXPECT_EQ(cutter_.fields()[1].size, 70'000);
  ASSERT_TRUE(Cut(Bytes({0, 0b10100, 0xfe, 0x70, 0x11, 0x01, 0, 0, 0, 0, 0}) + text).ok());
  EXPECT_EQ(cutter_.fields()[1].size, 70'000);
}

TEST_F(CutterTest, WhatDoesNotFitIsAnError) {
  for (const std::string& row :
       {std::string(), Bytes({0}), Bytes({1, 0, 1, 0, 0, 0, 0, 7}), Bytes({0, 0, 1, 0, 0}),
        Bytes({0, 0, 1, 0, 0, 0}), Bytes({0, 0, 1, 0, 0, 0, 5, 'a'}),
        Bytes({0, 0, 1, 0, 0, 0, 1, 'a'}), Bytes({0, 0, 1, 0, 0, 0, 1, 'a', 7, 9}),
        Bytes({0, 0b10100, 0xfb}), Bytes({0, 0b10100, 0xff}), Bytes({0, 0b10100, 0xfc, 1}),
        Bytes({0, 0b10100, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
        Bytes({0, 0b10100, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})}) {
    EXPECT_TRUE(Is(Cut(row), kWire)) << row.size();
  }
}

TEST(BatchBuilderTest, RowsBecomeBatchesOfThePlansSchema) {
  model::Column id, name;
  id.name = "id";
  id.native_type = "int";
  id.type = Type(TypeKind::kInt32);
  name.name = "name";
  name.native_type = "varchar(3)";
  const std::vector<ResultColumn> wire = {Wire(kLongType), Wire(kVarStringType, 0, kUtf8mb4),
                                          Wire(kTinyType)};
  const auto rows = BatchBuilder::Make({id, name}, {}, wire, 0);
  ASSERT_TRUE(rows.ok()) << rows.status();
  for (int turn = 0; turn < 3; ++turn) {
    for (int i = 0; i < 100; ++i) {
      const std::string row = Bytes({0, 0, i, 0, 0, 0, 1, 'a', 7});
      ASSERT_TRUE((*rows)
                      ->Append(reinterpret_cast<const uint8_t*>(row.data()),
                               static_cast<int64_t>(row.size()))
                      .ok());
    }
    EXPECT_EQ((*rows)->bytes(), 900);
    const auto batch = (*rows)->Finish();
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_EQ((*batch)->num_rows(), 100);
    EXPECT_EQ((*batch)->num_columns(), 2);
    EXPECT_TRUE((*batch)->ValidateFull().ok());
    EXPECT_EQ((*rows)->rows(), 0);
  }
  EXPECT_TRUE(Is(BatchBuilder::Make({id, name}, {}, {Wire(kLongType)}, 0).status(), kDrift));
}

TEST(BatchBuilderTest, ABadValueIsToldWithTheKeyOfItsRow) {
  model::Column id, flag;
  id.name = "id";
  id.type = Type(TypeKind::kInt32);
  flag.name = "flag";
  flag.type = Type(TypeKind::kBool);
  const auto rows = BatchBuilder::Make({flag, id}, {{"id", id.type, "int"}},
                                       {Wire(kTinyType), Wire(kLongType)}, 0);
  ASSERT_TRUE(rows.ok()) << rows.status();
  const std::string row = Bytes({0, 0, 2, 7, 0, 0, 0});
  const Status status = (*rows)->Append(reinterpret_cast<const uint8_t*>(row.data()),
                                        static_cast<int64_t>(row.size()));
  ASSERT_TRUE(Is(status, kValue)) << status;
  EXPECT_TRUE(FaultOf(status).message.starts_with("row with \"id\" = '7': column \"flag\""))
      << status;
}

// A row of one value of a column under a policy.
Result<std::string> Landing(const model::Column& column, int wire, const std::string& bytes,
                            std::vector<model::AlteredCounts>* counts) {
  ARROW_ASSIGN_OR_RAISE(const auto builder,
                        BatchBuilder::Make({column}, {}, {Wire(wire)}, 0, counts));
  const std::string row = Bytes({0, 0, static_cast<int>(bytes.size())}) + bytes;
  ARROW_RETURN_NOT_OK(builder->Append(reinterpret_cast<const uint8_t*>(row.data()),
                                      static_cast<int64_t>(row.size())));
  ARROW_ASSIGN_OR_RAISE(const auto batch, builder->Finish());
  if (batch->column(0)->IsNull(0)) return "NULL";
  std::string text;
  ARROW_RETURN_NOT_OK(types::AppendText(*batch->column(0), 0, &text));
  return text;
}

TEST(Policies, WhatNoCalendarHasLandsAsThePolicySaysAndIsCounted) {
  using enum model::SpecialValue;
  struct Case {
    TypeKind kind;
    int wire;
    std::string bytes;
    model::SpecialValue what;
  };
  const Case cases[] = {
      {TypeKind::kDate, kDateType, "", kZeroDate},
      {TypeKind::kDate, kDateType, Bytes({0xe8, 7, 2, 30}), kZeroDate},
      {TypeKind::kTimestamp, kDateTimeType, Bytes({0xe8, 7, 0, 10, 1, 2, 3}), kZeroDate},
      {TypeKind::kTimestampTz, kTimestampType, "", kZeroDate},
      {TypeKind::kTime, kTimeType, Bytes({1, 0, 0, 0, 0, 0, 0, 1}), kTimeRange},
      {TypeKind::kTime, kTimeType, Bytes({0, 1, 0, 0, 0, 0, 0, 0}), kTimeRange},
  };
  for (const Case& one : cases) {
    model::Column column;
    column.name = "c";
    column.type = Type(one.kind);
    std::vector<model::AlteredCounts> counts;
    const Status refused = Landing(column, one.wire, one.bytes, &counts).status();
    EXPECT_TRUE(Is(refused, kValue)) << refused;
    EXPECT_EQ(counts.at(0), model::AlteredCounts{});
    const std::string key(ToString(one.what));
    EXPECT_NE(FaultOf(refused).hints.at(0).find("`" + key + ": null`"), std::string::npos);
    column.policies.Set(one.what, model::PolicyAction::kNull);
    const auto landed = Landing(column, one.wire, one.bytes, &counts);
    EXPECT_EQ(landed.ValueOr(""), "NULL") << landed.status();
    EXPECT_EQ(counts.at(0)[static_cast<size_t>(one.what)], 1);
    EXPECT_TRUE(Is(Landing(column, one.wire, one.bytes, nullptr).status(), kValue));
  }
}

}  // namespace
}  // namespace rivet::source::mysql
