#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/copy_unit_internal.h"
#include "manifest/manifest.h"
#include "state/ledger.h"

namespace rivet::engine {

// What stands at a prefix: the manifest of the last successful run and its marker.
struct Books {
  std::optional<destination::Object> manifest_object, marker_object;
  std::optional<manifest::Manifest> manifest;
  std::string manifest_bytes;
  std::string marker;           // fingerprint in _SUCCESS; empty: absent or malformed
  bool marker_matches = false;  // of exactly these manifest bytes
};
// kInvalid when there is a manifest that cannot be read.
Result<Books> ReadBooks(destination::Destination& destination);

// M5: every part exists at its size.
Status CheckPresent(destination::Destination& destination, const std::vector<model::Part>& parts);

// The manifest of a run from what the ledger recorded: never from memory, so a resumed run names
// what the killed one wrote, and counts what it altered.
Result<manifest::Manifest> BuildManifest(const Job& job, const std::vector<model::Unit>& units,
                                         const std::vector<model::Part>& parts,
                                         std::string_view status,
                                         const std::string& previous_run_id,
                                         const std::string& tool_version);

// The end of a run, in this order and in one function: verdict, manifests/<run_id>.json,
// manifest.json, read back, _SUCCESS, ledger. Idempotent: a run that died in the middle is finished
// by calling it again. The end's status is kSuccess, or kSkipped for skip_empty without rows; its
// totals are those of the committed parts.
struct RunEnd {
  model::RunStatus status = model::RunStatus::kSkipped;
  int64_t rows = 0, files = 0, bytes = 0;
  std::vector<model::Altered> altered;
};
// Over the completed units: values that policies altered, by column and kind.
std::vector<model::Altered> AlteredOf(const std::vector<model::Unit>& units);
Result<RunEnd> FinishRun(const Job& job, const state::Lease& lease,
                         const std::string& tool_version);

// The end of a run that did not succeed: manifests/<run_id>.json with that status (a failure to
// write it is only logged), then the ledger. manifest.json and _SUCCESS go on describing the last
// successful run.
Status CloseUnfinished(const Job& job, const state::Lease& lease, model::RunStatus status,
                       const std::string& tool_version);

// Before a resumed run goes on (M8): temporary files of the dead process swept, every recorded part
// looked at (missing or of another size: its unit is done again), unrecorded objects of this run
// moved to _quarantine/<run_id>/.
Status ReconcileObjects(const Job& job, const state::Lease& lease);

}  // namespace rivet::engine
