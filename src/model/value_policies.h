#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rivet::model {

// Kinds of values that a file cannot hold as they are. Their words are keys of the config.
enum class SpecialValue {
  kInfinity,        // dates and timestamps without an end
  kNumericSpecial,  // NaN and infinity in a numeric
  kZeroDate,        // dates with zero parts and those of no calendar
  kOutOfRange,      // timestamps beyond 64 bits of microseconds
  kTimeRange,       // times outside the day
  kInvalidUtf8,     // text with bytes that are no character
};
inline constexpr std::array kSpecialValues = {
    SpecialValue::kInfinity,   SpecialValue::kNumericSpecial, SpecialValue::kZeroDate,
    SpecialValue::kOutOfRange, SpecialValue::kTimeRange,      SpecialValue::kInvalidUtf8};
std::string_view ToString(SpecialValue what);  // `zero_date`
std::optional<SpecialValue> SpecialValueFrom(std::string_view word);

// What becomes of one.
enum class PolicyAction {
  kFail,     // the run stops, and names it
  kNull,     // NULL lands, and is counted
  kClamp,    // the nearest value of the calendar lands, and is counted
  kText,     // its column lands as the server's own text: nothing is altered
  kReplace,  // the text lands with a sign in place of such bytes, and is counted
};
std::string_view ToString(PolicyAction action);
std::optional<PolicyAction> PolicyActionFrom(std::string_view word);

// One action a kind. Of an export, or of a column: then only the kinds that its values can be of.
class ValuePolicies {
 public:
  PolicyAction Of(SpecialValue what) const { return actions_[static_cast<size_t>(what)]; }
  void Set(SpecialValue what, PolicyAction action) { actions_[static_cast<size_t>(what)] = action; }
  bool operator==(const ValuePolicies&) const = default;

 private:
  std::array<PolicyAction, kSpecialValues.size()> actions_{};
};
// `infinity: clamp, out_of_range: null`; empty where every kind fails.
std::string ToString(const ValuePolicies& policies);
bool Alters(PolicyAction action);  // what lands is another value, which is counted
bool MayBecomeNull(const ValuePolicies& policies);

// How many values of one column were altered, by kind.
using AlteredCounts = std::array<int64_t, kSpecialValues.size()>;

// The same as it is recorded: with a unit, and summed for a run.
struct Altered {
  std::string column;
  SpecialValue what = SpecialValue::kInfinity;
  PolicyAction action = PolicyAction::kNull;
  int64_t values = 0;
  bool operator==(const Altered&) const = default;
};
// Adds up values of one column, kind and action; the order is that of their first coming.
void AddAltered(const std::vector<Altered>& more, std::vector<Altered>* sum);
// `3 values of "d" landed as NULL (zero_date: null)`
std::string ToString(const Altered& altered);

}  // namespace rivet::model
