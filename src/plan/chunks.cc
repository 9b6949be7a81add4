#include "plan/chunks_internal.h"

#include <algorithm>
#include <utility>

#include "plan/plan.h"

namespace rivet::plan {
namespace {

constexpr int64_t kDefaultChunkSize = 100'000;
// Of chunk_size_memory_mb.
constexpr int64_t kMemoryRowsMin = 10'000;
constexpr int64_t kMemoryRowsMax = 5'000'000;
constexpr int64_t kRowBytesUnknown = 512;

constexpr std::string_view kWaysToCut =
    "set chunk_column to an integer, date or timestamp column, chunk_by_key to a NOT NULL column "
    "with a unique index of its own, or use mode: full";

bool IsInteger(const model::LogicalType& type) {
  return type.kind == model::TypeKind::kInt16 || type.kind == model::TypeKind::kInt32 ||
         type.kind == model::TypeKind::kInt64 || type.kind == model::TypeKind::kUInt64;
}

bool IsDay(const model::LogicalType& type) {
  return type.kind == model::TypeKind::kDate || type.kind == model::TypeKind::kTimestamp ||
         type.kind == model::TypeKind::kTimestampTz;
}

// Keys are compared by the server in their own type, whatever the file makes of the column: facts,
// not overrides.
std::vector<model::KeyColumn> KeyOf(const model::IndexFacts& index,
                                    const std::vector<model::Column>& columns) {
  std::vector<model::KeyColumn> key;
  for (const std::string& name : index.columns) {
    const model::Column* column = ColumnNamed(columns, name);
    if (column == nullptr || !column->not_null || !IsPageable(*column)) return {};
    key.push_back({column->name, column->type, column->native_type});
  }
  return key;
}

// The column of a usable unique key of one column: the primary key's first. With a name, only that
// one's.
const model::Column* UniqueColumn(const model::TableFacts& facts, const std::string& name) {
  const model::Column* found = nullptr;
  for (const model::IndexFacts& index : facts.indexes) {
    if (!index.usable || !index.unique || index.columns.size() != 1) continue;
    if (!name.empty() && index.columns.front() != name) continue;
    if (KeyOf(index, facts.columns).empty()) continue;
    if (found == nullptr || index.primary)
      found = ColumnNamed(facts.columns, index.columns.front());
  }
  return found;
}

const model::Column* IntegerPrimaryKey(const model::TableFacts& facts) {
  for (const model::IndexFacts& index : facts.indexes) {
    if (!index.primary || index.columns.size() != 1) continue;
    const model::Column* column = ColumnNamed(facts.columns, index.columns.front());
    if (column != nullptr && IsInteger(column->type)) return column;
  }
  return nullptr;
}

Result<const model::Column*> NamedColumn(const model::TableFacts& facts, std::string_view key,
                                         const std::string& name) {
  const model::Column* column = ColumnNamed(facts.columns, name);
  if (column != nullptr) return column;
  std::vector<std::string> names;
  for (const model::Column& known : facts.columns) names.push_back(known.name);
  const std::string nearest = config::NearestWord(name, names);
  return Fail(kBadChunkColumn, std::string(key) + " `" + name + "` is not a column of the result" +
                                   (nearest.empty() ? "" : "; did you mean `" + nearest + "`"));
}

void SetSize(const config::Export& item, const model::TableFacts& facts, model::Plan* plan) {
  plan->chunk_size = item.chunk_size.value_or(kDefaultChunkSize);
  plan->chunk_count = item.chunk_count;
  plan->chunk_days = item.chunk_by_days.value_or(0);
  if (!item.chunk_size_memory_mb) return;
  const int64_t row_bytes = facts.row_bytes > 0 ? facts.row_bytes : kRowBytesUnknown;
  if (facts.row_bytes <= 0) {
    plan->warnings.push_back({"row-width-unknown",
                              "the catalog has no statistics of this table: chunk_size_memory_mb "
                              "counts with rows of 512 bytes"});
  }
  plan->chunk_size =
      std::clamp((*item.chunk_size_memory_mb << 20) / row_bytes, kMemoryRowsMin, kMemoryRowsMax);
}

bool FitsOneChunk(const config::Export& item, const model::TableFacts& facts,
                  const model::Plan& plan) {
  const bool explicit_column = !item.chunk_column.empty() && !item.chunk_size_memory_mb;
  return facts.row_estimate > 0 && facts.row_estimate <= plan.chunk_size && !explicit_column;
}

Status RefuseKey(const model::TableFacts& facts, const std::string& name) {
  std::string usable;
  for (const model::Column& column : facts.columns) {
    if (UniqueColumn(facts, column.name) == nullptr) continue;
    usable += (usable.empty() ? "" : ", ") + column.name;
  }
  return Fail(kBadChunkColumn,
              "chunk_by_key `" + name +
                  "` needs a NOT NULL column with a valid unique index of its own, of a type and "
                  "charset whose values come back as they were (integers, dates, timestamps, text, "
                  "binary, uuid); " +
                  (usable.empty() ? "this table has none" : "this table has " + usable));
}

struct Choice {
  const model::Column* column = nullptr;
  bool keyset = false;
};

// chunk_by_key; chunk_column; the primary key of one integer column; a unique key of one column.
Result<Choice> ChooseColumn(const config::Export& item, const model::TableFacts& facts,
                            std::vector<model::PlanWarning>* warnings) {
  if (!item.chunk_by_key.empty()) {
    ARROW_RETURN_NOT_OK(NamedColumn(facts, "chunk_by_key", item.chunk_by_key).status());
    const model::Column* column = UniqueColumn(facts, item.chunk_by_key);
    if (column == nullptr) return RefuseKey(facts, item.chunk_by_key);
    return Choice{column, true};
  }
  if (!item.chunk_column.empty()) {
    ARROW_ASSIGN_OR_RAISE(const model::Column* column,
                          NamedColumn(facts, "chunk_column", item.chunk_column));
    return Choice{column, false};
  }
  if (const model::Column* column = IntegerPrimaryKey(facts); column != nullptr) {
    warnings->push_back({"chunk-column-chosen",
                         "chunk_column is not set: using the primary key `" + column->name + "`"});
    return Choice{column, false};
  }
  if (const model::Column* column = UniqueColumn(facts, ""); column != nullptr) {
    warnings->push_back({"keyset-chosen",
                         "neither chunk_column nor chunk_by_key is set: using "
                         "pages along the unique key `" +
                             column->name + "`"});
    return Choice{column, true};
  }
  return Fail(kNoChunkColumn, model::ToString(facts.relation.table) +
                                  " has no primary key of one integer column and no other unique "
                                  "key of one column to cut on: " +
                                  std::string(kWaysToCut));
}

Status CheckType(const config::Export& item, const model::Column& column, const model::Plan& plan) {
  const std::string what = "chunk_column `" + column.name + "` is " + column.native_type;
  if (plan.cut == model::Cut::kDays) {
    if (IsDay(column.type)) return Status::OK();
    return Fail(kBadChunkColumn, what + ": chunk_by_days needs a date or a timestamp");
  }
  if (plan.cut == model::Cut::kKeys) {
    if (IsPageable(column)) return Status::OK();
    if (column.comes_back)
      return Fail(kBadChunkColumn, what + ", which has no order that chunks can be cut on");
    const std::string charset =
        column.lossy_charset.empty() ? "" : " in the charset " + column.lossy_charset;
    return Fail(kBadChunkColumn, what + charset +
                                     ": a value sent back may be another value, so no chunk can be "
                                     "told to end there");
  }
  if (IsInteger(column.type)) return Status::OK();
  return Fail(
      kBadChunkColumn,
      what + (item.chunk_count
                  ? ": chunk_count needs an integer"
                  : ": chunks of a fixed size need an integer; chunk_dense: "
                    "true cuts along any ordered column" +
                        std::string(IsDay(column.type) ? ", chunk_by_days along dates" : "")));
}

bool LedByIndex(const model::TableFacts& facts, const std::string& name) {
  return std::any_of(
      facts.indexes.begin(), facts.indexes.end(), [&](const model::IndexFacts& index) {
        return index.usable && !index.columns.empty() && index.columns.front() == name;
      });
}

bool IsTable(const model::TableFacts& facts) {
  return !facts.relation.is_query() && (facts.kind == model::RelationKind::kTable ||
                                        facts.kind == model::RelationKind::kPartitioned);
}

// How chunks are read, and counted afterwards.
void SetPaging(const model::TableFacts& facts, const std::string& name, model::Plan* plan) {
  const auto not_paged = [&](const std::string& why) {
    plan->warnings.push_back(
        {"chunk-not-paged", why + ": each chunk is read through a cursor under one snapshot"});
  };
  if (facts.relation.is_query()) return not_paged("a query has no key to page along");
  PageKey page = ChoosePageKey(facts, name);
  plan->may_renew_snapshot = page.primary;
  plan->page_key = std::move(page.columns);
  plan->count_key = plan->page_key;
  if (plan->page_key.empty()) {
    not_paged("no unique index leads with `" + name + "`");
    plan->count_by_unit = !IsTable(facts) || LedByIndex(facts, name);
    if (!plan->count_by_unit) plan->count_key = ChoosePageKey(facts, "").columns;
  } else if (!page.primary) {
    plan->warnings.push_back(
        {"snapshot-not-renewed",
         "`" + name +
             "` leads a unique index and not the primary key, whose values may change: "
             "each chunk keeps one snapshot until it is read"});
  }
}

}  // namespace

const model::Column* ColumnNamed(const std::vector<model::Column>& columns,
                                 const std::string& name) {
  for (const model::Column& column : columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

PageKey ChoosePageKey(const model::TableFacts& facts, const std::string& leading) {
  PageKey best;
  for (const model::IndexFacts& index : facts.indexes) {
    if (!index.usable || !index.unique || index.columns.empty()) continue;
    if (!leading.empty() && index.columns.front() != leading) continue;
    auto columns = KeyOf(index, facts.columns);
    if (columns.empty()) continue;
    const bool better = best.columns.empty() || (index.primary && !best.primary) ||
                        (index.primary == best.primary && columns.size() < best.columns.size());
    if (better) best = {std::move(columns), index.primary};
  }
  return best;
}

Status SetChunks(const config::Export& item, const model::TableFacts& facts, bool may_become_full,
                 model::Plan* plan) {
  SetSize(item, facts, plan);
  if (may_become_full && FitsOneChunk(item, facts, *plan)) {
    plan->mode = model::Mode::kFull;
    plan->warnings.push_back({"chunked-as-full", "about " + std::to_string(facts.row_estimate) +
                                                     " rows fit one chunk of " +
                                                     std::to_string(plan->chunk_size) +
                                                     ": read as one"});
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const Choice choice, ChooseColumn(item, facts, &plan->warnings));
  plan->keyset = choice.keyset;
  plan->cut = choice.keyset || item.chunk_dense ? model::Cut::kKeys
              : item.chunk_by_days              ? model::Cut::kDays
                                                : model::Cut::kWidth;
  const model::Column& column = *choice.column;
  ARROW_RETURN_NOT_OK(CheckType(item, column, *plan));
  plan->chunk_key = {{column.name, column.type, column.native_type}};
  SetPaging(facts, column.name, plan);
  if (plan->cut == model::Cut::kKeys && plan->page_key.empty()) {
    plan->warnings.push_back({"dense-sort-cost", "no index leads with `" + column.name +
                                                     "`: the server sorts the whole result once to "
                                                     "find where chunks begin"});
  }
  return Status::OK();
}

std::string ChunkStrategy(const model::Plan& plan) {
  const std::string& column = plan.chunk_key[0].name;
  if (plan.keyset) return "keyset(" + column + ", page=" + std::to_string(plan.chunk_size) + ")";
  std::string text = plan.cut == model::Cut::kDays ? "date-chunked" : "chunked";
  if (plan.parallel > 1) text += "-parallel";
  text += "(" + column + ", ";
  text += plan.cut == model::Cut::kDays ? std::to_string(plan.chunk_days) + "d"
                                        : "size=" + std::to_string(plan.chunk_size);
  if (plan.parallel > 1) text += ", p=" + std::to_string(plan.parallel);
  return text + ")";
}

}  // namespace rivet::plan
