#pragma once

#include "base/status.h"
#include "model/query.h"
#include "source/postgres/read_io_internal.h"

// What a read asks of the catalog within its own transaction, before the first row.
namespace rivet::source::postgres {

// Describes the columns and compares names, oids and modifiers with the plan's; a difference is
// kDrift. COPY carries no types, so without this a changed column would be decoded as what it was.
// So is money of another scale.
Status CheckColumns(const Lent& lent, const model::BoundedQuery& query);

// Whether values above limits.value_bytes_max are possible, so that their length has to be asked
// before they are sent: libpq takes a whole row into memory before anybody sees its length. A large
// value lives in TOAST, at best 256 times smaller; a table whose TOAST is smaller than that holds
// none. Unknown (views, queries) counts as possible.
Result<bool> LargeValuesPossible(const Lent& lent, const model::BoundedQuery& query);

}  // namespace rivet::source::postgres
