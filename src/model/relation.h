#pragma once

#include <string>
#include <vector>

#include "model/logical_type.h"
#include "model/value_policies.h"

namespace rivet::model {

// Exact bytes as the catalog holds them, unquoted. An empty schema means "as the search path finds
// it".
struct RelationName {
  std::string schema;
  std::string name;
  bool operator==(const RelationName&) const = default;
};
inline std::string ToString(const RelationName& name) {
  return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

struct RelationFilter {
  std::string schema;  // empty: the server's default (PostgreSQL: public)
};

// A table or the user's own SELECT (then `query` is not empty and `table` is).
struct Relation {
  RelationName table;
  std::string query;
  bool is_query() const { return !query.empty(); }
};

// One column of a relation: what the catalog says and what we make of it.
struct Column {
  std::string name;
  std::string native_type;  // as the server prints it: `numeric(12,2)`, `public.mood`
  uint32_t native_oid =
      0;  // PostgreSQL's type oid of the result column, domains resolved; 0 elsewhere
  int32_t native_modifier = -1;
  uint32_t native_element_oid = 0;  // PostgreSQL's arrays: their elements' type, domains resolved
  LogicalType type;
  // True only where the catalog says NOT NULL and the relation is one plain table.
  bool not_null = false;
  // A single-column unique key, or otherwise known to hardly repeat: no dictionary for it.
  bool hardly_repeats = false;
  // MySQL: the charset of a text column whose bytes may stand for no character, and that the server
  // would then send as '?'. Empty where every value arrives as it is.
  std::string lossy_charset;
  // False where a value that is sent back to the server is not the same value: no page and no chunk
  // can end at it.
  bool comes_back = true;
  // What becomes of values that the file cannot hold; of a key column every kind fails.
  ValuePolicies policies = {};
  bool operator==(const Column&) const = default;
};

}  // namespace rivet::model
