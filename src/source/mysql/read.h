#pragma once

#include <string>

#include "base/status.h"
#include "model/facts.h"
#include "model/query.h"
#include "source/source.h"

namespace rivet::client::mysql {
class Connection;
}

namespace rivet::source::mysql {

// The rows of `query` as batches of types::SchemaOf(query.columns), read by short statements inside
// one transaction (or one after another, where the query may renew its snapshot), or by one
// streamed statement where there is no key. Begins that transaction, so an error of permission or a
// changed column (kDrift) comes from here. `index`: the one that the page key walks along. The
// connection must be idle; it is lent to the reader until that is destroyed, closed, or has given
// its last batch, and is usable and outside a transaction afterwards.
Result<BatchReader> OpenReader(client::mysql::Connection& connection,
                               const model::ServerFacts& server, const model::BoundedQuery& query,
                               const std::string& index, const ReadContext& context);

}  // namespace rivet::source::mysql
