#include <string>
#include <unordered_set>

#include "manifest/manifest.h"

namespace rivet::manifest {
namespace {

// A wrecked manifest of a million parts is described by its first faults.
constexpr size_t kFaultsMax = 20;

bool IsBookKeeping(const std::string& path) {
  return path == kManifestKey || path == kSuccessKey || path.compare(0, 10, "manifests/") == 0;
}

}  // namespace

std::vector<std::string> Inconsistencies(const Manifest& manifest) {
  std::vector<std::string> faults;
  const auto add = [&faults](std::string fault) {
    if (faults.size() < kFaultsMax) faults.push_back(std::move(fault));
  };
  std::unordered_set<int64_t> ids;
  std::unordered_set<std::string_view> paths;
  int64_t rows = 0, parts = 0;
  bool counts = true;
  for (const model::Part& part : manifest.parts) {
    const std::string name = "part " + std::to_string(part.part_id);
    if (part.part_id < 1) add(name + " has no id from 1");
    if (!ids.insert(part.part_id).second) add(name + " is there twice");
    if (!paths.insert(part.path).second) add(name + " has the path of another part, " + part.path);
    if (part.path.empty() || IsBookKeeping(part.path))
      add(name + " cannot be at '" + part.path + "'");
    if (part.rows < 0 || part.bytes < 0) add(name + " has a negative size");
    if (part.status != model::PartStatus::kCommitted) continue;
    ++parts;
    counts = !__builtin_add_overflow(rows, part.rows, &rows) && counts;
  }
  if (!counts) add("the rows of the committed parts are more than can be counted");
  if (counts && rows != manifest.row_count) {
    add("row_count is " + std::to_string(manifest.row_count) + ", the committed parts have " +
        std::to_string(rows));
  }
  if (parts != manifest.part_count) {
    add("part_count is " + std::to_string(manifest.part_count) + ", there are " +
        std::to_string(parts) + " committed parts");
  }
  if (manifest.status != "success" && manifest.status != "failed" &&
      manifest.status != "interrupted") {
    add("the status is '" + manifest.status + "'");
  }
  return faults;
}

}  // namespace rivet::manifest
