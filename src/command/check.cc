#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command/diagnosis_internal.h"
#include "command/faults_internal.h"
#include "command/json_internal.h"
#include "command/shared_internal.h"
#include "command/type_report_internal.h"
#include "engine/engine.h"
#include "plan/plan.h"
#include "report/report.h"
#include "target/target.h"
#include "types/schema.h"

namespace rivet::command::check {
const Driver& driver();

namespace {

struct Flags : ConfigFlags {
  bool type_report = false, json = false, strict = false;
  std::string target;                // a word of target::TargetWords(); empty: none
  std::string emit;                  // `ddl`; empty: the diagnosis
  std::vector<std::string> fail_on;  // verdicts in lower case
};

struct Checked {
  Diagnosis diagnosis;
  TypeReport types;
  std::string ddl;  // with --emit
};

Result<Checked> CheckOne(const Context& context, const config::Config& config,
                         const config::Export& item, const Flags& flags) {
  const auto open = engine::SourceOpener(context.world, context.drivers, config, item.name);
  ARROW_ASSIGN_OR_RAISE(const auto source, open(context.stop));
  ARROW_ASSIGN_OR_RAISE(const engine::Prepared prepared,
                        engine::PrepareEstimate(*source, config, item));
  const model::Plan& plan = prepared.plan;
  ARROW_ASSIGN_OR_RAISE(const format::Driver* format,
                        engine::FormatDriver(context.drivers, item.format));
  ARROW_RETURN_NOT_OK(format->check(*types::SchemaOf(plan.columns), plan.format));
  // The query that a run sends first, not the bare one: its plan is the one that counts.
  model::BoundedQuery query = plan::WholeQuery(plan);
  if (!plan.units.empty()) {
    ARROW_ASSIGN_OR_RAISE(query, plan::QueryOf(plan, plan.units.front()));
  }
  ARROW_ASSIGN_OR_RAISE(const model::QueryCost cost, source->Explain(query));
  // Opening resolves its settings; nothing is written.
  const std::string root =
      config::FillPlaceholders(plan.destination_root, item.name, "check", "1970-01-01");
  ARROW_RETURN_NOT_OK(OpenDestination(context, item, root, "check").status());
  const target::Target* target = target::FindTarget(flags.target);
  Checked checked{Diagnose(prepared, cost), ReportTypes(plan, target), ""};
  if (!flags.emit.empty()) {
    ARROW_ASSIGN_OR_RAISE(checked.ddl, EmitDdl(plan, *target, format->extension(plan.format)));
  }
  return checked;
}

Json NumberOrNull(int64_t value) { return value < 0 ? Json(nullptr) : Json(value); }

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

Json DiagnosisJson(const Diagnosis& diagnosis) {
  Json json;
  json["strategy"] = diagnosis.strategy;
  json["mode"] = diagnosis.mode;
  json["row_estimate"] = NumberOrNull(diagnosis.row_estimate);
  json["row_width"] = NumberOrNull(diagnosis.row_bytes);
  json["cursor_range"] = TextOrNull(diagnosis.range);
  json["cursor_column"] = TextOrNull(diagnosis.chunk_column);
  json["scan_type"] = diagnosis.scan;
  json["indexed"] = diagnosis.indexed;
  json["verdict"] = Lower(diagnosis.verdict);
  json["recommended_profile"] = diagnosis.profile;
  json["recommended_parallelism"] =
      diagnosis.parallelism_why.empty() ? Json(nullptr) : Json(diagnosis.parallelism);
  json["bytes_per_statement"] = NumberOrNull(diagnosis.statement_bytes);
  json["snapshot_seconds"] = NumberOrNull(diagnosis.snapshot_seconds);
  json["max_connections"] = diagnosis.max_connections;
  json["warnings"] = Json::array();
  for (const DiagnosisWarning& warning : diagnosis.warnings) {
    json["warnings"].push_back(
        {{"rule", warning.rule}, {"severity", warning.severity}, {"message", warning.message}});
  }
  json["suggestion"] = TextOrNull(diagnosis.suggestion);
  return json;
}

std::string CheckedLine(const Checked& checked) {
  Json json;
  json["export"] = checked.diagnosis.export_name;
  json["columns"] = ColumnsJson(checked.types);
  json["violations"] = ViolationsJson(checked.types);
  if (TargetFails(checked.types)) json["target_failures"] = true;
  json["diagnostic"] = DiagnosisJson(checked.diagnosis);
  return JsonLine(json);
}

std::string ErrorLine(World& world, const std::string& export_name, const Status& status) {
  Json json;
  json["export"] = export_name;
  json["error"] = Json::parse(report::ErrorJson(world, status));
  return JsonLine(json);
}

std::string Legend(const std::string& config_path) {
  return "EFFICIENT: indexed chunks. ACCEPTABLE: short statements. DEGRADED: the server reads more "
         "than it gives. "
         "UNSAFE: the same on a very large table.\nNext: rivet run -c " +
         report::ShellWord(config_path) + "\n";
}

// What --fail-on makes of a verdict.
Status Judged(const Diagnosis& diagnosis, const Flags& flags) {
  const std::string verdict = Lower(diagnosis.verdict);
  if (std::find(flags.fail_on.begin(), flags.fail_on.end(), verdict) == flags.fail_on.end())
    return Status::OK();
  Status status = WithExport(Fail(kVerdict, diagnosis.export_name + " is " + diagnosis.verdict),
                             diagnosis.export_name);
  return diagnosis.suggestion.empty() ? status : WithHint(std::move(status), diagnosis.suggestion);
}

// What is said of one export on stdout.
std::string Told(const Checked& checked, const Flags& flags) {
  if (!flags.emit.empty()) return checked.ddl + "\n";
  if (flags.json) return CheckedLine(checked);
  const bool types = flags.type_report || flags.strict || !flags.target.empty();
  return DiagnosisText(checked.diagnosis) + (types ? TypeTable(checked.types) : "") + "\n";
}

Report Act(const Context& context, const Flags& flags) {
  const auto config = LoadConfig(context.world, flags);
  if (!config.ok()) return {"", config.status()};
  const auto chosen = ChosenExports(*config, flags.export_name);
  if (!chosen.ok()) return {"", chosen.status()};
  std::string output;
  std::vector<Status> problems;
  for (const config::Export* item : *chosen) {
    if (context.stop.stop_requested()) {
      problems.push_back(Fail(kStopRequested, "stopped: not all exports were checked"));
      break;
    }
    const Result<Checked> checked = CheckOne(context, *config, *item, flags);
    if (!checked.ok()) {
      const Status status = WithExport(checked.status(), item->name);
      if (flags.json) output += ErrorLine(context.world, item->name, status);
      problems.push_back(status);
      continue;
    }
    problems.push_back(Judged(checked->diagnosis, flags));
    if (flags.strict) {
      for (Status& refused : RefusedByStrict(checked->types))
        problems.push_back(WithExport(std::move(refused), item->name));
    }
    output += Told(*checked, flags);
  }
  if (!flags.json && flags.emit.empty() && !output.empty()) output += Legend(config->path);
  return {output, Together(std::move(problems))};
}

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddConfigFlags(app, ExportFlag::kOptional, flags.get());
  app.add_flag("--type-report", flags->type_report,
               "Add the columns: source type, file type, fidelity");
  app.add_flag("--strict", flags->strict,
               "Exit 1 where a type would lose something; with the columns");
  CLI::Option* json =
      app.add_flag("--json", flags->json, "One JSON line per export, with the columns");
  CLI::Option* target =
      app.add_option("--target", flags->target,
                     "Judge the columns by what a warehouse makes of them; with the columns")
          ->check(CLI::IsMember(target::TargetWords()));
  app.add_option("--emit", flags->emit,
                 "Print, instead of the diagnosis, SQL for --target: tables and their load")
      ->check(CLI::IsMember({"ddl"}))
      ->needs(target)
      ->excludes(json);
  app.add_option("--fail-on", flags->fail_on,
                 "Exit 3 on these verdicts, separated by commas: degraded, unsafe")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"efficient", "acceptable", "degraded", "unsafe"}));
  return [flags](const Context& context) { return Act(context, *flags); };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{"check", "Connect and say how each export would be read",
                                  &Declare};
  return kDriver;
}

}  // namespace rivet::command::check
