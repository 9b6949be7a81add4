#include "source/value_fault.h"

#include <utility>

#include "source/faults.h"

namespace rivet::source {
namespace {

constexpr size_t kShownBytesMax = 64;

std::string Label(const FieldRules& rules) {
  return "column \"" + rules.column + "\" (" + rules.native_type + "): ";
}

// What a user may write instead.
std::string WaysOut(model::SpecialValue what) {
  const std::string key(ToString(what));
  if (what == model::SpecialValue::kInvalidUtf8) {
    return "Set `" + key +
           ": replace` to let such text land with a sign in place of those bytes, " +
           "counted. Values of a key are never altered.";
  }
  const std::string clamp = what == model::SpecialValue::kInfinity
                                ? " or `" + key + ": clamp` as the nearest date there is"
                                : "";
  return "Set `" + key + ": null` to let such values land as NULL" + clamp + ", counted, or `" +
         key + ": text` to let the column land as the server's own text. Values of a key are " +
         "never altered.";
}

}  // namespace

std::string EscapeValue(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const char c : bytes.substr(0, kShownBytesMax)) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\' && c != '\'') {
      text += c;
    } else {
      text += "\\x";
      text += kHex[byte >> 4];
      text += kHex[byte & 15];
    }
  }
  if (bytes.size() > kShownBytesMax) text += "...";
  return text;
}

FieldRules RulesOf(const model::Column& column, int64_t value_bytes_max,
                   model::AlteredCounts* altered) {
  return {column.name, column.native_type, value_bytes_max, column.policies, altered};
}

Status FailWire(const FieldRules& rules, std::string_view what) {
  return Fail(kWire, Label(rules) + std::string(what));
}

Status FailValue(const FieldRules& rules, std::string_view value, std::string_view why) {
  return Fail(kValue, Label(rules) + "value '" + EscapeValue(value) + "' " + std::string(why));
}

Status FailTooLarge(const FieldRules& rules, int64_t size) {
  return Fail(kValueTooLarge, Label(rules) + "value of " + std::to_string(size) +
                                  " bytes, at most " + std::to_string(rules.value_bytes_max) +
                                  " are allowed");
}

Result<model::PolicyAction> TakeSpecial(const FieldRules& rules, model::SpecialValue what,
                                        std::string_view value, std::string_view why) {
  const model::PolicyAction action = rules.policies.Of(what);
  if (model::Alters(action) && rules.altered != nullptr) {
    ++(*rules.altered)[static_cast<size_t>(what)];
    return action;
  }
  return WithHint(FailValue(rules, value, why), WaysOut(what));
}

Status WithRelation(Status status, const model::Relation& relation) {
  if (relation.is_query() || !(Is(status, kValue) || Is(status, kValueTooLarge))) return status;
  return WithContext(std::move(status), "table " + model::ToString(relation.table));
}

}  // namespace rivet::source
