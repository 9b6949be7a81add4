#include "source/postgres/read_sql.h"

#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "client/postgres/quote.h"
#include "types/text.h"

namespace rivet::source::postgres {
namespace {

using client::postgres::QuoteIdentifier;
using client::postgres::QuoteLiteral;
using model::TypeKind;

constexpr int kTidRangeVersion = 140'000;

std::string Reference(const std::string& column) { return "_rivet." + QuoteIdentifier(column); }

std::optional<Wire> RawKeyWire(const ColumnForm& form) {
  if (form.select != ColumnForm::Select::kPlain) return std::nullopt;
  switch (form.wire) {
    case Wire::kInt2:
    case Wire::kInt4:
    case Wire::kInt8:
    case Wire::kUnsigned4:
    case Wire::kUuid:
    case Wire::kText:
      return form.wire;
    default:
      return std::nullopt;
  }
}

KeyField KeyFieldOf(const model::BoundedQuery& query, const model::KeyColumn& key,
                    RowShape* shape) {
  for (size_t i = 0; i < query.columns.size(); ++i) {
    if (query.columns[i].name != key.name) continue;
    if (const auto wire = RawKeyWire(shape->forms[i])) return {i, *wire};
  }
  shape->select_list += ", " + Reference(key.name) + "::pg_catalog.text";
  return {shape->fields++, Wire::kText};
}

struct SizeTest {
  std::string too_large, size;
};

SizeTest SizeTestOf(const model::Column& column, const std::string& reference, int64_t bytes_max) {
  const std::string limit = std::to_string(bytes_max);
  switch (column.native_oid) {
    case kTextOid:
    case kVarcharOid:
    case kBpcharOid:
    case kByteaOid: {
      // Known from the stored header: nothing is fetched or unpacked.
      const std::string size = "pg_catalog.octet_length(" + reference + ")";
      return {size + " > " + limit, size};
    }
    default: {
      const std::string size = "pg_catalog.octet_length(" + reference + "::pg_catalog.text)";
      return {"(pg_catalog.pg_column_size(" + reference + ") > " +
                  std::to_string(bytes_max / kCompressionMax) + " AND " + size + " > " + limit +
                  ")",
              size};
    }
  }
}

std::string KeyTuple(const std::vector<model::KeyColumn>& key) {
  std::string text;
  for (const model::KeyColumn& column : key)
    text += (text.empty() ? "" : ", ") + Reference(column.name);
  return key.size() == 1 ? text : "(" + text + ")";
}

std::string LiteralTuple(const std::vector<model::KeyColumn>& key,
                         const std::vector<std::string>& texts) {
  std::string tuple;
  for (size_t i = 0; i < key.size(); ++i) {
    tuple += (i == 0 ? "" : ", ") + QuoteLiteral(texts[i]);
    if (!key[i].native_type.empty()) tuple += "::" + key[i].native_type;
  }
  return key.size() == 1 ? tuple : "(" + tuple + ")";
}

// Years as PostgreSQL reads them: `-0043-03-15` is `0044-03-15 BC`, and a leading plus is unknown
// to it.
std::string ServerYears(const std::string& text) {
  if (text.starts_with('+')) return text.substr(1);
  if (!text.starts_with('-')) return text;
  const size_t end = text.find('-', 1);
  if (end == std::string::npos) return text;
  const std::string year =
      std::to_string(std::strtoll(text.substr(1, end - 1).c_str(), nullptr, 10) + 1);
  return std::string(year.size() < 4 ? 4 - year.size() : 0, '0') + year + text.substr(end) + " BC";
}

Result<std::string> BoundText(const arrow::Scalar& value) {
  ARROW_ASSIGN_OR_RAISE(std::string text, types::KeyText(value));
  const arrow::Type::type id = value.type->id();
  if (id == arrow::Type::BINARY) text.insert(0, "\\x");
  if (id == arrow::Type::DATE32 || id == arrow::Type::TIMESTAMP) text = ServerYears(text);
  return text;
}

Result<std::string> EdgeCondition(const std::vector<model::KeyColumn>& key,
                                  const model::Bound& bound, std::string_view comparison) {
  if (bound.values.size() != key.size() || key.empty()) {
    return Fail(kInternalBug, "a window's edge does not match its key");
  }
  std::vector<std::string> texts;
  for (const auto& value : bound.values) {
    if (value == nullptr || !value->is_valid) return Fail(kInternalBug, "a window's edge is NULL");
    ARROW_ASSIGN_OR_RAISE(std::string text, BoundText(*value));
    texts.push_back(std::move(text));
  }
  return KeyTuple(key) + " " + std::string(comparison) + (bound.inclusive ? "= " : " ") +
         LiteralTuple(key, texts);
}

}  // namespace

ReadWay WayOf(const model::ServerFacts& server, const model::BoundedQuery& query) {
  const bool all = query.window.kind == model::Window::Kind::kAll;
  if (all && query.whole_heap && !query.relation.is_query() &&
      server.version_number >= kTidRangeVersion) {
    return ReadWay::kBlocks;
  }
  // Rows without a key cannot be paged along it.
  const bool null_window = query.window.kind == model::Window::Kind::kNull;
  return query.page_key.empty() || null_window ? ReadWay::kCursor : ReadWay::kKeyPages;
}

RowShape ShapeOf(const model::BoundedQuery& query, ReadWay way, bool guard) {
  RowShape shape;
  const int64_t bytes_max = query.limits.value_bytes_max;
  std::string guards;
  for (size_t i = 0; i < query.columns.size(); ++i) {
    const model::Column& column = query.columns[i];
    const std::string reference = Reference(column.name);
    shape.forms.push_back(FormOf(column));
    std::string expression = SelectExpression(shape.forms.back(), reference);
    if (guard && bytes_max > 0 && MayBeLarge(column, bytes_max)) {
      const SizeTest test = SizeTestOf(column, reference, bytes_max);
      guards += " WHEN " + test.too_large + " THEN '" + std::to_string(i) + ":' || " + test.size;
      expression = "CASE WHEN " + test.too_large + " THEN NULL ELSE " + expression + " END";
    }
    shape.select_list += (i == 0 ? "" : ", ") + expression;
  }
  shape.fields = query.columns.size();
  if (!guards.empty()) {
    shape.guarded = true;
    ++shape.fields;
    shape.select_list += ", CASE" + guards + " END";
  }
  if (way != ReadWay::kKeyPages) return shape;
  for (const model::KeyColumn& key : query.page_key)
    shape.keys.push_back(KeyFieldOf(query, key, &shape));
  return shape;
}

std::string FromItem(const model::Relation& relation) {
  if (!relation.is_query()) return client::postgres::QuoteRelation(relation.table) + " AS _rivet";
  return "(" + std::string(client::postgres::WithoutTail(relation.query)) + ") AS _rivet";
}

Result<std::string> WindowCondition(const model::Window& window, LowerEdge lower) {
  using Kind = model::Window::Kind;
  std::string text;
  if (window.kind == Kind::kAll) return text;
  if (window.kind == Kind::kNull) {
    for (const model::KeyColumn& key : window.key) {
      text += (text.empty() ? "" : " AND ") + Reference(key.name) + " IS NULL";
    }
    if (text.empty()) return Fail(kInternalBug, "a window of NULL keys has no key");
    return text;
  }
  if (window.from && lower == LowerEdge::kWith) {
    ARROW_ASSIGN_OR_RAISE(text, EdgeCondition(window.key, *window.from, ">"));
  }
  if (window.through) {
    ARROW_ASSIGN_OR_RAISE(const std::string upper, EdgeCondition(window.key, *window.through, "<"));
    text += (text.empty() ? "" : " AND ") + upper;
  }
  return text;
}

bool PagesFollowWindow(const model::BoundedQuery& query) {
  const auto& window = query.window.key;
  return window.size() <= query.page_key.size() &&
         std::equal(window.begin(), window.end(), query.page_key.begin(),
                    [](const auto& a, const auto& b) { return a.name == b.name; });
}

std::string AfterCondition(const model::BoundedQuery& query,
                           const std::vector<std::string>& values) {
  Check(values.size() == query.page_key.size(), "a page's end matches its key");
  return KeyTuple(query.page_key) + " > " + LiteralTuple(query.page_key, values);
}

std::string BlockCondition(int64_t begin, int64_t end) {
  std::string text = "_rivet.ctid >= '(" + std::to_string(begin) + ",0)'::pg_catalog.tid";
  if (end >= 0) text += " AND _rivet.ctid < '(" + std::to_string(end) + ",0)'::pg_catalog.tid";
  return text;
}

std::string SelectRows(const model::BoundedQuery& query, std::string_view select_list,
                       const std::vector<std::string>& conditions, std::string_view tail) {
  std::string text = "SELECT " + std::string(select_list) + " FROM " + FromItem(query.relation);
  bool first = true;
  for (const std::string& condition : conditions) {
    if (condition.empty()) continue;
    text += (std::exchange(first, false) ? " WHERE " : " AND ") + condition;
  }
  return text + std::string(tail);
}

std::string PageTail(const model::BoundedQuery& query, int64_t rows) {
  std::string text;
  for (const model::KeyColumn& key : query.page_key) {
    text += (text.empty() ? " ORDER BY " : ", ") + Reference(key.name);
  }
  return text + " LIMIT " + std::to_string(rows);
}

std::string DescribedSql(const model::BoundedQuery& query) {
  std::string list;
  for (const model::Column& column : query.columns)
    list += (list.empty() ? "" : ", ") + Reference(column.name);
  return SelectRows(query, list, {}, "");
}

Result<std::string> FirstStatementSql(const model::ServerFacts& server,
                                      const model::BoundedQuery& query) {
  const ReadWay way = WayOf(server, query);
  const RowShape shape = ShapeOf(query, way, false);
  if (way == ReadWay::kBlocks) {
    constexpr int64_t kBlocksShown = 256;
    return SelectRows(query, shape.select_list, {BlockCondition(0, kBlocksShown)}, "");
  }
  ARROW_ASSIGN_OR_RAISE(const std::string window, WindowCondition(query.window));
  const std::string tail =
      way == ReadWay::kKeyPages ? PageTail(query, query.limits.batch_rows_max) : "";
  return SelectRows(query, shape.select_list, {window}, tail);
}

}  // namespace rivet::source::postgres
