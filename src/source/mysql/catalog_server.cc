// Who the server is, and which relations it shows.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "base/hash.h"
#include "client/mysql/quote.h"
#include "client/mysql/session_sql.h"
#include "source/faults.h"
#include "source/mysql/catalog.h"
#include "source/mysql/catalog_rows_internal.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::Connection;
using client::mysql::QuoteLiteral;
using client::mysql::Row;
using client::mysql::Rows;

// 0 version, 1 max_connections, 2 read_only, 3 role, 4 clock, 5 connection id, 6 host, 7 data
// folder, 8 port
constexpr char kIdentifySql[] =
    "SELECT VERSION(), @@GLOBAL.max_connections, @@GLOBAL.read_only, CURRENT_USER(),"
    " CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED), CONNECTION_ID(), @@hostname, "
    "@@datadir, @@port";

// Asked in these words, because a proxy answers them itself.
constexpr char kCommentSql[] = "select @@version_comment limit 1";

constexpr std::string_view kProxies[] = {"proxysql", "maxscale"};

std::string LowerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// What the role may not ask is not known; a stop or a lost connection is a failure all the same.
Result<Rows> AskIfAllowed(Connection& connection, const std::string& sql,
                          const std::stop_token& stop) {
  auto rows = connection.Query(sql, stop);
  const bool serious = !rows.ok() && (connection.broken() || Is(rows.status(), kStopRequested));
  if (rows.ok() || serious) return rows;
  return Rows();
}

Result<bool> IsProxied(Connection& connection, int64_t connection_id, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const Rows rows, AskIfAllowed(connection, kCommentSql, stop));
  const std::string comment = rows.empty() ? "" : LowerCase(TextIn(rows[0], 0));
  for (const std::string_view name : kProxies) {
    if (comment.find(name) != std::string::npos) return true;
  }
  // What greeted us counts connections of its own. The greeting has room for 32 bits.
  return static_cast<uint32_t>(connection.thread_id()) != static_cast<uint32_t>(connection_id);
}

Result<bool> IsSuperuser(Connection& connection, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const Rows rows, AskIfAllowed(connection, "SHOW GRANTS", stop));
  return std::any_of(rows.begin(), rows.end(), [](const Row& row) {
    const std::string grant = TextIn(row, 0);
    const size_t on = grant.find(" ON *.* ");
    if (on == std::string::npos) return false;
    const std::string rights = grant.substr(0, on) + ",";
    return rights.find(" ALL PRIVILEGES,") != std::string::npos ||
           rights.find(" SUPER,") != std::string::npos;
  });
}

// MySQL names itself; else the place of the data stands for it.
Result<std::string> SystemId(Connection& connection, const std::string& engine, const Row& row,
                             const std::stop_token& stop) {
  if (engine == client::mysql::kMySql) {
    ARROW_ASSIGN_OR_RAISE(const Rows rows,
                          AskIfAllowed(connection, "SELECT @@GLOBAL.server_uuid", stop));
    if (!rows.empty()) return TextIn(rows[0], 0);
  }
  return FingerprintText(Xxh3(TextIn(row, 6) + "\x1f" + TextIn(row, 7) + "\x1f" + TextIn(row, 8)));
}

void Tell(const Connection& connection, const model::ServerFacts& facts) {
  connection.world().log().Event(LogLevel::kDebug, "mysql-connected",
                                 {{"engine", facts.engine},
                                  {"version", facts.version},
                                  {"path", facts.transaction_pooler ? "proxy" : "direct"},
                                  {"encrypted", facts.encrypted ? "true" : "false"}});
  constexpr int kOldestMySql = 50'700, kOldestMariaDb = 100'200;
  const int oldest = facts.engine == client::mysql::kMariaDb ? kOldestMariaDb : kOldestMySql;
  if (facts.version_number > 0 && facts.version_number < oldest) {
    connection.world().log().WarnOnce(
        "server-version",
        "this server is older than MySQL 5.7 or MariaDB 10.2, the oldest that "
        "are looked after");
  }
}

}  // namespace

int VersionNumber(const std::string& version) {
  int parts[3] = {0, 0, 0};
  const char* at = version.data();
  const char* const end = at + version.size();
  for (int& part : parts) {
    const auto [next, error] = std::from_chars(at, end, part);
    if (error != std::errc() || part < 0 || part > 99) return 0;
    at = next < end && *next == '.' ? next + 1 : next;
  }
  return parts[0] * 10'000 + parts[1] * 100 + parts[2];
}

Result<model::ServerFacts> IdentifyServer(Connection& connection, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.Query(kIdentifySql, stop));
  if (rows.size() != 1) return Fail(kWire, "the server did not say who it is");
  const Row& row = rows[0];
  const std::string version = TextIn(row, 0);
  model::ServerFacts facts;
  facts.engine = LowerCase(version).find("mariadb") == std::string::npos ? client::mysql::kMySql
                                                                         : client::mysql::kMariaDb;
  facts.version = version.substr(0, version.find('-'));
  facts.version_number = VersionNumber(version);
  facts.max_connections = static_cast<int>(IntegerIn(row, 1));
  facts.read_only = IntegerIn(row, 2) != 0;
  facts.role = TextIn(row, 3);
  facts.clock_micros = IntegerIn(row, 4);
  ARROW_ASSIGN_OR_RAISE(facts.system_id, SystemId(connection, facts.engine, row, stop));
  ARROW_ASSIGN_OR_RAISE(facts.superuser, IsSuperuser(connection, stop));
  ARROW_ASSIGN_OR_RAISE(facts.transaction_pooler, IsProxied(connection, IntegerIn(row, 5), stop));
  facts.encrypted = connection.encrypted();
  facts.local = connection.local();
  Tell(connection, facts);
  return facts;
}

Result<std::string> SchemaOf(Connection& connection, const std::string& asked,
                             const std::stop_token& stop) {
  if (!asked.empty()) return asked;
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.Query("SELECT DATABASE()", stop));
  if (rows.size() == 1 && rows[0].size() == 1 && rows[0][0]) return *rows[0][0];
  return WithHint(Fail(kMissing, "no database was named"),
                  "Put it into the URL (mysql://host/database), or write schema.table.");
}

Result<std::vector<model::RelationName>> ListRelations(Connection& connection,
                                                       const model::RelationFilter& filter,
                                                       const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const std::string schema, SchemaOf(connection, filter.schema, stop));
  ARROW_ASSIGN_OR_RAISE(
      const Rows found,
      connection.Query(
          "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = " + QuoteLiteral(schema),
          stop));
  if (found.empty()) {
    return Fail(kMissing, "database \"" + schema + "\" does not exist, or the role may not see it");
  }
  ARROW_ASSIGN_OR_RAISE(
      const Rows rows,
      connection.Query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = " +
                           QuoteLiteral(schema) +
                           " AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')",
                       stop));
  std::vector<model::RelationName> names;
  names.reserve(rows.size());
  for (const Row& row : rows) names.push_back({schema, TextIn(row, 0)});
  std::sort(names.begin(), names.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return names;
}

}  // namespace rivet::source::mysql
