#include "source/mysql/key_walk.h"

#include <arrow/scalar.h>

#include <algorithm>
#include <utility>

#include "source/faults.h"
#include "source/mysql/catalog.h"

namespace rivet::source::mysql {

using client::mysql::Connection;

Result<Sql> KeyWalk::RowsOn(const std::string& list, const std::string& tail) const {
  const auto lower =
      !place_.empty() && PagesFollowWindow(query_) ? LowerEdge::kWithout : LowerEdge::kWith;
  ARROW_ASSIGN_OR_RAISE(Sql window, WindowCondition(query_.window, lower));
  Sql behind;
  if (!place_.empty()) {
    model::Window rest;
    rest.kind = model::Window::Kind::kRange;
    rest.key = query_.page_key;
    rest.from = model::Bound{place_, false};
    ARROW_ASSIGN_OR_RAISE(behind, WindowCondition(rest));
  }
  return SelectRows(list, FromItem(query_.relation, index_), {std::move(behind), std::move(window)},
                    tail);
}

Result<bool> KeyWalk::GoTo(Connection& connection, const std::string& tail,
                           const std::stop_token& stop) {
  std::string list;
  for (const model::KeyColumn& key : query_.page_key)
    list += (list.empty() ? "" : ", ") + EdgeOf(query_, key.name, Reference(key.name));
  ARROW_ASSIGN_OR_RAISE(const Sql sql, RowsOn(list, tail));
  ARROW_ASSIGN_OR_RAISE(const auto found, SelectScalars(connection, sql, query_.page_key, stop));
  if (found.empty()) return false;
  const auto same = [](const auto& a, const auto& b) { return a->Equals(*b); };
  for (size_t i = 0; i < found[0].size(); ++i) {
    if (found[0][i] == nullptr) return FailEdge(query_.page_key[i].name);
  }
  // Each step begins behind the last one, so a walk ends: but not where the server repeats itself.
  if (std::equal(place_.begin(), place_.end(), found[0].begin(), found[0].end(), same))
    return Fail(kWire, "a step along the key " + query_.page_key[0].name + " went nowhere");
  place_ = found[0];
  return true;
}

Result<bool> KeyWalk::Go(Connection& connection, int64_t rows, const std::stop_token& stop) {
  return GoTo(connection, OrderBy(query_.page_key) + " LIMIT 1 OFFSET " + std::to_string(rows - 1),
              stop);
}

Result<bool> KeyWalk::GoToEnd(Connection& connection, const std::stop_token& stop) {
  std::string order;
  for (const model::KeyColumn& key : query_.page_key)
    order += (order.empty() ? " ORDER BY " : ", ") + Reference(key.name) + " DESC";
  return GoTo(connection, order + " LIMIT 1", stop);
}

Result<int64_t> KeyWalk::CountRest(Connection& connection, const std::stop_token& stop) const {
  ARROW_ASSIGN_OR_RAISE(const Sql sql, RowsOn("COUNT(*)", ""));
  return SelectCount(connection, sql, stop);
}

}  // namespace rivet::source::mysql
