#include "disk.h"

#include <algorithm>
#include <sstream>

#include "base/hash.h"

namespace rivet::sim {
namespace {

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// `root` of file:///… as the destination's uri says it.
std::string RootOf(const model::Run& run) {
  return run.destination_uri.substr(std::string("file://").size());
}

// Rows of all committed parts, in order of the manifest.
Rows ReadParts(Disk* disk, const std::string& root, const manifest::Manifest& manifest) {
  Rows rows;
  for (const model::Part& part : manifest.parts) {
    if (part.status != model::PartStatus::kCommitted) continue;
    const auto object = disk->objects.find(root + "/" + part.path);
    if (object == disk->objects.end()) continue;
    const auto& content = disk->ContentOf(&object->second).rows;
    if (!content) continue;
    if (static_cast<int64_t>(content->size()) != part.rows) {
      disk->Broken("P5: " + part.path + " holds " + std::to_string(content->size()) +
                   " rows, the manifest says " + std::to_string(part.rows));
    }
    rows.insert(rows.end(), content->begin(), content->end());
  }
  return rows;
}

void CheckRows(Disk* disk, const std::string& run_id, const Rows& rows) {
  std::set<int64_t> ids;
  for (const Row& row : rows) {
    if (!ids.insert(row.id).second)
      disk->Broken("P2: row " + std::to_string(row.id) + " twice in run " + run_id);
    if (!disk->table.EverHeld(row))
      disk->Broken("P6: row " + LineOf(row) + " was never in the table");
  }
  for (int64_t id : disk->table.ThereSince(disk->began_at[run_id])) {
    if (ids.count(id) == 0)
      disk->Broken("P1: row " + std::to_string(id) + " is in no part of run " + run_id);
  }
}

// The manifest says what the ledger recorded: neither a part of a failed attempt nor one less.
void CheckAgainstLedger(Disk* disk, const manifest::Manifest& manifest, int64_t rows) {
  const LedgerRun* run = disk->FindRun(manifest.run_id);
  if (run == nullptr) return disk->Broken("P5: the ledger knows no run " + manifest.run_id);
  int64_t unit_rows = 0;
  for (const model::Unit& unit : run->units) {
    if (unit.status != model::UnitStatus::kCompleted) {
      disk->Broken("P5: unit " + std::to_string(unit.index) + " is " +
                   std::string(ToString(unit.status)) + " in a run with a success manifest");
    }
    unit_rows += unit.rows.value_or(0);
  }
  std::set<std::string> recorded, named;
  for (const model::Part& part : run->parts) {
    if (part.status == model::PartStatus::kCommitted) recorded.insert(part.path);
  }
  for (const model::Part& part : manifest.parts) {
    if (part.status == model::PartStatus::kCommitted) named.insert(part.path);
  }
  if (recorded != named) disk->Broken("P2: the manifest names other parts than the ledger");
  if (unit_rows != rows || manifest.row_count != rows) {
    disk->Broken("P5: units " + std::to_string(unit_rows) + ", manifest " +
                 std::to_string(manifest.row_count) + ", files " + std::to_string(rows) + " rows");
  }
}

}  // namespace

std::optional<Rows> DecodeFile(const std::string& bytes) {
  std::istringstream in(bytes);
  std::string line;
  if (!std::getline(in, line) || line != "SIM") return std::nullopt;
  Rows rows;
  while (std::getline(in, line)) {
    if (line.compare(0, 4, "END ") == 0) {
      const bool last = in.peek() == std::istringstream::traits_type::eof() && bytes.back() == '\n';
      if (!last || line != "END " + std::to_string(rows.size())) return std::nullopt;
      return rows;
    }
    const auto row = RowOf(line);
    if (!row) return std::nullopt;
    rows.push_back(*row);
  }
  return std::nullopt;
}

void CheckParts(Disk* disk, const std::string& root, const std::vector<model::Part>& parts,
                bool forgiving) {
  for (const model::Part& part : parts) {
    if (part.status != model::PartStatus::kCommitted) continue;
    const auto object = disk->objects.find(root + "/" + part.path);
    if (object == disk->objects.end()) {
      if (forgiving && disk->stolen.count(root + "/" + part.path) > 0) continue;
      disk->Broken("P4: " + part.path + " is recorded and does not exist");
      continue;
    }
    const std::string& bytes = object->second.bytes;
    if (static_cast<int64_t>(bytes.size()) != part.bytes) disk->Broken("P4: size of " + part.path);
    if (FingerprintText(Xxh3(bytes)) != part.fingerprint)
      disk->Broken("P4: fingerprint of " + part.path);
  }
}

const Content& Disk::ContentOf(StoredObject* object) {
  if (object->content == nullptr) {
    auto content = std::make_shared<Content>();
    content->rows = DecodeFile(object->bytes);
    if (!content->rows) {
      auto parsed = manifest::Parse(object->bytes);
      if (parsed.ok()) content->manifest = std::move(*parsed);
    }
    object->content = std::move(content);
  }
  return *object->content;
}

void CheckDataset(Disk* disk, const std::string& root) {
  const auto object = disk->objects.find(root + "/" + std::string(manifest::kManifestKey));
  if (object == disk->objects.end()) return disk->Broken("P5: success without manifest.json");
  const auto parsed = disk->ContentOf(&object->second).manifest;
  if (!parsed) return disk->Broken("P5: manifest.json cannot be parsed");
  if (parsed->status != "success")
    disk->Broken("P5: success beside a manifest that says " + parsed->status);
  for (const std::string& why : manifest::Inconsistencies(*parsed))
    disk->Broken("P5: manifest.json: " + why);
  CheckParts(disk, root, parsed->parts);
  const Rows rows = ReadParts(disk, root, *parsed);
  CheckRows(disk, parsed->run_id, rows);
  CheckAgainstLedger(disk, *parsed, static_cast<int64_t>(rows.size()));
}

void CheckRest(Disk* disk) {
  for (auto& [name, object] : disk->objects) {
    if (EndsWith(name, ".parquet") && !disk->ContentOf(&object).rows) {
      disk->Broken("P3: torn file " + name);
    }
    if (name.find("/manifests/") == std::string::npos) continue;
    const auto& parsed = disk->ContentOf(&object).manifest;
    if (!parsed || !EndsWith(name, "/" + manifest::RunManifestKey(parsed->run_id))) {
      disk->Broken("P3: torn or foreign run manifest " + name);
      continue;
    }
    // Earlier datasets stay whole: nothing is deleted or moved away under them.
    if (parsed->status != "success") continue;
    CheckParts(disk, name.substr(0, name.find("/manifests/")), parsed->parts, true);
  }
  for (const LedgerRun& run : disk->runs) {
    for (const model::Unit& unit : run.units) {
      if (unit.status != model::UnitStatus::kCompleted) continue;
      std::vector<model::Part> parts;
      for (const model::Part& part : run.parts) {
        if (part.unit_index == unit.index) parts.push_back(part);
      }
      CheckParts(disk, RootOf(run.run), parts, true);
    }
  }
}

}  // namespace rivet::sim
