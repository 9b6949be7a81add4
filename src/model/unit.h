#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "model/value_policies.h"

namespace rivet::model {

enum class PartStatus { kCommitted, kQuarantined, kSuperseded };
std::string_view ToString(PartStatus status);
std::optional<PartStatus> PartStatusFrom(std::string_view word);

// One file at the destination. Identity: (path, bytes, fingerprint).
struct Part {
  int64_t part_id = 0;  // from 1, unique within its run; 0 until the manifest numbers it
  std::string path;     // relative to the run's prefix
  int64_t rows = 0;
  int64_t bytes = 0;
  std::string fingerprint;  // xxh3:<16 hex> of the bytes
  PartStatus status = PartStatus::kCommitted;
  int64_t unit_index = 0;
  WallMicros created_at = 0;
  bool operator==(const Part&) const = default;
};

enum class UnitStatus { kPending, kRunning, kCompleted, kFailed };
std::string_view ToString(UnitStatus status);
std::optional<UnitStatus> UnitStatusFrom(std::string_view word);

// What is claimed, retried, committed and resumed as one. Keys are the ledger's text form, both
// ends inclusive: decimal integers for a range, `NULL` twice for the rows without a key, empty
// twice for the whole export. Windows cut by days count days since 1970-01-01, both ends inclusive.
// Windows cut at keys are `>` and the key before the first, or empty, and `<=` and the last key.
struct Unit {
  int64_t index = 0;  // from 0
  std::string start_key, end_key;
  UnitStatus status = UnitStatus::kPending;
  int attempts = 0;  // failures so far
  std::string last_error;
  std::optional<int64_t> rows;
  std::string file_name;              // first part; empty for an empty unit
  std::vector<Altered> altered = {};  // of a completed unit
  WallMicros updated_at = 0;
};
inline constexpr std::string_view kNullUnitKey = "NULL";

// The end of one unit: parts and unit are recorded in one transaction, or nothing is.
struct UnitCommit {
  std::string run_id;
  int64_t unit_index = 0;
  std::vector<Part> parts;            // durable and visible; empty for a unit without rows
  int64_t rows = 0;                   // sum over parts
  std::vector<int64_t> null_counts;   // one per result column
  std::vector<Altered> altered = {};  // values that a policy altered, in these parts
};

}  // namespace rivet::model
