#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "target/faults.h"
#include "target/landing_internal.h"
#include "target/target.h"
#include "target/warehouses_internal.h"

namespace rivet::target {
namespace {

// One line a warehouse.
constexpr std::array<const Target*, 5> kTargets = {
    &kDuckDb,      //
    &kBigQuery,    //
    &kSnowflake,   //
    &kClickHouse,  //
    &kRedshift,    //
};

// Warehouses fold the letters of ASCII; of others they differ, so those are left as they are.
std::string Folded(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace

std::string_view ToString(Standing standing) {
  switch (standing) {
    case Standing::kOk:
      return "ok";
    case Standing::kWarn:
      return "warn";
    case Standing::kFail:
      return "fail";
  }
  return "fail";
}

std::span<const Target* const> Targets() { return kTargets; }

std::vector<std::string> TargetWords() {
  std::vector<std::string> words;
  for (const Target* target : kTargets) {
    words.emplace_back(target->name);
    if (!target->alias.empty()) words.emplace_back(target->alias);
  }
  return words;
}

const Target* FindTarget(std::string_view word) {
  const auto found = std::find_if(kTargets.begin(), kTargets.end(), [word](const Target* target) {
    return word == target->name || (!word.empty() && word == target->alias);
  });
  return found == kTargets.end() ? nullptr : *found;
}

std::vector<Landing> LandAll(const Target& target, const std::vector<model::Column>& columns,
                             std::string_view engine, const model::FormatSettings& format) {
  std::vector<Landing> landings;
  std::set<std::string> names;
  for (const model::Column& column : columns) {
    Landing landing = target.land({column, engine, format});
    const NameFlaw flaw = target.judge_name(column.name);
    AddNote(flaw.standing, flaw.note, &landing);
    if (target.folds_case && !names.insert(Folded(column.name)).second) {
      AddNote(Standing::kFail,
              "another column has this name but for the case of its letters: rename one with AS",
              &landing);
    }
    landings.push_back(std::move(landing));
  }
  return landings;
}

Status RefuseFailures(const Target& target, const std::vector<model::Column>& columns,
                      const std::vector<Landing>& landings) {
  Check(columns.size() == landings.size(), "each column has a landing");
  std::string refused;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (landings[i].standing != Standing::kFail) continue;
    refused += (refused.empty() ? "" : "; ") + ("column '" + columns[i].name) + "' (" +
               columns[i].native_type + "): " + landings[i].note;
  }
  if (refused.empty()) return Status::OK();
  return Fail(kNoPlace,
              "refused by --strict, no place in " + std::string(target.title) + ": " + refused);
}

}  // namespace rivet::target
