#include "config/substitute_internal.h"

#include <cstdlib>
#include <utility>

#include "config/faults.h"
#include "config/words_internal.h"

namespace rivet::config {
namespace {

constexpr size_t kSubstitutedBytesMax = 8 << 20;
constexpr std::string_view kIgnoredRootPrefix = "x-";

}  // namespace

std::string SqlLiteral(std::string_view text, bool mysql) {
  const bool escaped = text.find('\\') != std::string_view::npos;
  if (escaped && mysql) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string literal = " _utf8mb4 X'";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      literal += kHex[byte >> 4];
      literal += kHex[byte & 15];
    }
    return literal + "'";
  }
  std::string literal = escaped ? " E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') literal += c;
    literal += c;
  }
  return literal + "'";
}

const std::string* Substitution::Lookup(const std::string& name) {
  const auto param = options_.params.find(name);
  if (param != options_.params.end()) return &param->second;
  const char* value =
      options_.get_env != nullptr ? options_.get_env(name.c_str()) : std::getenv(name.c_str());
  if (value == nullptr) return nullptr;
  return &(environment_[name] = value);
}

void Substitution::Replace(std::string_view inside, size_t at, Outcome* outcome) {
  outcome->changed = true;
  if (inside.empty()) return;  // `${}` is the empty text
  const size_t colon = inside.find(':');
  const std::string name(inside.substr(0, colon));
  const std::string_view suffix =
      colon == std::string_view::npos ? std::string_view() : inside.substr(colon);
  const bool as_sql = suffix == ":sql";
  const bool has_default = suffix.starts_with(":-");
  if (!IsIdentifier(name) || (!suffix.empty() && !as_sql && !has_default)) {
    outcome->failures.push_back(
        {at,
         "a placeholder is ${NAME}, ${NAME:-default} or ${NAME:sql}, with a name of "
         "letters, digits and `_`",
         {"for the characters themselves write $${…}"}});
    return;
  }
  met_.insert(name);
  const std::string* value = Lookup(name);
  if (value == nullptr && has_default) {
    outcome->text += suffix.substr(2);
    return;
  }
  if (value == nullptr) {
    outcome->failures.push_back({at,
                                 Quoted(name) + " is not set",
                                 {"export " + name + "=…, or pass --param " + name + "=…",
                                  "a default is written ${" + name +
                                      ":-default}; for the characters themselves "
                                      "write $${" +
                                      name + "}"}});
    return;
  }
  if (as_sql && InvalidUtf8At(*value)) {
    outcome->failures.push_back(
        {at, "the value of " + Quoted(name) + " is not UTF-8 and cannot be an SQL text", {}});
    return;
  }
  outcome->text += as_sql ? SqlLiteral(*value, mysql_) : *value;
}

Substitution::Outcome Substitution::Apply(std::string_view text) {
  Outcome outcome;
  for (size_t at = 0; at < text.size();) {
    if (outcome.text.size() > kSubstitutedBytesMax) {
      outcome.failures.push_back(
          {at, "the text grows beyond 8 MiB when its placeholders are filled", {}});
      break;
    }
    const size_t dollar = text.find('$', at);
    outcome.text += text.substr(at, dollar - at);
    if (dollar == std::string_view::npos) break;
    const std::string_view rest = text.substr(dollar);
    if (rest.starts_with("$${")) {
      outcome.text += "${";
      outcome.changed = true;
      at = dollar + 3;
      continue;
    }
    if (!rest.starts_with("${")) {
      outcome.text += '$';
      at = dollar + 1;
      continue;
    }
    const size_t close = rest.find('}');
    if (close == std::string_view::npos) {  // nothing that follows can be closed either
      outcome.text += rest;
      break;
    }
    Replace(rest.substr(2, close - 2), dollar, &outcome);
    at = dollar + close + 1;
  }
  return outcome;
}

void Substitution::ApplyToNode(Node* node, Problems* problems) {
  for (Node& item : node->items) ApplyToNode(&item, problems);
  for (Entry& entry : node->entries) ApplyToNode(&entry.value, problems);
  if (node->kind != Node::Kind::kScalar || node->text.find("${") == std::string::npos) return;
  Outcome outcome = Apply(node->text);
  for (Failure& failure : outcome.failures) {
    problems->Add(kSecretUnset, node->mark, std::move(failure.message), std::move(failure.hints));
    node->unusable = true;
  }
  if (!outcome.changed) return;
  node->substituted = true;
  node->written = std::exchange(node->text, std::move(outcome.text));
}

void Substitution::ApplyToTree(Node* root, Problems* problems) {
  if (const Entry* source = root->Find("source"); source != nullptr) {
    const Entry* type = source->value.Find("type");
    mysql_ = type != nullptr && Apply(type->value.text).text == "mysql";
  }
  for (Entry& entry : root->entries) {
    if (!entry.key.starts_with(kIgnoredRootPrefix)) ApplyToNode(&entry.value, problems);
  }
}

void Substitution::WarnUnused(const std::string& file, std::vector<Warning>* warnings) const {
  for (const auto& [name, value] : options_.params) {
    if (met_.contains(name)) continue;
    std::string message = "--param " + Printable(name) + " is not used by any placeholder";
    const std::string nearest = NearestWord(name, {met_.begin(), met_.end()});
    if (!nearest.empty()) message += "; the nearest one is ${" + nearest + "}";
    warnings->push_back({"param-unused", std::move(message), Place{file, 0, 0}});
  }
}

}  // namespace rivet::config
