// What a query would cost, and where its key begins and ends.
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "client/postgres/quote.h"
#include "source/faults.h"
#include "source/postgres/catalog.h"
#include "source/postgres/catalog_rows_internal.h"
#include "source/postgres/read_sql.h"
#include "types/text.h"

namespace rivet::source::postgres {
namespace {

using client::postgres::Connection;
using client::postgres::Rows;
using model::TypeKind;

// Nodes which take in all rows below them before they give the first one.
constexpr std::array<std::string_view, 6> kGathering = {"Sort",        "Incremental Sort", "Hash",
                                                        "Materialize", "WindowAgg",        "SetOp"};

// One node of a plan, in the order of the text: parents before what is below them.
struct PlanNode {
  std::string type, relation, index, strategy;
  int64_t rows = -1;
};

// EXPLAIN's JSON has one field a line, `"Name": value`. A quote inside a value is escaped, so a
// name in quotes at the head of a line is a field and nothing else.
struct PlanField {
  std::string name, value;
};

std::string Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

std::optional<PlanField> FieldOf(std::string_view line) {
  const size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos || line[begin] != '"') return std::nullopt;
  const size_t end = line.find("\": ", begin + 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view value = line.substr(end + 3);
  while (!value.empty() && (value.back() == ',' || value.back() == '\r')) value.remove_suffix(1);
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  if (quoted) value = value.substr(1, value.size() - 2);
  return PlanField{std::string(line.substr(begin + 1, end - begin - 1)), Unescaped(value)};
}

std::vector<PlanNode> NodesOf(std::string_view json) {
  std::vector<PlanNode> nodes;
  while (!json.empty()) {
    const size_t end = json.find('\n');
    const auto field = FieldOf(json.substr(0, end));
    json = end == std::string_view::npos ? std::string_view() : json.substr(end + 1);
    if (!field) continue;
    if (field->name == "Node Type")
      nodes.push_back({.type = field->value, .relation = {}, .index = {}, .strategy = {}});
    if (nodes.empty()) continue;
    PlanNode& node = nodes.back();
    if (field->name == "Relation Name") node.relation = field->value;
    if (field->name == "Index Name") node.index = field->value;
    if (field->name == "Strategy") node.strategy = field->value;
    if (field->name == "Plan Rows") {
      std::from_chars(field->value.data(), field->value.data() + field->value.size(), node.rows);
    }
  }
  return nodes;
}

bool Gathers(const PlanNode& node) {
  if (std::find(kGathering.begin(), kGathering.end(), node.type) != kGathering.end()) return true;
  return node.type == "Aggregate" && (node.strategy == "Hashed" || node.strategy == "Mixed");
}

std::string WordsOf(const PlanNode& node) {
  std::string words = node.type;
  if (!node.index.empty()) words += " using " + node.index;
  if (!node.relation.empty()) words += " on " + node.relation;
  return words;
}

}  // namespace

// The text of a value `k` as it is read back. Dates and times come as whole numbers, counted by the
// server, so no form of theirs has to be understood here.
Result<std::string> KeyTextSql(const model::KeyColumn& key) {
  switch (key.type.kind) {
    case TypeKind::kInt16:
    case TypeKind::kInt32:
    case TypeKind::kInt64:
    case TypeKind::kDecimal:
    case TypeKind::kUuid:
    case TypeKind::kText:
      return std::string("k::pg_catalog.text");
    case TypeKind::kBinary:
      return std::string("pg_catalog.encode(k, 'hex')");
    case TypeKind::kDate:
      return std::string("(k - 'epoch'::pg_catalog.date)::pg_catalog.text");
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz: {
      const std::string type = key.type.kind == TypeKind::kTimestamp ? "timestamp" : "timestamptz";
      const std::string age = "(k - '1970-01-01 00:00:00+00'::pg_catalog." + type + ")";
      const auto part = [&](std::string_view name, std::string_view micros) {
        return "EXTRACT(" + std::string(name) + " FROM " + age + ")::pg_catalog.int8 * " +
               std::string(micros);
      };
      return "(" + part("day", "86400000000") + " + " + part("hour", "3600000000") + " + " +
             part("minute", "60000000") + " + " + part("microseconds", "1") + ")::pg_catalog.text";
    }
    default:
      break;
  }
  return Fail(kTypeUnsupported, "the smallest and largest value of " + key.name + " (" +
                                    key.native_type + ") cannot be used as a range");
}

Result<std::shared_ptr<arrow::Scalar>> KeyScalar(const model::KeyColumn& key,
                                                 const std::optional<std::string>& text) {
  if (!text) return nullptr;
  const bool counted = key.type.kind == TypeKind::kDate || key.type.kind == TypeKind::kTimestamp ||
                       key.type.kind == TypeKind::kTimestampTz;
  if (!counted) return types::KeyFromText(key.type, *text);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) {
    return Fail(kValue,
                "the server answered for an end of the key " + key.name + " with no whole number");
  }
  switch (key.type.kind) {
    case TypeKind::kDate:
      return std::make_shared<arrow::Date32Scalar>(static_cast<int32_t>(number));
    case TypeKind::kTimestamp:
      return std::make_shared<arrow::TimestampScalar>(number,
                                                      arrow::timestamp(arrow::TimeUnit::MICRO));
    default:
      return std::make_shared<arrow::TimestampScalar>(
          number, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"));
  }
}

bool KnownNotNull(const model::BoundedQuery& query, const std::string& name) {
  return std::any_of(query.columns.begin(), query.columns.end(), [&](const model::Column& column) {
    return column.name == name && column.not_null;
  });
}

model::QueryCost CostOf(std::string_view plan_json) {
  model::QueryCost cost;
  for (const PlanNode& node : NodesOf(plan_json)) {
    if (cost.row_estimate < 0 && node.type != "Limit") cost.row_estimate = node.rows;
    cost.sorts_or_hashes = cost.sorts_or_hashes || Gathers(node);
    const bool scan = node.type.find("Scan") != std::string::npos;
    if (cost.scan.empty() && scan) cost.scan = WordsOf(node);
  }
  return cost;
}

Result<model::QueryCost> ExplainQuery(Connection& connection, const model::ServerFacts& server,
                                      const model::BoundedQuery& query,
                                      const std::stop_token& stop) {
  ARROW_ASSIGN_OR_RAISE(const std::string select, FirstStatementSql(server, query));
  // A cursor is planned for a quick first row, unlike a plain SELECT.
  const bool cursor = WayOf(server, query) == ReadWay::kCursor;
  const std::string sql = std::string("EXPLAIN (FORMAT JSON) ") +
                          (cursor ? "DECLARE _rivet NO SCROLL CURSOR FOR " : "") + select;
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.Query(sql, stop));
  if (rows.size() != 1) return Fail(kWire, "the server did not explain its plan");
  return CostOf(TextIn(rows[0], 0));
}

