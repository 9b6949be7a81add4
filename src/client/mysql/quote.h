#pragma once

#include <string>
#include <string_view>

#include "model/relation.h"

namespace rivet::client::mysql {

// The one way a name or a text gets into MySQL's SQL; values of rows travel as parameters. Right
// under every sql_mode: a text that backslashes could change is written in hexadecimal.
std::string QuoteIdentifier(std::string_view name);          // `a``b`
std::string QuoteLiteral(std::string_view text);             // 'it''s'; else _utf8mb4 X'61…'
std::string QuoteRelation(const model::RelationName& name);  // `shop`.`orders`, or `orders`

// The user's statement without its final semicolon and without the blanks and comments after its
// last word. A text of several statements comes back with its inner semicolons, for the server to
// refuse.
std::string_view WithoutTail(std::string_view statement);

}  // namespace rivet::client::mysql
