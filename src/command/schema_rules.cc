#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "command/schema_internal.h"

namespace rivet::command {
namespace {

using config::Field;
using config::Section;
using Words = std::vector<std::string>;

Json Not(Json schema) { return {{"not", std::move(schema)}}; }

// The key is there with a value.
Json Set(const std::string& key) {
  return {{"required", Json::array({key})}, {"properties", {{key, Not({{"type", "null"}})}}}};
}
Json Unset(const std::string& key) { return {{"properties", {{key, {{"type", "null"}}}}}}; }

Json All(const Words& keys) {
  Json all = Json::array();
  for (const std::string& key : keys) all.push_back(Set(key));
  return {{"allOf", all}};
}
Json Any(const Words& keys) {
  Json any = Json::array();
  for (const std::string& key : keys) any.push_back(Set(key));
  return {{"anyOf", any}};
}
Json AtMostOne(const Words& keys) {
  Json pairs = Json::array();
  for (size_t i = 0; i < keys.size(); ++i) {
    for (size_t j = i + 1; j < keys.size(); ++j) pairs.push_back(Not(All({keys[i], keys[j]})));
  }
  return {{"allOf", pairs}};
}

// The key has one of the words; `absent` counts as one of them where `or_absent`.
Json Is(const std::string& key, const Words& words, bool or_absent = false) {
  Json values = words;
  if (or_absent) values.push_back(nullptr);
  Json schema{{"properties", {{key, {{"enum", values}}}}}};
  if (!or_absent) schema["required"] = Json::array({key});
  return schema;
}

Json When(Json condition, Json then) {
  return {{"if", std::move(condition)}, {"then", std::move(then)}};
}

Json Level(int least, int most) {
  return Json::parse(R"({"properties": {"compression_level": {"not": {"type": "integer", "not":
      {"minimum": )" +
                     std::to_string(least) + R"(, "maximum": )" + std::to_string(most) + "}}}}}");
}

// Which keys are valid with which word of the chooser (`mode`, `type`).
void AddChooser(const Section& section, Json* rules) {
  const Field& chooser = *config::FindField(section, section.chooser);
  for (const config::Word& word : chooser.words) {
    Json forbidden = Json::object();
    for (const Field& field : section.fields) {
      if (field.only_with.empty() || config::ListHas(field.only_with, word.name)) continue;
      forbidden[std::string(field.name)] = {{"type", "null"}};
    }
    if (forbidden.empty()) continue;
    rules->push_back(When(Is(std::string(chooser.name), {std::string(word.name)},
                             word.name == section.chooser_default),
                          {{"properties", forbidden}}));
  }
}

Json ExportRules() {
  Json rules = Json::array();
  Json one_of = Json::array({Set("table"), Set("query"), Set("query_file")});
  rules.push_back({{"anyOf", Json::array({Set("tables"), {{"oneOf", one_of}}})}});
  const Json dense{{"required", Json::array({"chunk_dense"})},
                   {"properties", {{"chunk_dense", {{"const", true}}}}}};
  rules.push_back(AtMostOne({"chunk_count", "chunk_by_days", "chunk_by_key"}));
  rules.push_back(When(dense, {{"allOf", Json::array({Unset("chunk_count"), Unset("chunk_by_days"),
                                                      Unset("chunk_by_key")})}}));
  rules.push_back(AtMostOne({"chunk_by_key", "chunk_column"}));
  rules.push_back(AtMostOne({"chunk_size_memory_mb", "chunk_size"}));
  rules.push_back(AtMostOne({"chunk_size_memory_mb", "chunk_count"}));
  rules.push_back(When(Any({"chunk_by_key", "chunk_size_memory_mb"}), Set("table")));
  rules.push_back(
      When(Is("mode", {"chunked"}), Any({"chunk_column", "chunk_by_key", "table", "tables"})));
  rules.push_back(When(Is("mode", {"incremental"}), Set("cursor_column")));
  rules.push_back(When(Is("incremental_cursor_mode", {"coalesce"}), Set("cursor_fallback_column")));
  rules.push_back(When(Set("cursor_fallback_column"), Is("incremental_cursor_mode", {"coalesce"})));
  rules.push_back(When(Is("mode", {"time_window"}), All({"time_column", "days_window"})));
  rules.push_back(When(Is("format", {"parquet"}), Unset("csv")));
  rules.push_back(When(Is("compression", {"zstd"}, true), Level(1, 22)));
  rules.push_back(When(Is("compression", {"gzip"}), Level(0, 10)));
  rules.push_back(When(Is("compression", {"snappy", "lz4", "none"}), Unset("compression_level")));
  const Json streams{{"required", Json::array({"destination"})},
                     {"properties", {{"destination", Is("type", {"stdout"})}}}};
  rules.push_back(
      When(streams, {{"allOf", Json::array({Unset("max_file_size"),
                                            Not(Is("mode", {"chunked", "incremental"}))})}}));
  rules.push_back(When(Set("partition_granularity"), Set("partition_by")));
  return rules;
}

Json SourceRules() {
  const Words urls = {"url", "url_env", "url_file"};
  const Words parts = {"host", "user", "database"};
  const Words passwords = {"password_env", "password_file", "password"};
  Json alone = Json::array();
  for (const std::string& url : urls) alone.push_back(Set(url));
  alone.push_back(All(parts));
  Json rules = Json::array();
  rules.push_back({{"oneOf", alone}});
  Words structured = parts;
  structured.push_back("port");
  structured.insert(structured.end(), passwords.begin(), passwords.end());
  rules.push_back(When(Any(urls), Not(Any(structured))));
  rules.push_back(AtMostOne(passwords));
  const auto scheme = [](const std::string& pattern) {
    return Json{{"properties", {{"url", {{"pattern", pattern}}}}}};
  };
  rules.push_back(When(Is("type", {"postgres"}), scheme(R"(^(postgres|postgresql)://|\$\{)")));
  rules.push_back(When(Is("type", {"mysql"}), scheme(R"(^(mysql|mariadb)://|\$\{)")));
  return rules;
}

Json DestinationRules() {
  const Json anonymous{{"required", Json::array({"allow_anonymous"})},
                       {"properties", {{"allow_anonymous", {{"const", true}}}}}};
  const Words s3 = {"access_key_env", "secret_key_env"};
  Json rules = Json::array();
  rules.push_back(When(Is("type", {"local"}), Set("path")));
  rules.push_back(When(Is("type", {"s3", "gcs", "azure"}), Set("bucket")));
  rules.push_back(When(Any(s3), All(s3)));
  rules.push_back(When(Set("session_token_env"), All(s3)));
  rules.push_back(When(Any(s3), Unset("aws_profile")));
  rules.push_back(When(
      anonymous, Not(Any({"access_key_env", "secret_key_env", "session_token_env", "aws_profile",
                          "credentials_file", "account_key_env", "sas_token_env"}))));
  Json signed_azure = Is("type", {"azure"});
  signed_azure["not"] = anonymous;
  const Json one_key{{"oneOf", Json::array({Set("account_key_env"), Set("sas_token_env")})}};
  rules.push_back(When(signed_azure, {{"allOf", Json::array({Set("account_name"), one_key})}}));
  return rules;
}

Json Text(const std::string& pattern, int length_max = 0) {
  Json form{{"type", "string"}, {"pattern", pattern}};
  if (length_max > 0) form["maxLength"] = length_max;
  return form;
}

}  // namespace

Json RulesOf(const Section& section) {
  Json rules = Json::array();
  if (!section.chooser.empty()) AddChooser(section, &rules);
  const auto add = [&](Json more) {
    for (Json& rule : more) rules.push_back(std::move(rule));
  };
  if (&section == &config::kExportSection) add(ExportRules());
  if (&section == &config::kSourceSection) add(SourceRules());
  if (&section == &config::kDestinationSection) add(DestinationRules());
  if (&section == &config::kTuningSection)
    rules.push_back(AtMostOne({"batch_size", "batch_size_memory_mb"}));
  if (&section == &config::kParquetSection) {
    rules.push_back(When(Is("row_group_strategy", {"fixed_rows"}), Set("row_group_rows")));
  }
  if (section.name == "slack") {
    rules.push_back(AtMostOne({"webhook_url", "webhook_url_env"}));
    rules.push_back(When(Set("on"), Any({"webhook_url", "webhook_url_env"})));
  }
  if (section.name == "state") rules.push_back(AtMostOne({"path", "url_env"}));
  return rules;
}

Json FormOf(const Section& section, const Field& field) {
  const std::string_view key = field.name;
  constexpr std::string_view kVariable = "^[A-Za-z_][A-Za-z0-9_]*$";
  constexpr std::string_view kTokens = R"(^([^{]|\{(date|export|table|run_id|partition)\}|\$\{)*$)";
  if (&section == &config::kSourceSection && (key == "url_env" || key == "password_env"))
    return Text(std::string(kVariable));
  if (&section == &config::kSourceSection && (key == "url_file" || key == "password_file" ||
                                              key == "host" || key == "user" || key == "database"))
    return {{"type", Json::array({"string", "number", "boolean"})}, {"minLength", 1}};
  if (key == "unbounded_numeric") return Text(R"(^(text|fail|decimal\([0-9]+, ?[0-9]+\))$)");
  if (&section == &config::kDestinationSection) {
    if (key == "path") {
      return Text(R"(^(?=.)(?!~)(?![A-Za-z][A-Za-z0-9+.-]*://))" + std::string(kTokens).substr(1));
    }
    if (key == "prefix") return Text(std::string(kTokens));
  }
  if (&section == &config::kCsvSection) {
    if (key == "delimiter")
      return Text(R"(^(\\t|[\u0001-\u0009\u000b\u000c\u000e-\u0021\u0023-\u007f])$)");
    if (key == "null_value")
      return Json{{"type", Json::array({"string", "number", "boolean"})},
                  {"pattern", R"(^[^"\r\n]*$)"}};
  }
  if (section.name == "state" && key == "path") return {{"type", "string"}, {"minLength", 1}};
  if (&section != &config::kExportSection) return nullptr;
  if (key == "name") {
    return Json{{"type", Json::array({"string", "number", "boolean"})},
                {"pattern", R"(^(?!\.)(?!.*\.\.)[^/\\\u0000-\u001f\u007f]+$)"},
                {"maxLength", 150}};
  }
  if (key == "table") return Text(R"(^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$)");
  if (key == "query") return Text(R"([^ \t\r\n])");
  if (key == "query_file") return Text(R"(^(?!/)(?!(.*/)?\.\.(/|$)).+$)");
  if (key == "max_file_size") {
    return Json::parse(R"({"anyOf": [{"type": "number", "minimum": 1},
        {"type": "string", "pattern": "^(?=.*[1-9])[0-9]+(\\.[0-9]+)? *([kKmMgG]?[bB])?$"}]})");
  }
  if (field.name == "chunk_column" || field.name == "chunk_by_key" ||
      field.name == "cursor_column" || field.name == "time_column")
    return {{"type", "string"}, {"minLength", 1}};
  return nullptr;
}

}  // namespace rivet::command
