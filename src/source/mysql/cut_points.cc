#include "source/mysql/cut_points.h"

#include <arrow/scalar.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "source/faults.h"
#include "source/mysql/catalog.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::Connection;

// A step reads along an index; its size follows the time of the last one.
constexpr int64_t kFirstStepRows = 10'000;
constexpr int64_t kStepRowsMin = 500;
constexpr int64_t kStepRowsMax = 10'000'000;
constexpr int64_t kStepMicros = 40'000;
constexpr size_t kCutsMax = 1'000'000;

// All rows, in the order of the column that is cut along.
model::BoundedQuery Along(model::BoundedQuery query) {
  query.page_key = {query.window.key.front()};
  query.window = {};
  return query;
}

Sql NotNull(const model::KeyColumn& key) { return {Reference(key.name) + " IS NOT NULL", {}}; }

}  // namespace

CutWalk::CutWalk(const model::BoundedQuery& query, std::string index, int64_t rows)
    : query_(query),
      key_(query.window.key.front()),
      rows_(rows),
      walk_(Along(query), std::move(index)),
      step_(std::min(rows, kFirstStepRows)) {}

bool CutWalk::Paced(const model::BoundedQuery& query) {
  return !query.page_key.empty() && !query.relation.is_query() &&
         query.page_key.front().name == query.window.key.front().name;
}

Status CutWalk::Step(Connection& connection, World& world, const std::stop_token& stop) {
  if (!std::exchange(asked_for_nulls_, true)) {
    ARROW_ASSIGN_OR_RAISE(facts_.has_nulls, HasNulls(connection, query_, key_, stop));
    return Status::OK();
  }
  return Paced(query_) ? StepAlong(connection, world, stop) : GroupAll(connection, stop);
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

// Each different key with its rows, in order: keys that the column's collation takes for equal are
// one. Asks for nothing that MySQL 5.7 does not know.
Status CutWalk::GroupAll(Connection& connection, const std::stop_token& stop) {
  done_ = true;
  const std::string name = Reference(key_.name);
  const std::string edge = EdgeOf(query_, key_.name, "MIN(" + name + ")");
  const Sql sql = SelectRows(edge + ", COUNT(*)", FromItem(query_.relation), {NotNull(key_)},
                             " GROUP BY " + name + OrderBy({key_}));
  model::KeyColumn count;
  count.name = "rows";
  count.native_type = "bigint";
  count.type.kind = model::TypeKind::kInt64;
  ARROW_ASSIGN_OR_RAISE(const auto rows, SelectScalars(connection, sql, {key_, count}, stop));
  for (const ScalarRow& row : rows) {
    in_piece_ += static_cast<const arrow::Int64Scalar&>(*row[1]).value;
    if (row[0] == nullptr) return FailEdge(key_.name);
    if (in_piece_ < rows_) continue;
    facts_.cuts.push_back(row[0]);
    in_piece_ = 0;
  }
  if (in_piece_ > 0) facts_.cuts.push_back(rows.back()[0]);
  return Status::OK();
}

}  // namespace rivet::source::mysql
