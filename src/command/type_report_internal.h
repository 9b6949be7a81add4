#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command/json_internal.h"
#include "model/plan.h"
#include "target/target.h"

namespace rivet::command {

// The columns of an export: what they become in the file and, with a target, in a warehouse.
struct TypeReport {
  std::vector<model::Column> columns;
  std::vector<std::vector<std::string>> warnings;  // one list a column
  const target::Target* warehouse = nullptr;       // null: the file only
  std::vector<target::Landing> landings;           // one a column, with a target
};
TypeReport ReportTypes(const model::Plan& plan, const target::Target* warehouse);

Json ColumnsJson(const TypeReport& report);
Json ViolationsJson(const TypeReport& report);
bool TargetFails(const TypeReport& report);
// What --strict refuses: mappings that lose something, and columns without a place in the target.
std::vector<Status> RefusedByStrict(const TypeReport& report);

// For people; ends with a line feed.
std::string TypeTable(const TypeReport& report);

// The statements of --emit ddl for the files that a run of this plan delivers. `extension` is that
// of its files.
Result<std::string> EmitDdl(const model::Plan& plan, const target::Target& warehouse,
                            const std::string& extension);

}  // namespace rivet::command
