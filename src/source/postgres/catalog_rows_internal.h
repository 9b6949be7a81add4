#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#include "client/postgres/connection.h"

// Fields of catalog rows, whose queries are ours: NULL reads as empty, zero or false, as does a
// field that is missing.
namespace rivet::source::postgres {

inline std::string TextIn(const client::postgres::Row& row, size_t field) {
  return field < row.size() ? row[field].value_or("") : "";
}

inline int64_t IntegerIn(const client::postgres::Row& row, size_t field) {
  return std::strtoll(TextIn(row, field).c_str(), nullptr, 10);
}

inline bool TrueIn(const client::postgres::Row& row, size_t field) {
  return TextIn(row, field) == "t";
}

}  // namespace rivet::source::postgres
