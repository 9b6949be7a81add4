#include "source/postgres/read_facts_internal.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "client/postgres/quote.h"
#include "source/faults.h"
#include "source/postgres/catalog_types.h"
#include "source/postgres/decode_form.h"
#include "source/postgres/read_sql.h"

namespace rivet::source::postgres {
namespace {

constexpr std::string_view kUndefinedColumn = "SQLSTATE 42703";
// Values below this may lie compressed inside the heap's pages, where the size of the TOAST says
// nothing.
constexpr int64_t kInlineValueBytesMax = 2 << 20;

std::string Described(const std::string& name, uint32_t oid, int32_t modifier) {
  return "\"" + name + "\" (type oid " + std::to_string(oid) + ", modifier " +
         std::to_string(modifier) + ")";
}

// The scale that the plan took for the column's money; none where it has none.
std::optional<int> MoneyScaleOf(const model::Column& column) {
  const ColumnForm form = FormOf(column);
  const bool list = form.wire == Wire::kArray;
  if ((list ? form.element_wire : form.wire) != Wire::kMoney) return std::nullopt;
  const model::LogicalType* leaf = &column.type;
  while (leaf->element != nullptr) leaf = leaf->element.get();
  return leaf->scale;
}

// Amounts are stored without their scale, which is the session's.
Status CheckMoney(const Lent& lent, const model::BoundedQuery& query) {
  std::optional<int> session_scale;
  for (const model::Column& column : query.columns) {
    const std::optional<int> planned = MoneyScaleOf(column);
    if (!planned) continue;
    if (!session_scale) {
      ARROW_ASSIGN_OR_RAISE(session_scale, MoneyScale(lent.connection, lent.stop));
    }
    if (*session_scale == *planned) continue;
    return Fail(kDrift, "column \"" + column.name + "\" (" + column.native_type + "): money has " +
                            std::to_string(*session_scale) + " fraction digits in this session, " +
                            std::to_string(*planned) +
                            " when the run was planned: lc_monetary is another one");
  }
  return Status::OK();
}

}  // namespace

Status CheckColumns(const Lent& lent, const model::BoundedQuery& query) {
  const auto described = lent.connection.Describe(DescribedSql(query), lent.stop);
  if (!described.ok()) {
    const Fault fault = FaultOf(described.status());
    if (fault.cause == kUndefinedColumn)
      return Fail(kDrift, "a column is gone: " + fault.message, fault.cause);
    return described.status();
  }
  if (described->size() != query.columns.size()) {
    return Fail(kDrift, "the result has " + std::to_string(described->size()) +
                            " columns, the plan has " + std::to_string(query.columns.size()));
  }
  for (size_t i = 0; i < query.columns.size(); ++i) {
    const model::Column& planned = query.columns[i];
    const client::postgres::ResultColumn& found = (*described)[i];
    if (found.name == planned.name && found.type_oid == planned.native_oid &&
        found.type_modifier == planned.native_modifier) {
      continue;
    }
    return Fail(kDrift, "column " + Described(found.name, found.type_oid, found.type_modifier) +
                            " was " +
                            Described(planned.name, planned.native_oid, planned.native_modifier) +
                            " when the run was planned");
  }
  return CheckMoney(lent, query);
}

Result<bool> LargeValuesPossible(const Lent& lent, const model::BoundedQuery& query) {
  const int64_t bytes_max = query.limits.value_bytes_max;
  const auto large = [&](const model::Column& column) { return MayBeLarge(column, bytes_max); };
  if (bytes_max <= 0 || std::none_of(query.columns.begin(), query.columns.end(), large))
    return false;
  if (query.relation.is_query() || bytes_max < kInlineValueBytesMax) return true;
  const std::string name =
      client::postgres::QuoteLiteral(client::postgres::QuoteRelation(query.relation.table));
  ARROW_ASSIGN_OR_RAISE(
      const auto rows,
      lent.connection.Query(
          "SELECT CASE WHEN c.relkind IN ('r', 'm') AND NOT c.relhassubclass"
          " THEN coalesce(pg_catalog.pg_relation_size(c.reltoastrelid), 0)"
          " WHEN c.relkind = 'p' THEN (SELECT CASE WHEN bool_or(t.relkind = 'f') THEN -1 ELSE"
          " coalesce(sum(pg_catalog.pg_relation_size(t.reltoastrelid)), 0)::pg_catalog.int8 END"
          " FROM pg_catalog.pg_partition_tree(c.oid) AS p JOIN pg_catalog.pg_class AS t ON t.oid = "
          "p.relid)"
          " ELSE -1 END FROM pg_catalog.pg_class AS c WHERE c.oid = " +
              name + "::pg_catalog.regclass",
          lent.stop));
  if (rows.size() != 1 || rows[0].size() != 1 || !rows[0][0]) return true;
  const int64_t toast_bytes = std::strtoll(rows[0][0]->c_str(), nullptr, 10);
  return toast_bytes < 0 || toast_bytes > bytes_max / kCompressionMax;
}

}  // namespace rivet::source::postgres
