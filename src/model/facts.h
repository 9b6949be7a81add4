#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/query.h"
#include "model/relation.h"

namespace rivet::model {

// What a session knows of its server.
struct ServerFacts {
  std::string engine;      // postgres
  std::string version;     // 15.4
  int version_number = 0;  // 150004
  std::string system_id;   // empty when the role may not ask
  int max_connections = 0;
  bool in_recovery = false;  // a standby
  bool read_only = false;
  bool transaction_pooler = false;
  bool encrypted = false;
  bool local = false;  // loopback or a socket
  int64_t clock_micros = 0;
  std::string role;
  bool superuser = false;
};

enum class RelationKind { kTable, kPartitioned, kView, kMaterializedView, kForeign, kQuery };

struct IndexFacts {
  std::string name;
  std::vector<std::string> columns;  // key columns in order; expressions make `usable` false
  bool primary = false;
  bool unique = false;
  // Valid, not partial, no expressions, default operators, the columns' own collation, btree.
  bool usable = false;
};

// What the catalog says of a relation; no user row was read for it.
struct TableFacts {
  Relation relation;
  RelationKind kind = RelationKind::kTable;
  std::vector<Column> columns;
  std::vector<IndexFacts> indexes;
  // As the last ANALYZE left it; negative: never analysed, or a query.
  int64_t row_estimate = -1;
  int64_t bytes = -1;         // main heap with its TOAST; negative: unknown
  int64_t row_bytes = -1;     // average width; negative: unknown
  bool has_children = false;  // inheritance: physical blocks of one table are not the whole
  bool row_security = false;  // policies may hide rows from the role
  bool heap_blocks = false;   // one plain heap that can be read by block ranges
};

struct QueryCost {
  int64_t row_estimate = -1;
  std::string scan;  // plan node and access path in the server's words
  bool sorts_or_hashes = false;
};

// Of one window's key column: null when the relation holds no non-NULL key.
struct KeyFacts {
  std::shared_ptr<arrow::Scalar> min, max;
  bool has_nulls = false;
  // Ascending keys that end one piece of the relation each (source.h, CutPoints); empty where a
  // plan does not cut by them.
  std::vector<std::shared_ptr<arrow::Scalar>> cuts;
};

}  // namespace rivet::model
