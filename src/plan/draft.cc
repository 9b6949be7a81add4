#include <algorithm>
#include <string>
#include <utility>

#include "base/hash.h"
#include "plan/chunks_internal.h"
#include "plan/plan.h"
#include "types/override.h"
#include "types/policies.h"
#include "types/schema.h"

namespace rivet::plan {
namespace {

// Measured on wide rows: pages of 8 MiB were no faster than 4 or 2 MiB, had longer statements and
// took more memory.
constexpr int64_t kStatementBytes = 2LL << 20;
// With batch_size_memory_mb the bytes decide; rows still need an end.
constexpr int64_t kRowsMaxByMemory = 500'000;
constexpr std::chrono::milliseconds kSnapshotAge{800};
constexpr char kSeparator = '\x1f';

void SetFullPaging(const model::TableFacts& facts, model::Plan* plan) {
  plan->may_renew_snapshot = false;
  plan->whole_heap = facts.heap_blocks && !facts.relation.is_query();
  // Physical blocks need no index and visit each page once; keys are the way where blocks are not
  // to be had.
  const bool keyed =
      facts.kind == model::RelationKind::kTable || facts.kind == model::RelationKind::kPartitioned;
  if (!keyed || facts.relation.is_query()) return;
  plan->count_key = ChoosePageKey(facts, "").columns;
  if (!plan->whole_heap) plan->page_key = plan->count_key;
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

// Rows are told apart and found again by their key: its values land as they are, or not at all.
void KeepKeys(model::Plan* plan) {
  for (const auto* key : {&plan->chunk_key, &plan->page_key, &plan->row_key, &plan->count_key}) {
    for (const model::KeyColumn& part : *key) {
      for (model::Column& column : plan->columns) {
        const bool as_text = column.type.kind == model::TypeKind::kServerText;
        if (column.name == part.name && !as_text) column.policies = {};
      }
    }
  }
}

// What windows are cut by, as the config says it: what follows from statistics may change between a
// run and its resume, and the units are kept.
std::string CutText(const model::Plan& plan, const config::Export& item) {
  if (plan.mode != model::Mode::kChunked) return "";
  if (plan.cut == model::Cut::kDays) return "date_" + std::to_string(plan.chunk_days) + "d";
  if (plan.chunk_count) return "count_" + std::to_string(*plan.chunk_count);
  const std::string size = item.chunk_size_memory_mb
                               ? std::to_string(*item.chunk_size_memory_mb) + "mb"
                               : std::to_string(plan.chunk_size);
  if (plan.cut == model::Cut::kKeys) return (plan.keyset ? "keyset_" : "dense_") + size;
  return size + "_range";
}

std::string CsvText(const model::CsvSettings& csv) {
  std::string text(1, csv.delimiter);
  text += csv.null_value;
  for (const bool flag : {csv.header, csv.quote_all, csv.crlf, csv.binary_base64, csv.nested_json,
                          csv.escape_formulas}) {
    text += flag ? '1' : '0';
  }
  // Said only where it is chosen: plans made before there was a choice stay as they are.
  if (csv.float_special != model::FloatSpecial::kNames)
    text += std::string("float_special=") + std::string(model::ToString(csv.float_special));
  return text + std::string(model::ToString(csv.compression));
}

}  // namespace

bool IsPageable(const model::Column& column) {
  if (!column.comes_back) return false;
  switch (column.type.kind) {
    case model::TypeKind::kInt16:
    case model::TypeKind::kInt32:
    case model::TypeKind::kInt64:
    case model::TypeKind::kUInt64:
    case model::TypeKind::kDecimal:
    case model::TypeKind::kBinary:
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
  types::ApplyPolicies(config::ResolvePolicies(config.source, item), server.engine, item.columns,
                       &plan.columns);
  ARROW_RETURN_NOT_OK(types::CheckColumnNames(plan.columns));
  SetSettings(config, item, facts, &plan);
  ARROW_RETURN_NOT_OK(CheckMetaColumns(plan));
  plan.schema_fingerprint = types::SchemaFingerprint(plan.columns);
  plan.mode = keep_mode.value_or(item.mode);
  if (plan.mode == model::Mode::kChunked) {
    ARROW_RETURN_NOT_OK(SetChunks(item, facts, !keep_mode, &plan));
  }
  if (plan.mode == model::Mode::kChunked) {
    plan.parallel = static_cast<int>(item.parallel);
    plan.checkpoint = item.chunk_checkpoint;
    plan.strategy = ChunkStrategy(plan);
  } else {
    SetFullPaging(facts, &plan);
    plan.strategy =
        item.parallel > 1 ? "full-parallel(" + std::to_string(item.parallel) + ")" : "full-scan";
  }
  plan.row_key = ChoosePageKey(facts, "").columns;
  KeepKeys(&plan);
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
  add(CutText(plan, item));
  add(plan.format.format);
  add(model::ToString(plan.format.compression));
  add(std::to_string(plan.format.compression_level.value_or(-1)));
  if (plan.format.format == "csv") add(CsvText(plan.format.csv));
  for (const auto& [column, word] : item.columns) add(column + "=" + word);
  // Said only where there are any: plans made before there were policies stay as they are.
  for (const model::Column& column : plan.columns) {
    const std::string policy = model::ToString(column.policies);
    if (!policy.empty()) add(column.name + " " + policy);
  }
  add(plan.meta.exported_at ? "exported_at" : "");
  add(plan.meta.row_hash ? "row_hash" : "");
  add(plan.schema_fingerprint);
  add(plan.destination_type);
  add(plan.destination_root);
  return "v2:" + FingerprintText(Xxh3(text)).substr(5);
}

}  // namespace rivet::plan
