#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "manifest/manifest.h"

namespace rivet::manifest {
namespace {

constexpr int kVersion = 1;
constexpr int kIndent = 2;
constexpr std::string_view kHashPrefix = "xxh3:";
constexpr size_t kHashDigits = 16;

// Keeps its keys in the order in which they were set: the bytes are the same every time.
using Json = nlohmann::ordered_json;

Json OrNull(const std::optional<std::string>& text) {
  return text.has_value() ? Json(*text) : Json(nullptr);
}

Json PartJson(const model::Part& part) {
  return {{"part_id", part.part_id},
          {"path", part.path},
          {"rows", part.rows},
          {"size_bytes", part.bytes},
          {"content_fingerprint", part.fingerprint},
          {"status", model::ToString(part.status)},
          {"chunk", {{"index", part.unit_index}}}};
}

Json ColumnJson(const ManifestColumn& column) {
  Json json = {{"name", column.name},
               {"source_type", column.source_type},
               {"logical_type", column.logical_type},
               {"nullable", column.nullable},
               {"fidelity", column.fidelity}};
  if (column.altered.empty()) return json;
  json["altered"] = Json::array();
  for (const model::Altered& altered : column.altered) {
    json["altered"].push_back({{"policy", ToString(altered.what)},
                               {"action", ToString(altered.action)},
                               {"values", altered.values}});
  }
  return json;
}

}  // namespace

std::string RunManifestKey(const std::string& run_id) { return "manifests/" + run_id + ".json"; }

std::string ToBytes(const Manifest& manifest) {
  Json json;
  json["manifest_version"] = kVersion;
  json["run_id"] = manifest.run_id;
  json["export_name"] = manifest.export_name;
  json["started_at"] = manifest.started_at;
  json["finished_at"] = manifest.finished_at;
  json["status"] = manifest.status;
  json["source"] = {{"engine", manifest.source_engine},
                    {"schema", OrNull(manifest.source_schema)},
                    {"table", OrNull(manifest.source_table)}};
  json["destination"] = {{"kind", manifest.destination_kind}, {"uri", manifest.destination_uri}};
  json["format"] = manifest.format;
  json["compression"] = manifest.compression;
  json["schema_fingerprint"] = manifest.schema_fingerprint;
  json["row_count"] = manifest.row_count;
  json["part_count"] = manifest.part_count;
  json["parts"] = Json::array();
  for (const model::Part& part : manifest.parts) json["parts"].push_back(PartJson(part));
  if (!manifest.columns.empty()) {
    json["columns"] = Json::array();
    for (const ManifestColumn& column : manifest.columns)
      json["columns"].push_back(ColumnJson(column));
  }
  if (!manifest.tool_version.empty()) json["tool_version"] = manifest.tool_version;
  if (!manifest.previous_run_id.empty()) json["previous_run_id"] = manifest.previous_run_id;
  if (!manifest.plan_fingerprint.empty()) json["plan_fingerprint"] = manifest.plan_fingerprint;
  // A name that is no UTF-8 becomes replacement characters: an exception here would lose the whole
  // run's books.
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string SuccessBody(std::string_view manifest_bytes) {
  return FingerprintText(Xxh3(manifest_bytes)) + "\n";
}

std::optional<std::string> ParseSuccessBody(std::string_view body) {
  if (body.size() != kHashPrefix.size() + kHashDigits + 1 || body.back() != '\n')
    return std::nullopt;
  body.remove_suffix(1);
  if (body.substr(0, kHashPrefix.size()) != kHashPrefix) return std::nullopt;
  if (body.find_first_not_of("0123456789abcdef", kHashPrefix.size()) != std::string_view::npos)
    return std::nullopt;
  return std::string(body);
}

}  // namespace rivet::manifest
