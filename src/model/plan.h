#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/facts.h"
#include "model/query.h"
#include "model/settings.h"
#include "model/unit.h"

namespace rivet::model {

enum class Mode { kFull, kChunked };
std::string_view ToString(Mode mode);

// What windows of a chunked export are cut by.
enum class Cut {
  kWidth,  // chunk_size key units each: integers
  kDays,   // chunk_days calendar days each, UTC: dates and timestamps
  kKeys,   // at keys of the relation that end about chunk_size rows each: any ordered key
};

struct PlanWarning {
  std::string rule;  // stable id: `chunk-column-chosen`
  std::string message;
};

// An export after the catalog was asked: pure data. The same one is printed by --dry-run and
// executed by run.
struct Plan {
  std::string export_name;
  Mode mode = Mode::kFull;
  Relation relation;
  std::string source_engine;
  std::vector<Column> columns;
  std::string schema_fingerprint;  // xxh3:<hex> over name and type, order-independent

  // How a unit becomes a query.
  std::vector<KeyColumn> chunk_key;  // chunked: the one column windows are cut on
  Cut cut = Cut::kWidth;
  int64_t chunk_size = 100'000;        // kWidth: width in key units; kKeys: rows
  std::optional<int64_t> chunk_count;  // kWidth: as many windows instead; chunk_size follows
  int64_t chunk_days = 0;              // kDays
  bool keyset = false;                 // kKeys along a unique key: parts are named so
  std::vector<KeyColumn> page_key;
  std::vector<KeyColumn> row_key;  // what names a row in errors; empty where no key is known
  bool may_renew_snapshot = false;
  bool whole_heap = false;
  // What rows are counted along afterwards; empty: nothing is unique. And whether unit by unit, or
  // all units at once, because no index leads with the chunk column and each unit would cost a
  // scan.
  std::vector<KeyColumn> count_key;
  bool count_by_unit = true;
  Limits limits;

  std::vector<Unit> units;
  std::string strategy;          // `full-scan`, `chunked(id, size=100000)`
  std::string plan_fingerprint;  // `v2:<16 hex>`; what --resume compares

  FormatSettings format;
  MetaColumns meta;
  std::optional<int64_t> max_file_bytes;
  bool skip_empty = false;
  bool checkpoint = false;
  int parallel = 1;
  int unit_attempts_max = 4;
  Tuning tuning;

  std::string destination_type;  // local
  std::string destination_root;  // absolute, placeholders still in it
  int64_t row_estimate = -1;
  std::vector<PlanWarning> warnings;
};

}  // namespace rivet::model
