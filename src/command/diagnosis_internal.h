#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "model/facts.h"
#include "model/plan.h"

namespace rivet::command {

struct DiagnosisWarning {
  std::string rule, severity, message;  // severity: low, medium, high
};

// What `check` says of one export. Pure: facts in, advice out.
struct Diagnosis {
  std::string export_name, strategy, mode, scan, range, chunk_column, verdict, profile, suggestion;
  std::string parallelism_why;  // empty: not chunked
  int64_t row_estimate = -1, row_bytes = -1, statement_bytes = -1, snapshot_seconds = -1;
  int parallelism = 1, max_connections = 0;
  bool indexed = false;
  std::vector<DiagnosisWarning> warnings;
};

Diagnosis Diagnose(const engine::Prepared& prepared, const model::QueryCost& cost);

// For people, with the labels of the specification; ends with a line feed.
std::string DiagnosisText(const Diagnosis& diagnosis);

}  // namespace rivet::command
