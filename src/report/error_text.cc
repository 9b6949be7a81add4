#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/report.h"

namespace rivet::report {
namespace {

using Json = nlohmann::ordered_json;

// What a failure that nobody named is called: a library's, or a bug of ours.
constexpr std::string_view kLibraryCode = "RIVET_INTERNAL_LIBRARY";
// Names of a message that concerns many exports.
constexpr size_t kExportsShown = 5;

FaultClass ClassOfFault(const Fault& fault, const Status& status) {
  return fault.code == nullptr ? ClassOf(status) : fault.code->fault_class;
}

std::string_view NameOf(const Fault& fault, const Status& status) {
  if (fault.code != nullptr) return fault.code->name;
  return ClassOf(status) == FaultClass::kInternal ? kInternalBug.name : kLibraryCode;
}

// The hints of the fault, else the code's remedy: always something to do next.
std::vector<std::string> HintsOf(const Fault& fault, const Status& status) {
  if (!fault.hints.empty()) return fault.hints;
  if (fault.code != nullptr && !fault.code->remedy.empty())
    return {std::string(fault.code->remedy)};
  if (fault.code == nullptr && ClassOf(status) == FaultClass::kInternal) {
    return {std::string(kInternalBug.remedy)};
  }
  return {};
}

std::string PlaceText(const Place& place) {
  std::string text = place.file;
  if (place.line > 0) text += ":" + std::to_string(place.line);
  if (place.line > 0 && place.column > 0) text += ":" + std::to_string(place.column);
  return text + ": ";
}

Json FaultJson(World& world, const Fault& fault, const Status& status) {
  const auto clean = [&](std::string_view text) { return world.redactor().Apply(text); };
  const FaultClass fault_class = ClassOfFault(fault, status);
  Json json;
  json["error"] = clean(fault.message);
  json["code"] = NameOf(fault, status);
  json["exit_class"] = ExitCodeOf(fault_class);
  if (!fault.export_name.empty()) json["export"] = clean(fault.export_name);
  if (fault.place) {
    json["location"] = {{"file", clean(fault.place->file)},
                        {"line", fault.place->line},
                        {"column", fault.place->column}};
  }
  json["hints"] = Json::array();
  for (const std::string& hint : HintsOf(fault, status)) json["hints"].push_back(clean(hint));
  json["causes"] = Json::array();
  if (!fault.cause.empty()) json["causes"].push_back(clean(fault.cause));
  json["retryable"] =
      fault_class == FaultClass::kTemporary || fault_class == FaultClass::kThrottled;
  return json;
}

bool SameButExport(const Fault& a, const Fault& b) {
  const bool places = a.place.has_value() || b.place.has_value();
  return !places && a.code == b.code && a.message == b.message && a.cause == b.cause &&
         a.hints == b.hints && a.export_name != b.export_name && !a.export_name.empty() &&
         !b.export_name.empty();
}

struct Problem {
  Fault fault;
  std::vector<std::string> exports;
};

// What hit several exports in the same words is said once.
std::vector<Problem> Grouped(const std::vector<Fault>& faults) {
  std::vector<Problem> problems;
  for (const Fault& fault : faults) {
    const auto known = std::find_if(problems.begin(), problems.end(), [&](const Problem& problem) {
      return SameButExport(problem.fault, fault);
    });
    if (known != problems.end()) {
      known->exports.push_back(fault.export_name);
      continue;
    }
    problems.push_back({fault, {}});
    if (!fault.export_name.empty()) problems.back().exports.push_back(fault.export_name);
  }
  return problems;
}

std::string ExportsText(const Problem& problem) {
  if (problem.exports.empty()) return "";
  if (problem.exports.size() == 1) {
    const std::string quoted = "\"" + problem.exports.front() + "\"";
    // A line of the config says it, and so do its messages: `exports[2] ("orders")`. The name alone
    // does not: the server's words name a table, which often has the name of an export.
    const bool said = problem.fault.place.has_value() ||
                      problem.fault.message.find("(" + quoted + ")") != std::string::npos ||
                      problem.fault.message.find("export " + quoted) != std::string::npos;
    return said ? "" : "export " + quoted + ": ";
  }
  std::string text = "exports ";
  for (size_t i = 0; i < problem.exports.size() && i < kExportsShown; ++i) {
    text += (i == 0 ? "" : ", ") + problem.exports[i];
  }
  if (problem.exports.size() > kExportsShown) {
    text += " and " + std::to_string(problem.exports.size() - kExportsShown) + " more";
  }
  return text + ": ";
}

}  // namespace

std::string ErrorText(World& world, const Status& status) {
  std::string text;
  for (const Problem& problem : Grouped(FaultsOf(status))) {
    const Fault& fault = problem.fault;
    std::string message = fault.message;
    if (!fault.cause.empty() && message.find(fault.cause) == std::string::npos)
      message += " (" + fault.cause + ")";
    message = ExportsText(problem) + message;
    if (fault.place) message = PlaceText(*fault.place) + message;
    if (!text.empty()) text += '\n';
    text += "Error: [" + std::string(NameOf(fault, status)) + "] " +
            Printable(world.redactor().Apply(message));
    for (const std::string& hint : HintsOf(fault, status)) {
      text += "\n  hint: " + Printable(world.redactor().Apply(hint));
    }
  }
  return text;
}

std::string ErrorJson(World& world, const Status& status) {
  const std::vector<Fault> faults = FaultsOf(status);
  if (faults.empty()) return "{}";
  Json json = FaultJson(world, faults.front(), status);
  if (faults.size() > 1) {
    json["errors"] = Json::array();
    for (const Fault& fault : faults) json["errors"].push_back(FaultJson(world, fault, status));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rivet::report
