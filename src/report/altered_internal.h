#pragma once

#include <nlohmann/json.hpp>

#include "model/run.h"

namespace rivet::report {

// What policies altered, for `run --json`, the run's summary and the parent of a child process:
// [{column, policy, action, values}], empty where every value is as it was.
inline nlohmann::ordered_json AlteredJson(const model::RunResult& result) {
  auto list = nlohmann::ordered_json::array();
  for (const model::Altered& altered : result.altered) {
    list.push_back({{"column", altered.column},
                    {"policy", model::ToString(altered.what)},
                    {"action", model::ToString(altered.action)},
                    {"values", altered.values}});
  }
  return list;
}

}  // namespace rivet::report
