#pragma once

#include <string>

#include "config/config.h"
#include "config/problems_internal.h"
#include "config/section_internal.h"
#include "config/substitute_internal.h"

namespace rivet::config {

// What one Load works with. All of it outlives the functions below.
struct Loading {
  Config* config;  // path and folder are set
  Problems* problems;
  Substitution* substitution;
  std::string file;  // as places name it
  std::optional<int64_t> source_min_parallel = {};

  void Add(const FaultCode& code, const Keys& at, std::string_view key, std::string message,
           std::vector<std::string> hints = {}) const {
    problems->Add(code, at.MarkOf(key), std::move(message), std::move(hints),
                  at.spot().export_name);
  }
  void Warn(std::string rule, Mark at, std::string message) const {
    config->warnings.push_back(
        {std::move(rule), std::move(message), Place{file, at.line, at.column}});
  }
};

// Each reads keys that CheckSection has judged, and judges what concerns several of them.
Source BindSource(const Loading& loading, const Keys& source);
TuningKeys BindTuning(const Loading& loading, const Keys& tuning);
Export BindExport(const Loading& loading, const Keys& item);
void BindFiles(const Loading& loading, const Keys& item, Export* bound);
void BindMode(const Loading& loading, const Keys& item, Export* bound);
void BindDestination(const Loading& loading, const Keys& item, Export* bound);
// The root's own keys: parallel_exports, state, notifications.
void BindRoot(const Loading& loading, const Keys& root);
// What concerns several exports: repeated names, shared folders.
void CheckExports(const Loading& loading, const Keys& root);
PolicyKeys BindPolicies(const Keys& keys);
// `text`, `fail` or `decimal(p,s)`.
void CheckUnboundedNumeric(const Loading& loading, const Keys& keys);
// The file that the key names, counted from the config's folder.
void CheckFileExists(const Loading& loading, const Keys& keys, std::string_view key);

// Puts what `defaults` holds and an export does not under each export; `defaults` is judged here,
// once. Before CheckSection of the root.
void MergeDefaults(Node* root, Problems* problems);

// The text of a `query_file`, its placeholders filled; every problem is told, then the result is
// empty.
std::string ReadQueryFile(const Loading& loading, const Keys& item);

}  // namespace rivet::config
