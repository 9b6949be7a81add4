#pragma once

#include <stop_token>
#include <string>

#include "base/status.h"
#include "client/postgres/connection.h"
#include "model/facts.h"
#include "model/query.h"

namespace rivet::client::postgres {

// `SET LOCAL …; SET LOCAL …` for a transaction that reads: timeouts and the settings which decide
// the text of values. SET LOCAL, not SET: behind a transaction pooler a session setting reaches
// other clients. search_path is left alone.
std::string SettingsSql(const model::ServerFacts& server, const model::Limits& limits);

// In addition, for a transaction that reads pages along a key: the planner must take the index even
// where sorting one page looks cheaper, or each page costs the whole rest of the table.
std::string PageSettingsSql(const model::ServerFacts& server);

// BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY and `settings` in one round trip. Also tells the
// connection the statement timeout, so that 57014 and a silent server are understood. Ends with
// Connection::Exec("COMMIT") or Connection::Settle().
Status BeginRead(Connection& connection, const std::string& settings, const model::Limits& limits,
                 const std::stop_token& stop);

}  // namespace rivet::client::postgres
