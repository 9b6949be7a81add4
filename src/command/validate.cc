#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "command/json_internal.h"
#include "command/shared_internal.h"
#include "engine/engine.h"
#include "report/report.h"

namespace rivet::command::validate {
const Driver& driver();

namespace {

struct Flags : ConfigFlags {
  std::string format = "pretty", output, date, run_id, depth = "sample";
  bool deep = false;
};

struct Finding {
  std::string export_name, prefix;
  bool streams = false;  // there is nothing to verify, and never was
  std::optional<engine::Verification> verification;
  Status status;
};

engine::VerifyDepth DepthOf(const Flags& flags) {
  if (flags.deep || flags.depth == "full") return engine::VerifyDepth::kFull;
  return flags.depth == "light" ? engine::VerifyDepth::kLight : engine::VerifyDepth::kSample;
}

bool Mentions(const std::string& root, std::string_view word) {
  return root.find(word) != std::string::npos;
}

// The last run's own day and id where the place depends on them and no flag says which.
Result<std::string> RootOf(const Context& context, const config::Config& config,
                           const config::Export& item, const Flags& flags) {
  const std::string root = config::DestinationRoot(config, item);
  std::string run_id = flags.run_id, date = flags.date;
  const bool asks =
      (Mentions(root, "{run_id}") && run_id.empty()) || (Mentions(root, "{date}") && date.empty());
  if (asks) {
    ARROW_ASSIGN_OR_RAISE(const StatePlace place, StatePlaceOf(config));
    std::optional<model::Run> last;
    if (StateExists(place)) {
      ARROW_ASSIGN_OR_RAISE(const state::Store store, OpenStore(context, place));
      ARROW_ASSIGN_OR_RAISE(last, store.ledger->LastRun(item.name));
    }
    if (!last) {
      return WithHint(
          Fail(kCliUsage, "the path has {date} or {run_id} and no run of this export is recorded"),
          "Pass --date YYYY-MM-DD or --run-id ID.");
    }
    if (run_id.empty()) run_id = last->run_id;
    if (date.empty()) date = DayOf(*last);
  }
  return config::FillPlaceholders(root, item.name, run_id, date);
}

void AddFailure(std::string kind, std::string detail, engine::Verification* found) {
  engine::VerifyFailure failure;
  failure.kind = std::move(kind);
  failure.path = "manifest.json";
  failure.detail = std::move(detail);
  found->failures.push_back(std::move(failure));
  found->passed = false;
}

// What the files alone cannot say: whose they are, and whether there should be some.
Status CompareWithBooks(const Context& context, const config::Config& config,
                        const config::Export& item, const std::string& uri,
                        engine::Verification* found) {
  if (!found->export_name.empty() && found->export_name != item.name) {
    AddFailure("manifest_of_another_export",
               "of export \"" + found->export_name + "\", not \"" + item.name + "\"", found);
  }
  if (!found->legacy_run) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const StatePlace place, StatePlaceOf(config));
  if (!StateExists(place)) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const state::Store store, OpenStore(context, place));
  ARROW_ASSIGN_OR_RAISE(const auto run, store.ledger->LastSuccess(item.name, uri));
  if (!run) return Status::OK();
  found->legacy_run = false;
  found->run_id = run->run_id;
  AddFailure("manifest_missing", "run " + run->run_id + " delivered here, and it is gone", found);
  return Status::OK();
}

Status Look(const Context& context, const config::Config& config, const config::Export& item,
            const Flags& flags, Finding* finding) {
  ARROW_ASSIGN_OR_RAISE(finding->prefix, RootOf(context, config, item, flags));
  ARROW_ASSIGN_OR_RAISE(const auto destination,
                        OpenDestination(context, item, finding->prefix, flags.run_id));
  finding->streams = destination->traits().streams;
  if (finding->streams) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const format::Driver* format,
                        engine::FormatDriver(context.drivers, item.format));
  finding->verification =
      engine::Verify(*destination, *format, config::ResolveFormat(item, -1), DepthOf(flags));
  ARROW_RETURN_NOT_OK(
      CompareWithBooks(context, config, item, destination->uri(), &*finding->verification));
  return engine::VerdictOf(*finding->verification);
}

std::string FailureText(const engine::VerifyFailure& failure) {
  std::string text = failure.kind;
  if (!failure.path.empty()) text += " " + failure.path;
  if (failure.expected >= 0 || failure.actual >= 0) {
    text += ": expected " + std::to_string(failure.expected) + ", found " +
            std::to_string(failure.actual);
  }
  if (!failure.detail.empty()) text += ": " + failure.detail;
  if (!failure.fails) text += " (not a failure)";
  return report::Printable(text);
}

std::string Word(bool good, std::string_view yes, std::string_view no) {
  return std::string(good ? yes : no);
}

std::string Pretty(const Finding& finding) {
  std::vector<std::pair<std::string, std::string>> lines;
  if (!finding.prefix.empty()) lines.emplace_back("prefix", finding.prefix);
  std::string text = report::Printable(finding.export_name) + "\n";
  if (finding.streams)
    return text + "  written to stdout, which keeps nothing: nothing to verify\n";
  if (!finding.verification) return text + LabelText(lines) + "  NOT VERIFIED\n";
  const engine::Verification& found = *finding.verification;
  if (!found.manifest_found && found.legacy_run) {
    lines.emplace_back("manifest", "none: cannot certify what is here");
    return text + LabelText(lines);
  }
  lines.emplace_back("run", found.run_id.empty() ? "unknown" : found.run_id);
  lines.emplace_back("status", found.status.empty() ? "unknown" : found.status);
  lines.emplace_back("parts", std::to_string(found.parts_verified) + " verified, " +
                                  std::to_string(found.parts_failed) + " failed, " +
                                  std::to_string(found.rows) + " rows");
  lines.emplace_back("marker",
                     Word(found.success_marker_consistent, "consistent", "NOT CONSISTENT"));
  lines.emplace_back("manifest", !found.manifest_found ? "MISSING"
                                                       : Word(found.manifest_self_consistent,
                                                              "consistent", "NOT CONSISTENT"));
  text += LabelText(lines);
  for (const engine::VerifyFailure& failure : found.failures)
    text += "    " + FailureText(failure) + "\n";
  return text + "  " +
         (finding.status.ok()                        ? "PASS"
          : Is(finding.status, engine::kNotVerified) ? "NOT VERIFIED"
                                                     : "FAIL") +
         "\n";
}

