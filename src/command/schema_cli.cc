#include <charconv>
#include <string>

#include "command/schema_internal.h"

namespace rivet::command {
namespace {

// A number where the text is one: the default of a limit is no text.
Json ValueJson(const ShellFlag& flag, const std::string& text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (flag.value_type == "INT" && error == std::errc() && stop == end) return number;
  return text;
}

void AddValue(const ShellFlag& flag, Json* json) {
  (*json)["takes_value"] = flag.takes_value;
  if (!flag.takes_value) return;
  (*json)["value"] = flag.value_type;
  (*json)["repeatable"] = flag.repeatable;
  if (!flag.choices.empty()) (*json)["choices"] = flag.choices;
  const size_t dash = flag.value_range.find(" - ");
  if (dash != std::string::npos) {
    (*json)["minimum"] = ValueJson(flag, flag.value_range.substr(0, dash));
    (*json)["maximum"] = ValueJson(flag, flag.value_range.substr(dash + 3));
  }
  if (!flag.default_text.empty()) (*json)["default"] = ValueJson(flag, flag.default_text);
}

Json FlagJson(const ShellFlag& flag) {
  Json json;
  json["long"] = Json::array();
  for (const std::string& name : flag.longs) json["long"].push_back("--" + name);
  json["short"] = Json::array();
  for (const std::string& name : flag.shorts) json["short"].push_back("-" + name);
  json["summary"] = flag.summary;
  AddValue(flag, &json);
  return json;
}

Json ArgumentJson(const ShellFlag& argument) {
  Json json;
  json["name"] = argument.longs.front();
  json["summary"] = argument.summary;
  AddValue(argument, &json);
  return json;
}

}  // namespace

Json CliJson(const std::vector<ShellCommand>& commands, const std::string& version) {
  Json document;
  document["program"] = "rivet";
  document["version"] = version;
  document["commands"] = Json::array();
  for (const ShellCommand& command : commands) {
    Json json;
    json["path"] = command.path;
    json["summary"] = command.summary;
    json["flags"] = Json::array();
    for (const ShellFlag& flag : command.flags) {
      if (!flag.inherited) json["flags"].push_back(FlagJson(flag));
    }
    json["arguments"] = Json::array();
    for (const ShellFlag& argument : command.arguments)
      json["arguments"].push_back(ArgumentJson(argument));
    json["commands"] = command.below;
    document["commands"].push_back(std::move(json));
  }
  return document;
}

}  // namespace rivet::command
