#include "source/postgres/decode.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include <cmath>

#include "source/faults.h"
#include "source/postgres/decode_test_common.h"
#include "types/schema.h"
#include "types/text.h"

// Wire bytes are what PostgreSQL 15 sends for the expression in each line's comment or text, taken
// with COPY (SELECT <expression>) TO STDOUT (FORMAT binary).
namespace rivet::source::postgres {
namespace {

using model::LogicalType;
using model::TypeKind;

struct Golden {
  std::string expression, hex;
  model::Column column;
  std::string text;
};

std::vector<Golden> Goldens() {
  const auto numeric = [](int precision, int scale) {
    return ColumnOf(TypeKind::kDecimal, kNumericOid, precision, scale);
  };
  const auto timestamp = ColumnOf(TypeKind::kTimestamp, kTimestampOid);
  const auto date = ColumnOf(TypeKind::kDate, kDateOid);
  const auto interval = ColumnOf(TypeKind::kInterval, kIntervalOid);
  const auto inet = ColumnOf(TypeKind::kServerText, kInetOid);
  const std::string nines38(38, '9'), nines39(39, '9');
  return {
      {"true", "01", ColumnOf(TypeKind::kBool, kBoolOid), "true"},
      {"(-2)::int2", "fffe", ColumnOf(TypeKind::kInt16, kInt2Oid), "-2"},
      {"2147483647", "7fffffff", ColumnOf(TypeKind::kInt32, kInt4Oid), "2147483647"},
      {"(-9223372036854775808)::int8", "8000000000000000", ColumnOf(TypeKind::kInt64, kInt8Oid),
       "-9223372036854775808"},
      {"4294967295::oid", "ffffffff", ColumnOf(TypeKind::kInt64, kOidOid), "4294967295"},
      {"1.5::float4", "3fc00000", ColumnOf(TypeKind::kFloat32, kFloat4Oid), "1.5"},
      {"'NaN'::float8", "7ff8000000000000", ColumnOf(TypeKind::kFloat64, kFloat8Oid), "NaN"},
      {"date '2000-01-01'", "00000000", date, "2000-01-01"},
      {"date '4713-01-01 BC'", "ffda97cd", date, "-4712-01-01"},
      {"date '1969-12-31'", "ffffd532", date, "1969-12-31"},
      {"date '5874897-12-31'", "7fda970c", date, "+5874897-12-31"},
      {"time '23:59:59.999999'", "000000141dd75fff", ColumnOf(TypeKind::kTime, kTimeOid),
       "23:59:59.999999"},
      {"timestamp '1969-12-31 23:59:59.999999'", "fffca2fec4c81fff", timestamp,
       "1969-12-31T23:59:59.999999"},
      {"timestamp '1700-06-01 12:00:00.25'", "ffde69b31d1ba090", timestamp,
       "1700-06-01T12:00:00.250000"},
      {"timestamptz '4713-01-01 00:00:00+00 BC'", "fd0f7fbdaf17e000",
       ColumnOf(TypeKind::kTimestampTz, kTimestampTzOid), "-4712-01-01T00:00:00.000000Z"},
      {"timestamp '294246-12-31 23:59:59.999999'", "7ffca2465aa35fff", timestamp,
       "+294246-12-31T23:59:59.999999"},
      {"'00112233-4455-6677-8899-aabbccddeeff'::uuid", "00112233445566778899aabbccddeeff",
       ColumnOf(TypeKind::kUuid, kUuidOid), "00112233-4455-6677-8899-aabbccddeeff"},
      {"'{\"b\": 1,  \"a\":2}'::json", "7b2262223a20312c20202261223a327d",
       ColumnOf(TypeKind::kJson, kJsonOid), "{\"b\": 1,  \"a\":2}"},
      {"'{\"b\": 1,  \"a\":2}'::jsonb", "017b2261223a20322c202262223a20317d",
       ColumnOf(TypeKind::kJson, kJsonbOid), "{\"a\": 2, \"b\": 1}"},
      {"'\\x00ff'::bytea", "00ff", ColumnOf(TypeKind::kBinary, kByteaOid), "00ff"},
      {"'é€😀'::text", "c3a9e282acf09f9880", ColumnOf(TypeKind::kText, kTextOid), "é€😀"},
      {"''::text", "", ColumnOf(TypeKind::kText, kTextOid), ""},
      {"'ab'::char(4)", "61622020", ColumnOf(TypeKind::kText, kBpcharOid), "ab  "},
      {"'a'::\"char\"", "61", ColumnOf(TypeKind::kText, kCharOid), "a"},
      {"'\\377'::\"char\"", "ff", ColumnOf(TypeKind::kText, kCharOid), "\\377"},
      {"0::numeric(12,2)", "0000000000000002", numeric(12, 2), "0.00"},
      {"1.50::numeric(12,2)", "000200000000000200011388", numeric(12, 2), "1.50"},
      {"(-1.5)::numeric(12,2)", "000200004000000200011388", numeric(12, 2), "-1.50"},
      {"0.0005::numeric(8,4)", "0001ffff000000040005", numeric(8, 4), "0.0005"},
      {"10000000000::numeric", "00010002000000000064", numeric(11, 0), "10000000000"},
      {"10000000000::numeric", "00010002000000000064", numeric(38, 27),
       "10000000000." + std::string(27, '0')},
      {"<38 nines>::numeric(38,0)", "000a0009000000000063270f270f270f270f270f270f270f270f270f",
       numeric(38, 0), nines38},
      {"(-1e-38)::numeric(38,38)", "0001fff6400000260064", numeric(38, 38),
       "-0." + std::string(37, '0') + "1"},
      {"<36 nines>.99::numeric(38,2)", "000a000800000002270f270f270f270f270f270f270f270f270f26ac",
       numeric(38, 2), std::string(36, '9') + ".99"},
      {"<39 nines>::numeric(39,0)", "000a00090000000003e7270f270f270f270f270f270f270f270f270f",
       numeric(39, 0), nines39},
      {"<46 nines>.<30 nines>::numeric(76,30)",
       "0014000b0000001e0063270f270f270f270f270f270f270f270f270f270f270f270f270f270f270f270f270f"
       "270f26ac",
       numeric(76, 30), std::string(46, '9') + "." + std::string(30, '9')},
      {"'{}'::int4[]", "000000000000000000000017", ListOf(TypeKind::kInt32, 1007), "[]"},
      {"'{1,NULL,-3}'::int4[]",
       "00000001000000010000001700000003000000010000000400000001ffffffff00000004fffffffd",
       ListOf(TypeKind::kInt32, 1007), "[1,null,-3]"},
      {"'[0:1]={7,8}'::int8[]",
       "0000000100000000000000140000000200000000000000080000000000000007000000080000000000000008",
       ListOf(TypeKind::kInt64, 1016), "[7,8]"},
      {"'{a,NULL,\"\"}'::text[]",
       "00000001000000010000001900000003000000010000000161ffffffff00000000",
       ListOf(TypeKind::kText, 1009), "[\"a\",null,\"\"]"},
      {"'{1.25,NULL}'::numeric(5,2)[]",
       "0000000100000001000006a400000002000000010000000c0002000000000002000109c4ffffffff",
       ListOf(TypeKind::kDecimal, 1231, 5, 2), ""},
      {"array['00112233-4455-6677-8899-aabbccddeeff'::uuid]",
       "000000010000000000000b8600000001000000010000001000112233445566778899aabbccddeeff",
       ListOf(TypeKind::kUuid, 2951), "[\"00112233-4455-6677-8899-aabbccddeeff\"]"},
      {"'{t,f}'::bool[]", "000000010000000000000010000000020000000100000001010000000100",
       ListOf(TypeKind::kBool, 1000), "[true,false]"},
      {"interval '1 year 2 mons 3 days 04:05:06'", "000000036c8bc080000000030000000e", interval,
       "P1Y2M3DT4H5M6S"},
      {"interval '-1 year -2 mons'", "000000000000000000000000fffffff2", interval, "P-1Y-2M"},
      {"interval '25:01:01'", "00000014f80dcd400000000000000000", interval, "PT25H1M1S"},
      {"interval '-00:00:00.5'", "fffffffffff85ee00000000000000000", interval, "PT-0.500000S"},
      {"interval '0'", "00000000000000000000000000000000", interval, "PT0S"},
      {"interval '1 mon -1 day -00:01:59.000001'", "fffffffff8e8343fffffffff00000001", interval,
       "P1M-1DT-1M-59.000001S"},
      {"interval '-178956970 years -8 mons -2147483648 days -2562047788:00:54.775807'",
       "80000000000000018000000080000000", interval,
       "P-178956970Y-8M-2147483648DT-2562047788H-54.775807S"},
      {"(-12.34)::money", "fffffffffffffb2e", ColumnOf(TypeKind::kDecimal, kMoneyOid, 19, 2),
       "-12.34"},
      {"'92233720368547758.07'::money", "7fffffffffffffff",
       ColumnOf(TypeKind::kDecimal, kMoneyOid, 19, 2), "92233720368547758.07"},
      {"inet '192.168.0.1'", "02200004c0a80001", inet, "192.168.0.1"},
      {"inet '10.0.0.0/8'", "020800040a000000", inet, "10.0.0.0/8"},
      {"cidr '1.2.3.4/32'", "0220010401020304", ColumnOf(TypeKind::kServerText, kCidrOid),
       "1.2.3.4/32"},
      {"inet '::ffff:1.2.3.4'", "0380001000000000000000000000ffff01020304", inet, "::ffff:1.2.3.4"},
      {"inet '2001:db8::/32'", "0320001020010db8000000000000000000000000", inet, "2001:db8::/32"},
      {"inet '1:0:0:2::'", "0380001000010000000000020000000000000000", inet, "1:0:0:2::"},
      {"cidr '::/0'", "0300011000000000000000000000000000000000",
       ColumnOf(TypeKind::kServerText, kCidrOid), "::/0"},
      {"array[inet '::1', NULL, inet '10.0.0.0/8']",
       "0000000100000001000003650000000300000001000000140380001000000000000000000000000000000001fff"
       "fffff00000008020800040a000000",
       ListOf(TypeKind::kServerText, 1041), "[\"::1\",null,\"10.0.0.0/8\"]"},
      {"'{1.5,NULL}'::money[]",
       "0000000100000001000003160000000200000001000000080000000000000096ffffffff",
       ListOf(TypeKind::kDecimal, 791, 19, 2), "[1.50,null]"},
      {"'{{1,2},{3,NULL}}'::int4[]",
       "000000020000000100000017000000020000000100000002000000010000000400000001000000040000000200"
       "00000400000003ffffffff",
       Deeper(ListOf(TypeKind::kInt32, 1007)), "[[1,2],[3,null]]"},
      {"'{{{a},{b}}}'::text[]",
       "000000030000000000000019000000010000000100000002000000010000000100000001000000016100000001"
       "62",
       Deeper(ListOf(TypeKind::kText, 1009), 2), "[[[\"a\"],[\"b\"]]]"},
      {"'{{{{{{1}}}}},{{{{{2}}}}}}'::int4[]",
       "000000060000000000000017000000020000000100000001000000010000000100000001000000010000000100"
       "00000100000001000000010000000100000004000000010000000400000002",
       Deeper(ListOf(TypeKind::kInt32, 1007), 5), "[[[[[[1]]]]],[[[[[2]]]]]]"},
      {"'{{\"1 day\",NULL}}'::interval[]",
       "0000000200000001000004a2000000010000000100000002000000010000001000000000000000000000000100"
       "000000ffffffff",
       Deeper(ListOf(TypeKind::kInterval, 1187)), "[[\"P1D\",null]]"},
      {"'{}'::interval[]", "0000000000000000000004a2", Deeper(ListOf(TypeKind::kInterval, 1187)),
       "[]"},
      {"'1 2'::int2vector", "0000000100000000000000150000000200000000000000020001000000020002",
       ListOf(TypeKind::kInt16, kInt2VectorOid), "[1,2]"},
  };
}

TEST(Decode, GoldenBytesGiveTheServersValues) {
  for (const Golden& golden : Goldens()) {
    SCOPED_TRACE(golden.expression);
    const std::string text = TextOf(golden.column, golden.hex);
    // How a list prints its decimals is the type room's affair: here only that the value is there.
    if (golden.text.empty() && golden.column.type.kind == TypeKind::kList) {
      EXPECT_NE(text.find("1.25"), std::string::npos) << text;
    } else {
      EXPECT_EQ(text, golden.text);
    }
  }
}

TEST(Decode, EveryShorterOrLongerFieldIsAnErrorOfTheWireOrStillAValue) {
  for (const Golden& golden : Goldens()) {
    SCOPED_TRACE(golden.expression);
    const TypeKind kind = golden.column.type.kind;
    const bool any_length =
        kind == TypeKind::kText || kind == TypeKind::kJson || kind == TypeKind::kBinary;
    const std::string bytes = FromHex(golden.hex);
    for (size_t size = 0; size <= bytes.size() + 1; ++size) {
      if (size == bytes.size()) continue;
      std::string other = bytes;
      other.resize(size);
      const auto array = Decode(golden.column, other);
      if (any_length) {
        EXPECT_TRUE(array.ok() || CodeOf(array.status()) != nullptr);
        continue;
      }
      EXPECT_TRUE(Is(array.status(), kWire)) << size << " bytes: " << array.status().ToString();
    }
  }
}

TEST(Decode, EveryChangedByteGivesAValueOrANamedFailure) {
  for (const Golden& golden : Goldens()) {
    SCOPED_TRACE(golden.expression);
    const std::string bytes = FromHex(golden.hex);
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
        std::string other = bytes;
        other[i] = static_cast<char>(value);
        const auto array = Decode(golden.column, other);
        if (array.ok()) {
          EXPECT_TRUE((*array)->ValidateFull().ok()) << i;
        } else {
          EXPECT_TRUE(Is(array.status(), kWire) || Is(array.status(), kValue) ||
                      Is(array.status(), kValueTooLarge))
              << array.status().ToString();
        }
      }
    }
  }
}

