#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "client/postgres/connection.h"
#include "model/facts.h"
#include "model/query.h"

// What the server's catalog and planner say. Each function but IdentifyServer expects to run inside
// a read-only transaction that its caller began (session.cc).
namespace rivet::source::postgres {

// Statements of their own, outside a transaction: a pooler shows itself by changing the server
// process in between.
Result<model::ServerFacts> IdentifyServer(client::postgres::Connection& connection,
                                          const std::stop_token& stop);

Result<std::vector<model::RelationName>> ListRelations(client::postgres::Connection& connection,
                                                       const model::RelationFilter& filter,
                                                       const std::stop_token& stop);

// The facts' relation carries the schema that the search path found.
Result<model::TableFacts> DescribeRelation(client::postgres::Connection& connection,
                                           const model::Relation& relation,
                                           const std::stop_token& stop);

Result<model::QueryCost> ExplainQuery(client::postgres::Connection& connection,
                                      const model::ServerFacts& server,
                                      const model::BoundedQuery& query,
                                      const std::stop_token& stop);

// Integers, dates, timestamps, text and the types that max() takes.
Result<model::KeyFacts> BoundsOf(client::postgres::Connection& connection,
                                 const model::BoundedQuery& query, const std::stop_token& stop);

// The text of a value `k` of that key as it is read back by KeyScalar. kTypeUnsupported for types
// that are no keys.
Result<std::string> KeyTextSql(const model::KeyColumn& key);
// Null for SQL's NULL; the text is untrusted.
Result<std::shared_ptr<arrow::Scalar>> KeyScalar(const model::KeyColumn& key,
                                                 const std::optional<std::string>& text);
// Whether the query's result says that the column is never NULL.
bool KnownNotNull(const model::BoundedQuery& query, const std::string& name);

// Of a plan in EXPLAIN's JSON: the rows of its uppermost node that is no Limit, the first scan in
// words, and whether anything in it gathers rows before it gives the first one.
model::QueryCost CostOf(std::string_view plan_json);

}  // namespace rivet::source::postgres
