#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "engine/copy_unit_internal.h"
#include "state/ledger.h"

namespace rivet::engine {

// Claims and copies units until none is left, with `workers` pairs of threads. `first` is a session
// that is open already and becomes the first worker's. Returns the error that ended the run at once
// (permanent, integrity, lost lease, stop); units that failed for good after their attempts are
// left in the ledger for the caller to see.
Status CopyUnits(const Job& job, const state::Lease& lease, const OpenSource& open_source,
                 std::unique_ptr<source::Source> first, int workers, std::stop_source stop);

// The wait before attempt `attempt` + 1 after `failure`: doubling, capped at 5 minutes, up to 20 %
// jitter, and more where the server asked for patience. Milliseconds.
int64_t BackoffMs(const model::Tuning& tuning, int attempt, const Status& failure, uint64_t random);

}  // namespace rivet::engine
