#include <algorithm>
#include <set>
#include <utility>

#include "base/hash.h"
#include "engine/books_internal.h"
#include "engine/engine.h"

namespace rivet::engine {
namespace {

constexpr size_t kPreviewBytes = 40;

class Verifier {
 public:
  Verifier(destination::Destination& destination, const format::Driver& format,
           const model::FormatSettings& settings, VerifyDepth depth)
      : destination_(destination), format_(format), settings_(settings), depth_(depth) {}

  Verification Run() {
    LookAtManifest();
    if (found_.manifest_found) {
      LookAtMarker();
      if (depth_ != VerifyDepth::kLight) {
        for (const model::Part& part : manifest_.parts) LookAtPart(part);
        LookForUntracked();
      }
    }
    found_.passed = found_.manifest_found;
    for (const VerifyFailure& failure : found_.failures) {
      if (failure.fails || failure.not_verified) found_.passed = false;
    }
    return std::move(found_);
  }

 private:
  void Add(std::string kind, std::string detail) {
    VerifyFailure failure;
    failure.kind = std::move(kind);
    failure.detail = std::move(detail);
    found_.failures.push_back(std::move(failure));
  }
  void AddUnverified(std::string kind, const Status& why) {
    Add(std::move(kind), why.message());
    found_.failures.back().not_verified = true;
  }
  void AddPart(const model::Part& part, std::string kind, int64_t expected, int64_t actual,
               std::string detail) {
    VerifyFailure failure;
    failure.kind = std::move(kind);
    failure.path = part.path;
    failure.part_id = part.part_id;
    failure.expected = expected;
    failure.actual = actual;
    failure.detail = std::move(detail);
    found_.failures.push_back(std::move(failure));
  }

  void LookAtManifest() {
    const std::string key(manifest::kManifestKey);
    const auto head = destination_.Head(key);
    if (!head.ok()) return AddUnverified("manifest_read_error", head.status());
    if (!head->has_value()) {
      found_.legacy_run = true;
      return;
    }
    const auto bytes = destination_.GetBytes(key, manifest::kManifestBytesMax);
    if (!bytes.ok()) return AddUnverified("manifest_read_error", bytes.status());
    found_.manifest_found = true;
    bytes_ = *bytes;
    auto parsed = manifest::Parse(bytes_);
    if (!parsed.ok()) return Add("manifest_self_inconsistent", parsed.status().message());
    manifest_ = std::move(*parsed);
    found_.run_id = manifest_.run_id;
    found_.export_name = manifest_.export_name;
    found_.status = manifest_.status;
    found_.rows = manifest_.row_count;
    const auto inconsistent = manifest::Inconsistencies(manifest_);
    found_.manifest_self_consistent = inconsistent.empty();
    for (const std::string& detail : inconsistent) Add("manifest_self_inconsistent", detail);
    if (manifest_.status != "success") Add("run_not_successful", manifest_.status);
  }

  void LookAtMarker() {
    const std::string key(manifest::kSuccessKey);
    const auto head = destination_.Head(key);
    if (!head.ok()) return AddUnverified("success_marker_read_error", head.status());
    if (!head->has_value()) return Add("success_marker_malformed", "there is no _SUCCESS");
    const auto body = destination_.GetBytes(key, 4096);
    if (!body.ok()) return AddUnverified("success_marker_read_error", body.status());
    const auto fingerprint = manifest::ParseSuccessBody(*body);
    if (!fingerprint) return Add("success_marker_malformed", body->substr(0, kPreviewBytes));
    const std::string expected = FingerprintText(Xxh3(bytes_));
    if (*fingerprint != expected)
      return Add("success_marker_stale", "marker " + *fingerprint + ", manifest " + expected);
    found_.success_marker_consistent = true;
  }

  void LookAtPart(const model::Part& part) {
    known_.insert(part.path);
    if (part.status != model::PartStatus::kCommitted) return;
    const size_t before = found_.failures.size();
    CheckPart(part);
    ++(found_.failures.size() == before ? found_.parts_verified : found_.parts_failed);
  }

