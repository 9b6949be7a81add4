#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "base/time_text.h"
#include "report/altered_internal.h"
#include "report/report.h"

namespace rivet::report {
namespace {

using Json = nlohmann::ordered_json;

bool Resumable(const model::RunResult& result) {
  const bool unfinished =
      result.status == model::RunStatus::kFailed || result.status == model::RunStatus::kInterrupted;
  return unfinished && result.mode == "chunked" && result.files > 0 && !BooksClosed(result);
}

std::string ResumeCommand(const model::RunResult& result, const std::string& config_path) {
  return "rivet run -c " + ShellWord(config_path) + " -e " + ShellWord(result.export_name) +
         " --resume";
}

Json ValidationJson(const model::Validation& validation) {
  Json json;
  json["passed"] = validation.passed;
  json["manifest"] = {{"parts_verified", validation.parts_verified},
                      {"parts_failed", validation.parts_failed},
                      {"failures", validation.failures}};
  return json;
}

Json ReconciliationJson(const model::Reconciliation& found) {
  Json json;
  json["source_count"] = found.source_count;
  json["exported_rows"] = found.exported_rows;
  json["matched"] = found.matched;
  json["differences"] = found.differences;
  return json;
}

std::string SummaryJson(const model::RunResult& result, const std::string& config_path) {
  Json json;
  json["run_id"] = result.run_id;
  json["export_name"] = result.export_name;
  json["status"] = model::ToString(result.status);
  if (result.started_at > 0) json["started_at"] = Rfc3339(result.started_at);
  if (result.finished_at > 0) json["finished_at"] = Rfc3339(result.finished_at);
  json["duration_ms"] = result.duration_ms;
  json["mode"] = result.mode;
  json["source_engine"] = result.source_engine;
  json["destination_kind"] = result.destination_kind;
  json["output_uri"] = result.output_uri;
  json["format"] = result.format;
  json["compression"] = result.compression;
  json["tuning_profile"] = result.tuning_profile;
  json["batch_size"] = result.batch_size;
  json["schema_fingerprint"] = result.schema_fingerprint;
  json["total_rows"] = result.rows;
  json["files_produced"] = result.files;
  json["bytes_written"] = result.bytes;
  json["bytes_read"] = result.bytes_read;
  json["peak_rss_mb"] = result.peak_rss_mb;
  json["retries"] = result.retries;
  json["units_total"] = result.units_total;
  json["units_done"] = result.units_done;
  json["units_skipped"] = result.units_skipped;
  json["statements"] = result.statements;
  json["longest_statement_ms"] = result.longest_statement_ms;
  json["longest_snapshot_ms"] = result.longest_snapshot_ms;
  if (result.validation) json["validation"] = ValidationJson(*result.validation);
  if (result.reconciliation) json["reconciliation"] = ReconciliationJson(*result.reconciliation);
  json["altered_values"] = AlteredJson(result);
  json["schema_changes"] = Json::array();
  json["plan_warnings"] = Json::array();
  for (const auto& [rule, message] : result.warnings) {
    json["plan_warnings"].push_back({{"rule", rule}, {"message", message}});
  }
  if (!result.skip_reason.empty()) json["skip_reason"] = result.skip_reason;
  if (!result.error_code.empty()) json["error_code"] = result.error_code;
  if (!result.error_message.empty()) json["error_message"] = result.error_message;
  json["resumable"] = Resumable(result);
  if (Resumable(result)) json["resume_command"] = ResumeCommand(result, config_path);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string SummaryMarkdown(const model::RunResult& result, const std::string& config_path) {
  const auto line = [](std::string_view label, const std::string& value) {
    return "- " + std::string(label) + ": " + value + "\n";
  };
  std::string text = "# " + Printable(result.export_name) + ": " +
                     std::string(model::ToString(result.status)) + "\n\n";
  text += "## Plan\n\n" + line("run", "`" + Printable(result.run_id) + "`") +
          line("source", result.source_engine) + line("mode", result.mode) +
          line("tuning", Printable(result.tuning_profile) + ", batches of " +
                             std::to_string(result.batch_size) + " rows") +
          line("format", result.format + ", " + result.compression) +
          line("output", "`" + Printable(result.output_uri) + "`");
  for (const auto& [rule, message] : result.warnings)
    text += line("warning `" + rule + "`", Printable(message));
  text += "\n## Throughput\n\n" + line("rows", std::to_string(result.rows)) +
          line("files", std::to_string(result.files)) + line("bytes", BytesWord(result.bytes)) +
          line("duration", DurationWord(result.duration_ms)) +
          line("peak RSS", std::to_string(result.peak_rss_mb) + " MB") +
          line("statements", std::to_string(result.statements) + ", longest " +
                                 std::to_string(result.longest_statement_ms) + " ms") +
          line("oldest snapshot", std::to_string(result.longest_snapshot_ms) + " ms") +
          line("retries", std::to_string(result.retries));
  text += "\n## Verdicts\n\n" +
          line("status",
               std::string(model::ToString(result.status)) +
                   (result.skip_reason.empty() ? "" : " (" + Printable(result.skip_reason) + ")"));
  if (result.mode == "chunked") {
    text += line("chunks",
                 std::to_string(result.units_done) + " of " + std::to_string(result.units_total));
  }
  for (const model::Altered& altered : result.altered)
    text += line("altered", Printable(model::ToString(altered)));
  if (result.validation) {
    text += line("validated", result.validation->passed ? "pass" : "FAIL");
    for (const std::string& failure : result.validation->failures)
      text += line("failure", Printable(failure));
  }
  if (result.reconciliation) {
    text += line("reconcile", ReconcileWord(*result.reconciliation));
    for (const std::string& difference : result.reconciliation->differences)
      text += line("difference", Printable(difference));
  }
  if (!result.error_message.empty()) {
    text += "\n## Error\n\n" + Printable(result.error_code) + ": " +
            Printable(result.error_message) + "\n";
  }
  if (Resumable(result)) text += "\n## Resume\n\n    " + ResumeCommand(result, config_path) + "\n";
  return text;
}

}  // namespace

bool BooksClosed(const model::RunResult& result) {
  return result.validation.has_value() || result.reconciliation.has_value();
}

model::RunResult Redacted(World& world, model::RunResult result) {
  const auto clean = [&](std::string& text) { text = world.redactor().Apply(text); };
  clean(result.error_message);
  clean(result.skip_reason);
  clean(result.output_uri);
  for (auto& [rule, message] : result.warnings) clean(message);
  if (result.reconciliation) {
    for (std::string& difference : result.reconciliation->differences) clean(difference);
  }
  return result;
}

void WriteRunReport(World& world, const std::string& runs_folder, const std::string& config_path,
                    const model::RunResult& raw) {
  if (raw.run_id.empty()) return;  // ended before it had a name
  const model::RunResult result = Redacted(world, raw);
  const std::string folder = runs_folder + "/" + result.run_id;
  const auto write = [&]() -> Status {
    ARROW_RETURN_NOT_OK(MakeFolders(folder));
    ARROW_RETURN_NOT_OK(WriteFileAtomically(folder + "/summary.json",
                                            SummaryJson(result, config_path), RandomToken(world)));
    return WriteFileAtomically(folder + "/summary.md", SummaryMarkdown(result, config_path),
                               RandomToken(world));
  };
  if (const Status status = write(); !status.ok()) {
    world.log().WarnOnce("run-report-not-written", status.message());
  }
}

}  // namespace rivet::report
