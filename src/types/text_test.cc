#include "types/text.h"

#include <arrow/array.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace rivet::types {
namespace {

std::string TextOf(const arrow::Array& array, int64_t row = 0) {
  std::string text;
  const Status status = AppendText(array, row, &text);
  return status.ok() ? text : status.ToString();
}

std::string TextOf(const std::shared_ptr<arrow::Scalar>& scalar) {
  return TextOf(**arrow::MakeArrayFromScalar(*scalar, 1));
}

template <typename Scalar, typename... Arguments>
std::string Of(Arguments... arguments) {
  return TextOf(std::make_shared<Scalar>(arguments...));
}

TEST(Text, Scalars) {
  EXPECT_EQ(Of<arrow::BooleanScalar>(true), "true");
  EXPECT_EQ(Of<arrow::BooleanScalar>(false), "false");
  EXPECT_EQ(Of<arrow::Int16Scalar>(int16_t{-32768}), "-32768");
  EXPECT_EQ(Of<arrow::Int32Scalar>(0), "0");
  EXPECT_EQ(Of<arrow::Int64Scalar>(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(Of<arrow::StringScalar>("a\"\n\x1f"), "a\"\n\x1f");
  EXPECT_EQ(Of<arrow::BinaryScalar>(std::string("\x00\x0f\xff", 3)), "000fff");
}

TEST(Text, FloatsAreTheShortestFormThatReadsBack) {
  EXPECT_EQ(Of<arrow::FloatScalar>(0.1f), "0.1");
  EXPECT_EQ(Of<arrow::DoubleScalar>(0.1), "0.1");
  EXPECT_EQ(Of<arrow::DoubleScalar>(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(Of<arrow::DoubleScalar>(100.0), "100");
  EXPECT_EQ(Of<arrow::DoubleScalar>(1e300), "1e+300");
  EXPECT_EQ(Of<arrow::DoubleScalar>(-0.0), "-0");
  EXPECT_EQ(Of<arrow::DoubleScalar>(std::nan("")), "NaN");
  EXPECT_EQ(Of<arrow::DoubleScalar>(-std::nan("")), "NaN");
  EXPECT_EQ(Of<arrow::DoubleScalar>(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(Of<arrow::FloatScalar>(-std::numeric_limits<float>::infinity()), "-Infinity");
  EXPECT_EQ(Of<arrow::DoubleScalar>(std::numeric_limits<double>::denorm_min()), "5e-324");
}

std::string DecimalText(const std::string& unscaled, int precision, int scale) {
  if (precision <= 38) {
    return Of<arrow::Decimal128Scalar>(*arrow::Decimal128::FromString(unscaled),
                                       arrow::decimal128(precision, scale));
  }
  return Of<arrow::Decimal256Scalar>(*arrow::Decimal256::FromString(unscaled),
                                     arrow::decimal256(precision, scale));
}

TEST(Text, DecimalsKeepTheirScaleAndHaveNoExponent) {
  EXPECT_EQ(DecimalText("1250", 12, 2), "12.50");
  EXPECT_EQ(DecimalText("-5", 12, 2), "-0.05");
  EXPECT_EQ(DecimalText("0", 12, 2), "0.00");
  EXPECT_EQ(DecimalText("-100", 12, 0), "-100");
  EXPECT_EQ(DecimalText("1", 38, 20), "0.00000000000000000001");
  EXPECT_EQ(DecimalText("99999999999999999999999999999999999999", 38, 10),
            "9999999999999999999999999999.9999999999");
  EXPECT_EQ(DecimalText("-9223372036854775809", 38, 1), "-922337203685477580.9");
  EXPECT_EQ(DecimalText("9223372036854775808", 38, 1), "922337203685477580.8");
  EXPECT_EQ(DecimalText("-9223372036854775808", 38, 1), "-922337203685477580.8");
  const std::string nines(76, '9');
  EXPECT_EQ(DecimalText(nines, 76, 1), std::string(75, '9') + ".9");
  EXPECT_EQ(DecimalText("-" + nines, 76, 76), "-0." + nines);
  EXPECT_EQ(DecimalText("-1", 60, 3), "-0.001");
}

TEST(Text, DatesAndTimes) {
  EXPECT_EQ(DateText(0), "1970-01-01");
  EXPECT_EQ(DateText(-1), "1969-12-31");
  EXPECT_EQ(DateText(-719'162), "0001-01-01");
  EXPECT_EQ(DateText(2'932'896), "9999-12-31");
  EXPECT_EQ(DateText(2'932'897), "+10000-01-01");
  EXPECT_EQ(DateText(-719'163), "+0000-12-31");
  EXPECT_EQ(DateText(-735'160), "-0043-03-15");
  EXPECT_EQ(DateText(3'672'148), "+12024-01-01");
  EXPECT_EQ(TimeText(0), "00:00:00.000000");
  EXPECT_EQ(TimeText(86'399'999'999), "23:59:59.999999");
  EXPECT_EQ(TimestampText(0, true), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(TimestampText(-1, false), "1969-12-31T23:59:59.999999");
  EXPECT_EQ(TimestampText(-86'400'000'000, false), "1969-12-31T00:00:00.000000");
  EXPECT_EQ(TimestampText(1'769'860'800'123'456, true), "2026-01-31T12:00:00.123456Z");
  EXPECT_EQ(Of<arrow::Date32Scalar>(1), "1970-01-02");
  EXPECT_EQ(Of<arrow::Time64Scalar>(43'200'000'000, arrow::time64(arrow::TimeUnit::MICRO)),
            "12:00:00.000000");
  EXPECT_EQ(Of<arrow::TimestampScalar>(1, arrow::timestamp(arrow::TimeUnit::MICRO)),
            "1970-01-01T00:00:00.000001");
  EXPECT_EQ(Of<arrow::TimestampScalar>(1, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
            "1970-01-01T00:00:00.000001Z");
}

TEST(Text, UuidAndJson) {
  const auto bytes =
      arrow::Buffer::FromString("\x12\x34\x56\x78\x9a\xbc\xde\xf0\x01\x23\x45\x67\x89\xab\xcd\xef");
  const auto uuid = arrow::ExtensionType::WrapArray(
      arrow::extension::uuid(),
      std::make_shared<arrow::FixedSizeBinaryArray>(arrow::fixed_size_binary(16), 1, bytes));
  EXPECT_EQ(TextOf(*uuid), "12345678-9abc-def0-0123-456789abcdef");
  arrow::StringBuilder texts;
  ASSERT_TRUE(texts.Append("{\"a\": 1}").ok());
  const auto json =
      arrow::ExtensionType::WrapArray(arrow::extension::json(arrow::utf8()), *texts.Finish());
  EXPECT_EQ(TextOf(*json), "{\"a\": 1}");
}

TEST(Text, ListsAreJsonArrays) {
  auto texts = std::make_shared<arrow::StringBuilder>();
  arrow::ListBuilder lists(arrow::default_memory_pool(), texts);
  ASSERT_TRUE(lists.Append().ok());
  ASSERT_TRUE(texts->Append("skipped").ok());
  ASSERT_TRUE(lists.Append().ok());
  ASSERT_TRUE(texts->Append("a\"b\\\n\x01").ok());
  ASSERT_TRUE(texts->AppendNull().ok());
  ASSERT_TRUE(texts->Append("null").ok());
  ASSERT_TRUE(lists.Append().ok());
  const auto array = *lists.Finish();
  EXPECT_EQ(TextOf(*array, 1), R"(["a\"b\\\n\u0001",null,"null"])");
  EXPECT_EQ(TextOf(*array, 2), "[]");
  EXPECT_EQ(TextOf(*array->Slice(1), 0), R"(["a\"b\\\n\u0001",null,"null"])");

  auto numbers = std::make_shared<arrow::DoubleBuilder>();
  arrow::ListBuilder number_lists(arrow::default_memory_pool(), numbers);
  ASSERT_TRUE(number_lists.Append().ok());
  ASSERT_TRUE(numbers->AppendValues({1.5, std::nan(""), -2}).ok());
  EXPECT_EQ(TextOf(**number_lists.Finish()), R"([1.5,"NaN",-2])");

  auto dates = std::make_shared<arrow::Date32Builder>();
  arrow::ListBuilder date_lists(arrow::default_memory_pool(), dates);
  ASSERT_TRUE(date_lists.Append().ok());
  ASSERT_TRUE(dates->Append(0).ok());
  EXPECT_EQ(TextOf(**date_lists.Finish()), R"(["1970-01-01"])");
}

TEST(KeyText, IsTheTextOfAScalarAndRefusesNull) {
  EXPECT_EQ(*KeyText(arrow::Int64Scalar(-7)), "-7");
  EXPECT_EQ(*KeyText(arrow::TimestampScalar(0, arrow::timestamp(arrow::TimeUnit::MICRO))),
            "1970-01-01T00:00:00.000000");
  EXPECT_FALSE(KeyText(*arrow::MakeNullScalar(arrow::int64())).ok());
  EXPECT_FALSE(KeyText(arrow::HalfFloatScalar(arrow::util::Float16(1.0f))).ok());
}

}  // namespace
}  // namespace rivet::types
