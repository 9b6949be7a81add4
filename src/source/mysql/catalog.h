#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "client/mysql/connection.h"
#include "model/facts.h"
#include "model/query.h"
#include "source/mysql/read_sql.h"

// What the server's catalog and planner say. Each function but IdentifyServer expects to run inside
// a read-only transaction that its caller began (session.cc).
namespace rivet::source::mysql {

// Statements of their own, outside a transaction.
Result<model::ServerFacts> IdentifyServer(client::mysql::Connection& connection,
                                          const std::stop_token& stop);

// 10.11.19-MariaDB -> 101119. Zero when it has no such form.
int VersionNumber(const std::string& version);

Result<std::vector<model::RelationName>> ListRelations(client::mysql::Connection& connection,
                                                       const model::RelationFilter& filter,
                                                       const std::stop_token& stop);

// The facts' relation carries the schema, which is the connection's where none was given.
Result<model::TableFacts> DescribeRelation(client::mysql::Connection& connection,
                                           const model::ServerFacts& server,
                                           const model::Relation& relation,
                                           const std::stop_token& stop);

// The bytes a row takes, from the catalog's average: InnoDB counts pages that are not full and
// values off the page, so a large figure says less about the rows than a small one.
int64_t RowBytesOf(int64_t average_row_length);

// The index whose columns are the key's, in order, the primary key first; empty when there is none.
Result<std::string> IndexOfKey(client::mysql::Connection& connection,
                               const model::ServerFacts& server, const model::RelationName& table,
                               const std::vector<model::KeyColumn>& key,
                               const std::stop_token& stop);

Result<model::QueryCost> ExplainQuery(client::mysql::Connection& connection,
                                      const model::BoundedQuery& query, const std::string& index,
                                      const std::stop_token& stop);

// Of the lines of EXPLAIN, FORMAT=TRADITIONAL, as either server prints them.
Result<model::QueryCost> CostOf(const std::vector<client::mysql::Row>& lines);

Result<model::KeyFacts> BoundsOf(client::mysql::Connection& connection,
                                 const model::BoundedQuery& query, const std::stop_token& stop);

// Whether the relation has rows without that key.
Result<bool> HasNulls(client::mysql::Connection& connection, const model::BoundedQuery& query,
                      const model::KeyColumn& key, const std::stop_token& stop);

// The number that a statement answers with.
Result<int64_t> SelectCount(client::mysql::Connection& connection, const Sql& sql,
                            const std::stop_token& stop);
// All rows of the window, by one statement.
Result<int64_t> CountRows(client::mysql::Connection& connection, const model::BoundedQuery& query,
                          const std::stop_token& stop);

// One row of typed values, null where the server said NULL.
using ScalarRow = std::vector<std::shared_ptr<arrow::Scalar>>;
// The rows of a statement that answers with few; `columns` says what each value is to be.
Result<std::vector<ScalarRow>> SelectScalars(client::mysql::Connection& connection, const Sql& sql,
                                             const std::vector<model::KeyColumn>& columns,
                                             const std::stop_token& stop);

}  // namespace rivet::source::mysql