Json FailureJson(const engine::VerifyFailure& failure) {
  Json json;
  json["kind"] = failure.kind;
  if (failure.kind == "untracked_object") {
    json["key"] = failure.path;
    if (failure.actual >= 0) json["size_bytes"] = failure.actual;
    return json;
  }
  if (failure.part_id > 0) json["part_id"] = failure.part_id;
  if (!failure.path.empty()) json["path"] = failure.path;
  if (failure.expected >= 0) json["expected"] = failure.expected;
  if (failure.actual >= 0) json["actual"] = failure.actual;
  if (!failure.detail.empty()) json["detail"] = failure.detail;
  return json;
}

Json FindingJson(const Finding& finding) {
  Json json;
  json["export_name"] = finding.export_name;
  json["resolved_prefix"] = finding.prefix.empty() ? Json(nullptr) : Json(finding.prefix);
  json["verification"] = nullptr;
  if (finding.verification) {
    const engine::Verification& found = *finding.verification;
    Json body;
    body["manifest_found"] = found.manifest_found;
    body["legacy_run"] = found.legacy_run;
    body["run_id"] = found.run_id;
    body["status"] = found.status;
    body["parts_verified"] = found.parts_verified;
    body["parts_failed"] = found.parts_failed;
    body["rows"] = found.rows;
    body["success_marker_consistent"] = found.success_marker_consistent;
    body["manifest_self_consistent"] = found.manifest_self_consistent;
    body["passed"] = found.passed;
    body["failures"] = Json::array();
    for (const engine::VerifyFailure& failure : found.failures)
      body["failures"].push_back(FailureJson(failure));
    json["verification"] = std::move(body);
  }
  return json;
}

std::string Document(World& world, const std::vector<Finding>& findings) {
  Json json;
  json["exports"] = Json::array();
  json["errors"] = Json::array();
  for (const Finding& finding : findings) {
    json["exports"].push_back(FindingJson(finding));
    // Failures of verification are in `exports`; here is what kept us from looking.
    if (!finding.status.ok() && !finding.verification) {
      json["errors"].push_back(
          world.redactor().Apply(finding.export_name + ": " + finding.status.message()));
    }
  }
  return JsonDocument(json);
}

Status CheckFlags(const Flags& flags) {
  if (!flags.output.empty() && flags.format != "json") {
    return Fail(kCliUsage, "--output needs --format json");
  }
  const auto shaped = [](const std::string& date) {
    const auto digit = [&](size_t i) { return date[i] >= '0' && date[i] <= '9'; };
    if (date.size() != 10 || date[4] != '-' || date[7] != '-') return false;
    for (size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
      if (!digit(i)) return false;
    }
    return true;
  };
  if (!flags.date.empty() && !shaped(flags.date)) {
    return Fail(kCliUsage, "--date is `" + flags.date + "`, not YYYY-MM-DD");
  }
  return CheckRunId(flags.run_id);
}

Report Act(const Context& context, const Flags& flags) {
  if (const Status usable = CheckFlags(flags); !usable.ok()) return {"", usable};
  const auto config = LoadConfig(context.world, flags);
  if (!config.ok()) return {"", config.status()};
  const auto chosen = ChosenExports(*config, flags.export_name);
  if (!chosen.ok()) return {"", chosen.status()};
  std::vector<Finding> findings;
  std::vector<Status> problems;
  for (const config::Export* item : *chosen) {
    if (context.stop.stop_requested()) {
      problems.push_back(Fail(kStopRequested, "stopped: not all exports were verified"));
      break;
    }
    Finding finding;
    finding.export_name = item->name;
    finding.status = WithExport(Look(context, *config, *item, flags, &finding), item->name);
    problems.push_back(finding.status);
    findings.push_back(std::move(finding));
  }
  std::string output;
  if (flags.format == "json") {
    output = Document(context.world, findings);
  } else {
    for (const Finding& finding : findings) output += Pretty(finding);
  }
  if (!flags.output.empty()) {
    problems.push_back(WriteFileAtomically(flags.output, output, RandomToken(context.world)));
    output.clear();
  }
  return {output, Together(std::move(problems))};
}

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddConfigFlags(app, ExportFlag::kOptional, flags.get());
  app.add_option("--format", flags->format, "pretty, json")
      ->check(CLI::IsMember({"pretty", "json"}));
  app.add_option("-o,--output", flags->output, "Write the JSON document to a file");
  app.add_option("--date", flags->date, "Value of {date} in the path, YYYY-MM-DD");
  app.add_option("--run-id", flags->run_id, "Value of {run_id} in the path");
  app.add_option(
         "--depth", flags->depth,
         "light: manifest and marker; sample: and sizes and row counts; full: and every byte")
      ->check(CLI::IsMember({"light", "sample", "full"}));
  app.add_flag("--deep", flags->deep, "Same as --depth full");
  return [flags](const Context& context) { return Act(context, *flags); };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{
      "validate", "Verify what is at the destination against its manifest", &Declare};
  return kDriver;
}

}  // namespace rivet::command::validate
