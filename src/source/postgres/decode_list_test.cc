#include <arrow/api.h>
#include <gtest/gtest.h>

#include "source/faults.h"
#include "source/postgres/decode_test_common.h"

// Arrays beyond the golden ones of decode_test.cc: bytes are the server's where an expression
// stands above.
namespace rivet::source::postgres {
namespace {

using model::TypeKind;

TEST(DecodeList, ArraysThatBeginElsewhereAreCounted) {
  struct Case {
    const char* expression;
    const char* hex;
    model::Column column;
    int64_t lost;
  };
  const Case cases[] = {
      {"'[0:1]={7,8}'::int8[]",
       "0000000100000000000000140000000200000000000000080000000000000007000000080000000000000008",
       ListOf(TypeKind::kInt64, 1016), 1},
      {"'[0:1][5:5]={{7},{8}}'::int4[]",
       "000000020000000000000017000000020000000000000001000000050000000400000007000000040000000"
       "8",
       Deeper(ListOf(TypeKind::kInt32, 1007)), 1},
      {"'{1,2}'::int4[]",
       "000000010000000000000017000000020000000100000004000000010000000400000002",
       ListOf(TypeKind::kInt32, 1007), 0},
      {"'1 2'::int2vector", "0000000100000000000000150000000200000000000000020001000000020002",
       ListOf(TypeKind::kInt16, kInt2VectorOid), 0},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.expression);
    auto builder = *BatchBuilder::Make({item.column}, {}, 0);
    const std::string bytes = FromHex(item.hex);
    const Field value{reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int32_t>(bytes.size())};
    const Field null;
    for (int batch = 1; batch <= 2; ++batch) {
      ASSERT_TRUE(builder->Append(&value).ok() && builder->Append(&null).ok());
      ASSERT_TRUE((*builder->Finish())->ValidateFull().ok());
      EXPECT_EQ(builder->bounds_lost(0), batch * item.lost);
    }
  }
}

TEST(DecodeList, DimensionsThatTheBytesCannotHoldAreErrorsOfTheWire) {
  const auto wire = [](const model::Column& column, const std::string& hex) {
    const Fault fault = FaultFor(column, hex);
    EXPECT_EQ(fault.code, &kWire) << hex << ": " << fault.message;
  };
  // More dimensions than there are, no length in one of two, more elements than bytes.
  wire(ListOf(TypeKind::kInt32, 1007), "00000007000000000000001700000001" + std::string(112, '0'));
  const model::Column deep = Deeper(ListOf(TypeKind::kInt32, 1007));
  wire(deep, "000000020000000000000017000000000000000100000001000000017fffffff");
  wire(deep, "000000020000000000000017000000020000000100000002000000010000000400000001");
  wire(deep, "0000000200000000000000177fffffff000000017fffffff00000001");
}

TEST(DecodeList, AnotherDepthIsToldWithItsRemedy) {
  // '{{1,2},{3,4}}'::int4[]
  const Fault fault = FaultFor(
      ListOf(TypeKind::kInt32, 1007),
      "000000020000000000000017000000020000000100000002000000010000000400000001000000040000000200"
      "0000040000000300000004"
      "00000004");
  EXPECT_EQ(fault.code, &kValue);
  ASSERT_EQ(fault.hints.size(), 1U);
  EXPECT_NE(fault.hints[0].find("list<list<int4>>"), std::string::npos) << fault.hints[0];
}

}  // namespace
}  // namespace rivet::source::postgres
