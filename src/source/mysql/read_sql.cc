#include "source/mysql/read_sql.h"

#include <arrow/scalar.h>

#include <algorithm>
#include <utility>

#include "client/mysql/quote.h"
#include "source/faults.h"
#include "source/mysql/charset.h"
#include "source/mysql/column_types.h"
#include "source/mysql/key_value.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::QuoteIdentifier;

Sql Never() { return {"1 = 0", {}}; }

void Append(Sql piece, Sql* sql) {
  sql->text += piece.text;
  std::move(piece.parameters.begin(), piece.parameters.end(), std::back_inserter(sql->parameters));
}

// Rows on one side of `values`: key > values, or key < values, edge included or not.
Sql SideCondition(const std::vector<model::KeyColumn>& key, const Parameters& values,
                  std::string_view comparison, bool inclusive) {
  Check(values.size() == key.size() && !key.empty(), "an edge matches its key");
  Sql sql;
  for (size_t i = 0; i < key.size(); ++i) {
    const std::string name = Reference(key[i].name);
    const bool last = i + 1 == key.size();
    sql.text += (last ? "" : "(") + name + " " + std::string(comparison) +
                (last && inclusive ? "= ?" : " ?");
    sql.parameters.push_back(values[i]);
    if (last) continue;
    sql.text += " OR (" + name + " = ? AND ";
    sql.parameters.push_back(values[i]);
  }
  sql.text += std::string(2 * (key.size() - 1), ')');
  return sql;
}

Result<Sql> EdgeCondition(const std::vector<model::KeyColumn>& key, const model::Bound& bound,
                          bool lower) {
  if (bound.values.size() != key.size() || key.empty())
    return Fail(kInternalBug, "a window's edge does not match its key");
  Parameters parameters;
  for (const auto& scalar : bound.values) {
    if (scalar == nullptr) return Fail(kInternalBug, "a window's edge is NULL");
    ARROW_ASSIGN_OR_RAISE(KeyValue value, KeyValueOf(*scalar));
    // The server would take a moment outside of its calendar for NULL, and give no rows.
    if (value.range != Range::kWithin) {
      const bool all = lower == (value.range == Range::kBefore);
      return all ? Sql() : Never();
    }
    parameters.push_back(std::move(value.parameter));
  }
  return SideCondition(key, parameters, lower ? ">" : "<", bound.inclusive);
}

bool Replaces(const model::Column& column) {
  return column.policies.Of(model::SpecialValue::kInvalidUtf8) == model::PolicyAction::kReplace;
}

std::string LosesSql(const model::Column& column) {
  return LosesBytesSql(Reference(column.name), column.lossy_charset);
}

// Empty where no column can lose bytes.
std::string LossSql(const std::vector<model::Column>& columns) {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].lossy_charset.empty() || Replaces(columns[i])) continue;
    text += " WHEN " + LosesSql(columns[i]) + " THEN " + std::to_string(i + 1);
  }
  return text.empty() ? text : "CASE" + text + " ELSE 0 END";
}

// One number for each kLossBits columns whose lost bytes are replaced.
std::vector<std::string> MasksSql(const std::vector<model::Column>& columns,
                                  std::vector<size_t>* replaced) {
  std::vector<std::string> masks;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].lossy_charset.empty() || !Replaces(columns[i])) continue;
    const size_t bit = replaced->size() % kLossBits;
    if (bit == 0) masks.emplace_back();
    masks.back() += (bit == 0 ? "CASE WHEN " : " + CASE WHEN ") + LosesSql(columns[i]) + " THEN " +
                    std::to_string(uint64_t{1} << bit) + " ELSE 0 END";
    replaced->push_back(i);
  }
  return masks;
}

}  // namespace

std::string Reference(const std::string& column) { return "_rivet." + QuoteIdentifier(column); }

std::string FromItem(const model::Relation& relation, const std::string& index) {
  if (relation.is_query()) {
    return "(" + std::string(client::mysql::WithoutTail(relation.query)) + ") AS _rivet";
  }
  const std::string table = client::mysql::QuoteRelation(relation.table) + " AS _rivet";
  return index.empty() ? table : table + " FORCE INDEX (" + QuoteIdentifier(index) + ")";
}

Result<Sql> WindowCondition(const model::Window& window, LowerEdge lower) {
  using Kind = model::Window::Kind;
  Sql sql;
  if (window.kind == Kind::kAll) return sql;
  if (window.kind == Kind::kNull) {
    for (const model::KeyColumn& key : window.key)
      sql.text += (sql.text.empty() ? "" : " AND ") + Reference(key.name) + " IS NULL";
    if (sql.text.empty()) return Fail(kInternalBug, "a window of NULL keys has no key");
    return sql;
  }
  if (window.from && lower == LowerEdge::kWith) {
    ARROW_ASSIGN_OR_RAISE(sql, EdgeCondition(window.key, *window.from, true));
  }
  if (!window.through) return sql;
  ARROW_ASSIGN_OR_RAISE(Sql upper, EdgeCondition(window.key, *window.through, false));
  if (!sql.text.empty() && !upper.text.empty()) sql.text += " AND ";
  Append(std::move(upper), &sql);
  return sql;
}

