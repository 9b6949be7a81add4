#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "client/mysql/connection.h"
#include "model/query.h"
#include "source/mysql/read_sql.h"

namespace rivet::source::mysql {

// A place among a relation's rows in the order of query.page_key, moved by statements that read
// along an index: what cutting and counting have in common. Each call expects to run inside a
// read-only transaction. Used by one thread.
class KeyWalk {
 public:
  // Over the rows of query.window; begins before the first one. `index`: the one to be used; may be
  // empty.
  KeyWalk(model::BoundedQuery query, std::string index)
      : query_(std::move(query)), index_(std::move(index)) {}
  // Goes `rows` rows on (at least 1). False: fewer are left, and nothing moved.
  Result<bool> Go(client::mysql::Connection& connection, int64_t rows, const std::stop_token& stop);
  // Goes to the last row. False: none is left.
  Result<bool> GoToEnd(client::mysql::Connection& connection, const std::stop_token& stop);
  // How many rows are left. For when they are known to be few.
  Result<int64_t> CountRest(client::mysql::Connection& connection,
                            const std::stop_token& stop) const;
  // The key walked to, one value a column; empty at the beginning.
  const std::vector<std::shared_ptr<arrow::Scalar>>& place() const { return place_; }

 private:
  // SELECT `list` of the window's rows behind the place.
  Result<Sql> RowsOn(const std::string& list, const std::string& tail) const;
  Result<bool> GoTo(client::mysql::Connection& connection, const std::string& tail,
                    const std::stop_token& stop);

  const model::BoundedQuery query_;
  const std::string index_;
  std::vector<std::shared_ptr<arrow::Scalar>> place_;
};

}  // namespace rivet::source::mysql
