#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#include "client/mysql/connection.h"

// Fields of catalog rows, whose queries are ours: NULL reads as empty or zero, as does a field that
// is missing.
namespace rivet::source::mysql {

inline std::string TextIn(const client::mysql::Row& row, size_t field) {
  return field < row.size() ? row[field].value_or("") : "";
}

inline int64_t IntegerIn(const client::mysql::Row& row, size_t field) {
  return std::strtoll(TextIn(row, field).c_str(), nullptr, 10);
}

inline bool IsNull(const client::mysql::Row& row, size_t field) {
  return field >= row.size() || !row[field].has_value();
}

// The schema that was asked for, else the connection's. kMissing when there is none.
Result<std::string> SchemaOf(client::mysql::Connection& connection, const std::string& asked,
                             const std::stop_token& stop);

}  // namespace rivet::source::mysql