bool PagesFollowWindow(const model::BoundedQuery& query) {
  const auto& window = query.window.key;
  return window.size() <= query.page_key.size() &&
         std::equal(window.begin(), window.end(), query.page_key.begin(),
                    [](const auto& a, const auto& b) { return a.name == b.name; });
}

Sql BehindCondition(const std::vector<model::KeyColumn>& key, const Parameters& values) {
  return SideCondition(key, values, ">", false);
}

Sql SelectRows(std::string_view list, const std::string& from, std::vector<Sql> conditions,
               std::string_view tail) {
  Sql sql;
  sql.text = "SELECT " + std::string(list) + " FROM " + from;
  bool first = true;
  for (Sql& condition : conditions) {
    if (condition.text.empty()) continue;
    sql.text += std::exchange(first, false) ? " WHERE " : " AND ";
    Append(std::move(condition), &sql);
  }
  sql.text += tail;
  return sql;
}

std::string OrderBy(const std::vector<model::KeyColumn>& key) {
  std::string text;
  for (const model::KeyColumn& column : key)
    text += (text.empty() ? " ORDER BY " : ", ") + Reference(column.name);
  return text;
}

RowShape ShapeOf(const model::BoundedQuery& query) {
  RowShape shape;
  size_t fields = 0;
  for (const model::Column& column : query.columns) {
    const Select select = SelectOf(column);
    shape.plain = shape.plain && select == Select::kPlain;
    shape.list += (fields == 0 ? "" : ", ") + SelectExpression(select, Reference(column.name));
    ++fields;
  }
  if (const std::string loss = LossSql(query.columns); !loss.empty()) {
    shape.list += ", " + loss;
    shape.loss = fields++;
  }
  for (const std::string& mask : MasksSql(query.columns, &shape.replaced)) {
    shape.list += ", " + mask;
    shape.masks.push_back(fields++);
  }
  if (!IsPaged(query)) return shape;
  for (const model::KeyColumn& key : query.page_key) {
    const auto found =
        std::find_if(query.columns.begin(), query.columns.end(), [&](const model::Column& column) {
          return column.name == key.name && SelectOf(column) == Select::kPlain;
        });
    if (found != query.columns.end()) {
      shape.keys.push_back(static_cast<size_t>(found - query.columns.begin()));
      continue;
    }
    shape.list += (fields == 0 ? "" : ", ") + Reference(key.name);
    shape.keys.push_back(fields++);
  }
  return shape;
}

std::string EdgeOf(const model::BoundedQuery& query, const std::string& key,
                   const std::string& expression) {
  for (const model::Column& column : query.columns) {
    if (column.name == key) return EdgeSql(expression, column.lossy_charset);
  }
  return expression;
}

Status FailEdge(const std::string& key) {
  return Fail(kNullChunkKey,
              "the key " + key + " is NULL, or holds bytes that are no character of its charset");
}

bool IsPaged(const model::BoundedQuery& query) {
  // Rows without a key cannot be paged along it.
  return !query.page_key.empty() && query.window.kind != model::Window::Kind::kNull;
}

bool RunsAsWritten(const model::BoundedQuery& query, const RowShape& shape) {
  return query.relation.is_query() && shape.plain && !IsPaged(query) &&
         query.window.kind == model::Window::Kind::kAll;
}

Result<Sql> FirstStatement(const model::BoundedQuery& query, const std::string& index,
                           int64_t rows) {
  const RowShape shape = ShapeOf(query);
  if (RunsAsWritten(query, shape))
    return Sql{std::string(client::mysql::WithoutTail(query.relation.query)), {}};
  ARROW_ASSIGN_OR_RAISE(Sql window, WindowCondition(query.window));
  const std::string tail =
      IsPaged(query) ? OrderBy(query.page_key) + " LIMIT " + std::to_string(rows) : "";
  return SelectRows(shape.list, FromItem(query.relation, index), {std::move(window)}, tail);
}

std::string DescribedSql(const model::BoundedQuery& query) {
  std::string list;
  for (const model::Column& column : query.columns)
    list += (list.empty() ? "" : ", ") + Reference(column.name);
  return SelectRows(list, FromItem(query.relation), {}, "").text;
}

}  // namespace rivet::source::mysql
