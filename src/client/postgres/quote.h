#pragma once

#include <string>
#include <string_view>

#include "model/relation.h"

namespace rivet::client::postgres {

// The one way a name or a value gets into PostgreSQL's SQL. A NUL byte, which no SQL text can
// carry, stays inside the quotes: Connection refuses such a text, and one cut off there would be an
// unfinished string to the server.
std::string QuoteIdentifier(std::string_view name);  // "a""b"
std::string QuoteLiteral(std::string_view text);     // 'it''s'; with a backslash E'back\\slash'
std::string QuoteRelation(const model::RelationName& name);  // "public"."orders", or "orders"

// The user's statement without its final semicolon and without the blanks and comments after its
// last word. A text of several statements comes back with its inner semicolons, for the server to
// refuse.
std::string_view WithoutTail(std::string_view statement);

}  // namespace rivet::client::postgres
