#include <nlohmann/json.hpp>

#include <exception>
#include <limits>
#include <stdexcept>

#include "base/time_text.h"
#include "manifest/parse_internal.h"

namespace rivet::manifest {
namespace {

constexpr int64_t kVersion = 1;
constexpr int kDepthMax = 16;
constexpr size_t kPartsMax = 1'000'000;
constexpr size_t kColumnsMax = 10'000;
// Every value costs memory well above its bytes: a file of brackets must not become one of
// gigabytes.
constexpr int64_t kValuesMax = 10'000'000;
constexpr size_t kNameBytesMax = 4096;

using Json = nlohmann::json;

Status Invalid(const std::string& place, std::string_view what) {
  return Fail(kInvalid, "manifest: " + place + " " + std::string(what));
}

// One object of the document and where it stands, for messages: `parts[3].`.
class Section {
 public:
  Section(const Json& object, std::string place) : object_(object), place_(std::move(place)) {}

  Result<std::string> Text(const char* field, bool required = true) const {
    const auto value = object_.find(field);
    if (value == object_.end() && !required) return std::string();
    if (value == object_.end()) return Missing(field);
    if (!value->is_string()) return Invalid(place_ + field, "is not a text");
    const auto& text = value->get_ref<const std::string&>();
    if (text.find('\0') != std::string::npos) return Invalid(place_ + field, "holds a NUL byte");
    return text;
  }
  Result<std::optional<std::string>> TextOrNull(const char* field) const {
    const auto value = object_.find(field);
    if (value == object_.end() || value->is_null()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(std::string text, Text(field));
    return text;
  }
  Result<std::string> Time(const char* field) const {
    ARROW_ASSIGN_OR_RAISE(std::string text, Text(field));
    if (!ParseRfc3339(text)) return Invalid(place_ + field, "is not a time of RFC 3339 in UTC");
    return text;
  }
  Result<std::string> Fingerprint(const char* field) const {
    ARROW_ASSIGN_OR_RAISE(std::string text, Text(field));
    if (!ParseSuccessBody(text + "\n"))
      return Invalid(place_ + field, "is not xxh3: and 16 hexadecimal digits");
    return text;
  }
  Result<int64_t> Number(const char* field, int64_t least) const {
    const auto value = object_.find(field);
    if (value == object_.end()) return Missing(field);
    const bool fits =
        value->is_number_unsigned()
            ? value->get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())
            : value->is_number_integer();
    if (!fits || value->get<int64_t>() < least) {
      return Invalid(place_ + field, "is not a whole number from " + std::to_string(least));
    }
    return value->get<int64_t>();
  }
  Result<bool> Truth(const char* field) const {
    const auto value = object_.find(field);
    if (value == object_.end()) return Missing(field);
    if (!value->is_boolean()) return Invalid(place_ + field, "is neither true nor false");
    return value->get<bool>();
  }
  Result<Section> Inner(const char* field) const {
    const auto value = object_.find(field);
    if (value == object_.end()) return Missing(field);
    if (!value->is_object()) return Invalid(place_ + field, "is not an object");
    return Section(*value, place_ + field + ".");
  }
  bool Has(const char* field) const { return object_.contains(field); }
  // Calls `take` with each element, an object, in order.
  template <typename Take>
  Status Each(const char* field, size_t most, Take take) const {
    const auto value = object_.find(field);
    if (value == object_.end()) return Missing(field);
    if (!value->is_array()) return Invalid(place_ + field, "is not a list");
    if (value->size() > most)
      return Invalid(place_ + field, "has more than " + std::to_string(most) + " elements");
    for (size_t i = 0; i < value->size(); ++i) {
      const std::string place = place_ + field + "[" + std::to_string(i) + "]";
      if (!(*value)[i].is_object()) return Invalid(place, "is not an object");
      ARROW_RETURN_NOT_OK(take(Section((*value)[i], place + ".")));
    }
    return Status::OK();
  }
  const std::string& place() const { return place_; }

 private:
  Status Missing(const char* field) const { return Invalid(place_ + field, "is missing"); }

