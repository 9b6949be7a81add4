#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "model/relation.h"

namespace rivet::source {

// Who a value belongs to, for errors, and what it may be.
struct FieldRules {
  std::string column;
  std::string native_type;
  int64_t value_bytes_max = 0;  // 0: no limit
  // What becomes of special values, and where those that are altered are counted. Without a place
  // to count them every one fails: nothing is altered unseen.
  model::ValuePolicies policies = {};
  model::AlteredCounts* altered = nullptr;
};
// Of a column that altered values are counted for in `altered`.
FieldRules RulesOf(const model::Column& column, int64_t value_bytes_max,
                   model::AlteredCounts* altered);

// Control bytes, quotes and non-ASCII bytes as \xNN, cut at 64 bytes: a value as it may stand in a
// message.
std::string EscapeValue(std::string_view bytes);

// `column "a" (numeric(12,2)): <what>`: kWire, kValue, kValueTooLarge.
Status FailWire(const FieldRules& rules, std::string_view what);
Status FailValue(const FieldRules& rules, std::string_view value, std::string_view why);
Status FailTooLarge(const FieldRules& rules, int64_t size);

// What lands instead of a special value: an action that alters, counted; or the failure of
// FailValue, which names the policy that would let the run go on. For the cold branch of a decoder.
Result<model::PolicyAction> TakeSpecial(const FieldRules& rules, model::SpecialValue what,
                                        std::string_view value, std::string_view why);

// Tells with a failed value which table it stands in; any other status comes back as it was.
Status WithRelation(Status status, const model::Relation& relation);

}  // namespace rivet::source
