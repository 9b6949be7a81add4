#pragma once

#include "base/status.h"
#include "model/facts.h"
#include "model/query.h"
#include "source/source.h"

namespace rivet::client::postgres {
class Connection;
}

namespace rivet::source::postgres {

// The rows of `query` as batches of types::SchemaOf(query.columns), read by short statements inside
// one transaction (or one after another, where the query may renew its snapshot). Begins that
// transaction, so an error of permission or a changed column (kDrift) comes from here. The
// connection must be idle; it is lent to the reader until that is destroyed, closed, or has given
// its last batch, and is usable and outside a transaction afterwards.
Result<BatchReader> OpenReader(client::postgres::Connection& connection,
                               const model::ServerFacts& server, const model::BoundedQuery& query,
                               const ReadContext& context);

}  // namespace rivet::source::postgres
