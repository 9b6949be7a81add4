#include "engine/reconcile_internal.h"

#include <map>
#include <utility>

#include "plan/plan.h"

namespace rivet::engine {
namespace {

// Differences that a message names; the report has more.
constexpr size_t kNamed = 3;
constexpr size_t kKept = 100;

Result<std::map<int64_t, int64_t>> ExportedRows(const Job& job) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, job.rooms.ledger.PartsOf(job.run.run_id));
  std::map<int64_t, int64_t> rows;
  for (const model::Part& part : parts) {
    if (part.status == model::PartStatus::kCommitted) rows[part.unit_index] += part.rows;
  }
  return rows;
}

}  // namespace

Result<model::Reconciliation> Reconcile(const Job& job, source::Source& source,
                                        const std::stop_token& stop) {
  const Rooms& rooms = job.rooms;
  ARROW_ASSIGN_OR_RAISE(const auto units, rooms.ledger.UnitsOf(job.run.run_id));
  ARROW_ASSIGN_OR_RAISE(const auto pieces, plan::CountPieces(job.plan, units));
  ARROW_ASSIGN_OR_RAISE(auto exported, ExportedRows(job));
  source::Pacer pacer(rooms.world, job.plan.tuning, job.plan.limits.batch_bytes_max);
  const source::ReadContext context{rooms.world,  stop,           pacer,
                                    rooms.budget, rooms.observer, job.plan.export_name};
  model::Reconciliation found;
  for (const plan::CountPiece& piece : pieces) {
    ARROW_ASSIGN_OR_RAISE(const int64_t there, source.Count(piece.query, context));
    int64_t here = 0;
    for (int64_t unit = piece.first_unit; unit <= piece.last_unit; ++unit) here += exported[unit];
    found.source_count += there;
    found.exported_rows += here;
    if (there == here) continue;
    ++found.differing;
    if (piece.name.empty() || found.differences.size() == kKept) continue;
    found.differences.push_back(piece.name + ": " + std::to_string(there) + " at the source, " +
                                std::to_string(here) + " exported");
  }
  found.matched = found.differing == 0;
  return found;
}

Status VerdictOf(const model::Reconciliation& reconciliation) {
  if (reconciliation.matched) return Status::OK();
  std::string text = "the source has " + std::to_string(reconciliation.source_count) +
                     " rows, and " + std::to_string(reconciliation.exported_rows) +
                     " were exported";
  for (size_t i = 0; i < reconciliation.differences.size() && i < kNamed; ++i)
    text += "; " + reconciliation.differences[i];
  if (reconciliation.differing > static_cast<int64_t>(kNamed)) {
    text += "; and " + std::to_string(reconciliation.differing - static_cast<int64_t>(kNamed)) +
            " more chunks";
  }
  return Fail(kSourceDiffers, text);
}

}  // namespace rivet::engine
