#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/relation.h"

namespace arrow {
struct Scalar;
}

namespace rivet::model {

// What one query may cost the server. No defaults: whoever builds a query decides. Zero timeouts
// mean none.
struct Limits {
  std::chrono::milliseconds statement_timeout, lock_timeout;
  // The age at which a reader that may renew its snapshot does so, at the next page boundary.
  std::chrono::milliseconds snapshot_age_max;
  int64_t batch_rows_max;   // rows of one statement
  int64_t batch_bytes_max;  // bytes aimed at for one statement
  int64_t value_bytes_max;  // one text or binary cell above it stops the run by name; 0 = no limit
};

struct KeyColumn {
  std::string name;
  LogicalType type;
  std::string native_type;  // for the literal's cast
  bool operator==(const KeyColumn&) const = default;
};

// An edge of a window: one value per key column, typed, with the source's full precision.
struct Bound {
  std::vector<std::shared_ptr<arrow::Scalar>> values;
  bool inclusive = false;
};

// Which rows: all, those whose key lies between two edges (an absent edge is open), or those whose
// key is NULL.
struct Window {
  enum class Kind { kAll, kRange, kNull };
  Kind kind = Kind::kAll;
  std::vector<KeyColumn> key;          // what the edges bound; empty for kAll
  std::optional<Bound> from, through;  // lower and upper edge, each inclusive or not
};

// A query that is known to end. Drivers write the SQL.
struct BoundedQuery {
  Relation relation;
  std::vector<Column> columns;  // the result, in order
  Window window;
  // Unique, NOT NULL and index-backed: the driver may cut the window into pages along it. Empty: it
  // may not.
  std::vector<KeyColumn> page_key;
  // A unique key of the relation, for errors only: names the row a bad value stands in. May be
  // empty.
  std::vector<KeyColumn> row_key;
  // Pages need not share one snapshot: the key is the primary key and the unit is one window of a
  // chunked run.
  bool may_renew_snapshot = false;
  // The whole of one plain heap table: it may be cut by physical blocks.
  bool whole_heap = false;
  Limits limits;
  std::string application;  // name shown by the server's session list, for example rivet/orders
};

}  // namespace rivet::model
