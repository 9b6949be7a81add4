#include "source/postgres/cut_points.h"

#include <arrow/scalar.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "client/postgres/quote.h"
#include "source/faults.h"
#include "source/postgres/catalog.h"
#include "source/postgres/read_sql.h"

namespace rivet::source::postgres {
namespace {

using client::postgres::Connection;
using client::postgres::Rows;

// A step reads index entries only; its size follows the time of the last one.
constexpr int64_t kFirstStepRows = 10'000;
constexpr int64_t kStepRowsMin = 500;
constexpr int64_t kStepRowsMax = 10'000'000;
constexpr int64_t kStepMicros = 40'000;
constexpr size_t kCutsMax = 1'000'000;

std::string Reference(const model::KeyColumn& key) {
  return "_rivet." + client::postgres::QuoteIdentifier(key.name);
}

// All rows, in the order of the column that is cut along.
model::BoundedQuery Along(model::BoundedQuery query) {
  query.page_key = {query.window.key.front()};
  query.window = {};
  return query;
}

bool LeadsPages(const model::BoundedQuery& query) {
  return !query.page_key.empty() && !query.relation.is_query() &&
         query.page_key.front().name == query.window.key.front().name;
}

}  // namespace

CutWalk::CutWalk(const model::BoundedQuery& query, int64_t rows)
    : query_(query),
      key_(query.window.key.front()),
      rows_(rows),
      paced_(LeadsPages(query)),
      walk_(Along(query)),
      step_(std::min(rows, kFirstStepRows)) {}

Status CutWalk::Step(Connection& connection, World& world, const std::stop_token& stop) {
  if (!asked_for_nulls_) {
    asked_for_nulls_ = true;
    return LookForNulls(connection, stop);
  }
  return paced_ ? StepAlong(connection, world, stop) : SortAll(connection, stop);
}

Status CutWalk::LookForNulls(Connection& connection, const std::stop_token& stop) {
  if (KnownNotNull(query_, key_.name)) return Status::OK();
  const std::string sql = "SELECT EXISTS (SELECT FROM " + FromItem(query_.relation) + " WHERE " +
                          Reference(key_) + " IS NULL)";
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.Query(sql, stop));
  if (rows.size() != 1 || rows[0].size() != 1)
    return Fail(kWire, "the server did not say whether a key has NULLs");
  facts_.has_nulls = rows[0][0] == "t";
  return Status::OK();
}

Status CutWalk::StepAlong(Connection& connection, World& world, const std::stop_token& stop) {
  const int64_t rows = std::min(step_, rows_ - in_piece_);
  const SteadyMicros began = world.Steady();
  ARROW_ASSIGN_OR_RAISE(const bool moved, walk_.Go(connection, rows, stop));
  const int64_t micros = std::max<int64_t>(1, world.Steady() - began);
  if (!moved) {
    // Fewer rows than a step are left: the largest key ends the last piece.
    ARROW_ASSIGN_OR_RAISE(const bool some_left, walk_.GoToEnd(connection, stop));
    if (some_left || in_piece_ > 0) facts_.cuts.push_back(walk_.place()[0]);
    done_ = true;
    return Status::OK();
  }
  in_piece_ += rows;
  if (in_piece_ >= rows_) {
    facts_.cuts.push_back(walk_.place()[0]);
    in_piece_ = 0;
  }
  if (facts_.cuts.size() > kCutsMax)
    return Fail(kSql, "the key " + key_.name + " makes more than a million pieces");
  const int64_t step_max = std::clamp(step_ * 2, kStepRowsMin, kStepRowsMax);
  step_ = std::clamp(step_ * kStepMicros / micros, kStepRowsMin, step_max);
  return Status::OK();
}

Status CutWalk::SortAll(Connection& connection, const std::stop_token& stop) {
  done_ = true;
  ARROW_ASSIGN_OR_RAISE(const std::string form, KeyTextSql(key_));
  const std::string sql =
      "SELECT " + form + " FROM (SELECT k, pg_catalog.row_number() OVER (ORDER BY k) AS n, " +
      "pg_catalog.count(*) OVER () AS c FROM (SELECT " + Reference(key_) + " AS k FROM " +
      FromItem(query_.relation) + " WHERE " + Reference(key_) +
      " IS NOT NULL) AS r) AS v WHERE n % " + std::to_string(rows_) + " = 0 OR n = c ORDER BY n";
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.Query(sql, stop));
  for (const auto& row : rows) {
    ARROW_ASSIGN_OR_RAISE(auto cut, KeyScalar(key_, row[0]));
    if (facts_.cuts.empty() || !facts_.cuts.back()->Equals(*cut))
      facts_.cuts.push_back(std::move(cut));
  }
  return Status::OK();
}

}  // namespace rivet::source::postgres