TEST(Decode, FloatZeroKeepsItsSign) {
  // '-0'::float8
  const auto array = Decode(ColumnOf(TypeKind::kFloat64, kFloat8Oid), FromHex("8000000000000000"));
  ASSERT_TRUE(array.ok());
  EXPECT_TRUE(std::signbit(static_cast<const arrow::DoubleArray&>(**array).Value(1)));
}

TEST(Decode, ValuesWithoutAnExactFormAreRefusedByName) {
  struct Case {
    const char* expression;
    const char* hex;
    model::Column column;
    const char* shown;
  };
  const auto numeric = [](int p, int s) { return ColumnOf(TypeKind::kDecimal, kNumericOid, p, s); };
  const Case cases[] = {
      {"'NaN'::numeric", "00000000c0000000", numeric(12, 2), "'NaN'"},
      {"'Infinity'::numeric", "00000000d0000020", numeric(12, 2), "'Infinity'"},
      {"'-Infinity'::numeric", "00000000f0000020", numeric(76, 2), "'-Infinity'"},
      {"1.005::numeric", "000200000000000300010032", numeric(12, 2), "'1.0050'"},
      {"0.0005::numeric", "0001ffff000000040005", numeric(12, 3), "'0.0005'"},
      {"0.0005::numeric", "0001ffff000000040005", numeric(12, 0), "'0.0005'"},
      {"10000000000::numeric", "00010002000000000064", numeric(10, 0), "'10000000000'"},
      {"10000000000::numeric", "00010002000000000064", numeric(12, 2), "'10000000000'"},
      {"<39 nines>::numeric", "000a00090000000003e7270f270f270f270f270f270f270f270f270f",
       numeric(38, 0), "'999999"},
      {"date 'infinity'", "7fffffff", ColumnOf(TypeKind::kDate, kDateOid), "'infinity'"},
      {"date '-infinity'", "80000000", ColumnOf(TypeKind::kDate, kDateOid), "'-infinity'"},
      {"time '24:00:00'", "000000141dd76000", ColumnOf(TypeKind::kTime, kTimeOid), "'24:00:00'"},
      {"timestamp 'infinity'", "7fffffffffffffff", ColumnOf(TypeKind::kTimestamp, kTimestampOid),
       "'infinity'"},
      {"timestamptz '-infinity'", "8000000000000000",
       ColumnOf(TypeKind::kTimestampTz, kTimestampTzOid), "'-infinity'"},
      {"timestamp '294276-12-31 23:59:59.999999'", "7fffff5bb3b29fff",
       ColumnOf(TypeKind::kTimestamp, kTimestampOid), "microseconds after 2000-01-01"},
      {"'{{1,2},{3,4}}'::int4[]",
       "000000020000000000000017000000020000000100000002000000010000000400000001000000040000000200"
       "000004000000030000000400000004",
       ListOf(TypeKind::kInt32, 1007),
       "'[[1,2],[3,4]]' is an array of 2 dimensions in a column of 1"},
      {"'{1,2}'::int4[]",
       "000000010000000000000017000000020000000100000004000000010000000400000002",
       Deeper(ListOf(TypeKind::kInt32, 1007)),
       "'[1,2]' is an array of 1 dimensions in a column of 2"},
      {"interval 'infinity' of PostgreSQL 17", "7fffffffffffffff7fffffff7fffffff",
       ColumnOf(TypeKind::kInterval, kIntervalOid), "'infinity'"},
      {"interval '-infinity' of PostgreSQL 17", "80000000000000008000000080000000",
       ColumnOf(TypeKind::kInterval, kIntervalOid), "'-infinity'"},
      {"'{NaN}'::numeric(5,2)[]",
       "0000000100000000000006a400000001000000010000000800000000c0000000",
       ListOf(TypeKind::kDecimal, 1231, 5, 2), "'NaN'"},
      {"text of a SQL_ASCII database", "61ff62", ColumnOf(TypeKind::kText, kTextOid), "'a\\xffb'"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.expression);
    const Fault fault = FaultFor(item.column, item.hex);
    EXPECT_EQ(fault.code, &kValue);
    EXPECT_NE(fault.message.find("column \"c\" (native)"), std::string::npos) << fault.message;
    EXPECT_NE(fault.message.find(item.shown), std::string::npos) << fault.message;
  }
}

