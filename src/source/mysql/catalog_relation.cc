// What one relation is: kind, columns, indexes, size.
#include <algorithm>
#include <utility>

#include "client/mysql/quote.h"
#include "client/mysql/session_sql.h"
#include "client/mysql/statement.h"
#include "source/faults.h"
#include "source/mysql/catalog.h"
#include "source/mysql/catalog_rows_internal.h"
#include "source/mysql/charset.h"
#include "source/mysql/column_types.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::Connection;
using client::mysql::QuoteLiteral;
using client::mysql::QuoteRelation;
using client::mysql::Row;
using client::mysql::Rows;
using client::mysql::Statement;
using model::RelationKind;

constexpr int kVisibleIndexMySql = 80'000;
constexpr int kIgnoredIndexMariaDb = 100'600;
constexpr int kExpressionIndexMySql = 80'013;

std::string Of(const model::RelationName& name) {
  return " WHERE TABLE_SCHEMA = " + QuoteLiteral(name.schema) +
         " AND TABLE_NAME = " + QuoteLiteral(name.name);
}

std::string LowerAscii(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

Status FailMissing(Connection& connection, const model::RelationName& name,
                   const std::stop_token& stop) {
  Status failure = Fail(
      kMissing, "relation " + QuoteRelation(name) + " does not exist, or the role may not see it");
  // Names that differ in case only, or that live in another database.
  const auto alike = connection.Query(
      "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE LOWER(TABLE_NAME) = "
      "LOWER(" +
          QuoteLiteral(name.name) + ") ORDER BY TABLE_SCHEMA <> " + QuoteLiteral(name.schema) +
          ", TABLE_SCHEMA, TABLE_NAME LIMIT 3",
      stop);
  if (!alike.ok()) return failure;
  for (const Row& row : *alike) {
    failure = WithHint(std::move(failure),
                       "There is " + QuoteRelation({TextIn(row, 0), TextIn(row, 1)}) + ".");
  }
  return failure;
}

// Kind and size. A view has no size.
Status AddTable(Connection& connection, model::TableFacts* facts, const std::stop_token& stop) {
  model::RelationName& name = facts->relation.table;
  ARROW_ASSIGN_OR_RAISE(name.schema, SchemaOf(connection, name.schema, stop));
  ARROW_ASSIGN_OR_RAISE(
      const Rows rows,
      connection.Query("SELECT TABLE_NAME, TABLE_TYPE, CREATE_OPTIONS, TABLE_ROWS, AVG_ROW_LENGTH,"
                       " DATA_LENGTH FROM information_schema.TABLES" +
                           Of(name),
                       stop));
  // Where the server folds names (lower_case_table_names) another case is the same table.
  if (rows.size() != 1 || LowerAscii(TextIn(rows[0], 0)) != LowerAscii(name.name))
    return FailMissing(connection, name, stop);
  const Row& row = rows[0];
  const std::string type = TextIn(row, 1);
  if (type == "VIEW" || type == "SYSTEM VIEW") {
    facts->kind = RelationKind::kView;
    return Status::OK();
  }
  if (type != "BASE TABLE" && type != "SYSTEM VERSIONED")
    return Fail(kMissing, QuoteRelation(name) + " is neither a table nor a view");
  const bool partitioned = TextIn(row, 2).find("partitioned") != std::string::npos;
  facts->kind = partitioned ? RelationKind::kPartitioned : RelationKind::kTable;
  if (!IsNull(row, 3)) facts->row_estimate = IntegerIn(row, 3);
  if (!IsNull(row, 5)) facts->bytes = IntegerIn(row, 5);
  if (IntegerIn(row, 4) > 0) facts->row_bytes = RowBytesOf(IntegerIn(row, 4));
  return Status::OK();
}

// Prepared and not run: the server checks the rights, and gives no row.
Status AddColumns(Connection& connection, model::TableFacts* facts, const std::stop_token& stop) {
  const model::Relation& relation = facts->relation;
  const std::string sql = relation.is_query()
                              ? std::string(client::mysql::WithoutTail(relation.query))
                              : "SELECT * FROM " + QuoteRelation(relation.table);
  ARROW_ASSIGN_OR_RAISE(const auto statement, Statement::Prepare(connection, sql, stop));
  if (statement->columns().empty())
    return Fail(kSql, "the statement gives no rows: it is no SELECT");
  const bool plain =
      facts->kind == RelationKind::kTable || facts->kind == RelationKind::kPartitioned;
  for (const auto& column : statement->columns()) facts->columns.push_back(ColumnOf(column, plain));
  return Status::OK();
}

// Sets what a text column's charset keeps on the way to utf8mb4 and back (charset.h).
Status AddCharsets(Connection& connection, model::TableFacts* facts, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(
      const Rows rows,
      connection.Query("SELECT COLUMN_NAME, CHARACTER_SET_NAME FROM information_schema.COLUMNS" +
                           Of(facts->relation.table) + " AND CHARACTER_SET_NAME IS NOT NULL",
                       stop));
  for (const Row& row : rows) {
    if (EveryByteIsACharacter(TextIn(row, 1))) continue;
    for (model::Column& column : facts->columns) {
      if (column.name != TextIn(row, 0) || !model::IsText(column.type.kind)) continue;
      column.lossy_charset = TextIn(row, 1);
      column.comes_back = ComesBack(column.lossy_charset);
    }
  }
  return Status::OK();
}

// One line for each column of each index, in order: 0 index, 1 unique, 2 column (NULL: an
// expression), 3 prefix (NULL: the whole column), 4 kind, 5 direction, 6 in use.
std::string IndexSql(const model::ServerFacts& server, const model::RelationName& table) {
  const bool maria = server.engine == client::mysql::kMariaDb;
  std::string used = "1";
  if (!maria && server.version_number >= kVisibleIndexMySql) used = "IS_VISIBLE = 'YES'";
  if (maria && server.version_number >= kIgnoredIndexMariaDb) used = "IGNORED = 'NO'";
  if (!maria && server.version_number >= kExpressionIndexMySql) used += " AND EXPRESSION IS NULL";
  return "SELECT INDEX_NAME, NON_UNIQUE = 0, COLUMN_NAME, SUB_PART, INDEX_TYPE, COLLATION, " +
         used + " FROM information_schema.STATISTICS" + Of(table) +
         " ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX";
}

Result<std::vector<model::IndexFacts>> IndexesOf(Connection& connection,
                                                 const model::ServerFacts& server,
                                                 const model::RelationName& table,
                                                 const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.Query(IndexSql(server, table), stop));
  std::vector<model::IndexFacts> indexes;
  std::string direction;
  for (const Row& row : rows) {
    if (indexes.empty() || indexes.back().name != TextIn(row, 0)) {
      model::IndexFacts index;
      index.name = TextIn(row, 0);
      index.primary = index.name == "PRIMARY";
      index.unique = IntegerIn(row, 1) != 0;
      index.usable = true;
      indexes.push_back(std::move(index));
      direction = TextIn(row, 5);
    }
    model::IndexFacts& index = indexes.back();
    index.columns.push_back(TextIn(row, 2));
    // The order of whole columns, one way throughout.
    const bool sound = !IsNull(row, 2) && IsNull(row, 3);
    index.unique = index.unique && sound;
    index.usable = index.usable && sound && TextIn(row, 4) == "BTREE" &&
                   TextIn(row, 5) == direction && IntegerIn(row, 6) != 0;
  }
  return indexes;
}

}  // namespace

