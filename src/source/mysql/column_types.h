#pragma once

#include <string>

#include "base/status.h"
#include "client/mysql/wire.h"
#include "model/relation.h"

namespace rivet::source::mysql {

// What the server's description of a result column comes to, by the types specification §4.
// native_type is made from the description alone, so that plan and read can be compared by it.
// Types without a file form (geometry, vector) keep their name and are refused by CheckReadable.
// `of_table`: NOT NULL is believed only there.
model::Column ColumnOf(const client::mysql::ResultColumn& result, bool of_table);

// How a column is asked for.
enum class Select {
  kPlain,
  kCastText,      // CAST(c AS CHAR): the server's text of what is no text
  kNumberText,    // the same of a bit field, whose own text is bytes
  kGeometryText,  // ST_AsText(c)
};
Select SelectOf(const model::Column& column);
// `reference` (an already quoted column) as the expression that is asked for.
std::string SelectExpression(Select select, const std::string& reference);

// kTypeUnsupported, naming the column, where there is no exact form for its type.
Status CheckReadable(const model::Column& column);

}  // namespace rivet::source::mysql
