#include "client/postgres/session_sql.h"

namespace rivet::client::postgres {
namespace {

constexpr int kIncrementalSortVersion = 130'000;
constexpr int kTransactionTimeoutVersion = 170'000;

std::string Set(std::string_view name, std::string_view value) {
  return "SET LOCAL " + std::string(name) + " = " + std::string(value) + "; ";
}

std::string Millis(std::chrono::milliseconds time) {
  return "'" + std::to_string(time.count()) + "ms'";
}

}  // namespace

std::string SettingsSql(const model::ServerFacts& server, const model::Limits& limits) {
  std::string sql;
  // Zero means that we set no limit; what the role has set stays.
  if (limits.statement_timeout.count() > 0)
    sql += Set("statement_timeout", Millis(limits.statement_timeout));
  if (limits.lock_timeout.count() > 0) sql += Set("lock_timeout", Millis(limits.lock_timeout));
  sql += Set("idle_in_transaction_session_timeout", "0");
  if (server.version_number >= kTransactionTimeoutVersion) sql += Set("transaction_timeout", "0");
  sql += Set("TimeZone", "'UTC'");
  sql += Set("DateStyle", "'ISO'");
  sql += Set("IntervalStyle", "'postgres'");
  sql += Set("extra_float_digits", "3");
  sql += Set("bytea_output", "'hex'");
  return sql;
}

std::string PageSettingsSql(const model::ServerFacts& server) {
  std::string sql = Set("enable_sort", "off");
  if (server.version_number >= kIncrementalSortVersion)
    sql += Set("enable_incremental_sort", "off");
  return sql;
}

Status BeginRead(Connection& connection, const std::string& settings, const model::Limits& limits,
                 const std::stop_token& stop) {
  connection.set_statement_timeout(limits.statement_timeout);
  return connection.Exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " + settings, stop);
}

}  // namespace rivet::client::postgres
