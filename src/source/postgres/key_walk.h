#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "client/postgres/connection.h"
#include "model/query.h"

namespace rivet::source::postgres {

// A place among a relation's rows in the order of query.page_key, moved by statements that read
// index entries only: what cutting and counting have in common. Each call expects to run inside a
// read-only transaction with PageSettingsSql. Used by one thread.
class KeyWalk {
 public:
  // Over the rows of query.window; begins before the first one.
  explicit KeyWalk(model::BoundedQuery query) : query_(std::move(query)) {}
  // Goes `rows` rows on (at least 1). False: fewer are left, and nothing moved.
  Result<bool> Go(client::postgres::Connection& connection, int64_t rows,
                  const std::stop_token& stop);
  // Goes to the last row. False: none is left.
  Result<bool> GoToEnd(client::postgres::Connection& connection, const std::stop_token& stop);
  // How many rows are left, `rows` at most.
  Result<int64_t> CountOn(client::postgres::Connection& connection, int64_t rows,
                          const std::stop_token& stop) const;
  // The key walked to, one value a column; empty at the beginning.
  const std::vector<std::shared_ptr<arrow::Scalar>>& place() const { return place_; }

 private:
  // Rows of the window behind the place, in order or against it, as `list`.
  Result<std::string> RowsOn(const std::string& list, bool backwards) const;
  Result<bool> GoTo(client::postgres::Connection& connection, const std::string& rows,
                    const std::stop_token& stop);

  const model::BoundedQuery query_;
  std::vector<std::shared_ptr<arrow::Scalar>> place_;
};

}  // namespace rivet::source::postgres