TEST(Decode, BrokenBytesAreErrorsOfTheWire) {
  const auto wire = [](const model::Column& column, std::string_view hex) {
    const Fault fault = FaultFor(column, hex);
    EXPECT_EQ(fault.code, &kWire) << fault.message;
    return fault.message;
  };
  EXPECT_EQ(wire(ColumnOf(TypeKind::kBool, kBoolOid), "02"),
            "column \"c\" (native): boolean of value 2");
  EXPECT_EQ(wire(ColumnOf(TypeKind::kInt32, kInt4Oid), "0102"),
            "column \"c\" (native): int4 of 2 bytes, 4 expected");
  wire(ColumnOf(TypeKind::kJson, kJsonbOid), "");
  wire(ColumnOf(TypeKind::kJson, kJsonbOid), "027b7d");
  wire(ColumnOf(TypeKind::kTime, kTimeOid), "ffffffffffffffff");
  // A group of 10000, also within a value that has too many digits, and an unknown sign.
  wire(ColumnOf(TypeKind::kDecimal, kNumericOid, 4, 0), "0003000200000000000127100001");
  wire(ColumnOf(TypeKind::kDecimal, kNumericOid, 12, 2), "0003ffff00000000000127100001");
  wire(ColumnOf(TypeKind::kDecimal, kNumericOid, 12, 2), "00010000000000002710");
  wire(ColumnOf(TypeKind::kDecimal, kNumericOid, 12, 2), "00010000123400000001");
  // An array of 2^31 - 1 elements in no bytes, one of a length below NULL, and one of text where
  // int4 is expected.
  wire(ListOf(TypeKind::kInt32, 1007), "0000000100000000000000177fffffff00000001");
  wire(ListOf(TypeKind::kInt32, 1007), "000000010000000000000017ffffffff00000001");
  wire(ListOf(TypeKind::kInt32, 1007), "0000000100000000000000170000000100000001fffffffe");
  wire(ListOf(TypeKind::kInt32, 1007),
       "000000010000000000000019000000010000000100000004"
       "00000001");
  // A network address of another family, size, mask or kind.
  for (const char* hex : {"", "022000", "04200004c0a80001", "02210004c0a80001", "02200204c0a80001",
                          "02200010c0a80001", "0281001000000000000000000000000000000000"})
    wire(ColumnOf(TypeKind::kServerText, kInetOid), hex);
}

