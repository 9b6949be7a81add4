#include "types/policies.h"

#include <gtest/gtest.h>

namespace rivet::types {
namespace {

using model::PolicyAction;
using model::SpecialValue;
using model::TypeKind;

model::Column Described(std::string native_type, TypeKind kind) {
  model::Column column;
  column.name = "c";
  column.native_type = std::move(native_type);
  column.type.kind = kind;
  return column;
}

model::ValuePolicies All(PolicyAction action) {
  model::ValuePolicies policies;
  for (const SpecialValue what : model::kSpecialValues) policies.Set(what, action);
  return policies;
}

std::string PolicyOf(const model::Column& column, std::string_view engine) {
  std::vector<model::Column> columns = {column};
  ApplyPolicies(All(PolicyAction::kNull), engine, {}, &columns);
  EXPECT_EQ(columns[0].type, column.type);
  return model::ToString(columns[0].policies);
}

TEST(ApplyPolicies, AColumnGetsThoseOfItsValues) {
  model::Column list = Described("date[]", TypeKind::kList);
  list.type.element =
      std::make_shared<const model::LogicalType>(Described("date", TypeKind::kDate).type);
  EXPECT_EQ(PolicyOf(Described("date", TypeKind::kDate), "postgres"), "infinity: null");
  EXPECT_EQ(PolicyOf(list, "postgres"), "infinity: null");
  EXPECT_EQ(PolicyOf(Described("timestamp", TypeKind::kTimestamp), "postgres"),
            "infinity: null, out_of_range: null");
  EXPECT_EQ(PolicyOf(Described("time", TypeKind::kTime), "postgres"), "time_range: null");
  EXPECT_EQ(PolicyOf(Described("numeric(9,2)", TypeKind::kDecimal), "postgres"),
            "numeric_special: null");
  model::Column money = Described("shop.price", TypeKind::kDecimal);
  money.native_oid = 790;
  EXPECT_EQ(PolicyOf(money, "postgres"), "");
  money = Described("money[]", TypeKind::kDecimal);
  money.native_element_oid = 790;
  EXPECT_EQ(PolicyOf(money, "postgres"), "");
  EXPECT_EQ(PolicyOf(Described("interval", TypeKind::kInterval), "postgres"), "infinity: null");
  EXPECT_EQ(PolicyOf(Described("integer", TypeKind::kInt32), "postgres"), "");
  EXPECT_EQ(PolicyOf(Described("date", TypeKind::kDate), "mariadb"), "zero_date: null");
  EXPECT_EQ(PolicyOf(Described("timestamp", TypeKind::kTimestampTz), "mysql"), "zero_date: null");
  EXPECT_EQ(PolicyOf(Described("time", TypeKind::kTime), "mysql"), "time_range: null");
  EXPECT_EQ(PolicyOf(Described("decimal(9,2)", TypeKind::kDecimal), "mysql"), "");
  EXPECT_EQ(PolicyOf(Described("varchar(9)", TypeKind::kText), "mysql"), "invalid_utf8: null");
  EXPECT_EQ(PolicyOf(Described("text", TypeKind::kText), "postgres"), "");
}

TEST(ApplyPolicies, TextIsTheServersOwnButNotOfAColumnThatIsOverridden) {
  const model::Column date = Described("date", TypeKind::kDate);
  std::vector<model::Column> columns = {date};
  ApplyPolicies(All(PolicyAction::kText), "postgres", {}, &columns);
  EXPECT_EQ(columns[0].type.kind, TypeKind::kServerText);
  EXPECT_EQ(columns[0].type.tag, "date");
  EXPECT_EQ(model::ToString(columns[0].policies), "infinity: text");
  columns = {date};
  ApplyPolicies(All(PolicyAction::kText), "postgres", {{"c", "date"}}, &columns);
  EXPECT_EQ(columns[0], date);
  columns = {Described("integer", TypeKind::kInt32)};
  ApplyPolicies(All(PolicyAction::kText), "postgres", {}, &columns);
  EXPECT_EQ(columns[0].type.kind, TypeKind::kInt32);
}

TEST(ApplyPolicies, NoIntervalIsTheNearestToInfinity) {
  std::vector<model::Column> columns = {Described("interval", TypeKind::kInterval)};
  ApplyPolicies(All(PolicyAction::kClamp), "postgres", {}, &columns);
  EXPECT_EQ(columns[0].policies, model::ValuePolicies());
}

TEST(ApplyPolicies, OneWordOfTextMakesTheOthersOfItsColumnNeedless) {
  std::vector<model::Column> columns = {Described("timestamp", TypeKind::kTimestamp)};
  model::ValuePolicies policies;
  policies.Set(SpecialValue::kInfinity, PolicyAction::kClamp);
  policies.Set(SpecialValue::kOutOfRange, PolicyAction::kText);
  ApplyPolicies(policies, "postgres", {}, &columns);
  EXPECT_EQ(columns[0].type.kind, TypeKind::kServerText);
  EXPECT_EQ(model::ToString(columns[0].policies), "out_of_range: text");
}

}  // namespace
}  // namespace rivet::types
