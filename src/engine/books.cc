#include <algorithm>
#include <set>
#include <utility>

#include "base/fault_point.h"
#include "base/hash.h"
#include "engine/books_internal.h"
#include "types/schema.h"

namespace rivet::engine {
namespace {

constexpr int64_t kMarkerBytesMax = 4096;

std::vector<manifest::ManifestColumn> ColumnsOf(const model::Plan& plan,
                                                const std::vector<model::Altered>& altered) {
  std::vector<manifest::ManifestColumn> columns;
  for (const model::Column& column : plan.columns) {
    manifest::ManifestColumn told{column.name, column.native_type, model::ToString(column.type),
                                  std::string(model::ToString(model::FidelityOf(column.type)))};
    told.nullable = !column.not_null || model::MayBecomeNull(column.policies);
    for (const model::Altered& one : altered) {
      if (one.column == column.name) told.altered.push_back(one);
    }
    columns.push_back(std::move(told));
  }
  return columns;
}

std::vector<model::Part> Committed(std::vector<model::Part> parts) {
  std::erase_if(
      parts, [](const model::Part& part) { return part.status != model::PartStatus::kCommitted; });
  return parts;
}

// P5: rows fetched = rows written = sum of the manifest, and I6: no unit left.
Status CheckVerdict(const std::vector<model::Unit>& units, const std::vector<model::Part>& parts) {
  int64_t unit_rows = 0;
  for (const model::Unit& unit : units) {
    if (unit.status != model::UnitStatus::kCompleted) {
      return Fail(kInternalBug,
                  "unit " + std::to_string(unit.index) + " is not completed at the end of the run");
    }
    unit_rows += unit.rows.value_or(0);
  }
  int64_t part_rows = 0;
  for (const model::Part& part : parts) part_rows += part.rows;
  if (unit_rows != part_rows) {
    return Fail(kRowsDiffer, "units hold " + std::to_string(unit_rows) + " rows, their files " +
                                 std::to_string(part_rows));
  }
  return Status::OK();
}

// Puts bytes at a name, replacing what `head` saw there; nothing to do when they are there already.
Status PutOver(destination::Destination& destination, const std::string& key,
               const std::string& bytes, const std::optional<destination::Object>& head) {
  if (head.has_value() && head->bytes == static_cast<int64_t>(bytes.size())) {
    ARROW_ASSIGN_OR_RAISE(const std::string there,
                          destination.GetBytes(key, manifest::kManifestBytesMax));
    if (there == bytes) return Status::OK();
  }
  return destination.PutBytes(bytes, key, head);
}

Status PutRunManifest(const Job& job, const std::string& bytes) {
  const std::string key = manifest::RunManifestKey(job.run.run_id);
  ARROW_ASSIGN_OR_RAISE(const auto head, job.destination.Head(key));
  return PutOver(job.destination, key, bytes, head);
}

// M3: path, size and fingerprint make a part the same part.
bool SameParts(const std::vector<model::Part>& a, const std::vector<model::Part>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](const model::Part& x, const model::Part& y) {
        return x.path == y.path && x.bytes == y.bytes && x.fingerprint == y.fingerprint;
      });
}

RunEnd TotalsOf(const std::vector<model::Part>& parts) {
  RunEnd end;
  for (const model::Part& part : parts) {
    end.rows += part.rows;
    end.bytes += part.bytes;
    ++end.files;
  }
  return end;
}

std::string PreviousRunId(const Books& before, const std::string& run_id) {
  if (!before.manifest.has_value()) return "";
  return before.manifest->run_id == run_id ? before.manifest->previous_run_id
                                           : before.manifest->run_id;
}

Status ReadBack(destination::Destination& destination, const std::string& bytes) {
  ARROW_ASSIGN_OR_RAISE(
      const std::string there,
      destination.GetBytes(std::string(manifest::kManifestKey), manifest::kManifestBytesMax));
  if (there != bytes)
    return Fail(destination::kChanged, "manifest.json does not read back as it was written");
  return Status::OK();
}

}  // namespace

Status CheckPresent(destination::Destination& destination, const std::vector<model::Part>& parts) {
  for (const model::Part& part : parts) {
    ARROW_ASSIGN_OR_RAISE(const auto object, destination.Head(part.path));
    if (!object.has_value())
      return Fail(destination::kAbsent, part.path + " is gone from " + destination.uri());
    if (object->bytes != part.bytes) {
      return Fail(destination::kChanged, part.path + " has " + std::to_string(object->bytes) +
                                             " bytes, not " + std::to_string(part.bytes));
    }
  }
  return Status::OK();
}