TEST(Decode, NumbersAndUuidsOfAnotherTypeThanTheFiles) {
  EXPECT_EQ(TextOf(ColumnOf(TypeKind::kInt64, kInt2Oid), "8000"), "-32768");
  EXPECT_EQ(TextOf(ColumnOf(TypeKind::kInt16, kInt8Oid), "0000000000007fff"), "32767");
  EXPECT_EQ(TextOf(ColumnOf(TypeKind::kUInt64, kInt8Oid), "7fffffffffffffff"),
            "9223372036854775807");
  EXPECT_EQ(TextOf(ColumnOf(TypeKind::kFloat64, kFloat4Oid), "3dcccccd"), "0.10000000149011612");
  const std::string uuid = "A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11";
  std::string hex;
  for (const char c : uuid) hex += "0123456789abcdef"[c >> 4], hex += "0123456789abcdef"[c & 15];
  EXPECT_EQ(TextOf(ColumnOf(TypeKind::kUuid, kTextOid), hex),
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  EXPECT_EQ(FaultFor(ColumnOf(TypeKind::kInt16, kInt8Oid), "0000000000008000").code, &kValue);
  EXPECT_EQ(FaultFor(ColumnOf(TypeKind::kUInt64, kInt2Oid), "ffff").code, &kValue);
  EXPECT_EQ(FaultFor(ColumnOf(TypeKind::kInt32, kOidOid), "ffffffff").code, &kValue);
  EXPECT_EQ(FaultFor(ColumnOf(TypeKind::kUuid, kTextOid), hex.substr(2)).code, &kValue);
}

TEST(Decode, NumericWithZeroGroupsAtItsEndsIsStillExact) {
  // Not what the server sends, but what the format allows: 0|1|5000|0 of weight 1, and -0.
  EXPECT_EQ(
      TextOf(ColumnOf(TypeKind::kDecimal, kNumericOid, 12, 2), "00040001000000080000000113880000"),
      "1.50");
  EXPECT_EQ(TextOf(ColumnOf(TypeKind::kDecimal, kNumericOid, 12, 2), "00010000400000020000"),
            "0.00");
}

TEST(Decode, ValuesAboveTheLimitAreRefused) {
  for (const auto& [column, bytes] :
       {std::pair{ColumnOf(TypeKind::kText, kTextOid), std::string(11, 'x')},
        std::pair{ColumnOf(TypeKind::kBinary, kByteaOid), std::string(11, 'x')}}) {
    EXPECT_TRUE(Decode(column, bytes, 11).ok());
    EXPECT_TRUE(Decode(column, bytes, 0).ok());
    const Fault fault = FaultOf(Decode(column, bytes, 10).status());
    EXPECT_EQ(fault.code, &kValueTooLarge);
    EXPECT_NE(fault.message.find("11 bytes"), std::string::npos) << fault.message;
  }
}

TEST(Decode, AValueMayNotEndInsideACharacter) {
  // Together the two are valid UTF-8; each alone is not.
  const model::Column column = ColumnOf(TypeKind::kText, kTextOid);
  auto reader = *MakeFieldReader(column.type, FormOf(column), {"c", "text", 0});
  const std::string first = "a\xc3", second = "\xa9";
  ASSERT_TRUE(reader->Reserve(2).ok());
  for (const std::string& part : {first, second}) {
    ASSERT_TRUE(reader
                    ->Append({reinterpret_cast<const uint8_t*>(part.data()),
                              static_cast<int32_t>(part.size())})
                    .ok());
  }
  EXPECT_TRUE(Is(reader->Finish().status(), kValue));
}

TEST(Decode, EscapesAndCutsValuesInMessages) {
  EXPECT_EQ(EscapeValue("a'\x1b[31m\\\xff"), "a\\x27\\x1b[31m\\x5c\\xff");
  EXPECT_EQ(EscapeValue(std::string(70, 'x')), std::string(64, 'x') + "...");
}

TEST(BatchBuilder, GivesBatchesOfThePlansSchema) {
  const std::vector<model::Column> columns = {ColumnOf(TypeKind::kInt32, kInt4Oid),
                                              ColumnOf(TypeKind::kJson, kJsonbOid)};
  auto builder = *BatchBuilder::Make(columns, {}, 0);
  const std::string number = FromHex("00000007"), json = FromHex("017b7d");
  const Field row[] = {{reinterpret_cast<const uint8_t*>(number.data()), 4},
                       {reinterpret_cast<const uint8_t*>(json.data()), 3}};
  const Field nulls[] = {{nullptr, kNull}, {nullptr, kNull}};
  for (int batch = 0; batch < 3; ++batch) {
    ASSERT_TRUE(builder->Expect(10).ok());
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(builder->Append(i % 2 == 0 ? row : nulls).ok());
    EXPECT_EQ(builder->rows(), 100);
    EXPECT_EQ(builder->bytes(), 50 * 7);
    const auto rows = *builder->Finish();
    EXPECT_TRUE(rows->ValidateFull().ok());
    EXPECT_TRUE(rows->schema()->Equals(*types::SchemaOf(columns), true));
    EXPECT_EQ(rows->num_rows(), 100);
    EXPECT_EQ(rows->column(0)->null_count(), 50);
    EXPECT_EQ(builder->rows(), 0);
  }
}

TEST(BatchBuilder, ABadValueIsToldWithTheKeyOfItsRow) {
  model::Column id = ColumnOf(TypeKind::kInt32, kInt4Oid),
                day = ColumnOf(TypeKind::kDate, kDateOid);
  id.name = "id";
  day.name = "day";
  const model::KeyColumn key{"id", id.type, "integer"}, other{"elsewhere", id.type, "integer"};
  const std::string seven = FromHex("00000007"), infinity = FromHex("7fffffff");
  const auto message = [&](const std::vector<model::KeyColumn>& row_key) {
    // The key stands behind the value: it was not read yet when the value failed.
    auto builder = *BatchBuilder::Make({day, id}, row_key, 0);
    const Field row[] = {{reinterpret_cast<const uint8_t*>(infinity.data()), 4},
                         {reinterpret_cast<const uint8_t*>(seven.data()), 4}};
    const Status status = builder->Append(row);
    EXPECT_TRUE(Is(status, kValue)) << status;
    return FaultOf(status).message;
  };
  EXPECT_TRUE(message({key}).starts_with("row with \"id\" = '7': column \"day\""))
      << message({key});
  EXPECT_TRUE(message({}).starts_with("column \"day\"")) << message({});
  EXPECT_TRUE(message({other}).starts_with("column \"day\"")) << message({other});
}

}  // namespace
}  // namespace rivet::source::postgres
