#include "types/policies.h"

#include "types/override.h"

namespace rivet::types {
namespace {

using model::PolicyAction;
using model::SpecialValue;
using model::TypeKind;

TypeKind LeafOf(const model::LogicalType& type) {
  return type.element == nullptr ? type.kind : LeafOf(*type.element);
}

// Whether values of the column can be of that kind. Those of a list are those of its elements.
bool CanHold(const model::Column& column, std::string_view engine, SpecialValue what) {
  const TypeKind kind = LeafOf(column.type);
  const bool postgres = engine == "postgres";
  const bool instant = kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
  switch (what) {
    case SpecialValue::kInfinity:
      return postgres && (instant || kind == TypeKind::kDate || kind == TypeKind::kInterval);
    case SpecialValue::kNumericSpecial:
      return postgres && kind == TypeKind::kDecimal && !IsMoney(column);
    case SpecialValue::kZeroDate:
      return !postgres && (instant || kind == TypeKind::kDate);
    case SpecialValue::kOutOfRange:
      return postgres && instant;
    case SpecialValue::kTimeRange:
      return kind == TypeKind::kTime;
    case SpecialValue::kInvalidUtf8:
      // PostgreSQL sends no text that is not UTF-8: it fails by itself.
      return !postgres && model::IsText(kind);
  }
  return false;
}

}  // namespace

void ApplyPolicies(const model::ValuePolicies& policies, std::string_view engine,
                   const std::map<std::string, std::string>& overrides,
                   std::vector<model::Column>* columns) {
  for (model::Column& column : *columns) {
    model::ValuePolicies altering, as_text;
    for (const SpecialValue what : model::kSpecialValues) {
      if (!CanHold(column, engine, what)) continue;
      const PolicyAction action = policies.Of(what);
      // There is no longest interval to clamp to: such a value fails still.
      if (action == PolicyAction::kClamp && LeafOf(column.type) == TypeKind::kInterval) continue;
      (action == PolicyAction::kText ? as_text : altering).Set(what, action);
    }
    const bool becomes_text =
        as_text != model::ValuePolicies() && overrides.count(column.name) == 0;
    column.policies = becomes_text ? as_text : altering;
    if (becomes_text) TakeServerText(&column);
  }
}

}  // namespace rivet::types