Result<Books> ReadBooks(destination::Destination& destination) {
  Books books;
  const std::string manifest_key(manifest::kManifestKey), success_key(manifest::kSuccessKey);
  ARROW_ASSIGN_OR_RAISE(books.manifest_object, destination.Head(manifest_key));
  ARROW_ASSIGN_OR_RAISE(books.marker_object, destination.Head(success_key));
  if (books.manifest_object.has_value()) {
    ARROW_ASSIGN_OR_RAISE(books.manifest_bytes,
                          destination.GetBytes(manifest_key, manifest::kManifestBytesMax));
    ARROW_ASSIGN_OR_RAISE(books.manifest, manifest::Parse(books.manifest_bytes));
  }
  if (books.marker_object.has_value()) {
    ARROW_ASSIGN_OR_RAISE(const std::string body,
                          destination.GetBytes(success_key, kMarkerBytesMax));
    books.marker = manifest::ParseSuccessBody(body).value_or("");
  }
  books.marker_matches = books.manifest.has_value() && !books.marker.empty() &&
                         books.marker == FingerprintText(Xxh3(books.manifest_bytes));
  return books;
}

std::vector<model::Altered> AlteredOf(const std::vector<model::Unit>& units) {
  std::vector<model::Altered> sum;
  for (const model::Unit& unit : units) {
    if (unit.status == model::UnitStatus::kCompleted) model::AddAltered(unit.altered, &sum);
  }
  return sum;
}

Result<manifest::Manifest> BuildManifest(const Job& job, const std::vector<model::Unit>& units,
                                         const std::vector<model::Part>& parts,
                                         std::string_view status,
                                         const std::string& previous_run_id,
                                         const std::string& tool_version) {
  manifest::Manifest manifest;
  manifest.run_id = job.run.run_id;
  manifest.export_name = job.run.export_name;
  manifest.started_at = Rfc3339(job.run.created_at);
  manifest.finished_at = Rfc3339(std::max(job.run.created_at, job.rooms.world.Now()));
  manifest.status = status;
  manifest.source_engine = job.plan.source_engine;
  if (!job.plan.relation.is_query()) {
    if (!job.plan.relation.table.schema.empty())
      manifest.source_schema = job.plan.relation.table.schema;
    manifest.source_table = job.plan.relation.table.name;
  }
  manifest.destination_kind = job.plan.destination_type;
  manifest.destination_uri = job.destination.uri();
  manifest.format = job.plan.format.format;
  manifest.compression = model::ToString(job.plan.format.compression);
  manifest.schema_fingerprint = job.plan.schema_fingerprint;
  manifest.columns = ColumnsOf(job.plan, AlteredOf(units));
  manifest.tool_version = tool_version;
  manifest.previous_run_id = previous_run_id;
  manifest.plan_fingerprint = job.run.plan_fingerprint;
  manifest.parts = parts;
  int64_t id = 0;
  for (model::Part& part : manifest.parts) {
    part.part_id = ++id;
    if (part.status != model::PartStatus::kCommitted) continue;
    manifest.row_count += part.rows;
    ++manifest.part_count;
  }
  return manifest;
}