  const Json& object_;
  const std::string place_;
};

// A path that is joined to the prefix must stay below it.
bool IsSafePath(std::string_view path) {
  if (path.empty() || path.size() > kNameBytesMax) return false;
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (name.empty() || name == "." || name == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Result<model::Part> ParsePart(const Section& section) {
  model::Part part;
  ARROW_ASSIGN_OR_RAISE(part.part_id, section.Number("part_id", 1));
  ARROW_ASSIGN_OR_RAISE(part.path, section.Text("path"));
  if (!IsSafePath(part.path))
    return Invalid(section.place() + "path", "is not a path below the prefix");
  ARROW_ASSIGN_OR_RAISE(part.rows, section.Number("rows", 0));
  ARROW_ASSIGN_OR_RAISE(part.bytes, section.Number("size_bytes", 0));
  ARROW_ASSIGN_OR_RAISE(part.fingerprint, section.Fingerprint("content_fingerprint"));
  ARROW_ASSIGN_OR_RAISE(const std::string status, section.Text("status"));
  const auto known = model::PartStatusFrom(status);
  if (!known)
    return Invalid(section.place() + "status", "is not committed, quarantined or superseded");
  part.status = *known;
  if (section.Has("chunk")) {
    ARROW_ASSIGN_OR_RAISE(const Section chunk, section.Inner("chunk"));
    ARROW_ASSIGN_OR_RAISE(part.unit_index, chunk.Number("index", 0));
  }
  return part;
}

Status ParseParts(const Section& root, Manifest* manifest) {
  int64_t rows = 0, bytes = 0;
  return root.Each("parts", kPartsMax, [&](const Section& section) -> Status {
    ARROW_ASSIGN_OR_RAISE(model::Part part, ParsePart(section));
    if (__builtin_add_overflow(rows, part.rows, &rows) ||
        __builtin_add_overflow(bytes, part.bytes, &bytes)) {
      return Invalid(section.place() + "rows", "and those before it are more than can be counted");
    }
    manifest->parts.push_back(std::move(part));
    return Status::OK();
  });
}

Status ParseAltered(const Section& section, ManifestColumn* column) {
  if (!section.Has("altered")) return Status::OK();
  return section.Each("altered", kColumnsMax, [&](const Section& one) -> Status {
    model::Altered altered;
    altered.column = column->name;
    ARROW_ASSIGN_OR_RAISE(const std::string what, one.Text("policy"));
    ARROW_ASSIGN_OR_RAISE(const std::string action, one.Text("action"));
    ARROW_ASSIGN_OR_RAISE(altered.values, one.Number("values", 1));
    const auto known = model::SpecialValueFrom(what);
    const auto done = model::PolicyActionFrom(action);
    // Words of a later version: a reader ignores what it does not know.
    if (!known || !done) return Status::OK();
    altered.what = *known;
    altered.action = *done;
    column->altered.push_back(std::move(altered));
    return Status::OK();
  });
}

Status ParseColumns(const Section& root, Manifest* manifest) {
  if (!root.Has("columns")) return Status::OK();
  return root.Each("columns", kColumnsMax, [&](const Section& section) -> Status {
    ManifestColumn column;
    ARROW_ASSIGN_OR_RAISE(column.name, section.Text("name"));
    ARROW_ASSIGN_OR_RAISE(column.source_type, section.Text("source_type"));
    ARROW_ASSIGN_OR_RAISE(column.logical_type, section.Text("logical_type"));
    ARROW_ASSIGN_OR_RAISE(column.nullable, section.Truth("nullable"));
    ARROW_ASSIGN_OR_RAISE(column.fidelity, section.Text("fidelity"));
    ARROW_RETURN_NOT_OK(ParseAltered(section, &column));
    manifest->columns.push_back(std::move(column));
    return Status::OK();
  });
}

Status ParseHead(const Section& root, Manifest* manifest) {
  ARROW_ASSIGN_OR_RAISE(manifest->run_id, root.Text("run_id"));
  if (manifest->run_id.empty()) return Invalid("run_id", "is empty");
  ARROW_ASSIGN_OR_RAISE(manifest->export_name, root.Text("export_name"));
  ARROW_ASSIGN_OR_RAISE(manifest->started_at, root.Time("started_at"));
  ARROW_ASSIGN_OR_RAISE(manifest->finished_at, root.Time("finished_at"));
  ARROW_ASSIGN_OR_RAISE(manifest->status, root.Text("status"));
  if (manifest->status != "success" && manifest->status != "failed" &&
      manifest->status != "interrupted") {
    return Invalid("status", "is not success, failed or interrupted");
  }
  ARROW_ASSIGN_OR_RAISE(const Section source, root.Inner("source"));
  ARROW_ASSIGN_OR_RAISE(manifest->source_engine, source.Text("engine"));
  ARROW_ASSIGN_OR_RAISE(manifest->source_schema, source.TextOrNull("schema"));
  ARROW_ASSIGN_OR_RAISE(manifest->source_table, source.TextOrNull("table"));
  ARROW_ASSIGN_OR_RAISE(const Section destination, root.Inner("destination"));
  ARROW_ASSIGN_OR_RAISE(manifest->destination_kind, destination.Text("kind"));
  ARROW_ASSIGN_OR_RAISE(manifest->destination_uri, destination.Text("uri"));
  ARROW_ASSIGN_OR_RAISE(manifest->format, root.Text("format"));
  ARROW_ASSIGN_OR_RAISE(manifest->compression, root.Text("compression"));
  ARROW_ASSIGN_OR_RAISE(manifest->schema_fingerprint, root.Fingerprint("schema_fingerprint"));
  ARROW_ASSIGN_OR_RAISE(manifest->row_count, root.Number("row_count", 0));
  ARROW_ASSIGN_OR_RAISE(manifest->part_count, root.Number("part_count", 0));
  ARROW_ASSIGN_OR_RAISE(manifest->tool_version, root.Text("tool_version", false));
  ARROW_ASSIGN_OR_RAISE(manifest->previous_run_id, root.Text("previous_run_id", false));
  return root.Text("plan_fingerprint", false).Value(&manifest->plan_fingerprint);
}

// The one place that calls the library with bytes from outside; its exceptions end here.
Result<Json> ParseJson(std::string_view bytes, int64_t values_max) {
  int64_t values = 0;
  const auto guard = [&values, values_max](int depth, Json::parse_event_t, const Json&) {
    if (depth > kDepthMax) throw std::length_error("is nested too deep");
    if (++values > values_max) throw std::length_error("has too many values");
    return true;
  };
  try {
    return Json::parse(bytes.begin(), bytes.end(), guard);
  } catch (const std::length_error& error) {
    return Invalid("the document", error.what());
  } catch (const Json::parse_error& error) {
    return Invalid("byte " + std::to_string(error.byte), "is where it stops being JSON");
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("no memory for the manifest");
  } catch (const std::exception& error) {
    return Invalid("the document", std::string("cannot be read: ") + error.what());
  }
}

}  // namespace

Result<Manifest> Parse(std::string_view bytes) { return ParseWithin(bytes, kValuesMax); }

Result<Manifest> ParseWithin(std::string_view bytes, int64_t values_max) {
  if (static_cast<int64_t>(bytes.size()) > kManifestBytesMax) {
    return Invalid("the document",
                   "is larger than " + std::to_string(kManifestBytesMax) + " bytes");
  }
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(bytes, values_max));
  if (!json.is_object()) return Invalid("the document", "is not an object");
  const Section root(json, "");
  ARROW_ASSIGN_OR_RAISE(const int64_t version, root.Number("manifest_version", 1));
  if (version > kVersion) {
    return Fail(kNewer, "the manifest has version " + std::to_string(version) +
                            "; this program reads " + std::to_string(kVersion));
  }
  Manifest manifest;
  ARROW_RETURN_NOT_OK(ParseHead(root, &manifest));
  ARROW_RETURN_NOT_OK(ParseParts(root, &manifest));
  ARROW_RETURN_NOT_OK(ParseColumns(root, &manifest));
  return manifest;
}

}  // namespace rivet::manifest
