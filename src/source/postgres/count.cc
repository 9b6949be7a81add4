#include "source/postgres/count.h"

#include <cstdlib>
#include <string>

#include "source/faults.h"
#include "source/postgres/read_io_internal.h"
#include "source/postgres/read_sql.h"

namespace rivet::source::postgres {

using client::postgres::Connection;
using client::postgres::ResultHandle;

Result<Counted> CountAlong(KeyWalk& walk, Connection& connection, int64_t size,
                           const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const bool moved, walk.Go(connection, size, stop));
  if (moved) return Counted{size, false};
  ARROW_ASSIGN_OR_RAISE(const int64_t rest, walk.CountOn(connection, size, stop));
  return Counted{rest, true};
}

Status OpenCount(Connection& connection, const model::BoundedQuery& query,
                 const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(std::string window, WindowCondition(query.window));
  return connection.Exec(
      "DECLARE _rivet NO SCROLL CURSOR FOR " + SelectRows(query, "", {std::move(window)}, ""),
      stop);
}

Result<Counted> CountByCursor(Connection& connection, int64_t size, const std::stop_token& stop) {
  const Lent lent{connection, stop};
  ARROW_RETURN_NOT_OK(SendSimple(lent, "MOVE FORWARD " + std::to_string(size) + " IN _rivet"));
  int64_t moved = -1;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const ResultHandle result, NextResult(lent));
    if (result == nullptr) break;
    const char* rows = PQcmdTuples(result.get());
    if (*rows != '\0') moved = std::strtoll(rows, nullptr, 10);
  }
  if (moved < 0 || moved > size)
    return Fail(kWire, "the server did not say how far a cursor moved");
  return Counted{moved, moved < size};
}

}  // namespace rivet::source::postgres
