// What a query would cost, where its key begins and ends, how many rows it has.
#include <arrow/api.h>

#include <algorithm>
#include <utility>

#include "client/mysql/quote.h"
#include "client/mysql/statement.h"
#include "source/faults.h"
#include "source/mysql/catalog.h"
#include "source/mysql/catalog_rows_internal.h"
#include "source/mysql/column_types.h"
#include "source/mysql/decode.h"
#include "types/text.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::Connection;
using client::mysql::Row;
using client::mysql::Rows;
using client::mysql::Statement;

// Answers of one statement are small: keys and counts.
constexpr int64_t kAnswerRowsMax = 2'000'000;

// All rows of a statement as one batch; `columns` empty: whatever they are.
Result<std::shared_ptr<arrow::RecordBatch>> SelectBatch(Connection& connection, const Sql& sql,
                                                        std::vector<model::Column> columns,
                                                        const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const auto statement, Statement::Prepare(connection, sql.text, stop));
  ARROW_RETURN_NOT_OK(statement->Execute(sql.parameters, stop));
  if (columns.empty()) {
    for (const auto& column : statement->columns()) columns.push_back(ColumnOf(column, false));
  }
  constexpr int64_t kNoLimit = 0;
  ARROW_ASSIGN_OR_RAISE(const auto rows,
                        BatchBuilder::Make(columns, {}, statement->columns(), kNoLimit));
  ARROW_RETURN_NOT_OK(statement->BeginRows(stop));
  const auto take = [&]() -> Status {
    for (;;) {
      const uint8_t* row = nullptr;
      int64_t size = 0;
      ARROW_RETURN_NOT_OK(statement->Next(&row, &size));
      if (row == nullptr) return Status::OK();
      ARROW_RETURN_NOT_OK(rows->Append(row, size));
      if (rows->rows() > kAnswerRowsMax)
        return Fail(kSql, "the key has more than two million values to cut by");
    }
  };
  ARROW_RETURN_NOT_OK(statement->EndRows(take()));
  return rows->Finish();
}

Result<Row> TextRow(const arrow::RecordBatch& batch, int64_t line) {
  Row row;
  for (const auto& column : batch.columns()) {
    row.emplace_back();
    if (column->IsNull(line)) continue;
    row.back().emplace();
    ARROW_RETURN_NOT_OK(types::AppendText(*column, line, &*row.back()));
  }
  return row;
}

bool Says(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

// Where the fields of EXPLAIN stand: MySQL has `partitions` and `filtered` besides.
struct PlanFields {
  size_t select_type = 1, table = 2, access, key, rows, extra;
};

Result<PlanFields> FieldsOf(const Row& line) {
  constexpr size_t kMariaDbFields = 10, kMySqlFields = 12;
  PlanFields fields{};
  if (line.size() == kMySqlFields) {
    fields = {.access = 4, .key = 6, .rows = 9, .extra = 11};
  } else if (line.size() == kMariaDbFields) {
    fields = {.access = 3, .key = 5, .rows = 8, .extra = 9};
  } else {
    return Fail(kWire, "the server explains its plan in an unknown form");
  }
  return fields;
}

// Takes in all rows below it before it gives the first one.
bool Gathers(const Row& line, const PlanFields& fields) {
  const std::string extra = TextIn(line, fields.extra), kind = TextIn(line, fields.select_type);
  return Says(extra, "Using filesort") || Says(extra, "Using temporary") ||
         Says(extra, "Using join buffer") || kind == "DERIVED" || kind == "MATERIALIZED" ||
         kind == "UNION";
}

}  // namespace

Result<model::QueryCost> CostOf(const std::vector<Row>& lines) {
  if (lines.empty()) return Fail(kWire, "the server did not explain its plan");
  model::QueryCost cost;
  for (const Row& line : lines) {
    ARROW_ASSIGN_OR_RAISE(const PlanFields fields, FieldsOf(line));
    cost.sorts_or_hashes = cost.sorts_or_hashes || Gathers(line, fields);
    const std::string access = TextIn(line, fields.access), key = TextIn(line, fields.key);
    if (cost.row_estimate < 0 && !IsNull(line, fields.rows))
      cost.row_estimate = IntegerIn(line, fields.rows);
    if (!cost.scan.empty() || access.empty()) continue;
    cost.scan = access + (key.empty() ? "" : " using " + key) + " on " + TextIn(line, fields.table);
  }
  return cost;
}

