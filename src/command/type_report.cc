#include "command/type_report_internal.h"

#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "command/shared_internal.h"
#include "config/config.h"
#include "report/report.h"
#include "transform/transform.h"
#include "types/column_warnings.h"
#include "types/schema.h"

namespace rivet::command {
namespace {

using model::Fidelity;
using target::Landing;
using target::Standing;

constexpr char kNone[] = "none";

std::string ArrowText(const model::Column& column) {
  const auto type = types::ArrowType(column.type);
  return type == nullptr ? kNone : type->ToString();
}

std::string MarkOf(Fidelity fidelity) {
  if (fidelity == Fidelity::kLossy || fidelity == Fidelity::kUnsupported) return "✗ ";
  return fidelity == Fidelity::kLogicalString ? "~ " : "";
}

std::string MarkOf(Standing standing) {
  if (standing == Standing::kFail) return "✗ ";
  return standing == Standing::kWarn ? "~ " : "";
}

std::string TypeOf(const Landing& landing) { return landing.type.empty() ? kNone : landing.type; }

// What a column of the file that no source column stands behind holds.
model::LogicalType TypeOf(const arrow::DataType& type) {
  model::LogicalType logical;
  switch (type.id()) {
    case arrow::Type::INT64:
      logical.kind = model::TypeKind::kInt64;
      return logical;
    case arrow::Type::UINT64:
      logical.kind = model::TypeKind::kUInt64;
      return logical;
    case arrow::Type::TIMESTAMP:
      logical.kind = model::TypeKind::kTimestampTz;
      return logical;
    case arrow::Type::BINARY:
    case arrow::Type::FIXED_SIZE_BINARY:
      logical.kind = model::TypeKind::kBinary;
      return logical;
    default:
      Check(type.id() == arrow::Type::STRING, "every meta column has a logical type");
      return logical;
  }
}

// The columns of the file: the source's and then Rivet's own.
std::vector<model::Column> FileColumns(const model::Plan& plan) {
  std::vector<model::Column> columns = plan.columns;
  const auto schema = transform::WithMetaColumns(types::SchemaOf(plan.columns), plan.meta);
  for (int i = static_cast<int>(columns.size()); i < schema->num_fields(); ++i) {
    model::Column column;
    column.name = schema->field(i)->name();
    column.type = TypeOf(*schema->field(i)->type());
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace

TypeReport ReportTypes(const model::Plan& plan, const target::Target* warehouse) {
  TypeReport report;
  report.columns = plan.columns;
  report.warnings = types::ColumnWarnings(plan.columns, plan.source_engine);
  report.warehouse = warehouse;
  if (warehouse != nullptr)
    report.landings = target::LandAll(*warehouse, plan.columns, plan.source_engine, plan.format);
  return report;
}

Json ColumnsJson(const TypeReport& report) {
  Json list = Json::array();
  for (size_t i = 0; i < report.columns.size(); ++i) {
    const model::Column& column = report.columns[i];
    Json json = {{"column", column.name},
                 {"source_type", column.native_type},
                 {"rivet_type", model::ToString(column.type)},
                 {"arrow_type", ArrowText(column)},
                 {"fidelity", model::ToString(model::FidelityOf(column.type))}};
    if (!report.warnings[i].empty()) json["warnings"] = report.warnings[i];
    if (report.warehouse != nullptr) {
      const Landing& landing = report.landings[i];
      json["target_type"] = TypeOf(landing);
      json["target_status"] = target::ToString(landing.standing);
      if (!landing.note.empty()) json["target_note"] = landing.note;
      if (!landing.autoload.empty()) json["target_autoload"] = landing.autoload;
      if (!landing.cast.empty()) json["target_cast"] = landing.cast;
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json ViolationsJson(const TypeReport& report) {
  Json list = Json::array();
  for (const model::Column& column : report.columns) {
    const Fidelity fidelity = model::FidelityOf(column.type);
    const std::string_view loss = types::LossOf(fidelity);
    if (loss.empty()) continue;
    list.push_back({{"column_name", column.name},
                    {"fidelity", model::ToString(fidelity)},
                    {"message", column.native_type + std::string(loss)},
                    {"fatal", fidelity == Fidelity::kUnsupported}});
  }
  return list;
}

bool TargetFails(const TypeReport& report) {
  return std::any_of(report.landings.begin(), report.landings.end(),
                     [](const Landing& landing) { return landing.standing == Standing::kFail; });
}

std::vector<Status> RefusedByStrict(const TypeReport& report) {
  std::vector<Status> refused{types::RefuseLoss(report.columns)};
  if (report.warehouse != nullptr)
    refused.push_back(target::RefuseFailures(*report.warehouse, report.columns, report.landings));
  return refused;
}

std::string TypeTable(const TypeReport& report) {
  std::vector<std::string> header = {"Column", "Source type", "Rivet type", "Arrow type",
                                     "Fidelity"};
  if (report.warehouse != nullptr) header.insert(header.end(), {"Target type", "Status", "Note"});
  std::vector<std::vector<std::string>> cells;
  std::string warnings;
  for (size_t i = 0; i < report.columns.size(); ++i) {
    const model::Column& column = report.columns[i];
    const Fidelity fidelity = model::FidelityOf(column.type);
    cells.push_back({column.name, column.native_type, model::ToString(column.type),
                     ArrowText(column), MarkOf(fidelity) + std::string(model::ToString(fidelity))});
    if (report.warehouse == nullptr) continue;
    const Landing& landing = report.landings[i];
    cells.back().insert(
        cells.back().end(),
        {TypeOf(landing),
         MarkOf(landing.standing) + std::string(target::ToString(landing.standing)), landing.note});
    for (const std::string& warning : report.warnings[i])
      warnings += "  " + report::Printable(column.name) + ": " + report::Printable(warning) + "\n";
  }
  if (!warnings.empty()) warnings = "Whatever the target:\n" + warnings;
  return TableText(header, cells) + warnings;
}

Result<std::string> EmitDdl(const model::Plan& plan, const target::Target& warehouse,
                            const std::string& extension) {
  target::Delivery delivery;
  delivery.export_name = plan.export_name;
  delivery.from =
      plan.relation.is_query() ? "a query" : "table " + model::ToString(plan.relation.table);
  delivery.engine = plan.source_engine;
  delivery.columns = FileColumns(plan);
  delivery.format = plan.format;
  delivery.extension = extension;
  if (plan.destination_type == "local") {
    // Of a run that is still to come only its day and its id are open.
    delivery.folder =
        config::FillPlaceholders(plan.destination_root, plan.export_name, "{run_id}", "{date}");
  }
  return target::Ddl(warehouse, delivery);
}

}  // namespace rivet::command
