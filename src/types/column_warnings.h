#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/relation.h"

namespace rivet::types {

// What may surprise in a column although its type lands exactly: padding, money without its
// currency, values that have no form in the file. One list a column, sentences without a final stop
// for the type report. `engine` is the source's: postgres, mysql, mariadb.
std::vector<std::vector<std::string>> ColumnWarnings(const std::vector<model::Column>& columns,
                                                     std::string_view engine);

}  // namespace rivet::types
