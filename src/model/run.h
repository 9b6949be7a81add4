#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "model/unit.h"

namespace rivet::model {

// Words of status are used everywhere in exactly this form.
enum class RunStatus { kRunning, kSuccess, kFailed, kSkipped, kInterrupted };
std::string_view ToString(RunStatus status);
std::optional<RunStatus> RunStatusFrom(std::string_view word);

// One execution of one export, as the ledger holds it.
struct Run {
  std::string run_id;
  std::string export_name;
  std::string plan_fingerprint;
  std::string mode;             // full, chunked
  std::string stamp;            // YYYYMMDD_HHMMSS, once per run: a resume keeps it
  std::string destination_uri;  // resolved once: file:///…
  std::string format, compression;
  bool checkpoint = false;  // --resume may continue it
  bool open = true;         // false once finished or given up
  int unit_attempts_max = 4;
  WallMicros created_at = 0, updated_at = 0;
};

// What reading back found at the destination, where it was asked for and could be done.
struct Validation {
  bool passed = false;
  int64_t parts_verified = 0, parts_failed = 0;
  std::vector<std::string> failures;  // `part_missing a.parquet`
};

// Rows at the source, counted after the run, beside those of the run's files.
struct Reconciliation {
  int64_t source_count = 0, exported_rows = 0;
  bool matched = false;                  // in sum and in each unit
  int64_t differing = 0;                 // units, or groups of units counted together
  std::vector<std::string> differences;  // `chunk 3 [201..300]: 99 at the source, 100 exported`
};

// What the run left behind, for history and for people.
struct RunResult {
  std::string run_id;
  std::string export_name;
  std::string mode;
  RunStatus status = RunStatus::kFailed;
  bool lost = false;  // the process that ran it ended without a last word
  std::string skip_reason;
  int64_t rows = 0, files = 0, bytes = 0, bytes_read = 0;
  int64_t duration_ms = 0, peak_rss_mb = 0, retries = 0;
  int64_t units_total = 0, units_done = 0, units_skipped = 0;
  int64_t longest_statement_ms = 0, statements = 0, longest_snapshot_ms = 0;
  int64_t batch_size = 0;
  std::string source_engine, destination_kind;
  std::string tuning_profile, format, compression, output_uri, schema_fingerprint;
  std::optional<Validation> validation;
  std::optional<Reconciliation> reconciliation;
  std::string error_code, error_message;
  std::vector<Altered> altered;  // in the files that count, those of earlier processes included
  std::vector<std::pair<std::string, std::string>> warnings;  // rule, message
  WallMicros started_at = 0, finished_at = 0;
};

// The end of a run in the ledger: verdict and closing of the in-flight record in one transaction.
struct RunCommit {
  std::string run_id;
  RunStatus status = RunStatus::kSuccess;
};

}  // namespace rivet::model
