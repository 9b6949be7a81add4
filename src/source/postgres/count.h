#pragma once

#include <cstdint>
#include <stop_token>

#include "client/postgres/connection.h"
#include "model/query.h"
#include "source/count.h"
#include "source/postgres/key_walk.h"

// The steps of a count (source/count.h). Each expects to run inside a read-only transaction.
namespace rivet::source::postgres {

// Along the key of `walk`; with PageSettingsSql.
Result<Counted> CountAlong(KeyWalk& walk, client::postgres::Connection& connection, int64_t size,
                           const std::stop_token& stop);

// By a cursor over the window's rows, which are passed over at the server: for what has no key.
Status OpenCount(client::postgres::Connection& connection, const model::BoundedQuery& query,
                 const std::stop_token& stop);
Result<Counted> CountByCursor(client::postgres::Connection& connection, int64_t size,
                              const std::stop_token& stop);

}  // namespace rivet::source::postgres
