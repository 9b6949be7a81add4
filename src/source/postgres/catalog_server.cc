// Who the server is, and which relations it shows.
#include <utility>

#include "client/postgres/quote.h"
#include "source/faults.h"
#include "source/postgres/catalog.h"
#include "source/postgres/catalog_rows_internal.h"

namespace rivet::source::postgres {
namespace {

using client::postgres::Connection;
using client::postgres::Rows;

constexpr char kIdentifySql[] =
    "SELECT pg_catalog.current_setting('server_version'), "
    "pg_catalog.current_setting('server_version_num'),"
    " pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('max_connections'), current_user,"
    " (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user),"
    " pg_catalog.trunc((EXTRACT(epoch FROM pg_catalog.clock_timestamp()) * "
    "1000000)::pg_catalog.numeric),"
    " pg_catalog.current_setting('default_transaction_read_only') = 'on',"
    " (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'), "
    "pg_catalog.pg_backend_pid()";

// Missing rights are no failure: some hosted servers keep the control file to themselves.
constexpr char kSystemIdSql[] =
    "SELECT system_identifier, pg_catalog.pg_backend_pid() FROM pg_catalog.pg_control_system()";
constexpr char kProcessSql[] = "SELECT NULL, pg_catalog.pg_backend_pid()";

constexpr char kListSql[] =
    "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = $1::pg_catalog.oid"
    " AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = "
    "'pg_catalog.pg_class'::pg_catalog.regclass"
    " AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e')"
    " ORDER BY c.relname COLLATE \"C\"";

// A pooler keeps process and session apart. Its own idea of a process, told at connect, differs
// from the server's; in transaction mode the server's may change from one transaction to the next.
// What cannot be told from transaction mode is taken for it.
bool BehindPooler(const Connection& connection, int64_t first, int64_t second) {
  return first != second || first != connection.backend_pid();
}

}  // namespace

Result<model::ServerFacts> IdentifyServer(Connection& connection, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.Query(kIdentifySql, stop));
  if (rows.size() != 1) return Fail(kWire, "the server did not say who it is");
  auto again = connection.Query(kSystemIdSql, stop);
  if (!again.ok() && Is(again.status(), kStopRequested)) return again.status();
  if (!again.ok()) again = connection.Query(kProcessSql, stop);
  ARROW_RETURN_NOT_OK(again.status());
  if (again->size() != 1) return Fail(kWire, "the server did not say who it is");
  const client::postgres::Row& row = rows[0];
  model::ServerFacts facts;
  facts.engine = "postgres";
  facts.version = TextIn(row, 0).substr(0, TextIn(row, 0).find(' '));
  facts.version_number = static_cast<int>(IntegerIn(row, 1));
  facts.in_recovery = TrueIn(row, 2);
  facts.max_connections = static_cast<int>(IntegerIn(row, 3));
  facts.role = TextIn(row, 4);
  facts.superuser = TrueIn(row, 5);
  facts.clock_micros = IntegerIn(row, 6);
  facts.read_only = facts.in_recovery || TrueIn(row, 7);
  connection.set_server_statement_timeout(std::chrono::milliseconds(IntegerIn(row, 8)));
  facts.system_id = TextIn((*again)[0], 0);
  facts.transaction_pooler = BehindPooler(connection, IntegerIn(row, 9), IntegerIn((*again)[0], 1));
  facts.encrypted = connection.encrypted();
  facts.local = connection.local();
  connection.world().log().Event(
      LogLevel::kDebug, "postgres-connected",
      {{"version", facts.version},
       {"path", facts.transaction_pooler ? "transaction-pooler" : "direct"},
       {"encrypted", facts.encrypted ? "true" : "false"}});
  return facts;
}

Result<std::vector<model::RelationName>> ListRelations(Connection& connection,
                                                       const model::RelationFilter& filter,
                                                       const std::stop_token& stop) {
  const std::string schema = filter.schema.empty() ? "public" : filter.schema;
  ARROW_ASSIGN_OR_RAISE(const Rows found,
                        connection.QueryParams(
                            "SELECT n.oid, pg_catalog.has_schema_privilege(n.oid, 'USAGE')"
                            " FROM pg_catalog.pg_namespace n WHERE n.nspname = $1::pg_catalog.text",
                            {schema}, stop));
  if (found.empty()) return Fail(kMissing, "schema \"" + schema + "\" does not exist");
  if (!TrueIn(found[0], 1)) {
    return Fail(kDenied,
                "permission denied for schema " + client::postgres::QuoteIdentifier(schema));
  }
  ARROW_ASSIGN_OR_RAISE(const Rows rows,
                        connection.QueryParams(kListSql, {TextIn(found[0], 0)}, stop));
  std::vector<model::RelationName> names;
  names.reserve(rows.size());
  for (const client::postgres::Row& row : rows) names.push_back({schema, TextIn(row, 0)});
  return names;
}

}  // namespace rivet::source::postgres
