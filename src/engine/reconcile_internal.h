#pragma once

#include <stop_token>

#include "engine/copy_unit_internal.h"
#include "model/run.h"

namespace rivet::engine {

// Counts at the source what the run's units cover, one short statement after the other, and
// compares it with the rows of their committed parts. For a run whose books are closed: it changes
// nothing. A failure means that it could not be counted.
Result<model::Reconciliation> Reconcile(const Job& job, source::Source& source,
                                        const std::stop_token& stop);

// kSourceDiffers, with both counts and the units where they differ.
Status VerdictOf(const model::Reconciliation& reconciliation);

}  // namespace rivet::engine