Result<model::KeyFacts> BoundsOf(Connection& connection, const model::BoundedQuery& query,
                                 const std::stop_token& stop) {
  if (query.window.key.empty()) return Fail(kInternalBug, "the bounds of no key were asked for");
  const model::KeyColumn& key = query.window.key.front();
  ARROW_ASSIGN_OR_RAISE(const std::string form, KeyTextSql(key));
  ARROW_ASSIGN_OR_RAISE(const std::string condition, WindowCondition(query.window));
  const std::string item = FromItem(query.relation);
  const std::string name = "_rivet." + client::postgres::QuoteIdentifier(key.name);
  const std::string where = condition.empty() ? "" : " WHERE " + condition;
  // Servers before 18 have no min and max of these: their ends are looked for by order.
  const bool by_order = key.type.kind == TypeKind::kUuid || key.type.kind == TypeKind::kBinary;
  const std::string known = condition.empty() ? name + " IS NOT NULL" : condition;
  const auto end = [&](std::string_view aggregate, std::string_view order) {
    if (!by_order) return "pg_catalog." + std::string(aggregate) + "(" + name + ")";
    return "(SELECT " + name + " FROM " + item + " WHERE " + known + " ORDER BY " + name +
           std::string(order) + " LIMIT 1)";
  };
  // The planner answers min and max from an index where there is one, and else in one pass.
  const std::string from = by_order ? "" : " FROM " + item + where;
  const auto value = [&](std::string_view column) {
    return "(SELECT " + form + " FROM (SELECT m." + std::string(column) + " AS k) AS v)";
  };
  std::string sql = "SELECT " + value("low") + ", " + value("high") + ", ";
  sql += KnownNotNull(query, key.name)
             ? "false"
             : "EXISTS (SELECT FROM " + item + " WHERE " + name + " IS NULL)";
  sql += " FROM (SELECT " + end("min", "") + " AS low, " + end("max", " DESC") + " AS high" + from +
         ") AS m";
  ARROW_ASSIGN_OR_RAISE(const Rows rows, connection.Query(sql, stop));
  if (rows.size() != 1 || rows[0].size() != 3)
    return Fail(kWire, "the server did not answer for a key's bounds");
  model::KeyFacts facts;
  ARROW_ASSIGN_OR_RAISE(facts.min, KeyScalar(key, rows[0][0]));
  ARROW_ASSIGN_OR_RAISE(facts.max, KeyScalar(key, rows[0][1]));
  facts.has_nulls = TrueIn(rows[0], 2);
  return facts;
}

}  // namespace rivet::source::postgres
