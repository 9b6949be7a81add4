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
// What concerns several exports: repeated names, shared folders.
void CheckExports(const Loading& loading, const Keys& root);

// The text of a `query_file`, its placeholders filled; every problem is told, then the result is
// empty.
std::string ReadQueryFile(const Loading& loading, const Keys& item);

}  // namespace rivet::config
