#include "source/utf8.h"

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "source/faults.h"

namespace rivet::source {
namespace {

TEST(WithReplacements, CutsPiecesAsUnicodeAdvises) {
  const std::string sign = "\xEF\xBF\xBD";
  EXPECT_EQ(WithReplacements(""), "");
  EXPECT_EQ(WithReplacements("Grüße 𝔘 \xF4\x8F\xBF\xBF"), "Grüße 𝔘 \xF4\x8F\xBF\xBF");
  EXPECT_EQ(WithReplacements("a\xFF"), "a" + sign);
  EXPECT_EQ(WithReplacements("\xC0\xAF"), sign + sign);             // an overlong form
  EXPECT_EQ(WithReplacements("\xED\xA0\x80"), sign + sign + sign);  // half of a pair
  EXPECT_EQ(WithReplacements("\xE2\x82z"), sign + "z");             // a character that is cut off
  EXPECT_EQ(WithReplacements("\xF0\x9D\x94"), sign);
  EXPECT_EQ(WithReplacements("\xF5\x80z"), sign + sign + "z");
  EXPECT_EQ(WithReplacements("\x80\xC3\xBC"), sign + "\xC3\xBC");
}

std::shared_ptr<arrow::Array> Texts(const std::vector<std::optional<std::string>>& texts) {
  arrow::StringBuilder builder;
  for (const auto& text : texts) {
    EXPECT_TRUE((text ? builder.Append(*text) : builder.AppendNull()).ok());
  }
  return *builder.Finish();
}

TEST(TakeUtf8, ReplacesOnlyWhereThePolicySaysSoAndCounts) {
  const auto bad = Texts({"fine", std::nullopt, "x\xFFy", "", "\xC3"});
  model::AlteredCounts counts{};
  FieldRules rules{"c", "text", 0, {}, &counts};
  int64_t row = -1;
  const Status refused = TakeUtf8(bad, rules, &row).status();
  EXPECT_TRUE(Is(refused, kValue)) << refused;
  EXPECT_EQ(row, 2);
  EXPECT_EQ(counts, model::AlteredCounts{});
  rules.policies.Set(model::SpecialValue::kInvalidUtf8, model::PolicyAction::kReplace);
  const auto taken = TakeUtf8(bad, rules, &row);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_TRUE(
      (*taken)->Equals(Texts({"fine", std::nullopt, "x\xEF\xBF\xBDy", "", "\xEF\xBF\xBD"})));
  EXPECT_EQ(row, -1);
  EXPECT_EQ(counts[static_cast<size_t>(model::SpecialValue::kInvalidUtf8)], 2);
  const auto good = Texts({"ü", "z"});
  EXPECT_EQ(*TakeUtf8(good, rules, &row), good);
  // Both halves are valid only together.
  EXPECT_FALSE(
      (*TakeUtf8(Texts({"a\xC3", "\xBC"}), rules, &row))->Equals(Texts({"a\xC3", "\xBC"})));
}

}  // namespace
}  // namespace rivet::source
