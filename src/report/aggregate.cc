#include <nlohmann/json.hpp>
#include <string>

#include "report/altered_internal.h"
#include "report/report.h"

namespace rivet::report {
namespace {

using Json = nlohmann::ordered_json;

Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json WarningsOf(const model::RunResult& result) {
  Json list = Json::array();
  for (const auto& [rule, message] : result.warnings)
    list.push_back({{"rule", rule}, {"message", message}});
  return list;
}

Json ResultJson(const model::RunResult& result) {
  Json json;
  json["export_name"] = result.export_name;
  json["status"] = model::ToString(result.status);
  json["run_id"] = result.run_id;
  json["rows"] = result.rows;
  json["files"] = result.files;
  json["bytes"] = result.bytes;
  json["duration_ms"] = result.duration_ms;
  json["mode"] = result.mode;
  json["error_message"] = TextOrNull(result.error_message);
  json["error_code"] = TextOrNull(result.error_code);
  json["skip_reason"] = TextOrNull(result.skip_reason);
  json["bytes_read"] = result.bytes_read;
  json["warnings"] = WarningsOf(result);
  json["altered_values"] = AlteredJson(result);
  json["output_uri"] = result.output_uri;
  json["validated"] = result.validation ? Json(result.validation->passed) : Json(nullptr);
  json["reconciled"] = result.reconciliation ? Json(result.reconciliation->matched) : Json(nullptr);
  json["source_count"] =
      result.reconciliation ? Json(result.reconciliation->source_count) : Json(nullptr);
  json["retries"] = result.retries;
  json["peak_rss_mb"] = result.peak_rss_mb;
  json["units_total"] = result.units_total;
  json["units_done"] = result.units_done;
  json["units_skipped"] = result.units_skipped;
  json["statements"] = result.statements;
  json["longest_statement_ms"] = result.longest_statement_ms;
  json["longest_snapshot_ms"] = result.longest_snapshot_ms;
  return json;
}

}  // namespace

std::string AggregateJson(const Aggregate& aggregate) {
  int64_t success = 0, failed = 0, skipped = 0, rows = 0, files = 0, bytes = 0, bytes_read = 0;
  Json list = Json::array();
  for (const model::RunResult& result : aggregate.results) {
    success += result.status == model::RunStatus::kSuccess;
    // An interrupted export has not delivered: programs that only count failures must see it.
    failed += result.status == model::RunStatus::kFailed ||
              result.status == model::RunStatus::kInterrupted;
    skipped += result.status == model::RunStatus::kSkipped;
    rows += result.rows;
    files += result.files;
    bytes += result.bytes;
    bytes_read += result.bytes_read;
    list.push_back(ResultJson(result));
  }
  Json json;
  json["run_aggregate_id"] = aggregate.id;
  json["started_at"] = aggregate.started_at;
  json["finished_at"] = aggregate.finished_at;
  json["duration_ms"] = aggregate.duration_ms;
  json["config_path"] = TextOrNull(aggregate.config_path);
  json["parallel_mode"] = aggregate.parallel_mode;
  json["total_exports"] = aggregate.results.size();
  json["success_count"] = success;
  json["failed_count"] = failed;
  json["skipped_count"] = skipped;
  json["total_rows"] = rows;
  json["total_files"] = files;
  json["total_bytes"] = bytes;
  json["total_bytes_read"] = bytes_read;
  json["per_export"] = std::move(list);
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rivet::report
