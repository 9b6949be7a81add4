#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "model/run.h"
#include "model/unit.h"

namespace rivet::model {

// What the engine and the drivers tell: one typed event a thing. Progress, journal and history
// listen.
struct RunStarted {
  std::string export_name, run_id, mode, tuning_label;
  int64_t units_total = 0, units_done = 0, row_estimate = -1;
  bool resumed = false;
  int64_t batch_size = 0;
};
struct StatementDone {
  std::string export_name;
  int64_t rows = 0, bytes = 0, micros = 0;
};
struct SnapshotEnded {
  std::string export_name;
  int64_t micros = 0;
};
struct RowsRead {
  std::string export_name;
  int64_t rows = 0, bytes = 0;
};
struct UnitStarted {
  std::string export_name, start_key, end_key;
  int64_t unit_index = 0;
};
struct UnitDone {
  std::string export_name, file_name;
  int64_t unit_index = 0, rows = 0;
};
struct UnitFailed {
  std::string export_name, error;
  int64_t unit_index = 0;
  int attempt = 0;
};
struct RetryPlanned {
  std::string export_name, reason;
  int attempt = 0;
  int64_t backoff_ms = 0;
};
struct PartWritten {
  std::string export_name;
  Part part;
};
struct Validated {
  std::string export_name;
  Validation validation;
};
struct Reconciled {
  std::string export_name;
  Reconciliation reconciliation;
};
struct Warned {
  std::string export_name, rule, message;
};
struct RunEnded {
  RunResult result;
};

using Event =
    std::variant<RunStarted, StatementDone, SnapshotEnded, RowsRead, UnitStarted, UnitDone,
                 UnitFailed, RetryPlanned, PartWritten, Validated, Reconciled, Warned, RunEnded>;

// The one callback path. Called from worker threads, so implementations lock; they never block on
// I/O to the source and never fail the run.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void On(const Event& event) = 0;
};

}  // namespace rivet::model
