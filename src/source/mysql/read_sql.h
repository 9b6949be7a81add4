#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "client/mysql/statement.h"
#include "model/query.h"

// The SELECTs of a read. A relation is always called _rivet and columns are named through it, so
// that no alias of a result column can stand in for a column in a condition or an order. Values
// travel as parameters.
namespace rivet::source::mysql {

using Parameters = std::vector<client::mysql::Parameter>;

// A piece of SQL with the values of its `?`, in order.
struct Sql {
  std::string text;
  Parameters parameters;
};

std::string Reference(const std::string& column);  // _rivet.`c`

// `s`.`t` AS _rivet, or the user's query in parentheses. `index`: the only one to be used, where it
// is not empty; without that the server may sort a page rather than walk along its key.
std::string FromItem(const model::Relation& relation, const std::string& index = "");

// Empty when all rows are meant. Without its lower edge for pages that begin behind a row of the
// window.
enum class LowerEdge { kWith, kWithout };
Result<Sql> WindowCondition(const model::Window& window, LowerEdge lower = LowerEdge::kWith);

// Whether rows behind a row of the window, in page order, are past the window's lower edge anyway.
bool PagesFollowWindow(const model::BoundedQuery& query);

// Rows behind `values` in the order of `key`: (a > ? OR (a = ? AND b > ?)). Row values would make
// the server read the index from its begin.
Sql BehindCondition(const std::vector<model::KeyColumn>& key, const Parameters& values);

// Adds SELECT list FROM item WHERE all conditions that are not empty, then `tail`.
Sql SelectRows(std::string_view list, const std::string& from, std::vector<Sql> conditions,
               std::string_view tail);

// ORDER BY the key, ascending.
std::string OrderBy(const std::vector<model::KeyColumn>& key);

// What a statement of a read asks for: the columns of the plan, then keys that these do not hold as
// they are.
struct RowShape {
  std::string list;
  bool plain = true;         // every column is asked for as it is
  std::vector<size_t> keys;  // of page_key: places in the row
  // Place of a number: 0, or which column of the result, counted from 1, lost bytes on the way to
  // utf8mb4. Asked for where a charset can.
  std::optional<size_t> loss;
  // The same of columns whose policy replaces such bytes: numbers with a bit for each of them, as
  // many as kLossBits allows, in the order of `replaced`, which holds places in the result.
  std::vector<size_t> masks, replaced;
};
inline constexpr size_t kLossBits = 62;
RowShape ShapeOf(const model::BoundedQuery& query);

// `expression`, the key column of that name or its MIN, for a walk that will go on or cut there:
// NULL where its value lost bytes on the way to utf8mb4.
std::string EdgeOf(const model::BoundedQuery& query, const std::string& key,
                   const std::string& expression);
// A walk came to an edge that is NULL.
Status FailEdge(const std::string& key);

// Pages along the key; else one statement for all.
bool IsPaged(const model::BoundedQuery& query);

// A query whose rows are all wanted, as they are: the user's text itself is run, so that the server
// need not keep its result as a table first.
bool RunsAsWritten(const model::BoundedQuery& query, const RowShape& shape);

// The first statement of a read, for EXPLAIN, with `rows` as its limit.
Result<Sql> FirstStatement(const model::BoundedQuery& query, const std::string& index,
                           int64_t rows);

// The columns as they are: what is described and compared with the plan.
std::string DescribedSql(const model::BoundedQuery& query);

}  // namespace rivet::source::mysql