  void CheckPart(const model::Part& part) {
    const auto head = destination_.Head(part.path);
    if (!head.ok()) return AddUnverified("list_prefix_error", head.status());
    if (!head->has_value()) return AddPart(part, "part_missing", part.bytes, -1, "");
    if ((*head)->bytes != part.bytes)
      return AddPart(part, "part_size_mismatch", part.bytes, (*head)->bytes, "");
    if (depth_ == VerifyDepth::kFull) {
      const auto hash = destination_.Hash(part.path);
      if (!hash.ok()) return AddUnverified("list_prefix_error", hash.status());
      if (FingerprintText(*hash) != part.fingerprint) {
        return AddPart(part, "part_content_mismatch", -1, -1,
                       FingerprintText(*hash) + ", not " + part.fingerprint);
      }
    }
    const auto path = destination_.LocalPath(part.path);
    if (!path.ok()) return AddUnverified("list_prefix_error", path.status());
    const auto rows = format_.count_rows(*path, settings_);
    if (!rows.ok())
      return AddPart(part, "part_content_mismatch", part.rows, -1, rows.status().message());
    if (*rows != part.rows) AddPart(part, "part_row_count_mismatch", part.rows, *rows, "");
  }

  // Objects of earlier runs are known by their own manifests; what no manifest names is reported,
  // and fails nothing.
  void LookForUntracked() {
    auto objects = destination_.List("");
    if (!objects.ok()) return AddUnverified("list_prefix_error", objects.status());
    for (const destination::Object& object : *objects) {
      if (object.key.compare(0, 10, "manifests/") != 0) continue;
      const auto bytes = destination_.GetBytes(object.key, manifest::kManifestBytesMax);
      if (!bytes.ok()) continue;
      const auto other = manifest::Parse(*bytes);
      if (!other.ok()) continue;
      for (const model::Part& part : other->parts) known_.insert(part.path);
    }
    for (const destination::Object& object : *objects) {
      if (known_.count(object.key) > 0 || IsBookKeeping(object.key)) continue;
      VerifyFailure failure;
      failure.kind = "untracked_object";
      failure.path = object.key;
      failure.actual = object.bytes;
      failure.fails = false;
      found_.failures.push_back(std::move(failure));
    }
  }

  static bool IsBookKeeping(const std::string& key) {
    return key == manifest::kManifestKey || key == manifest::kSuccessKey ||
           key.compare(0, destination::kProbePrefix.size(), destination::kProbePrefix) == 0 ||
           key.compare(0, 10, "manifests/") == 0 || key.compare(0, 12, "_quarantine/") == 0;
  }

  destination::Destination& destination_;
  const format::Driver& format_;
  const model::FormatSettings& settings_;
  const VerifyDepth depth_;
  Verification found_;
  manifest::Manifest manifest_;
  std::string bytes_;
  std::set<std::string> known_;
};

}  // namespace

Verification Verify(destination::Destination& destination, const format::Driver& format,
                    const model::FormatSettings& settings, VerifyDepth depth) {
  return Verifier(destination, format, settings, depth).Run();
}

Status VerdictOf(const Verification& verification) {
  int failed = 0, unseen = 0;
  const VerifyFailure* first = nullptr;
  for (const VerifyFailure& failure : verification.failures) {
    unseen += failure.not_verified;
    const bool counts = failure.fails && !failure.not_verified;
    failed += counts;
    if (counts && first == nullptr) first = &failure;
  }
  if (failed > 0) {
    return Fail(kVerifyFailed,
                "verification failed: " + first->kind +
                    (first->path.empty() ? "" : " " + first->path) +
                    (failed > 1 ? " and " + std::to_string(failed - 1) + " more" : ""));
  }
  if (unseen > 0) {
    const auto blind =
        std::find_if(verification.failures.begin(), verification.failures.end(),
                     [](const VerifyFailure& failure) { return failure.not_verified; });
    return Fail(kNotVerified, "could not be verified: " + blind->kind, blind->detail);
  }
  if (verification.passed || verification.legacy_run) return Status::OK();
  return Fail(kVerifyFailed, "verification failed");
}

}  // namespace rivet::engine
