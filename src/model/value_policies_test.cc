#include "model/value_policies.h"

#include <gtest/gtest.h>

namespace rivet::model {
namespace {

TEST(ValuePolicies, WordsAreThoseOfTheConfig) {
  for (const SpecialValue what : kSpecialValues) EXPECT_EQ(SpecialValueFrom(ToString(what)), what);
  EXPECT_EQ(SpecialValueFrom("zero_dates"), std::nullopt);
  EXPECT_EQ(PolicyActionFrom("clamp"), PolicyAction::kClamp);
  EXPECT_EQ(PolicyActionFrom(""), std::nullopt);
}

TEST(ValuePolicies, TextNamesWhatIsNoFailure) {
  ValuePolicies policies;
  EXPECT_EQ(ToString(policies), "");
  EXPECT_FALSE(MayBecomeNull(policies));
  policies.Set(SpecialValue::kInfinity, PolicyAction::kClamp);
  EXPECT_FALSE(MayBecomeNull(policies));
  policies.Set(SpecialValue::kOutOfRange, PolicyAction::kNull);
  EXPECT_TRUE(MayBecomeNull(policies));
  EXPECT_EQ(ToString(policies), "infinity: clamp, out_of_range: null");
}

TEST(Altered, AddsUpByColumnKindAndAction) {
  std::vector<Altered> sum;
  const Altered born{"born", SpecialValue::kZeroDate, PolicyAction::kNull, 2};
  const Altered at{"at", SpecialValue::kZeroDate, PolicyAction::kNull, 1};
  const Altered clamped{"born", SpecialValue::kInfinity, PolicyAction::kClamp, 5};
  AddAltered({born, clamped}, &sum);
  AddAltered({at, born}, &sum);
  ASSERT_EQ(sum.size(), 3U);
  EXPECT_EQ(sum[0].values, 4);
  EXPECT_EQ(sum[1], clamped);
  EXPECT_EQ(sum[2], at);
  EXPECT_EQ(ToString(sum[0]), "4 values of \"born\" landed as NULL (zero_date: null)");
  EXPECT_EQ(ToString(clamped),
            "5 values of \"born\" landed as the nearest one there is (infinity: clamp)");
}

}  // namespace
}  // namespace rivet::model
