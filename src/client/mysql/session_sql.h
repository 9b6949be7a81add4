#pragma once

#include <stop_token>
#include <string>

#include "base/status.h"
#include "client/mysql/connection.h"
#include "model/facts.h"
#include "model/query.h"

namespace rivet::client::mysql {

inline constexpr char kMariaDb[] = "mariadb";
inline constexpr char kMySql[] = "mysql";

// One `SET SESSION …` for a session that reads: limits, and what decides the values and the number
// of rows. The session is ours until it is closed. sql_mode is left alone.
std::string SettingsSql(const model::ServerFacts& server, const model::Limits& limits);

// The settings, where they are not in force yet, then START TRANSACTION READ ONLY, WITH CONSISTENT
// SNAPSHOT. Behind a proxy it also looks whether the settings arrived. Tells the connection how
// long the server may be silent. Ends with Connection::Exec("COMMIT") or Connection::Settle().
Status BeginRead(Connection& connection, const model::ServerFacts& server,
                 const model::Limits& limits, const std::stop_token& stop);

}  // namespace rivet::client::mysql
