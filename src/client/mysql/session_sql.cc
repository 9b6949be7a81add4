#include "client/mysql/session_sql.h"

#include <algorithm>

namespace rivet::client::mysql {
namespace {

constexpr int kStatsExpiryVersion = 80'000;

int64_t WholeSeconds(std::chrono::milliseconds time) {
  return std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(time).count());
}

std::string Thousandths(std::chrono::milliseconds time) {
  const std::string rest = std::to_string(time.count() % 1000);
  return std::to_string(time.count() / 1000) + "." + std::string(3 - rest.size(), '0') + rest;
}

}  // namespace

std::string SettingsSql(const model::ServerFacts& server, const model::Limits& limits) {
  const bool maria = server.engine == kMariaDb;
  std::string sql = "SET SESSION time_zone = '+00:00', sql_auto_is_null = 0";
  // What an administrator may have set for people must not cut our rows, nor copy them to a
  // temporary table first.
  sql += ", sql_select_limit = 18446744073709551615, sql_buffer_result = 0";
  sql += ", sql_big_selects = 1, completion_type = 0";
  // CHAR without its padding, as everywhere else. The other modes are the user's: a query may need
  // them.
  sql += ", sql_mode = REPLACE(@@SESSION.sql_mode, 'PAD_CHAR_TO_FULL_LENGTH', '')";
  // We may rest within a statement while the encoder works.
  // MySQL 8 takes whole numbers only, and its GREATEST of two is none.
  sql += ", net_write_timeout = CAST(GREATEST(600, @@SESSION.net_write_timeout) AS SIGNED)";
  if (limits.statement_timeout.count() > 0) {
    sql += maria ? ", max_statement_time = " + Thousandths(limits.statement_timeout)
                 : ", max_execution_time = " + std::to_string(limits.statement_timeout.count());
  }
  if (limits.lock_timeout.count() > 0) {
    const std::string seconds = std::to_string(WholeSeconds(limits.lock_timeout));
    sql += ", innodb_lock_wait_timeout = " + seconds + ", lock_wait_timeout = " + seconds;
  }
  // Rows read once are no business of the query cache.
  if (maria) sql += ", query_cache_type = OFF";
  if (!maria && server.version_number >= kStatsExpiryVersion)
    sql += ", information_schema_stats_expiry = 0";
  return sql;
}

Status BeginRead(Connection& connection, const model::ServerFacts& server,
                 const model::Limits& limits, const std::stop_token& stop) {
  connection.set_statement_timeout(limits.statement_timeout);
  ARROW_RETURN_NOT_OK(connection.Apply(SettingsSql(server, limits), stop));
  ARROW_RETURN_NOT_OK(
      connection.Exec("START TRANSACTION READ ONLY, WITH CONSISTENT SNAPSHOT", stop));
  if (!server.transaction_pooler) return Status::OK();
  // The transaction pins a server session, which may not be the one that got the settings.
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.Query("SELECT @@SESSION.time_zone", stop));
  if (rows.size() == 1 && rows[0].size() == 1 && rows[0][0] == "+00:00") return Status::OK();
  return Fail(connection.codes()[FaultKind::kSettings],
              "the proxy in between dropped the session's time_zone: values of timestamps would "
              "be wrong");
}

}  // namespace rivet::client::mysql