Result<model::QueryCost> ExplainQuery(Connection& connection, const model::BoundedQuery& query,
                                      const std::string& index, const std::stop_token& stop) {
  for (const model::Column& column : query.columns) ARROW_RETURN_NOT_OK(CheckReadable(column));
  ARROW_ASSIGN_OR_RAISE(Sql sql, FirstStatement(query, index, query.limits.batch_rows_max));
  sql.text.insert(0, "EXPLAIN FORMAT=TRADITIONAL ");
  ARROW_ASSIGN_OR_RAISE(const auto plan, SelectBatch(connection, sql, {}, stop));
  std::vector<Row> lines;
  for (int64_t line = 0; line < plan->num_rows(); ++line) {
    ARROW_ASSIGN_OR_RAISE(Row row, TextRow(*plan, line));
    lines.push_back(std::move(row));
  }
  return CostOf(lines);
}

Result<std::vector<ScalarRow>> SelectScalars(Connection& connection, const Sql& sql,
                                             const std::vector<model::KeyColumn>& columns,
                                             const std::stop_token& stop) {
  std::vector<model::Column> wanted;
  for (const model::KeyColumn& column : columns) {
    model::Column one;
    one.name = column.name;
    one.native_type = column.native_type;
    one.type = column.type;
    wanted.push_back(std::move(one));
  }
  ARROW_ASSIGN_OR_RAISE(const auto batch, SelectBatch(connection, sql, std::move(wanted), stop));
  std::vector<ScalarRow> rows(static_cast<size_t>(batch->num_rows()));
  for (int64_t line = 0; line < batch->num_rows(); ++line) {
    for (const auto& column : batch->columns()) {
      ARROW_ASSIGN_OR_RAISE(auto scalar, column->GetScalar(line));
      rows[static_cast<size_t>(line)].push_back(scalar->is_valid ? std::move(scalar) : nullptr);
    }
  }
  return rows;
}

Result<bool> HasNulls(Connection& connection, const model::BoundedQuery& query,
                      const model::KeyColumn& key, const std::stop_token& stop) {
  const bool never = std::any_of(
      query.columns.begin(), query.columns.end(),
      [&](const model::Column& column) { return column.name == key.name && column.not_null; });
  if (never) return false;
  ARROW_ASSIGN_OR_RAISE(
      const Rows rows, connection.Query("SELECT EXISTS (SELECT 1 FROM " + FromItem(query.relation) +
                                            " WHERE " + Reference(key.name) + " IS NULL)",
                                        stop));
  if (rows.size() != 1 || rows[0].size() != 1)
    return Fail(kWire, "the server did not say whether a key has NULLs");
  return IntegerIn(rows[0], 0) != 0;
}

Result<model::KeyFacts> BoundsOf(Connection& connection, const model::BoundedQuery& query,
                                 const std::stop_token& stop) {
  if (query.window.key.empty()) return Fail(kInternalBug, "the bounds of no key were asked for");
  const model::KeyColumn& key = query.window.key.front();
  const std::string name = Reference(key.name);
  // Asked together, one end may cost a scan: each alone is one look into an index that leads with
  // the column.
  model::KeyFacts facts;
  for (const std::string end : {"MIN", "MAX"}) {
    ARROW_ASSIGN_OR_RAISE(Sql window, WindowCondition(query.window));
    const Sql sql =
        SelectRows(end + "(" + name + ")", FromItem(query.relation), {std::move(window)}, "");
    ARROW_ASSIGN_OR_RAISE(const auto rows, SelectScalars(connection, sql, {key}, stop));
    if (rows.size() != 1) return Fail(kWire, "the server did not answer for a key's bounds");
    (end == "MIN" ? facts.min : facts.max) = rows[0][0];
  }
  ARROW_ASSIGN_OR_RAISE(facts.has_nulls, HasNulls(connection, query, key, stop));
  return facts;
}

Result<int64_t> SelectCount(Connection& connection, const Sql& sql, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const auto batch, SelectBatch(connection, sql, {}, stop));
  if (batch->num_rows() != 1) return Fail(kWire, "the server did not count");
  ARROW_ASSIGN_OR_RAISE(const Row row, TextRow(*batch, 0));
  return IntegerIn(row, 0);
}

Result<int64_t> CountRows(Connection& connection, const model::BoundedQuery& query,
                          const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(Sql window, WindowCondition(query.window));
  return SelectCount(
      connection, SelectRows("COUNT(*)", FromItem(query.relation), {std::move(window)}, ""), stop);
}

}  // namespace rivet::source::mysql
