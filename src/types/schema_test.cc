#include "types/schema.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "types/faults.h"

namespace rivet::types {
namespace {

using model::Column;
using model::LogicalType;
using model::TypeKind;
using ::testing::HasSubstr;

LogicalType Type(TypeKind kind, int precision = 0, int scale = 0, std::string tag = {}) {
  return LogicalType{.kind = kind,
                     .precision = precision,
                     .scale = scale,
                     .tag = std::move(tag),
                     .element = nullptr};
}

Column Described(std::string name, std::string native_type, LogicalType type) {
  Column column;
  column.name = std::move(name);
  column.native_type = std::move(native_type);
  column.type = std::move(type);
  return column;
}

TEST(ArrowType, IsThatOfTheSpecification) {
  LogicalType list = Type(TypeKind::kList);
  list.element = std::make_shared<const LogicalType>(Type(TypeKind::kUuid));
  const std::pair<LogicalType, const char*> kTable[] = {
      {Type(TypeKind::kBool), "bool"},
      {Type(TypeKind::kInt16), "int16"},
      {Type(TypeKind::kInt32), "int32"},
      {Type(TypeKind::kInt64), "int64"},
      {Type(TypeKind::kFloat32), "float"},
      {Type(TypeKind::kFloat64), "double"},
      {Type(TypeKind::kDecimal, 9, 2), "decimal128(9, 2)"},
      {Type(TypeKind::kDecimal, 38, 10), "decimal128(38, 10)"},
      {Type(TypeKind::kDecimal, 39, 10), "decimal256(39, 10)"},
      {Type(TypeKind::kDate), "date32[day]"},
      {Type(TypeKind::kTime), "time64[us]"},
      {Type(TypeKind::kTimestamp), "timestamp[us]"},
      {Type(TypeKind::kTimestampTz), "timestamp[us, tz=UTC]"},
      {Type(TypeKind::kText), "string"},
      {Type(TypeKind::kBinary), "binary"},
      {Type(TypeKind::kJson), "extension<arrow.json>"},
      {Type(TypeKind::kUuid), "extension<arrow.uuid>"},
      {Type(TypeKind::kEnum), "string"},
      {Type(TypeKind::kInterval), "string"},
      {Type(TypeKind::kServerText, 0, 0, "inet"), "string"},
      {list, "list<element: extension<arrow.uuid>>"},
  };
  for (const auto& [type, text] : kTable)
    EXPECT_EQ(ArrowType(type)->ToString(), text) << model::ToString(type);
}

TEST(ArrowField, CarriesSortedMetadataAndIsNullable) {
  Column column = Described("addr", "inet", Type(TypeKind::kServerText, 0, 0, "inet"));
  column.not_null = true;
  const auto field = ArrowField(column);
  EXPECT_TRUE(field->nullable());
  EXPECT_EQ(
      field->metadata()->keys(),
      (std::vector<std::string>{"rivet.fidelity", "rivet.logical_type", "rivet.native_type"}));
  EXPECT_EQ(field->metadata()->values(),
            (std::vector<std::string>{"logical_string", "inet", "inet"}));
  const auto plain = ArrowField(Described("id", "bigint", Type(TypeKind::kInt64)));
  EXPECT_EQ(plain->metadata()->keys(),
            (std::vector<std::string>{"rivet.fidelity", "rivet.native_type"}));
  EXPECT_EQ(ArrowField(Described("m", "public.mood", Type(TypeKind::kEnum)))
                ->metadata()
                ->Get("rivet.logical_type"),
            "enum");
  const auto interval = ArrowField(Described("i", "interval", Type(TypeKind::kInterval)));
  EXPECT_EQ(interval->metadata()->Get("rivet.logical_type"), "interval");
  EXPECT_EQ(interval->metadata()->Get("rivet.fidelity"), "compatible");
}

TEST(ArrowField, TellsThePolicyOfItsColumn) {
  Column column = Described("at", "timestamp", Type(TypeKind::kTimestamp));
  column.policies.Set(model::SpecialValue::kInfinity, model::PolicyAction::kClamp);
  column.policies.Set(model::SpecialValue::kOutOfRange, model::PolicyAction::kNull);
  EXPECT_EQ(ArrowField(column)->metadata()->Get("rivet.policy"),
            "infinity: clamp, out_of_range: null");
}

TEST(SchemaFingerprint, IsFixedAndIgnoresTheOrder) {
  const Column a = Described("a", "bigint", Type(TypeKind::kInt64));
  const Column b = Described("b", "numeric(12,2)", Type(TypeKind::kDecimal, 12, 2));
  // Made with Python's xxhash over "a\tint64\nb\tdecimal128(12, 2)\n".
  EXPECT_EQ(SchemaFingerprint({a, b}), "xxh3:296f5eca050ec286");
  EXPECT_EQ(SchemaFingerprint({b, a}), SchemaFingerprint({a, b}));
  Column wider = b;
  wider.type.precision = 13;
  EXPECT_NE(SchemaFingerprint({a, wider}), SchemaFingerprint({a, b}));
}

TEST(RefuseLoss, NamesEveryColumnThatLosesSomethingAndNoOther) {
  using model::Fidelity;
  const Column id = Described("id", "bigint", Type(TypeKind::kInt64));
  const Column ratio = Described("ratio", "numeric(30,10)", Type(TypeKind::kFloat64));
  const Column shape = Described("shape", "cube", Type(TypeKind::kText));
  const std::vector<Column> columns = {id, ratio, shape};
  EXPECT_TRUE(RefuseLoss(columns).ok()) << "what these types are today loses nothing";
  EXPECT_TRUE(
      RefuseLoss(columns, {Fidelity::kExact, Fidelity::kCompatible, Fidelity::kLogicalString})
          .ok());
  const Status status =
      RefuseLoss(columns, {Fidelity::kExact, Fidelity::kLossy, Fidelity::kUnsupported});
  EXPECT_EQ(CodeOf(status), &kLossy);
  EXPECT_THAT(status.message(),
              HasSubstr("column 'ratio' (numeric(30,10)) is lossy: it loses range or precision; "
                        "column 'shape' (cube) is unsupported: it has no mapping"));
  EXPECT_THAT(status.message(), testing::Not(HasSubstr("'id'")));
}

TEST(UnboundedNumerics, AreThoseWithoutAPrecision) {
  model::LogicalType text = Type(TypeKind::kServerText);
  text.tag = "numeric";
  EXPECT_EQ(UnboundedNumerics({Described("a", "numeric", text),
                               Described("b", "numeric(9,2)", Type(TypeKind::kDecimal, 9, 2)),
                               Described("c", "numeric", text)}),
            "a, c");
}

TEST(CheckColumnNames, ListsEveryDuplicate) {
  const Column id = Described("id", "bigint", Type(TypeKind::kInt64));
  const Column name = Described("name", "text", Type(TypeKind::kText));
  EXPECT_TRUE(CheckColumnNames({id, name}).ok());
  const Status status = CheckColumnNames({id, name, id, name, id});
  EXPECT_EQ(CodeOf(status), &kColumnNames);
  EXPECT_THAT(status.message(), HasSubstr("'id' (3 times), 'name' (2 times)"));
}

}  // namespace
}  // namespace rivet::types
