// How the rows of a run's units are counted at the source afterwards.
#include <algorithm>
#include <charconv>
#include <utility>

#include "plan/plan.h"
#include "types/text.h"

namespace rivet::plan {
namespace {

// A key as people know it: of windows cut by days, the date.
std::string KeyWord(const model::Plan& plan, const std::string& key) {
  int64_t day = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), day);
  const bool is_day =
      plan.cut == model::Cut::kDays && error == std::errc() && end == key.data() + key.size();
  return is_day ? types::DateText(day) : key;
}

}  // namespace

std::string UnitName(const model::Plan& plan, const model::Unit& unit) {
  if (unit.start_key.empty() && unit.end_key.empty()) return "";
  const std::string name = "chunk " + std::to_string(unit.index);
  if (unit.start_key == model::kNullUnitKey) return name + " [NULL]";
  if (plan.cut != model::Cut::kKeys)
    return name + " [" + KeyWord(plan, unit.start_key) + ".." + KeyWord(plan, unit.end_key) + "]";
  // `>` and the key before the first, `<=` and the last one (model/unit.h).
  const auto behind = [](const std::string& text, size_t sign) {
    return text.substr(std::min(sign, text.size()));
  };
  return name + " (" + behind(unit.start_key, 1) + ".." + behind(unit.end_key, 2) + "]";
}

Result<std::vector<CountPiece>> CountPieces(const model::Plan& plan,
                                            const std::vector<model::Unit>& units) {
  std::vector<CountPiece> pieces;
  for (const model::Unit& unit : units) {
    CountPiece piece;
    piece.name = UnitName(plan, unit);
    piece.first_unit = piece.last_unit = unit.index;
    ARROW_ASSIGN_OR_RAISE(piece.query, QueryOf(plan, unit));
    piece.query.whole_heap = false;
    const bool ranged = piece.query.window.kind == model::Window::Kind::kRange;
    if (piece.query.window.kind != model::Window::Kind::kNull)
      piece.query.page_key = plan.count_key;
    if (ranged && !plan.count_by_unit && !pieces.empty()) {
      // Windows follow each other without a gap.
      CountPiece& all = pieces.back();
      all.query.window.through = piece.query.window.through;
      all.last_unit = unit.index;
      all.name =
          "chunks " + std::to_string(all.first_unit) + " to " + std::to_string(all.last_unit);
      continue;
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

}  // namespace rivet::plan
