// What one relation is: kind, columns, indexes, size.
#include <algorithm>
#include <iterator>
#include <utility>

#include "client/postgres/quote.h"
#include "source/faults.h"
#include "source/postgres/catalog.h"
#include "source/postgres/catalog_rows_internal.h"
#include "source/postgres/catalog_types.h"
#include "source/postgres/read_sql.h"

namespace rivet::source::postgres {
namespace {

using client::postgres::Connection;
using client::postgres::QuoteRelation;
using client::postgres::Row;
using client::postgres::Rows;
using model::RelationKind;

constexpr int kTidRangeVersion = 140'000;

// $1: the quoted name, found as the search path finds it.
constexpr char kRelationSql[] =
    "SELECT c.oid, n.nspname, c.relname, c.relkind, a.amname = 'heap',"
    " EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid),"
    " pg_catalog.row_security_active(c.oid)"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam"
    " WHERE c.oid = pg_catalog.to_regclass($1::pg_catalog.text)::pg_catalog.oid";

// Names that differ from what was asked for in case only, or that live in another schema.
constexpr char kAlikeSql[] =
    "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON "
    "n.oid = c.relnamespace"
    " WHERE pg_catalog.lower(c.relname::pg_catalog.text) = pg_catalog.lower($1::pg_catalog.text)"
    " AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY n.nspname <> $2::pg_catalog.text, "
    "n.nspname, c.relname"
    " LIMIT 3";

// The relation and all below it, partitions and heirs: rows and bytes of those that store rows, and
// whether one of them has never been looked at. A table that has no page has no rows, looked at or
// not.
constexpr char kSizeSql[] =
    "WITH RECURSIVE m(oid) AS (SELECT $1::pg_catalog.oid UNION"
    " SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN m ON i.inhparent = m.oid),"
    " s AS (SELECT c.relkind, c.reltuples, c.relpages,"
    " COALESCE(pg_catalog.pg_relation_size(c.oid), 0) AS heap,"
    " COALESCE(pg_catalog.pg_relation_size(NULLIF(c.reltoastrelid, 0)), 0) AS toast"
    " FROM m JOIN pg_catalog.pg_class c ON c.oid = m.oid WHERE c.relkind IN ('r', 'm', 'f'))"
    " SELECT pg_catalog.sum(GREATEST(s.reltuples, "
    "0)::pg_catalog.numeric)::pg_catalog.int8,"
    " pg_catalog.sum(s.heap + s.toast)::pg_catalog.int8,"
    " pg_catalog.bool_or((s.reltuples < 0 OR (s.reltuples = 0 AND s.relpages = 0))"
    " AND (s.heap > 0 OR s.relkind = 'f')),"
    " pg_catalog.bool_or(s.relkind = 'f') FROM s";

// One line for each key column of each index, the primary key first: 0 index, 1 primary, 2 unique,
// 3 usable, 4 sound (valid, whole table, no expressions), 5 column. Usable: the order of the
// column's own type and collation, one direction throughout.
constexpr char kIndexSql[] =
    "SELECT x.relname, i.indisprimary, i.indisunique,"
    " i.indisvalid AND i.indisready AND i.indislive AND i.indpred IS NULL AND i.indexprs IS NULL"
    " AND m.amname = 'btree' AND pg_catalog.bool_and(o.opcdefault AND k.coll = a.attcollation"
    " AND k.opt IN (0, 3) AND k.opt = i.indoption[0]) OVER (PARTITION BY i.indexrelid),"
    " i.indisvalid AND i.indislive AND i.indpred IS NULL AND i.indexprs IS NULL, a.attname"
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
    " JOIN pg_catalog.pg_am m ON m.oid = x.relam"
    " CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(i.indkey::pg_catalog.int2[]),"
    " pg_catalog.unnest(i.indclass::pg_catalog.oid[]),"
    " pg_catalog.unnest(i.indcollation::pg_catalog.oid[]),"
    " pg_catalog.unnest(i.indoption::pg_catalog.int2[]))"
    " WITH ORDINALITY AS k(att, cls, coll, opt, ord)"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.att AND "
    "k.att > 0"
    " LEFT JOIN pg_catalog.pg_opclass o ON o.oid = k.cls"
    " WHERE i.indrelid = $1::pg_catalog.oid AND k.ord <= i.indnkeyatts"
    " ORDER BY i.indisprimary DESC, x.relname COLLATE \"C\", k.ord";

struct KindLetter {
  char letter;
  RelationKind kind;
};
constexpr KindLetter kKinds[] = {
    {'r', RelationKind::kTable},   {'p', RelationKind::kPartitioned},
    {'v', RelationKind::kView},    {'m', RelationKind::kMaterializedView},
    {'f', RelationKind::kForeign},
};

struct Found {
  std::string oid;
  model::TableFacts facts;
  bool heap = false;
};

Status FailMissing(Connection& connection, const model::RelationName& name,
                   const std::stop_token& stop) {
  Status failure = Fail(kMissing, "relation " + QuoteRelation(name) + " does not exist");
  const auto alike = connection.QueryParams(kAlikeSql, {name.name, name.schema}, stop);
  if (!alike.ok()) return failure;
  for (const Row& row : *alike) {
    failure = WithHint(std::move(failure),
                       "There is " + QuoteRelation({TextIn(row, 0), TextIn(row, 1)}) + ".");
  }
  return failure;
}

Result<Found> FindRelation(Connection& connection, const model::RelationName& name,
                           const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const Rows rows,
                        connection.QueryParams(kRelationSql, {QuoteRelation(name)}, stop));
  // The server cuts long names: what it then finds is another relation.
  const bool same = rows.size() == 1 && TextIn(rows[0], 2) == name.name &&
                    (name.schema.empty() || TextIn(rows[0], 1) == name.schema);
  if (!same) return FailMissing(connection, name, stop);
  const Row& row = rows[0];
  const auto* kind = std::find_if(
      std::begin(kKinds), std::end(kKinds),
      [&](const KindLetter& line) { return TextIn(row, 3) == std::string(1, line.letter); });
  if (kind == std::end(kKinds)) {
    return Fail(kMissing, QuoteRelation(name) + " is neither a table nor a view");
  }
  Found found;
  found.oid = TextIn(row, 0);
  found.facts.kind = kind->kind;
  found.facts.relation.table = {TextIn(row, 1), TextIn(row, 2)};
  found.heap = TrueIn(row, 4);
  found.facts.has_children = kind->kind != RelationKind::kPartitioned && TrueIn(row, 5);
  found.facts.row_security = TrueIn(row, 6);
  return found;
}

Status AddSize(Connection& connection, Found* found, const std::stop_token& stop) {
  const RelationKind kind = found->facts.kind;
  if (kind == RelationKind::kView) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.QueryParams(kSizeSql, {found->oid}, stop));
  if (rows.size() != 1) return Fail(kWire, "the server did not answer for the size of a relation");
  const Row& row = rows[0];
  const bool foreign = TrueIn(row, 3);
  if (!TrueIn(row, 2)) found->facts.row_estimate = IntegerIn(row, 0);
  if (!foreign) found->facts.bytes = IntegerIn(row, 1);
  if (!foreign && found->facts.row_estimate > 0) {
    found->facts.row_bytes = found->facts.bytes / found->facts.row_estimate;
  }
  return Status::OK();
}

