#include "source/postgres/catalog.h"

#include <gtest/gtest.h>

#include "source/faults.h"
#include "source/postgres/catalog_types.h"
#include "source/postgres/decode_form.h"
#include "source/postgres/postgres.h"

namespace rivet::source::postgres {
namespace {

using client::postgres::KindOf;
using model::ToString;

constexpr int kServer15 = 150'004;
constexpr int kServer14 = 140'010;

int32_t NumericModifier(int precision, int scale) {
  return ((precision << 16) | (scale & 0x7ff)) + 4;
}

std::string Scalar(uint32_t oid, const std::string& name, int32_t modifier = -1,
                   TypeClass type_class = TypeClass::kBase) {
  ColumnTypeFacts facts;
  facts.type = {oid, modifier, name, type_class};
  return ToString(LogicalTypeOf(facts, {kServer15}));
}

std::string List(const TypeFacts& element, int dimensions = 0) {
  ColumnTypeFacts facts;
  facts.type.name = "_" + element.name;
  facts.array = true;
  facts.element = element;
  facts.dimensions = dimensions;
  return ToString(LogicalTypeOf(facts, {kServer15}));
}

TEST(CatalogTypesTest, ScalarsHaveTheirClosestForm) {
  EXPECT_EQ(Scalar(kBoolOid, "bool"), "bool");
  EXPECT_EQ(Scalar(kInt2Oid, "int2"), "int16");
  EXPECT_EQ(Scalar(kInt4Oid, "int4"), "int32");
  EXPECT_EQ(Scalar(kInt8Oid, "int8"), "int64");
  for (const uint32_t oid : {kOidOid, kXidOid, kCidOid}) EXPECT_EQ(Scalar(oid, "oid"), "int64");
  EXPECT_EQ(Scalar(kFloat4Oid, "float4"), "float32");
  EXPECT_EQ(Scalar(kFloat8Oid, "float8"), "float64");
  for (const uint32_t oid : {kTextOid, kVarcharOid, kBpcharOid, kNameOid, kCharOid}) {
    EXPECT_EQ(Scalar(oid, "text"), "text");
  }
  EXPECT_EQ(Scalar(kByteaOid, "bytea"), "binary");
  EXPECT_EQ(Scalar(kUuidOid, "uuid"), "uuid");
  EXPECT_EQ(Scalar(kJsonOid, "json"), "json");
  EXPECT_EQ(Scalar(kJsonbOid, "jsonb"), "json");
  EXPECT_EQ(Scalar(kDateOid, "date"), "date");
  EXPECT_EQ(Scalar(kTimeOid, "time"), "time");
  EXPECT_EQ(Scalar(kTimestampOid, "timestamp"), "timestamp");
  EXPECT_EQ(Scalar(kTimestampTzOid, "timestamptz"), "timestamp_tz");
  EXPECT_EQ(Scalar(kIntervalOid, "interval"), "interval");
  EXPECT_EQ(Scalar(70'000, "mood", -1, TypeClass::kEnum), "enum");
  EXPECT_EQ(Scalar(70'003, "hstore"), "json");
}

TEST(CatalogTypesTest, WhateverHasNoCloserFormIsTheServersText) {
  EXPECT_EQ(Scalar(kInetOid, "inet"), "text (inet)");
  EXPECT_EQ(Scalar(3904, "int4range", -1, TypeClass::kRange), "text (int4range)");
  EXPECT_EQ(Scalar(70'001, "citext"), "text (citext)");
  EXPECT_EQ(Scalar(70'002, "pair", -1, TypeClass::kComposite), "text (composite)");
  EXPECT_EQ(Scalar(2249, "record", -1, TypeClass::kPseudo), "text (composite)");
}

TEST(CatalogTypesTest, NumericsFollowTheirModifier) {
  EXPECT_EQ(Scalar(kNumericOid, "numeric", NumericModifier(12, 2)), "decimal(12,2)");
  EXPECT_EQ(Scalar(kNumericOid, "numeric", NumericModifier(1, 0)), "decimal(1,0)");
  EXPECT_EQ(Scalar(kNumericOid, "numeric", NumericModifier(76, 76)), "decimal(76,76)");
  EXPECT_EQ(Scalar(kNumericOid, "numeric"), "text (numeric)");
  EXPECT_EQ(Scalar(kNumericOid, "numeric", NumericModifier(77, 0)), "text (numeric)");
  EXPECT_EQ(Scalar(kNumericOid, "numeric", NumericModifier(1000, 1000)), "text (numeric)");
}

TEST(CatalogTypesTest, NegativeAndLargeScalesWidenThePrecision) {
  EXPECT_EQ(Scalar(kNumericOid, "numeric", NumericModifier(3, -2)), "decimal(5,0)");
  EXPECT_EQ(Scalar(kNumericOid, "numeric", NumericModifier(3, -1000)), "text (numeric)");
  EXPECT_EQ(Scalar(kNumericOid, "numeric", NumericModifier(2, 5)), "decimal(5,5)");
  ColumnTypeFacts facts;
  facts.type = {kNumericOid, ((1000 << 16) | 1000) + 4, "numeric", TypeClass::kBase};
  EXPECT_EQ(ToString(LogicalTypeOf(facts, {kServer14})), "text (numeric)");
  facts.type.modifier = ((30 << 16) | 20) + 4;
  EXPECT_EQ(ToString(LogicalTypeOf(facts, {kServer14})), "decimal(30,20)");
}

TEST(CatalogTypesTest, MoneyHasTheScaleOfTheSession) {
  ColumnTypeFacts facts;
  facts.type = {kMoneyOid, -1, "money", TypeClass::kBase};
  EXPECT_EQ(ToString(LogicalTypeOf(facts, {kServer15, 2})), "decimal(19,2)");
  EXPECT_EQ(ToString(LogicalTypeOf(facts, {kServer15, 0})), "decimal(19,0)");
  EXPECT_EQ(ToString(LogicalTypeOf(facts, {kServer15, 3})), "decimal(19,3)");
  facts.array = true;
  facts.element = facts.type;
  EXPECT_EQ(ToString(LogicalTypeOf(facts, {kServer15, 0})), "list<decimal(19,0)>");
}

TEST(CatalogTypesTest, ArraysAreLists) {
  EXPECT_EQ(List({kInt4Oid, -1, "int4", TypeClass::kBase}), "list<int32>");
  EXPECT_EQ(List({kInt4Oid, -1, "int4", TypeClass::kBase}, 1), "list<int32>");
  EXPECT_EQ(List({kNumericOid, NumericModifier(10, 2), "numeric", TypeClass::kBase}),
            "list<decimal(10,2)>");
  EXPECT_EQ(List({kNumericOid, -1, "numeric", TypeClass::kBase}), "list<text (numeric)>");
  EXPECT_EQ(List({70'000, -1, "mood", TypeClass::kEnum}), "list<enum>");
  EXPECT_EQ(List({kInetOid, -1, "inet", TypeClass::kBase}), "list<text (inet)>");
}

TEST(CatalogTypesTest, ListsAreAsDeepAsTheArraysDeclare) {
  EXPECT_EQ(List({kInt4Oid, -1, "int4", TypeClass::kBase}, 2), "list<list<int32>>");
  EXPECT_EQ(List({kInetOid, -1, "inet", TypeClass::kBase}, 3), "list<list<list<text (inet)>>>");
  // The server's arrays have no more than six dimensions, whatever was declared.
  EXPECT_EQ(List({kBoolOid, -1, "bool", TypeClass::kBase}, 32'000),
            List({kBoolOid, -1, "bool", TypeClass::kBase}, 6));
}

TEST(CatalogTypesTest, ElementsWithoutACloserFormAreTheServersText) {
  EXPECT_EQ(List({3904, -1, "int4range", TypeClass::kRange}), "list<text (int4range)>");
  EXPECT_EQ(List({70'002, -1, "pair", TypeClass::kComposite}), "list<text (pair)>");
  EXPECT_EQ(List({70'003, -1, "hstore", TypeClass::kBase}), "list<json>");
}

constexpr char kPagePlan[] = R"json([
  {
    "Plan": {
      "Node Type": "Limit",
      "Plan Rows": 1000,
      "Plans": [
        {
          "Node Type": "Index Scan",
          "Parent Relationship": "Outer",
          "Index Name": "orders_pkey",
          "Relation Name": "orders",
          "Plan Rows": 50000,
          "Index Cond": "(name > '\"Node Type\": \"Sort\",'::text)"
}
      ]
      }
      }
])json";

TEST(CostOfTest, SaysHowAPageIsReached) {
  const model::QueryCost cost = CostOf(kPagePlan);
  EXPECT_EQ(cost.row_estimate, 50'000);
  EXPECT_EQ(cost.scan, "Index Scan using orders_pkey on orders");
  EXPECT_FALSE(cost.sorts_or_hashes);
}

std::string PlanOf(const std::string& node, const std::string& more = "") {
  return "[\n  {\n    \"Plan\": {\n      \"Node Type\": \"" + node + "\",\n" + more +
         "      \"Plan Rows\": 7,\n      \"Plans\": [\n        {\n          \"Node Type\": \"Seq "
         "Scan\",\n"
         "          \"Relation Name\": \"a \\\"b\\\"\",\n          \"Plan Rows\": 9\n        }\n   "
         "   ]\n    }\n  }\n]";
}

TEST(CostOfTest, SeesNodesThatGatherRows) {
  for (const char* node : {"Sort", "Incremental Sort", "Hash", "Materialize", "WindowAgg"}) {
    EXPECT_TRUE(CostOf(PlanOf(node)).sorts_or_hashes) << node;
  }
  EXPECT_TRUE(CostOf(PlanOf("Aggregate", "      \"Strategy\": \"Hashed\",\n")).sorts_or_hashes);
  EXPECT_FALSE(CostOf(PlanOf("Aggregate", "      \"Strategy\": \"Plain\",\n")).sorts_or_hashes);
  EXPECT_FALSE(CostOf(PlanOf("Merge Append")).sorts_or_hashes);
  EXPECT_EQ(CostOf(PlanOf("Sort")).row_estimate, 7);
  EXPECT_EQ(CostOf(PlanOf("Sort")).scan, "Seq Scan on a \"b\"");
}

TEST(CostOfTest, NonsenseIsAnUnknownCost) {
  for (const char* text : {"", "[", "\"Plan Rows\": 1", "\n\n\"\n\":", "\"Node Type\": "}) {
    EXPECT_LT(CostOf(text).row_estimate, 0);
  }
}

TEST(CodesTest, StatesReachTheSourcesCodes) {
  const client::postgres::FaultCodes& codes = Codes();
  EXPECT_EQ(&codes[KindOf("28P01")], &kAuth);
  EXPECT_EQ(&codes[KindOf("42501")], &kDenied);
  EXPECT_EQ(&codes[KindOf("42P01")], &kMissing);
  EXPECT_EQ(&codes[KindOf("42601")], &kSql);
  EXPECT_EQ(&codes[KindOf("08006")], &kConnection);
  EXPECT_EQ(&codes[KindOf("53300")], &kCapacity);
  EXPECT_EQ(&codes[KindOf("53200")], &kResources);
  EXPECT_EQ(&codes[KindOf("55P03")], &kTimeout);
  EXPECT_EQ(&codes[KindOf("40001")], &kConflict);
  EXPECT_EQ(&codes[KindOf("57014")], &kCancelled);
  EXPECT_EQ(&codes[client::postgres::FaultKind::kTls], &kTls);
  EXPECT_EQ(&codes[client::postgres::FaultKind::kWire], &kWire);
  EXPECT_EQ(&codes[client::postgres::FaultKind::kSettings], &kConnectionSettings);
}

}  // namespace
}  // namespace rivet::source::postgres
