#include "model/value_policies.h"

#include <algorithm>

namespace rivet::model {

std::string_view ToString(SpecialValue what) {
  switch (what) {
    case SpecialValue::kInfinity:
      return "infinity";
    case SpecialValue::kNumericSpecial:
      return "numeric_special";
    case SpecialValue::kZeroDate:
      return "zero_date";
    case SpecialValue::kOutOfRange:
      return "out_of_range";
    case SpecialValue::kTimeRange:
      return "time_range";
    case SpecialValue::kInvalidUtf8:
      return "invalid_utf8";
  }
  return "?";
}

std::optional<SpecialValue> SpecialValueFrom(std::string_view word) {
  for (const SpecialValue what : kSpecialValues) {
    if (word == ToString(what)) return what;
  }
  return std::nullopt;
}

std::string_view ToString(PolicyAction action) {
  switch (action) {
    case PolicyAction::kFail:
      return "fail";
    case PolicyAction::kNull:
      return "null";
    case PolicyAction::kClamp:
      return "clamp";
    case PolicyAction::kText:
      return "text";
    case PolicyAction::kReplace:
      return "replace";
  }
  return "?";
}

std::optional<PolicyAction> PolicyActionFrom(std::string_view word) {
  for (const PolicyAction action : {PolicyAction::kFail, PolicyAction::kNull, PolicyAction::kClamp,
                                    PolicyAction::kText, PolicyAction::kReplace}) {
    if (word == ToString(action)) return action;
  }
  return std::nullopt;
}

std::string ToString(const ValuePolicies& policies) {
  std::string text;
  for (const SpecialValue what : kSpecialValues) {
    const PolicyAction action = policies.Of(what);
    if (action == PolicyAction::kFail) continue;
    if (!text.empty()) text += ", ";
    text.append(ToString(what)).append(": ").append(ToString(action));
  }
  return text;
}

bool Alters(PolicyAction action) {
  return action == PolicyAction::kNull || action == PolicyAction::kClamp ||
         action == PolicyAction::kReplace;
}

bool MayBecomeNull(const ValuePolicies& policies) {
  return std::any_of(kSpecialValues.begin(), kSpecialValues.end(),
                     [&](SpecialValue what) { return policies.Of(what) == PolicyAction::kNull; });
}

void AddAltered(const std::vector<Altered>& more, std::vector<Altered>* sum) {
  for (const Altered& one : more) {
    const auto found = std::find_if(sum->begin(), sum->end(), [&](const Altered& known) {
      return known.column == one.column && known.what == one.what && known.action == one.action;
    });
    if (found == sum->end()) {
      sum->push_back(one);
    } else {
      found->values += one.values;
    }
  }
}

std::string ToString(const Altered& altered) {
  std::string text = std::to_string(altered.values);
  text += altered.values == 1 ? " value of \"" : " values of \"";
  text += altered.column + "\" landed as ";
  text += altered.action == PolicyAction::kClamp     ? "the nearest one there is"
          : altered.action == PolicyAction::kReplace ? "text with a sign for lost bytes"
                                                     : "NULL";
  return text + " (" + std::string(ToString(altered.what)) + ": " +
         std::string(ToString(altered.action)) + ")";
}

}  // namespace rivet::model
