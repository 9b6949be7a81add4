#include <algorithm>

#include "command/init_discover_internal.h"
#include "command/json_internal.h"

namespace rivet::command {
namespace {

constexpr int kPositionMax = 5;

bool IsTime(const model::LogicalType& type) {
  return type.kind == model::TypeKind::kDate || type.kind == model::TypeKind::kTimestamp ||
         type.kind == model::TypeKind::kTimestampTz;
}

// The primary key, where it is this one column.
bool IsPrimaryKey(const model::TableFacts& facts, const std::string& column) {
  return std::any_of(
      facts.indexes.begin(), facts.indexes.end(), [&](const model::IndexFacts& index) {
        return index.primary && index.columns.size() == 1 && index.columns.front() == column;
      });
}

void Sort(std::vector<DiscoveredColumn>* columns) {
  std::sort(columns->begin(), columns->end(),
            [](const DiscoveredColumn& a, const DiscoveredColumn& b) {
              return a.score != b.score ? a.score > b.score : a.name < b.name;
            });
}

DiscoveredColumn Of(const model::TableFacts& facts, const model::Column& column) {
  DiscoveredColumn found;
  found.name = column.name;
  found.native_type = column.native_type;
  found.nullable = !column.not_null;
  found.primary = IsPrimaryKey(facts, column.name);
  return found;
}

void Give(int points, const char* reason, DiscoveredColumn* column) {
  column->score += points;
  column->reasons.emplace_back(reason);
}

Json CursorJson(const DiscoveredColumn& column) {
  return {{"column", column.name},          {"data_type", column.native_type},
          {"is_nullable", column.nullable}, {"is_primary_key", column.primary},
          {"score", column.score},          {"reasons", column.reasons}};
}

Json ChunkJson(const DiscoveredColumn& column) {
  return {{"column", column.name},
          {"data_type", column.native_type},
          {"is_primary_key", column.primary},
          {"score", column.score}};
}

// The words that other files of the program use for the ways to read.
std::string ModeWord(const Suggestion& suggestion) {
  return suggestion.keyset ? "keyset" : std::string(model::ToString(suggestion.mode));
}

Json TableJson(const DiscoveredTable& table) {
  const model::TableFacts& facts = table.facts;
  const auto cursors = CursorCandidates(facts);
  Json json;
  json["schema"] = facts.relation.table.schema;
  json["table"] = facts.relation.table.name;
  json["row_estimate"] = std::max<int64_t>(0, GuessRows(facts).rows);
  if (facts.bytes >= 0) json["total_bytes"] = facts.bytes;
  json["suggested_mode"] = ModeWord(table.suggestion);
  json["cursor_candidates"] = Json::array();
  for (const DiscoveredColumn& column : cursors)
    json["cursor_candidates"].push_back(CursorJson(column));
  if (const std::string fallback = FallbackColumn(facts, cursors); !fallback.empty())
    json["suggested_cursor_fallback_column"] = fallback;
  json["chunk_candidates"] = Json::array();
  for (const DiscoveredColumn& column : ChunkCandidates(facts))
    json["chunk_candidates"].push_back(ChunkJson(column));
  json["notes"] = table.notes;
  json["primary_key"] = Json::array();
  json["unique_keys"] = Json::array();
  for (const model::IndexFacts& index : facts.indexes) {
    if (index.primary) {
      json["primary_key"] = index.columns;
    } else if (index.unique) {
      json["unique_keys"].push_back(index.columns);
    }
  }
  json["columns"] = Json::array();
  for (const model::Column& column : facts.columns) {
    json["columns"].push_back({{"name", column.name},
                               {"data_type", column.native_type},
                               {"is_nullable", !column.not_null}});
  }
  return json;
}

}  // namespace

std::vector<DiscoveredColumn> CursorCandidates(const model::TableFacts& facts) {
  std::vector<DiscoveredColumn> found;
  const int columns = static_cast<int>(facts.columns.size());
  for (int i = 0; i < columns; ++i) {
    const model::Column& column = facts.columns[static_cast<size_t>(i)];
    DiscoveredColumn candidate = Of(facts, column);
    if (IsTime(column.type)) {
      Give(40, "timestamp_type", &candidate);
    } else if (IsInteger(column.type) && candidate.primary) {
      Give(25, "integer_monotonic", &candidate);
      candidate.reasons.emplace_back("primary_key");
    } else {
      continue;
    }
    if (column.name == "updated_at" || column.name == "modified_at")
      Give(40, "name_suggests_updated", &candidate);
    if (column.name == "created_at") Give(20, "name_suggests_created", &candidate);
    if (candidate.nullable) Give(-10, "nullable", &candidate);
    candidate.score += std::min(kPositionMax, columns - i);
    found.push_back(std::move(candidate));
  }
  Sort(&found);
  return found;
}

std::vector<DiscoveredColumn> ChunkCandidates(const model::TableFacts& facts) {
  std::vector<DiscoveredColumn> found;
  for (const model::Column& column : facts.columns) {
    if (!IsInteger(column.type)) continue;
    found.push_back(Of(facts, column));
    found.back().score = found.back().primary ? 60 : 20;
  }
  Sort(&found);
  return found;
}

std::string FallbackColumn(const model::TableFacts& facts,
                           const std::vector<DiscoveredColumn>& cursors) {
  if (cursors.empty() || !cursors.front().nullable) return "";
  for (const model::Column& column : facts.columns) {
    if (IsTime(column.type) && column.not_null && column.name != cursors.front().name)
      return column.name;
  }
  return "";
}

std::string DiscoveryText(const std::string& tool_version, const std::string& source_type,
                          const std::string& scope, const std::vector<DiscoveredTable>& tables) {
  Json json;
  json["rivet_version"] = tool_version;
  json["source_type"] = source_type;
  json["scope"] = scope;
  json["tables"] = Json::array();
  for (const DiscoveredTable& table : tables) json["tables"].push_back(TableJson(table));
  return JsonDocument(json);
}

}  // namespace rivet::command
