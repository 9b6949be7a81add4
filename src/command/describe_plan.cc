#include "command/describe_plan_internal.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "command/shared_internal.h"
#include "report/report.h"

namespace rivet::command {
namespace {

// Chunks of a long list that are shown: the first ones and the last.
constexpr size_t kChunksShown = 10;

std::string KeyText(const std::vector<model::KeyColumn>& key) {
  std::string text = "(";
  for (const model::KeyColumn& column : key) {
    if (text.size() > 1) text += ", ";
    text += column.name;
  }
  return text + ")";
}

std::string WindowText(const model::Plan& plan, const model::Unit& unit) {
  const std::string& column = plan.chunk_key.empty() ? unit.start_key : plan.chunk_key.front().name;
  if (unit.start_key == model::kNullUnitKey) return column + " IS NULL";
  return column + " from " + unit.start_key + " through " + unit.end_key;
}

std::string FormatText(const model::FormatSettings& format) {
  std::string text = format.format + ", " + std::string(model::ToString(format.compression));
  if (format.compression_level) text += " level " + std::to_string(*format.compression_level);
  return text;
}

}  // namespace

std::string ReadShape(const model::Plan& plan) {
  const std::string rows =
      "at most " + std::to_string(plan.limits.batch_rows_max) + " rows a statement";
  if (plan.whole_heap) return "pages by physical blocks of the table, " + rows + ", one snapshot";
  if (plan.page_key.empty()) return "cursor, " + rows + ", one snapshot";
  return "pages along " + KeyText(plan.page_key) + ", " + rows +
         (plan.may_renew_snapshot ? ", snapshots under 1 s" : ", one snapshot");
}

std::string CountShape(const model::Plan& plan) {
  std::string text = "rows counted at the source afterwards";
  if (!plan.count_key.empty()) text += " along " + KeyText(plan.count_key);
  if (plan.mode == model::Mode::kChunked)
    text += plan.count_by_unit ? ", chunk by chunk" : ", all chunks together";
  return text;
}

std::string PlanText(const model::Plan& plan, const std::string& reconcile) {
  std::vector<std::pair<std::string, std::string>> lines;
  lines.emplace_back("from", plan.relation.is_query()
                                 ? "query: " + plan.relation.query
                                 : "table " + model::ToString(plan.relation.table));
  lines.emplace_back("mode", std::string(model::ToString(plan.mode)));
  lines.emplace_back("strategy", plan.strategy);
  lines.emplace_back("columns", std::to_string(plan.columns.size()));
  lines.emplace_back(
      "rows", plan.row_estimate < 0 ? "unknown" : "~" + report::CountWord(plan.row_estimate));
  lines.emplace_back("reads", ReadShape(plan));
  lines.emplace_back("tuning", plan.tuning.label);
  lines.emplace_back("writes", FormatText(plan.format));
  lines.emplace_back("to", plan.destination_type + " " + plan.destination_root);
  if (!reconcile.empty()) lines.emplace_back("reconcile", reconcile);
  if (plan.mode == model::Mode::kChunked)
    lines.emplace_back("chunks", std::to_string(plan.units.size()));
  std::string text = report::Printable(plan.export_name) + "\n" + LabelText(lines);
  if (plan.mode == model::Mode::kChunked) {
    for (size_t i = 0; i < plan.units.size(); ++i) {
      if (plan.units.size() > kChunksShown && i == kChunksShown - 1) {
        text += "    …\n";
        i = plan.units.size() - 1;
      }
      text += "    " + std::to_string(plan.units[i].index) + "  " +
              report::Printable(WindowText(plan, plan.units[i])) + "\n";
    }
  }
  for (const model::PlanWarning& warning : plan.warnings) {
    text += "  warning  [" + warning.rule + "] " + report::Printable(warning.message) + "\n";
  }
  return text;
}

}  // namespace rivet::command