Status AddIndexes(Connection& connection, Found* found, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.QueryParams(kIndexSql, {found->oid}, stop));
  // An index of a parent knows nothing of the rows that its heirs store.
  const bool whole = !found->facts.has_children;
  std::vector<model::IndexFacts>& indexes = found->facts.indexes;
  std::vector<bool> sound;
  for (const Row& row : rows) {
    if (indexes.empty() || indexes.back().name != TextIn(row, 0)) {
      model::IndexFacts index;
      index.name = TextIn(row, 0);
      index.primary = TrueIn(row, 1);
      index.unique = TrueIn(row, 2) && whole;
      index.usable = TrueIn(row, 3) && whole;
      indexes.push_back(std::move(index));
      sound.push_back(TrueIn(row, 4));
    }
    indexes.back().columns.push_back(TextIn(row, 5));
  }
  for (size_t i = 0; i < indexes.size(); ++i) {
    if (!indexes[i].unique || !sound[i] || indexes[i].columns.size() != 1) continue;
    for (model::Column& column : found->facts.columns) {
      if (column.name == indexes[i].columns.front()) column.hardly_repeats = true;
    }
  }
  return Status::OK();
}

// Run, not only prepared: so the rights to read are checked by the server. LIMIT 0 reads no row.
Status AddColumns(Connection& connection, model::TableFacts* facts, const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const auto results,
                        connection.DescribeByRunning(
                            "SELECT * FROM " + FromItem(facts->relation) + " LIMIT 0", stop));
  if (results.empty()) {
    return Fail(kTypeUnsupported,
                "the relation has no columns: there is nothing to put into a file");
  }
  const bool plain = (facts->kind == RelationKind::kTable && !facts->has_children) ||
                     facts->kind == RelationKind::kPartitioned;
  ARROW_ASSIGN_OR_RAISE(facts->columns, ColumnsWithTypes(connection, results, plain, stop));
  return Status::OK();
}

}  // namespace

Result<model::TableFacts> DescribeRelation(Connection& connection, const model::Relation& relation,
                                           const std::stop_token& stop) {
  if (relation.is_query()) {
    model::TableFacts facts;
    facts.relation = relation;
    facts.kind = RelationKind::kQuery;
    ARROW_RETURN_NOT_OK(AddColumns(connection, &facts, stop));
    return facts;
  }
  ARROW_ASSIGN_OR_RAISE(Found found, FindRelation(connection, relation.table, stop));
  ARROW_RETURN_NOT_OK(AddColumns(connection, &found.facts, stop));
  ARROW_RETURN_NOT_OK(AddIndexes(connection, &found, stop));
  ARROW_RETURN_NOT_OK(AddSize(connection, &found, stop));
  // Policies are tested before a range of blocks is: each page would read the whole table.
  found.facts.heap_blocks = found.facts.kind == RelationKind::kTable && found.heap &&
                            !found.facts.has_children && !found.facts.row_security &&
                            connection.server_version() >= kTidRangeVersion;
  return std::move(found.facts);
}

}  // namespace rivet::source::postgres
