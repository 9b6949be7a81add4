#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/relation.h"

namespace rivet::types {

// A word of `columns:` as a logical type: case-insensitive, aliases of the specification (`int8` is
// 64 bits). Fails on an unknown word and on bad numbers in decimal(p,s), naming the accepted words.
Result<model::LogicalType> ParseOverride(std::string_view word);

// PostgreSQL's money, a domain or an array of it: a decimal whose scale is the session's, not the
// file's, and which is always finite.
bool IsMoney(const model::Column& column);

// Applies `columns:` to described columns. Exact names first; a name that differs only in case gets
// a hint. Allowed now: the column's own type, text (the server's own text form), numbers and uuids
// as docs/types.md lists them (a value that does not fit exactly stops the run), another depth of
// lists or json for an array, json for a composite. Everything else is refused by name as not
// available yet.
Status ApplyOverrides(const std::map<std::string, std::string>& overrides,
                      std::vector<model::Column>* columns);

// The server's own text form instead of the column's values: the override to text.
void TakeServerText(model::Column* column);

}  // namespace rivet::types
