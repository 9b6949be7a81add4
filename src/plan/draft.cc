#include <algorithm>
#include <string>
#include <utility>

#include "base/hash.h"
#include "plan/plan.h"
#include "types/override.h"
#include "types/schema.h"

namespace rivet::plan {
namespace {

constexpr int64_t kDefaultChunkSize = 100'000;
// Measured on wide rows: pages of 8 MiB were no faster than 4 MiB, had longer statements and took
// more memory.
constexpr int64_t kStatementBytes = 4LL << 20;
// With batch_size_memory_mb the bytes decide; rows still need an end.
constexpr int64_t kRowsMaxByMemory = 500'000;
constexpr std::chrono::milliseconds kSnapshotAge{800};
constexpr char kSeparator = '\x1f';

const model::Column* ColumnNamed(const std::vector<model::Column>& columns,
                                 const std::string& name) {
  for (const model::Column& column : columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

bool IsInteger(const model::LogicalType& type) {
  return type.kind == model::TypeKind::kInt16 || type.kind == model::TypeKind::kInt32 ||
         type.kind == model::TypeKind::kInt64;
}

// Keys are compared by the server in their own type, whatever the file makes of the column: facts,
// not overrides.
std::vector<model::KeyColumn> KeyOf(const model::IndexFacts& index,
                                    const std::vector<model::Column>& columns) {
  std::vector<model::KeyColumn> key;
  for (const std::string& name : index.columns) {
    const model::Column* column = ColumnNamed(columns, name);
    if (column == nullptr || !column->not_null || !IsPageable(column->type)) return {};
    key.push_back({column->name, column->type, column->native_type});
  }
  return key;
}

struct PageKey {
  std::vector<model::KeyColumn> columns;
  bool primary = false;
};

// The best key to page along: its first column must be `leading` when that is given. The primary
// key first, then the unique key with the fewest columns.
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

const model::IndexFacts* PrimaryKey(const model::TableFacts& facts) {
  for (const model::IndexFacts& index : facts.indexes) {
    if (index.primary) return &index;
  }
  return nullptr;
}

// chunk_column, else the primary key when it is one integer column.
Result<std::string> ChunkColumn(const config::Export& item, const model::TableFacts& facts,
                                std::vector<model::PlanWarning>* warnings) {
  if (!item.chunk_column.empty()) return item.chunk_column;
  const model::IndexFacts* key = PrimaryKey(facts);
  if (key != nullptr && key->columns.size() == 1) {
    const model::Column* column = ColumnNamed(facts.columns, key->columns.front());
    if (column != nullptr && IsInteger(column->type)) {
      warnings->push_back(
          {"chunk-column-chosen",
           "chunk_column is not set: using the primary key `" + column->name + "`"});
      return column->name;
    }
  }
  return Fail(kNoChunkColumn, "mode chunked needs an integer column to cut on, and " +
                                  model::ToString(facts.relation.table) +
                                  " has no primary key of one integer column");
}

Status SetChunkKey(const config::Export& item, const model::TableFacts& facts, model::Plan* plan) {
  ARROW_ASSIGN_OR_RAISE(const std::string name, ChunkColumn(item, facts, &plan->warnings));
  const model::Column* column = ColumnNamed(facts.columns, name);
  if (column == nullptr) {
    std::vector<std::string> names;
    for (const model::Column& known : facts.columns) names.push_back(known.name);
    const std::string nearest = config::NearestWord(name, names);
    return Fail(kBadChunkColumn, "chunk_column `" + name + "` is not a column of the result" +
                                     (nearest.empty() ? "" : "; did you mean `" + nearest + "`"));
  }
  if (!IsInteger(column->type)) {
    return Fail(kBadChunkColumn, "chunk_column `" + name + "` is " + column->native_type +
                                     ": fixed-size chunks need an integer");
  }
  plan->chunk_key = {{column->name, column->type, column->native_type}};
  if (facts.relation.is_query()) return Status::OK();
  PageKey page = ChoosePageKey(facts, name);
  plan->may_renew_snapshot = page.primary;
  plan->page_key = std::move(page.columns);
  if (plan->page_key.empty()) {
    plan->warnings.push_back(
        {"chunk-not-paged", "no unique index leads with `" + name +
                                "`: each chunk is read through a cursor under one snapshot"});
  }
  return Status::OK();
}

void SetFullPaging(const model::TableFacts& facts, model::Plan* plan) {
  plan->may_renew_snapshot = false;
  plan->whole_heap = facts.heap_blocks && !facts.relation.is_query();
  // Physical blocks need no index and visit each page once; keys are the way where blocks are not
  // to be had.
  const bool keyed =
      facts.kind == model::RelationKind::kTable || facts.kind == model::RelationKind::kPartitioned;
  if (!plan->whole_heap && keyed && !facts.relation.is_query()) {
    plan->page_key = ChoosePageKey(facts, "").columns;
  }
}

model::Limits LimitsOf(const model::Tuning& tuning) {
  model::Limits limits;
  limits.statement_timeout = std::chrono::seconds(tuning.statement_timeout_s);
  limits.lock_timeout = std::chrono::seconds(tuning.lock_timeout_s);
  limits.snapshot_age_max = kSnapshotAge;
  limits.batch_rows_max = tuning.batch_size_memory_mb ? kRowsMaxByMemory : tuning.batch_size;
  limits.batch_bytes_max =
      tuning.batch_size_memory_mb ? *tuning.batch_size_memory_mb << 20 : kStatementBytes;
  limits.value_bytes_max = tuning.max_value_mb << 20;
  return limits;
}

Status CheckMetaColumns(const model::Plan& plan) {
  for (const char* name : {"_rivet_exported_at", "_rivet_row_hash"}) {
    const bool wanted =
        name == std::string_view("_rivet_row_hash") ? plan.meta.row_hash : plan.meta.exported_at;
    if (wanted && ColumnNamed(plan.columns, name) != nullptr) {
      return Fail(kMetaColumnClash, std::string("the source has a column `") + name + "` already");
    }
  }
  return Status::OK();
}

void SetSettings(const config::Config& config, const config::Export& item,
                 const model::TableFacts& facts, model::Plan* plan) {
  plan->tuning = config::ResolveTuning(config.source, item);
  plan->limits = LimitsOf(plan->tuning);
  plan->format = config::ResolveFormat(item, facts.row_bytes);
  plan->meta = item.meta;
  plan->max_file_bytes = item.max_file_bytes;
  plan->skip_empty = item.skip_empty;
  plan->unit_attempts_max =
      static_cast<int>(item.chunk_max_attempts.value_or(plan->tuning.max_retries + 1));
  plan->destination_type = item.destination.type;
  plan->destination_root = config::DestinationRoot(config, item);
  plan->row_estimate = facts.row_estimate;
}

}  // namespace

bool IsPageable(const model::LogicalType& type) {
  switch (type.kind) {
    case model::TypeKind::kInt16:
    case model::TypeKind::kInt32:
    case model::TypeKind::kInt64:
    case model::TypeKind::kUuid:
    case model::TypeKind::kDate:
    case model::TypeKind::kTimestamp:
    case model::TypeKind::kTimestampTz:
    case model::TypeKind::kText:
      return true;
    default:
      return false;
  }
}

Result<model::Plan> Draft(const config::Config& config, const config::Export& item,
                          const model::TableFacts& facts, const model::ServerFacts& server,
                          std::optional<model::Mode> keep_mode) {
  model::Plan plan;
  plan.export_name = item.name;
  plan.relation = facts.relation;
  plan.source_engine = server.engine;
  plan.columns = facts.columns;
  ARROW_RETURN_NOT_OK(types::ApplyOverrides(item.columns, &plan.columns));
  ARROW_RETURN_NOT_OK(types::CheckColumnNames(plan.columns));
  SetSettings(config, item, facts, &plan);
  ARROW_RETURN_NOT_OK(CheckMetaColumns(plan));
  plan.schema_fingerprint = types::SchemaFingerprint(plan.columns);
  plan.mode = keep_mode.value_or(item.mode);

  const int64_t chunk_size = item.chunk_size.value_or(kDefaultChunkSize);
  const bool small = facts.row_estimate > 0 && facts.row_estimate <= chunk_size;
  if (plan.mode == model::Mode::kChunked && !keep_mode && small && item.chunk_column.empty()) {
    plan.mode = model::Mode::kFull;
    plan.warnings.push_back({"chunked-as-full", "about " + std::to_string(facts.row_estimate) +
                                                    " rows fit one chunk of " +
                                                    std::to_string(chunk_size) + ": read as one"});
  }
  if (plan.mode == model::Mode::kChunked) {
    ARROW_RETURN_NOT_OK(SetChunkKey(item, facts, &plan));
    plan.parallel = static_cast<int>(item.parallel);
    plan.checkpoint = item.chunk_checkpoint;
    const std::string size = "size=" + std::to_string(chunk_size);
    plan.strategy = plan.parallel > 1 ? "chunked-parallel(" + plan.chunk_key[0].name + ", " + size +
                                            ", p=" + std::to_string(plan.parallel) + ")"
                                      : "chunked(" + plan.chunk_key[0].name + ", " + size + ")";
  } else {
    SetFullPaging(facts, &plan);
    plan.strategy =
        item.parallel > 1 ? "full-parallel(" + std::to_string(item.parallel) + ")" : "full-scan";
  }
  plan.chunk_size = chunk_size;
  plan.plan_fingerprint = Fingerprint(plan, item);
  return plan;
}

std::string Fingerprint(const model::Plan& plan, const config::Export& item) {
  std::string text;
  const auto add = [&text](std::string_view piece) {
    text += piece;
    text += kSeparator;
  };
  add(plan.relation.is_query() ? plan.relation.query : model::ToString(plan.relation.table));
  add(model::ToString(plan.mode));
  add(plan.chunk_key.empty() ? "" : plan.chunk_key[0].name);
  add(std::to_string(plan.chunk_size));
  add(plan.format.format);
  add(model::ToString(plan.format.compression));
  add(std::to_string(plan.format.compression_level.value_or(-1)));
  for (const auto& [column, word] : item.columns) add(column + "=" + word);
  add(plan.meta.exported_at ? "exported_at" : "");
  add(plan.meta.row_hash ? "row_hash" : "");
  add(plan.schema_fingerprint);
  add(plan.destination_type);
  add(plan.destination_root);
  return "v2:" + FingerprintText(Xxh3(text)).substr(5);
}

}  // namespace rivet::plan
