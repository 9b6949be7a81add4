#include <arrow/array/util.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <gtest/gtest.h>

#include <limits>

#include "types/faults.h"
#include "types/schema.h"
#include "types/text.h"

namespace rivet::types {
namespace {

using model::TypeKind;

model::LogicalType Type(TypeKind kind, int precision = 0, int scale = 0) {
  return {.kind = kind, .precision = precision, .scale = scale, .tag = {}, .element = nullptr};
}

struct Case {
  model::LogicalType type;
  std::string text;
};

// What KeyText writes is read back to the same text and an equal type.
TEST(KeyFromText, ReadsBackWhatWasWritten) {
  const Case cases[] = {
      {Type(TypeKind::kInt16), "-32768"},
      {Type(TypeKind::kInt64), "9223372036854775807"},
      {Type(TypeKind::kUInt64), "18446744073709551615"},
      {Type(TypeKind::kDecimal, 12, 2), "-0.05"},
      {Type(TypeKind::kDecimal, 65, 30),
       "12345678901234567890123456789012345.123456789012345678901234567890"},
      {Type(TypeKind::kDate), "-0043-03-15"},
      {Type(TypeKind::kDate), "+12024-01-01"},
      {Type(TypeKind::kTimestamp), "1969-12-31T23:59:59.999999"},
      {Type(TypeKind::kTimestampTz), "2024-02-29T00:00:00.000001Z"},
      {Type(TypeKind::kUuid), "00112233-4455-6677-8899-aabbccddeeff"},
      {Type(TypeKind::kBinary), "00ff10"},
      {Type(TypeKind::kBinary), ""},
      {Type(TypeKind::kText), "it's NULL, >x"},
      {Type(TypeKind::kText), ""},
  };
  for (const Case& item : cases) {
    const auto scalar = KeyFromText(item.type, item.text);
    ASSERT_TRUE(scalar.ok()) << item.text << ": " << scalar.status();
    EXPECT_TRUE((*scalar)->type->Equals(*ArrowType(item.type))) << (*scalar)->type->ToString();
    const auto again = KeyText(**scalar);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, item.text);
  }
}

TEST(KeyFromText, RefusesEverythingElse) {
  const Case cases[] = {
      {Type(TypeKind::kInt16), "32768"},
      {Type(TypeKind::kInt64), "1x"},
      {Type(TypeKind::kInt64), ""},
      {Type(TypeKind::kUInt64), "-1"},
      {Type(TypeKind::kDecimal, 4, 2), "1.5"},
      {Type(TypeKind::kDecimal, 4, 2), "123.45"},
      {Type(TypeKind::kDate), "2024-02-30"},
      {Type(TypeKind::kDate), "2024-13-01"},
      {Type(TypeKind::kDate), "2024-1-01"},
      {Type(TypeKind::kDate), "+9999999-01-01"},
      {Type(TypeKind::kTimestamp), "2024-01-01"},
      {Type(TypeKind::kTimestamp), "2024-01-01T24:00:00.000000"},
      {Type(TypeKind::kTimestampTz), "2024-01-01T00:00:00.000000"},
      {Type(TypeKind::kTimestamp), "9999999-01-01T00:00:00.000000"},
      {Type(TypeKind::kUuid), "00112233445566778899aabbccddeeff"},
      {Type(TypeKind::kBinary), "abc"},
      {Type(TypeKind::kBinary), "zz"},
  };
  for (const Case& item : cases) {
    const auto scalar = KeyFromText(item.type, item.text);
    EXPECT_TRUE(Is(scalar.status(), kKeyText)) << item.text;
  }
}

}  // namespace
}  // namespace rivet::types
