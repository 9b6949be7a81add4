#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "config/config.h"
#include "model/facts.h"
#include "model/plan.h"

namespace rivet::plan {

inline constexpr FaultCode kNoChunkColumn{
    "RIVET_PLAN_NO_CHUNK_COLUMN", FaultClass::kPermanent,
    "Set chunk_column to an integer column, or use mode: full."};
inline constexpr FaultCode kBadChunkColumn{"RIVET_PLAN_BAD_CHUNK_COLUMN", FaultClass::kPermanent,
                                           "Choose an integer column, or use mode: full."};
inline constexpr FaultCode kTooManyUnits{
    "RIVET_PLAN_TOO_MANY_UNITS", FaultClass::kPermanent,
    "Raise chunk_size: windows are cut on the key's range, not on rows."};
inline constexpr FaultCode kBadUnitKeys{
    "RIVET_PLAN_BAD_UNIT_KEYS", FaultClass::kIntegrity,
    "The state was edited; remove the run with state reset-chunks."};
inline constexpr FaultCode kMetaColumnClash{
    "RIVET_PLAN_META_COLUMN_CLASH", FaultClass::kPermanent,
    "Switch the meta column off, or rename the source's column in a query."};
inline constexpr int64_t kUnitsMax = 1'000'000;

// Pure: no connection, no clock, no file. Facts in, plan out; two steps, because bounds of the
// chunk column are asked only once it is known.
//
// Step 1: everything but the units. Decides mode (a chunked table whose estimate is known and at
// most chunk_size becomes full), chunk column, paging key, settings. Columns come with overrides
// applied. `keep_mode`: a resumed run's own mode, so that new statistics cannot change it.
Result<model::Plan> Draft(const config::Config& config, const config::Export& item,
                          const model::TableFacts& facts, const model::ServerFacts& server,
                          std::optional<model::Mode> keep_mode = std::nullopt);
// True when step 2 wants Bounds of DraftQuery(draft).
bool NeedsBounds(const model::Plan& draft);
// True when it wants CutPoints of it instead, in pieces of draft.chunk_size rows.
bool NeedsCutPoints(const model::Plan& draft);
// Step 2: the units. Every key between min and max falls in exactly one window, in order; NULL keys
// get one more; no rows, no units (chunked).
Result<model::Plan> Finish(model::Plan draft, const model::KeyFacts& keys);

// The query of one unit; fails with kBadUnitKeys on keys that are not of this plan.
Result<model::BoundedQuery> QueryOf(const model::Plan& plan, const model::Unit& unit);
// The query whose Bounds or Explain concern the whole export.
model::BoundedQuery WholeQuery(const model::Plan& plan);

// Rows that are counted at once when a run is compared with its source: one unit, or all units
// that are ranges of a key.
struct CountPiece {
  std::string name;  // `chunk 3 [201..300]`, `chunks 0 to 9`; empty: the whole export
  model::BoundedQuery query;
  int64_t first_unit = 0, last_unit = 0;
};
// Each unit is in one piece, in order. `units` are those of the ledger; kBadUnitKeys.
Result<std::vector<CountPiece>> CountPieces(const model::Plan& plan,
                                            const std::vector<model::Unit>& units);
// `chunk 3 [201..300]`, with days as dates; empty where the unit is the whole export.
std::string UnitName(const model::Plan& plan, const model::Unit& unit);

// What --resume compares: query or table, key, size, format, overrides, meta columns, destination
// root. `v2:<hex>`.
std::string Fingerprint(const model::Plan& plan, const config::Export& item);

// True when a key of this type can be ordered and written as a literal: what pages may be cut
// along.
bool IsPageable(const model::Column& column);

}  // namespace rivet::plan
