#pragma once

#include <memory>

#include "process.h"
#include "source/source.h"

namespace rivet::sim {

// How the simulated table looks to the catalog.
struct TableShape {
  bool null_keys =
      false;  // the chunk column is `key`, nullable and without index; else `id`, the primary key
  bool heap_blocks = false;  // may be read by blocks: a full export has no page key
};

// A session with the simulated server: pages of a few rows from snapshots of disk.table, failures
// of every class at every call, other people's writes in between. Checks that it is used by one
// thread at a time and not beside its reader.
Result<std::unique_ptr<source::Source>> OpenFakeSource(Process* process, const TableShape& shape);

}  // namespace rivet::sim
