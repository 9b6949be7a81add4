#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/time_text.h"

// How commands print JSON: keys in the order they were set, bytes that are no UTF-8 replaced.
namespace rivet::command {

using Json = nlohmann::ordered_json;

inline std::string JsonDocument(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}
inline std::string JsonLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

inline Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}
template <typename Value>
Json ValueOrNull(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// 0, which is no time, is empty.
inline std::string TimeText(WallMicros time) { return time == 0 ? "" : Rfc3339(time); }

}  // namespace rivet::command
