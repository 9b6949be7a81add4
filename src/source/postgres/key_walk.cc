#include "source/postgres/key_walk.h"

#include <arrow/scalar.h>

#include <cstdlib>
#include <utility>

#include "client/postgres/quote.h"
#include "source/faults.h"
#include "source/postgres/catalog.h"
#include "source/postgres/read_sql.h"

namespace rivet::source::postgres {
namespace {

using client::postgres::Connection;
using client::postgres::Rows;

std::string Reference(const model::KeyColumn& key) {
  return "_rivet." + client::postgres::QuoteIdentifier(key.name);
}

std::string Alias(size_t i) { return "k" + std::to_string(i); }

std::string KeyList(const std::vector<model::KeyColumn>& key) {
  std::string list;
  for (size_t i = 0; i < key.size(); ++i)
    list += (i == 0 ? "" : ", ") + Reference(key[i]) + " AS " + Alias(i);
  return list;
}

}  // namespace

Result<std::string> KeyWalk::RowsOn(const std::string& list, bool backwards) const {
  const auto lower =
      !place_.empty() && PagesFollowWindow(query_) ? LowerEdge::kWithout : LowerEdge::kWith;
  ARROW_ASSIGN_OR_RAISE(std::string window, WindowCondition(query_.window, lower));
  std::vector<std::string> conditions{std::move(window)};
  if (!place_.empty()) {
    model::Window behind;
    behind.kind = model::Window::Kind::kRange;
    behind.key = query_.page_key;
    behind.from = model::Bound{place_, false};
    ARROW_ASSIGN_OR_RAISE(std::string condition, WindowCondition(behind));
    conditions.push_back(std::move(condition));
  }
  std::string order;
  for (const model::KeyColumn& key : query_.page_key) {
    order += (order.empty() ? " ORDER BY " : ", ") + Reference(key) + (backwards ? " DESC" : "");
  }
  return SelectRows(query_, list, conditions, order);
}

Result<bool> KeyWalk::GoTo(Connection& connection, const std::string& rows,
                           const std::stop_token& stop) {
  std::string texts;
  for (size_t i = 0; i < query_.page_key.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const std::string form, KeyTextSql(query_.page_key[i]));
    texts += (i == 0 ? "(SELECT " : ", (SELECT ") + form + " FROM (SELECT r." + Alias(i) +
             " AS k) AS v)";
  }
  ARROW_ASSIGN_OR_RAISE(const Rows found,
                        connection.Query("SELECT " + texts + " FROM (" + rows + ") AS r", stop));
  if (found.empty()) return false;
  if (found[0].size() != query_.page_key.size())
    return Fail(kWire, "the server did not answer with the key that was asked for");
  std::vector<std::shared_ptr<arrow::Scalar>> place;
  for (size_t i = 0; i < found[0].size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto value, KeyScalar(query_.page_key[i], found[0][i]));
    if (value == nullptr)
      return Fail(kNullChunkKey, "the key " + query_.page_key[i].name + " is NULL");
    place.push_back(std::move(value));
  }
  bool moved = place_.empty();
  for (size_t i = 0; i < place_.size(); ++i) moved = moved || !place[i]->Equals(*place_[i]);
  // Each step begins behind the last one, so a walk ends: but not where the server repeats itself.
  if (!moved)
    return Fail(kWire, "a step along the key " + query_.page_key[0].name + " went nowhere");
  place_ = std::move(place);
  return true;
}

Result<bool> KeyWalk::Go(Connection& connection, int64_t rows, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const std::string on, RowsOn(KeyList(query_.page_key), false));
  return GoTo(connection, on + " OFFSET " + std::to_string(rows - 1) + " LIMIT 1", stop);
}

Result<bool> KeyWalk::GoToEnd(Connection& connection, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const std::string on, RowsOn(KeyList(query_.page_key), true));
  return GoTo(connection, on + " LIMIT 1", stop);
}

Result<int64_t> KeyWalk::CountOn(Connection& connection, int64_t rows,
                                 const std::stop_token& stop) const {
  ARROW_ASSIGN_OR_RAISE(const std::string on, RowsOn("", false));
  // The order and the limit hold the planner to the index: by old statistics it could take the
  // whole table for a better way.
  ARROW_ASSIGN_OR_RAISE(const Rows found,
                        connection.Query("SELECT pg_catalog.count(*) FROM (" + on + " LIMIT " +
                                             std::to_string(rows) + ") AS r",
                                         stop));
  if (found.size() != 1 || found[0].size() != 1 || !found[0][0])
    return Fail(kWire, "the server did not count");
  return std::strtoll(found[0][0]->c_str(), nullptr, 10);
}

}  // namespace rivet::source::postgres