Result<RunEnd> FinishRun(const Job& job, const state::Lease& lease,
                         const std::string& tool_version) {
  state::Ledger& ledger = job.rooms.ledger;
  ARROW_ASSIGN_OR_RAISE(const auto units, ledger.UnitsOf(job.run.run_id));
  ARROW_ASSIGN_OR_RAISE(auto recorded, ledger.PartsOf(job.run.run_id));
  const auto parts = Committed(std::move(recorded));
  ARROW_RETURN_NOT_OK(CheckVerdict(units, parts));
  RunEnd end = TotalsOf(parts);
  end.altered = AlteredOf(units);
  ARROW_RETURN_NOT_OK(FaultPoint("all_done"));
  if (parts.empty() && job.plan.skip_empty) {
    ARROW_RETURN_NOT_OK(ledger.CommitRun(lease, {job.run.run_id, model::RunStatus::kSkipped}));
    return end;
  }
  end.status = model::RunStatus::kSuccess;
  if (job.destination.traits().streams) {  // the rows are with their reader: there are no books
    ARROW_RETURN_NOT_OK(ledger.CommitRun(lease, {job.run.run_id, model::RunStatus::kSuccess}));
    return end;
  }
  ARROW_RETURN_NOT_OK(CheckPresent(job.destination, parts));
  ARROW_ASSIGN_OR_RAISE(const Books before, ReadBooks(job.destination));
  std::string bytes = before.manifest_bytes;
  // A run that died after this step finds its own manifest: it is kept as it is, so that the marker
  // fits it.
  const bool ours = before.manifest.has_value() && before.manifest->run_id == job.run.run_id &&
                    before.manifest->status == "success" &&
                    SameParts(before.manifest->parts, parts);
  if (!ours) {
    const std::string previous = PreviousRunId(before, job.run.run_id);
    ARROW_ASSIGN_OR_RAISE(const auto manifest,
                          BuildManifest(job, units, parts, "success", previous, tool_version));
    bytes = manifest::ToBytes(manifest);
  }
  // The lease is looked at before the books change: a process that slept through it publishes
  // nothing more.
  ARROW_RETURN_NOT_OK(ledger.Heartbeat(lease));
  ARROW_RETURN_NOT_OK(PutRunManifest(job, bytes));
  if (!ours) {
    ARROW_RETURN_NOT_OK(job.destination.PutBytes(bytes, std::string(manifest::kManifestKey),
                                                 before.manifest_object));
  }
  ARROW_RETURN_NOT_OK(FaultPoint("manifest_done"));
  ARROW_RETURN_NOT_OK(ReadBack(job.destination, bytes));
  // M2: the marker follows a manifest that was read back. I3: the ledger follows both.
  ARROW_RETURN_NOT_OK(PutOver(job.destination, std::string(manifest::kSuccessKey),
                              manifest::SuccessBody(bytes), before.marker_object));
  ARROW_RETURN_NOT_OK(FaultPoint("success_marker"));
  ARROW_RETURN_NOT_OK(ledger.CommitRun(lease, {job.run.run_id, model::RunStatus::kSuccess}));
  static_cast<void>(FaultPoint("cursor_advanced"));
  return end;
}

Status CloseUnfinished(const Job& job, const state::Lease& lease, model::RunStatus status,
                       const std::string& tool_version) {
  const auto write = [&]() -> Status {
    if (job.destination.traits().streams) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto units, job.rooms.ledger.UnitsOf(job.run.run_id));
    ARROW_ASSIGN_OR_RAISE(auto recorded, job.rooms.ledger.PartsOf(job.run.run_id));
    ARROW_ASSIGN_OR_RAISE(const auto manifest,
                          BuildManifest(job, units, Committed(std::move(recorded)),
                                        model::ToString(status), "", tool_version));
    return PutRunManifest(job, manifest::ToBytes(manifest));
  };
  const Status written = write();
  if (!written.ok()) {
    job.rooms.world.log().Event(LogLevel::kWarn, "run-manifest-not-written",
                                {{"reason", written.message()}});
  }
  return job.rooms.ledger.CommitRun(lease, {job.run.run_id, status});
}

Status ReconcileObjects(const Job& job, const state::Lease& lease) {
  destination::Destination& destination = job.destination;
  ARROW_RETURN_NOT_OK(destination.Sweep(job.run.run_id).status());
  ARROW_RETURN_NOT_OK(FaultPoint("orphan_sweep"));
  ARROW_ASSIGN_OR_RAISE(auto recorded, job.rooms.ledger.PartsOf(job.run.run_id));
  std::set<std::string> known;
  std::set<int64_t> redone;
  for (const model::Part& part : Committed(std::move(recorded))) {
    ARROW_ASSIGN_OR_RAISE(const auto object, destination.Head(part.path));
    if (object.has_value() && object->bytes == part.bytes) {
      known.insert(part.path);
      continue;
    }
    // All parts of a unit are done again together: the rows between them are not known apart.
    if (!redone.insert(part.unit_index).second) continue;
    const std::string why = part.path + (object.has_value() ? " has another size" : " is gone");
    job.rooms.observer.On(model::Warned{job.plan.export_name, "part-redone", why});
    ARROW_RETURN_NOT_OK(job.rooms.ledger.RedoUnit(lease, job.run.run_id, part.unit_index, why));
  }
  ARROW_ASSIGN_OR_RAISE(auto after, job.rooms.ledger.PartsOf(job.run.run_id));
  known.clear();
  for (const model::Part& part : Committed(std::move(after))) known.insert(part.path);
  ARROW_ASSIGN_OR_RAISE(const auto objects, destination.List(""));
  for (const destination::Object& object : objects) {
    if (!IsPartOf(job.run, object.key) || known.count(object.key) > 0) continue;
    // M9: moved, never deleted; best effort.
    const Status moved =
        destination.Move(object.key, "_quarantine/" + job.run.run_id + "/" + object.key);
    if (!moved.ok()) {
      job.rooms.observer.On(model::Warned{job.plan.export_name, "not-quarantined",
                                          object.key + ": " + moved.message()});
    }
  }
  return Status::OK();
}

}  // namespace rivet::engine
