#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/relation.h"
#include "model/unit.h"

namespace rivet::manifest {

inline constexpr FaultCode kInvalid{
    "RIVET_VALIDATE_MANIFEST_INVALID", FaultClass::kIntegrity,
    "The manifest is not one Rivet wrote; restore it from manifests/<run_id>.json."};
inline constexpr FaultCode kNewer{"RIVET_VALIDATE_MANIFEST_NEWER", FaultClass::kPermanent,
                                  "The manifest was written by a newer Rivet; upgrade this one."};

inline constexpr std::string_view kManifestKey = "manifest.json";
inline constexpr std::string_view kSuccessKey = "_SUCCESS";
std::string RunManifestKey(const std::string& run_id);  // manifests/<run_id>.json
inline constexpr int64_t kManifestBytesMax = 256LL << 20;

struct ManifestColumn {
  std::string name, source_type, logical_type, fidelity;
  bool nullable = true;
  std::vector<model::Altered> altered = {};  // each of this column; empty: every value is as it was
};

// manifest.json, version 1. Readers ignore fields they do not know.
struct Manifest {
  std::string run_id, export_name, started_at, finished_at;  // times RFC 3339 UTC
  std::string status;                                        // success, failed, interrupted
  std::string source_engine;
  std::optional<std::string> source_schema, source_table;  // none for a query
  std::string destination_kind, destination_uri;
  std::string format, compression, schema_fingerprint;
  int64_t row_count = 0, part_count = 0;  // over committed parts
  std::vector<model::Part> parts;         // part_id from 1
  std::vector<ManifestColumn> columns;
  std::string tool_version, previous_run_id, plan_fingerprint;
};

// Canonical bytes: the same manifest always gives the same ones. Ends with a line feed.
std::string ToBytes(const Manifest& manifest);
// Untrusted bytes. Fails with kInvalid naming field and place, kNewer on a later manifest_version.
// Part paths that leave the prefix (`..`, leading `/`, NUL) are invalid.
Result<Manifest> Parse(std::string_view bytes);

std::string SuccessBody(std::string_view manifest_bytes);  // "xxh3:<16 hex>\n"
std::optional<std::string> ParseSuccessBody(
    std::string_view body);  // the fingerprint, or malformed

// Sums, unique ids and paths, statuses: what a manifest must satisfy by itself. Empty = consistent.
std::vector<std::string> Inconsistencies(const Manifest& manifest);

}  // namespace rivet::manifest
