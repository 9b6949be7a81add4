#include "model/unit.h"

#include <array>
#include <utility>

namespace rivet::model {
namespace {

constexpr std::array<std::pair<PartStatus, std::string_view>, 3> kPartWords = {
    {{PartStatus::kCommitted, "committed"},
     {PartStatus::kQuarantined, "quarantined"},
     {PartStatus::kSuperseded, "superseded"}}};

constexpr std::array<std::pair<UnitStatus, std::string_view>, 4> kUnitWords = {
    {{UnitStatus::kPending, "pending"},
     {UnitStatus::kRunning, "running"},
     {UnitStatus::kCompleted, "completed"},
     {UnitStatus::kFailed, "failed"}}};

template <typename Table, typename Value>
std::string_view WordOf(const Table& table, Value value) {
  for (const auto& [known, word] : table) {
    if (known == value) return word;
  }
  return "?";
}

template <typename Value, typename Table>
std::optional<Value> ValueOf(const Table& table, std::string_view word) {
  for (const auto& [value, known] : table) {
    if (known == word) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToString(PartStatus status) { return WordOf(kPartWords, status); }
std::optional<PartStatus> PartStatusFrom(std::string_view word) {
  return ValueOf<PartStatus>(kPartWords, word);
}
std::string_view ToString(UnitStatus status) { return WordOf(kUnitWords, status); }
std::optional<UnitStatus> UnitStatusFrom(std::string_view word) {
  return ValueOf<UnitStatus>(kUnitWords, word);
}

}  // namespace rivet::model
