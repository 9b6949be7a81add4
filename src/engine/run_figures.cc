#include <algorithm>
#include <variant>

#include "engine/run_figures_internal.h"

namespace rivet::engine {

void RunFigures::On(const model::Event& event) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto* statement = std::get_if<model::StatementDone>(&event)) {
      ++statements_;
      longest_statement_us_ = std::max(longest_statement_us_, statement->micros);
      bytes_read_ += statement->bytes;
    } else if (const auto* snapshot = std::get_if<model::SnapshotEnded>(&event)) {
      longest_snapshot_us_ = std::max(longest_snapshot_us_, snapshot->micros);
    } else if (std::holds_alternative<model::RetryPlanned>(event)) {
      ++retries_;
    } else if (std::holds_alternative<model::UnitDone>(event)) {
      ++units_done_;
    } else if (const auto* warned = std::get_if<model::Warned>(&event)) {
      warnings_.emplace_back(warned->rule, warned->message);
    }
  }
  next_.On(event);
}

void RunFigures::FillIn(model::RunResult* result) const {
  const std::lock_guard lock(mutex_);
  result->statements = statements_;
  result->longest_statement_ms = longest_statement_us_ / 1000;
  result->longest_snapshot_ms = longest_snapshot_us_ / 1000;
  result->bytes_read = bytes_read_;
  result->retries = retries_;
  result->units_done = units_done_;
  result->warnings = warnings_;
}

}  // namespace rivet::engine
