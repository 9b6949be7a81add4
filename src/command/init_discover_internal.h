#pragma once

#include <string>
#include <vector>

#include "command/init_heuristics_internal.h"
#include "model/facts.h"

namespace rivet::command {

// A column that could say what is new, or be cut on, and how good it is at that.
struct DiscoveredColumn {
  std::string name, native_type;
  bool nullable = false, primary = false;
  int score = 0;
  std::vector<std::string> reasons;
};

// Dates, timestamps and an integer primary key; the best first.
std::vector<DiscoveredColumn> CursorCandidates(const model::TableFacts& facts);
// Integer columns; the best first.
std::vector<DiscoveredColumn> ChunkCandidates(const model::TableFacts& facts);
// The first NOT NULL date or timestamp beside the best cursor; empty where that has no NULLs.
std::string FallbackColumn(const model::TableFacts& facts,
                           const std::vector<DiscoveredColumn>& cursors);

// What `init --discover` writes, for programs.
struct DiscoveredTable {
  model::TableFacts facts;
  Suggestion suggestion;
  std::vector<std::string> notes;
};
std::string DiscoveryText(const std::string& tool_version, const std::string& source_type,
                          const std::string& scope, const std::vector<DiscoveredTable>& tables);

}  // namespace rivet::command
