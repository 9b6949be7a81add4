#include <utility>
#include <vector>

#include "report/altered_internal.h"
#include "report/child_internal.h"

namespace rivet::report {
namespace {

using Json = nlohmann::ordered_json;

struct NumberField {
  const char* key;
  int64_t model::RunResult::*member;
};
constexpr NumberField kNumbers[] = {
    {"total_rows", &model::RunResult::rows},
    {"files_produced", &model::RunResult::files},
    {"bytes_written", &model::RunResult::bytes},
    {"bytes_read", &model::RunResult::bytes_read},
    {"duration_ms", &model::RunResult::duration_ms},
    {"peak_rss_mb", &model::RunResult::peak_rss_mb},
    {"retries", &model::RunResult::retries},
    {"units_total", &model::RunResult::units_total},
    {"units_done", &model::RunResult::units_done},
    {"units_skipped", &model::RunResult::units_skipped},
    {"longest_statement_ms", &model::RunResult::longest_statement_ms},
    {"statements", &model::RunResult::statements},
    {"longest_snapshot_ms", &model::RunResult::longest_snapshot_ms},
    {"batch_size", &model::RunResult::batch_size},
    {"started_at", &model::RunResult::started_at},
    {"finished_at", &model::RunResult::finished_at},
};

struct TextField {
  const char* key;
  std::string model::RunResult::*member;
};
constexpr TextField kTexts[] = {
    {"run_id", &model::RunResult::run_id},
    {"mode", &model::RunResult::mode},
    {"skip_reason", &model::RunResult::skip_reason},
    {"source_engine", &model::RunResult::source_engine},
    {"destination_kind", &model::RunResult::destination_kind},
    {"tuning_profile", &model::RunResult::tuning_profile},
    {"format", &model::RunResult::format},
    {"compression", &model::RunResult::compression},
    {"output_uri", &model::RunResult::output_uri},
    {"schema_fingerprint", &model::RunResult::schema_fingerprint},
    {"error_code", &model::RunResult::error_code},
    {"error_message", &model::RunResult::error_message},
};

Status Unfit(const char* key) {
  return Fail(kInternalBug, std::string("a line whose `") + key + "` is not what it should be");
}

Result<Fault> ReadFault(const Fields& fields, const ChildListener::FindCode& find_code) {
  Fault fault;
  ARROW_ASSIGN_OR_RAISE(fault.message, fields.Text("error"));
  ARROW_ASSIGN_OR_RAISE(const std::string name, fields.Text("code"));
  fault.code = find_code(name);
  if (fault.code == nullptr) fault.code = &kProcessFailed;  // a library's own failure has no code
  ARROW_ASSIGN_OR_RAISE(fault.hints, fields.Texts("hints"));
  ARROW_ASSIGN_OR_RAISE(const auto causes, fields.Texts("causes"));
  if (!causes.empty()) fault.cause = causes.front();
  if (fields.Has("export")) {
    ARROW_ASSIGN_OR_RAISE(fault.export_name, fields.Text("export"));
  }
  if (!fields.Has("location")) return fault;
  if (!fields.Member("location").is_object()) return Unfit("location");
  const Fields place(fields.Member("location"));
  fault.place.emplace();
  ARROW_ASSIGN_OR_RAISE(fault.place->file, place.Text("file"));
  ARROW_ASSIGN_OR_RAISE(const int64_t line, place.Number("line"));
  ARROW_ASSIGN_OR_RAISE(const int64_t column, place.Number("column"));
  fault.place->line = static_cast<int>(line & INT32_MAX);
  fault.place->column = static_cast<int>(column & INT32_MAX);
  return fault;
}

Json PairsJson(const model::RunResult& result) {
  Json list = Json::array();
  for (const auto& [rule, message] : result.warnings)
    list.push_back({{"rule", rule}, {"message", message}});
  return list;
}

Status ReadWarnings(const Fields& fields, model::RunResult* result) {
  if (!fields.Has("warnings") || !fields.Member("warnings").is_array()) return Unfit("warnings");
  for (const Json& item : fields.Member("warnings")) {
    if (!item.is_object()) return Unfit("warnings");
    const Fields warning(item);
    ARROW_ASSIGN_OR_RAISE(std::string rule, warning.Text("rule"));
    ARROW_ASSIGN_OR_RAISE(std::string message, warning.Text("message"));
    result->warnings.emplace_back(std::move(rule), std::move(message));
  }
  return Status::OK();
}

Status ReadAltered(const Fields& fields, model::RunResult* result) {
  if (!fields.Has("altered_values") || !fields.Member("altered_values").is_array())
    return Unfit("altered_values");
  for (const Json& item : fields.Member("altered_values")) {
    if (!item.is_object()) return Unfit("altered_values");
    const Fields one(item);
    model::Altered altered;
    ARROW_ASSIGN_OR_RAISE(altered.column, one.Text("column"));
    ARROW_ASSIGN_OR_RAISE(const std::string what, one.Text("policy"));
    ARROW_ASSIGN_OR_RAISE(const std::string action, one.Text("action"));
    ARROW_ASSIGN_OR_RAISE(altered.values, one.Number("values"));
    const auto known = model::SpecialValueFrom(what);
    const auto done = model::PolicyActionFrom(action);
    if (!known || !done) return Unfit("altered_values");
    altered.what = *known;
    altered.action = *done;
    result->altered.push_back(std::move(altered));
  }
  return Status::OK();
}

Status ReadValidation(const Fields& fields, model::RunResult* result) {
  if (!fields.Has("validation")) return Status::OK();
  if (!fields.Member("validation").is_object()) return Unfit("validation");
  const Fields seen(fields.Member("validation"));
  model::Validation validation;
  ARROW_ASSIGN_OR_RAISE(validation.passed, seen.Flag("passed"));
  ARROW_ASSIGN_OR_RAISE(validation.parts_verified, seen.Number("parts_verified"));
  ARROW_ASSIGN_OR_RAISE(validation.parts_failed, seen.Number("parts_failed"));
  ARROW_ASSIGN_OR_RAISE(validation.failures, seen.Texts("failures"));
  result->validation = std::move(validation);
  return Status::OK();
}

Status ReadReconciliation(const Fields& fields, model::RunResult* result) {
  if (!fields.Has("reconciliation")) return Status::OK();
  if (!fields.Member("reconciliation").is_object()) return Unfit("reconciliation");
  const Fields seen(fields.Member("reconciliation"));
  model::Reconciliation found;
  ARROW_ASSIGN_OR_RAISE(found.source_count, seen.Number("source_count"));
  ARROW_ASSIGN_OR_RAISE(found.exported_rows, seen.Number("exported_rows"));
  ARROW_ASSIGN_OR_RAISE(found.matched, seen.Flag("matched"));
  ARROW_ASSIGN_OR_RAISE(found.differing, seen.Number("differing"));
  ARROW_ASSIGN_OR_RAISE(found.differences, seen.Texts("differences"));
  result->reconciliation = std::move(found);
  return Status::OK();
}

}  // namespace

Result<std::string> Fields::Text(const char* key) const {
  if (!Has(key) || !json_[key].is_string()) return Unfit(key);
  return json_[key].get<std::string>();
}

Result<int64_t> Fields::Number(const char* key) const {
  if (!Has(key) || !json_[key].is_number_integer()) return Unfit(key);
  if (json_[key].is_number_unsigned() && json_[key].get<uint64_t>() > INT64_MAX) return Unfit(key);
  const auto number = json_[key].get<int64_t>();
  if (number < 0) return Unfit(key);
  return number;
}

Result<bool> Fields::Flag(const char* key) const {
  if (!Has(key) || !json_[key].is_boolean()) return Unfit(key);
  return json_[key].get<bool>();
}

Result<std::vector<std::string>> Fields::Texts(const char* key) const {
  if (!Has(key) || !json_[key].is_array()) return Unfit(key);
  std::vector<std::string> texts;
  for (const Json& item : json_[key]) {
    if (!item.is_string()) return Unfit(key);
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

void WriteResult(const model::RunResult& result, Json* json) {
  (*json)["status"] = model::ToString(result.status);
  for (const auto& [key, member] : kTexts) (*json)[key] = result.*member;
  for (const auto& [key, member] : kNumbers) (*json)[key] = result.*member;
  (*json)["warnings"] = PairsJson(result);
  (*json)["altered_values"] = AlteredJson(result);
  if (result.validation) {
    (*json)["validation"] = {{"passed", result.validation->passed},
                             {"parts_verified", result.validation->parts_verified},
                             {"parts_failed", result.validation->parts_failed},
                             {"failures", result.validation->failures}};
  }
  if (result.reconciliation) {
    (*json)["reconciliation"] = {{"source_count", result.reconciliation->source_count},
                                 {"exported_rows", result.reconciliation->exported_rows},
                                 {"matched", result.reconciliation->matched},
                                 {"differing", result.reconciliation->differing},
                                 {"differences", result.reconciliation->differences}};
  }
}

Result<model::RunResult> ReadResult(const Fields& fields) {
  model::RunResult result;
  ARROW_ASSIGN_OR_RAISE(const std::string word, fields.Text("status"));
  const auto status = model::RunStatusFrom(word);
  if (!status || *status == model::RunStatus::kRunning) return Unfit("status");
  result.status = *status;
  for (const auto& [key, member] : kTexts) {
    ARROW_ASSIGN_OR_RAISE(result.*member, fields.Text(key));
  }
  for (const auto& [key, member] : kNumbers) {
    ARROW_ASSIGN_OR_RAISE(result.*member, fields.Number(key));
  }
  ARROW_RETURN_NOT_OK(ReadWarnings(fields, &result));
  ARROW_RETURN_NOT_OK(ReadAltered(fields, &result));
  ARROW_RETURN_NOT_OK(ReadValidation(fields, &result));
  ARROW_RETURN_NOT_OK(ReadReconciliation(fields, &result));
  return result;
}

Status ReadVerdict(const Fields& fields, const ChildListener::FindCode& find_code,
                   Status* verdict_out) {
  *verdict_out = Status::OK();
  if (!fields.Has("verdict")) return Status::OK();
  const Json& verdict = fields.Member("verdict");
  if (!verdict.is_object()) return Unfit("verdict");
  std::vector<Status> problems;
  const Json* const list = verdict.contains("errors") ? &verdict["errors"] : nullptr;
  if (list == nullptr) {
    ARROW_ASSIGN_OR_RAISE(Fault fault, ReadFault(Fields(verdict), find_code));
    *verdict_out = Fail(std::move(fault));
    return Status::OK();
  }
  if (!list->is_array() || list->empty()) return Unfit("errors");
  for (const Json& item : *list) {
    if (!item.is_object()) return Unfit("errors");
    ARROW_ASSIGN_OR_RAISE(Fault fault, ReadFault(Fields(item), find_code));
    problems.push_back(Fail(std::move(fault)));
  }
  *verdict_out = FailAll(std::move(problems));
  return Status::OK();
}

}  // namespace rivet::report
