#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "command/schema_internal.h"

namespace rivet::command {
namespace {

using config::Field;
using config::FieldKind;
using config::Section;

constexpr std::string_view kLater = " Not available in this version.";
// A value from outside: its type is known when it is filled.
constexpr std::string_view kPlaceholder = R"({"type": "string", "pattern": "\\$\\{"})";

// `defaults` holds the same sections with nothing required and no rules.
std::string DefinitionOf(const Section& section, bool partial) {
  const std::string name(section.name);
  return partial ? "defaults." + name : name;
}

Json Reference(const std::string& definition) { return {{"$ref", "#/$defs/" + definition}}; }

Json TextSchema() { return {{"type", Json::array({"string", "number", "boolean"})}}; }

Json NumberSchema(const Field& field) {
  Json schema{{"type", field.kind == FieldKind::kInt ? "integer" : "number"},
              {"minimum", field.minimum}};
  const bool bounded = field.maximum != std::numeric_limits<int64_t>::max();
  if (bounded || field.kind == FieldKind::kInt) schema["maximum"] = field.maximum;
  return schema;
}

Json WordSchema(const Field& field) {
  Json words = Json::array();
  for (const config::Word& word : field.words) words.push_back(std::string(word.name));
  return {{"enum", words}};
}

Json ListOf(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }
Json MapOf(Json values) {
  return {{"type", "object"}, {"additionalProperties", std::move(values)}};
}

Json KindSchema(const Field& field, bool partial) {
  const Json placeholder = Json::parse(kPlaceholder);
  const auto or_placeholder = [&](Json schema) {
    return Json{{"anyOf", Json::array({std::move(schema), placeholder})}};
  };
  switch (field.kind) {
    case FieldKind::kText:
      return TextSchema();
    case FieldKind::kInt:
    case FieldKind::kNumber:
      return or_placeholder(NumberSchema(field));
    case FieldKind::kBool:
      return or_placeholder({{"type", "boolean"}});
    case FieldKind::kWord:
      return or_placeholder(WordSchema(field));
    case FieldKind::kTextList:
      return ListOf(TextSchema());
    case FieldKind::kWordList:
      return ListOf(WordSchema(field));
    case FieldKind::kTextMap:
      return MapOf(TextSchema());
    case FieldKind::kNumberMap:
      return MapOf(or_placeholder(NumberSchema(field)));
    case FieldKind::kSection:
      return Reference(DefinitionOf(*field.section, partial || field.partial));
    case FieldKind::kSectionList: {
      Json list = ListOf(Reference(DefinitionOf(*field.section, partial)));
      list["minItems"] = 1;
      return list;
    }
  }
  return Json::object();
}

std::string Description(const Field& field) {
  std::string text(field.doc);
  std::string later;
  for (const config::Word& word : field.words) {
    if (!word.available)
      later += (later.empty() ? " Not available in this version: " : ", ") + std::string(word.name);
  }
  if (!field.available) return text + std::string(kLater);
  return later.empty() ? text : text + later + ".";
}

// What tools of ours read: the tables of docs/config.md are made from it.
Json Facts(const Field& field) {
  Json facts{{"available", field.available}};
  if (!field.preset.empty()) facts["default"] = std::string(field.preset);
  if (!field.only_with.empty()) facts["only_with"] = std::string(field.only_with);
  return facts;
}

// A key without a value is absent, so null is fine wherever nothing is required.
Json PropertySchema(const Section& section, const Field& field, bool partial) {
  Json value = KindSchema(field, partial);
  const Json form = FormOf(section, field);
  if (!form.is_null()) {
    value["anyOf"] = Json::array({form, Json::parse(kPlaceholder)});
  }
  if (partial || !field.required) {
    if (value.contains("anyOf") && !value.contains("type")) {
      value["anyOf"].push_back({{"type", "null"}});
    } else {
      value = {{"anyOf", Json::array({value, {{"type", "null"}}})}};
    }
  }
  Json schema{{"description", Description(field)}};
  schema.update(value);
  schema["x-rivet"] = Facts(field);
  return schema;
}

Json SectionSchema(const Section& section, bool partial) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const Field& field : section.fields) {
    properties[std::string(field.name)] = PropertySchema(section, field, partial);
    if (field.required) required.push_back(std::string(field.name));
  }
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
  if (partial) return schema;
  if (!required.empty()) schema["required"] = required;
  const Json rules = RulesOf(section);
  if (!rules.empty()) schema["allOf"] = rules;
  return schema;
}

void Define(const Section& section, bool partial, Json* definitions) {
  for (const Field& field : section.fields) {
    if (field.section == nullptr) continue;
    const bool below = partial || field.partial;
    const std::string name = DefinitionOf(*field.section, below);
    if (definitions->contains(name)) continue;
    (*definitions)[name] = SectionSchema(*field.section, below);
    Define(*field.section, below, definitions);
  }
}

}  // namespace

Json ConfigSchema() {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "rivet.yaml"},
              {"description", "What Rivet extracts, from where and to where."}};
  Json root = SectionSchema(config::kRootSection, false);
  root["patternProperties"] = {{"^x-", {{"description", "A place for anchors; ignored."}}}};
  // With `defaults` an export need not be complete by itself.
  root["properties"]["exports"].erase("anyOf");
  root["required"].push_back("exports");
  const Json list = {{"type", "array"}, {"minItems", 1}};
  root["properties"]["exports"].update(list);
  const auto items = [](const std::string& definition) {
    return Json{{"properties", {{"exports", {{"items", Reference(definition)}}}}}};
  };
  Json named = items("defaults.exports");
  named["properties"]["exports"]["items"]["required"] = Json::array({"name"});
  root["if"] = {{"required", Json::array({"defaults"})}};
  root["then"] = std::move(named);
  root["else"] = items("exports");
  schema.update(root);
  Json definitions = Json::object();
  Define(config::kRootSection, false, &definitions);
  schema["$defs"] = std::move(definitions);
  return schema;
}

}  // namespace rivet::command
