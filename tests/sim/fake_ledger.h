#pragma once

#include <memory>

#include "process.h"
#include "state/ledger.h"

namespace rivet::sim {

// The ledger's contract in memory: each call one transaction on disk.runs and disk.leases, fenced
// by the lease. Looks at the destination while units and runs are closed: the ledger may never be
// ahead of it.
std::unique_ptr<state::Ledger> MakeFakeLedger(Process* process);

}  // namespace rivet::sim