int64_t RowBytesOf(int64_t average_row_length) {
  constexpr int64_t kTrusted = 8 << 10, kFloor = 4 << 10;
  constexpr int64_t kInflation = 3;
  if (average_row_length <= kTrusted) return average_row_length;
  return std::max(kFloor, average_row_length / kInflation);
}

Result<model::TableFacts> DescribeRelation(Connection& connection, const model::ServerFacts& server,
                                           const model::Relation& relation,
                                           const std::stop_token& stop) {
  model::TableFacts facts;
  facts.relation = relation;
  if (relation.is_query()) {
    facts.kind = RelationKind::kQuery;
    ARROW_RETURN_NOT_OK(AddColumns(connection, &facts, stop));
    return facts;
  }
  ARROW_RETURN_NOT_OK(AddTable(connection, &facts, stop));
  ARROW_RETURN_NOT_OK(AddColumns(connection, &facts, stop));
  ARROW_RETURN_NOT_OK(AddCharsets(connection, &facts, stop));
  if (facts.kind == RelationKind::kView) return facts;
  ARROW_ASSIGN_OR_RAISE(facts.indexes, IndexesOf(connection, server, facts.relation.table, stop));
  for (const model::IndexFacts& index : facts.indexes) {
    if (!index.unique || index.columns.size() != 1) continue;
    for (model::Column& column : facts.columns) {
      if (column.name == index.columns.front()) column.hardly_repeats = true;
    }
  }
  return facts;
}

Result<std::string> IndexOfKey(Connection& connection, const model::ServerFacts& server,
                               const model::RelationName& table,
                               const std::vector<model::KeyColumn>& key,
                               const std::stop_token& stop) {
  model::RelationName name = table;
  ARROW_ASSIGN_OR_RAISE(name.schema, SchemaOf(connection, name.schema, stop));
  ARROW_ASSIGN_OR_RAISE(const auto indexes, IndexesOf(connection, server, name, stop));
  for (const model::IndexFacts& index : indexes) {
    const bool same =
        index.usable && index.unique &&
        std::equal(index.columns.begin(), index.columns.end(), key.begin(), key.end(),
                   [](const std::string& a, const model::KeyColumn& b) { return a == b.name; });
    if (same) return index.name;
  }
  return std::string();
}

}  // namespace rivet::source::mysql
