#include "config/section_internal.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/faults.h"
#include "config/unknown_key_internal.h"
#include "config/words_internal.h"

namespace rivet::config {
namespace {

constexpr std::string_view kIgnoredRootPrefix = "x-";

std::string_view NameOf(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kScalar:
      return "a single value";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMapping:
      return "a mapping";
  }
  return "something else";
}

std::string GivenText(const Node& node, const Field& field) {
  if (node.kind != Node::Kind::kScalar) return std::string(NameOf(node.kind));
  if (field.secret) return "what is written";
  return node.plain ? Quoted(node.shown()) : "the quoted text " + Quoted(node.shown());
}

// Checks one value against its declaration and says what is wrong with it.
class ValueCheck {
 public:
  ValueCheck(Entry* entry, const Field& field, const Spot& spot, const Outlook& outlook,
             Problems* problems)
      : entry_(*entry),
        value_(entry->value),
        field_(field),
        spot_(spot),
        outlook_{outlook.later || !field.available, outlook.partial || field.partial},
        problems_(problems) {}

  void Run() {
    if (value_.unusable) return;
    switch (field_.kind) {
      case FieldKind::kText:
        if (value_.kind != Node::Kind::kScalar) return Wrong("a text");
        if (value_.text.find('\0') != std::string::npos) Wrong("a text without NUL");
        return;
      case FieldKind::kInt:
        return CheckInt();
      case FieldKind::kBool:
        return CheckBool();
      case FieldKind::kWord:
        return CheckWord();
      case FieldKind::kTextMap:
        return CheckTextMap();
      case FieldKind::kNumber:
        return CheckNumber(&value_, spot_.KeyPath(field_.name));
      case FieldKind::kNumberMap:
        return CheckNumberMap();
      case FieldKind::kTextList:
      case FieldKind::kWordList:
        return CheckPlainList();
      case FieldKind::kSection:
        if (value_.kind != Node::Kind::kMapping) return Wrong("a mapping");
        return CheckSection(&value_, *field_.section, spot_.Below(field_.name), outlook_,
                            problems_);
      case FieldKind::kSectionList:
        return CheckList();
    }
  }

 private:
  void Add(const FaultCode& code, std::string message, std::vector<std::string> hints = {}) {
    value_.unusable = true;
    problems_->Add(code, value_.mark, std::move(message), std::move(hints), spot_.export_name);
  }

  void Wrong(std::string_view wanted, std::vector<std::string> hints = {}) {
    Add(kValueType,
        spot_.KeyPath(field_.name) + " must be " + std::string(wanted) + ", not " +
            GivenText(value_, field_),
        std::move(hints));
  }

  // The upper end that a 64-bit number has by itself is told only to who went beyond it.
  std::string MostText() const {
    const bool beyond = value_.kind == Node::Kind::kScalar && IsBeyond64Bits(value_.text);
    return beyond ? " and at most " + std::to_string(field_.maximum) : "";
  }

  std::string RangeText() const {
    if (field_.maximum == std::numeric_limits<int64_t>::max())
      return std::to_string(field_.minimum) + " or more" + MostText();
    return "from " + std::to_string(field_.minimum) + " to " + std::to_string(field_.maximum);
  }

  void CheckInt() {
    const bool plain = value_.kind == Node::Kind::kScalar && value_.plain;
    const auto number = plain ? ParseWhole(value_.text) : std::nullopt;
    if (!number) return Wrong("a whole number");
    // Clamped to 64 bits, a number must not pass for the largest one.
    if (!IsBeyond64Bits(value_.text) && *number >= field_.minimum && *number <= field_.maximum)
      return;
    Add(field_.range_code == nullptr ? kValueOutOfRange : *field_.range_code,
        spot_.KeyPath(field_.name) + " must be " + RangeText() + ", not " + Quoted(value_.shown()));
  }

  void CheckNumber(Node* value, const std::string& path) {
    const auto number = value->kind == Node::Kind::kScalar && value->plain
                            ? ParseNumber(value->text)
                            : std::nullopt;
    const bool fits = number && *number >= static_cast<double>(field_.minimum) &&
                      *number <= static_cast<double>(field_.maximum);
    if (value->unusable || fits) return;
    value->unusable = true;
    problems_->Add(number ? kValueOutOfRange : kValueType, value->mark,
                   path + " must be " + (number ? RangeText() : "a number") + ", not " +
                       GivenText(*value, field_),
                   {}, spot_.export_name);
  }

  void CheckNumberMap() {
    if (value_.kind != Node::Kind::kMapping) return Wrong("a mapping");
    for (Entry& entry : value_.entries) {
      CheckNumber(&entry.value, spot_.Below(field_.name).KeyPath(entry.key));
    }
  }

  void CheckPlainList() {
    if (value_.kind != Node::Kind::kSequence)
      return Wrong("a list", {"write [a, b], or begin each item with `- `"});
    for (Node& item : value_.items) {
      if (item.unusable) continue;
      if (item.kind != Node::Kind::kScalar) {
        item.unusable = true;
        problems_->Add(kValueType, item.mark.line > 0 ? item.mark : entry_.mark,
                       spot_.KeyPath(field_.name) + " must be a list of words, not of " +
                           std::string(NameOf(item.kind)),
                       {}, spot_.export_name);
      } else if (field_.kind == FieldKind::kWordList) {
        JudgeWord(&item);
      }
    }
  }

  void CheckBool() {
    const bool scalar = value_.kind == Node::Kind::kScalar;
    if (scalar && value_.plain && (value_.text == "true" || value_.text == "false")) return;
    Wrong("`true` or `false`", {"only these two words, without quotes, are accepted"});
  }

  void CheckWord() {
    if (value_.kind != Node::Kind::kScalar) return Wrong("one word");
    JudgeWord(&value_);
  }

  void JudgeWord(Node* value) {
    std::vector<std::string> all, available;
    bool known = false;
    for (const Word& word : field_.words) {
      if (word.name == value->text && word.available) return;
      known = known || word.name == value->text;
      all.emplace_back(word.name);
      if (word.available) available.emplace_back(word.name);
    }
    if (known) {
      // Stays usable: what it asks of other keys is judged too.
      return problems_->Add(kNotAvailable, value->mark,
                            "`" + std::string(field_.name) + ": " + value->text +
                                "` is not available yet, in " + spot_.Label(),
                            {"available: " + Enumerate(available, "and")}, spot_.export_name);
    }
    std::vector<std::string> hints;
    // What a variable gave is not compared aloud: it may be a secret in the wrong place.
    const std::string nearest = value->substituted ? "" : DidYouMean(value->text, all);
    if (!nearest.empty()) hints.push_back(nearest);
    value->unusable = true;
    problems_->Add(kValueOutOfRange, value->mark,
                   spot_.KeyPath(field_.name) + " must be " + Enumerate(available, "or") +
                       ", not " + Quoted(value->shown()),
                   std::move(hints), spot_.export_name);
  }

  void CheckTextMap() {
    if (value_.kind != Node::Kind::kMapping) return Wrong("a mapping");
    for (Entry& entry : value_.entries) {
      if (entry.value.kind == Node::Kind::kScalar || entry.value.unusable) continue;
      entry.value.unusable = true;
      problems_->Add(kValueType, entry.mark,
                     spot_.Below(field_.name).KeyPath(entry.key) + " must be a text, not " +
                         std::string(NameOf(entry.value.kind)),
                     {}, spot_.export_name);
    }
  }

  void CheckList() {
    if (value_.kind != Node::Kind::kSequence) {
      return Wrong("a list", {"begin each item with `- `"});
    }
    for (size_t i = 0; i < value_.items.size(); ++i) {
      Node& item = value_.items[i];
      const Spot at = spot_.Below(field_.name).Item(i, NameOfExport(item));
      if (item.kind == Node::Kind::kMapping) {
        CheckSection(&item, *field_.section, at, outlook_, problems_);
        continue;
      }
      item.unusable = true;
      problems_->Add(kValueType, item.mark.line > 0 ? item.mark : entry_.mark,
                     Quoted(at.path) + " must be a mapping, not " + std::string(NameOf(item.kind)));
    }
  }

  Entry& entry_;
  Node& value_;
  const Field& field_;
  const Spot& spot_;
  const Outlook outlook_;
  Problems* problems_;
};

// The word that decides which keys are valid; empty when it is wrong or missing.
std::string ChooserWord(const Node& mapping, const Section& section) {
  const Entry* entry = mapping.Find(section.chooser);
  if (entry == nullptr || entry->value.kind == Node::Kind::kNull)
    return std::string(section.chooser_default);
  if (entry->value.unusable || entry->value.kind != Node::Kind::kScalar) return {};
  for (const Word& word : FindField(section, section.chooser)->words) {
    if (word.name == entry->value.text) return entry->value.text;
  }
  return {};
}

void TellWrongChooser(const Entry& entry, const Field& field, const Section& section,
                      const std::string& word, const Spot& spot, Problems* problems) {
  const Field& chooser = *FindField(section, section.chooser);
  std::vector<std::string> words;
  bool any_available = false;
  for (const Word& known : chooser.words) {
    if (!ListHas(field.only_with, known.name)) continue;
    words.push_back("`" + std::string(chooser.name) + ": " + std::string(known.name) + "`" +
                    (known.available ? "" : " (not available yet)"));
    any_available = any_available || known.available;
  }
  std::vector<std::string> hints = {"remove " + Quoted(entry.key)};
  if (any_available) hints.insert(hints.begin(), "set " + Enumerate(words, "or"));
  problems->Add(*section.chooser_code, entry.mark,
                Quoted(entry.key) + " belongs to " + Enumerate(words, "and") + ", but " +
                    spot.Label() + " has `" + std::string(chooser.name) + ": " + word + "`",
                std::move(hints), spot.export_name);
}

bool AsksForNothing(const Node& value, const Field& field) {
  return field.off_is_fine && value.kind == Node::Kind::kScalar && value.plain &&
         value.text == "false";
}

// `null` is nothing, except where it is one of the words.
bool TakeNullWord(Node* value, const Field& field) {
  const bool is_word = field.kind == FieldKind::kWord && value->text == "null" &&
                       std::any_of(field.words.begin(), field.words.end(), [](const Word& word) {
                         return word.name == std::string_view("null");
                       });
  if (is_word) value->kind = Node::Kind::kScalar;
  return is_word;
}

void CheckEntry(Entry* entry, const Section& section, const std::string& word, const Spot& spot,
                const Outlook& outlook, Problems* problems) {
  if (entry->told) return;
  if (spot.path.empty() && entry->key.starts_with(kIgnoredRootPrefix)) return;
  const Field* field = FindField(section, entry->key);
  if (field == nullptr) {
    entry->told = true;
    return TellUnknownKey(*entry, section, spot, problems);
  }
  if (entry->value.kind == Node::Kind::kNull && !TakeNullWord(&entry->value, *field)) return;
  if (!field->only_with.empty() && !word.empty() && !ListHas(field->only_with, word)) {
    if (entry->inherited) {
      entry->value = Node{};  // a default for exports of another kind
      return;
    }
    entry->value.unusable = true;
    return TellWrongChooser(*entry, *field, section, word, spot, problems);
  }
  if (!field->available && !outlook.later) {
    if (AsksForNothing(entry->value, *field)) return;
    entry->told = true;
    problems->Add(kNotAvailable, entry->mark,
                  Quoted(entry->key) + " is not available yet, in " + spot.Label(), {},
                  spot.export_name);
  }
  ValueCheck(entry, *field, spot, outlook, problems).Run();
}

void CheckRequired(const Node& mapping, const Section& section, const Spot& spot,
                   Problems* problems) {
  for (const Field& field : section.fields) {
    if (!field.required) continue;
    const Entry* entry = mapping.Find(field.name);
    if (entry != nullptr && entry->value.kind != Node::Kind::kNull) continue;
    const std::string what = entry == nullptr ? " is missing" : " has no value";
    std::string message = spot.KeyPath(field.name) + what;
    if (!spot.export_name.empty()) message += " (export \"" + Printable(spot.export_name) + "\")";
    problems->Add(kMissingKey, entry == nullptr ? mapping.mark : entry->mark, std::move(message),
                  {"add `" + std::string(field.name) + ": " + ExampleOf(field) + "`"},
                  spot.export_name);
  }
}

}  // namespace

void CheckSection(Node* mapping, const Section& section, const Spot& spot, const Outlook& outlook,
                  Problems* problems) {
  const bool chooses = !section.chooser.empty() && !outlook.partial;
  const std::string word = chooses ? ChooserWord(*mapping, section) : std::string();
  for (Entry& entry : mapping->entries) CheckEntry(&entry, section, word, spot, outlook, problems);
  if (!outlook.partial) CheckRequired(*mapping, section, spot, problems);
}

std::string NameOfExport(const Node& item) {
  const Entry* name = item.Find("name");
  return name != nullptr && name->value.kind == Node::Kind::kScalar ? name->value.shown()
                                                                    : std::string();
}

const Entry* Keys::Find(std::string_view key) const {
  const Entry* entry = mapping_ == nullptr ? nullptr : mapping_->Find(key);
  return entry == nullptr || entry->value.kind == Node::Kind::kNull ? nullptr : entry;
}

const Node* Keys::Usable(std::string_view key) const {
  const Entry* entry = Find(key);
  return entry == nullptr || entry->value.unusable ? nullptr : &entry->value;
}

std::optional<int64_t> Keys::Int(std::string_view key) const {
  const Node* node = Usable(key);
  return node == nullptr ? std::nullopt : ParseWhole(node->text);
}

std::optional<std::string> Keys::Text(std::string_view key) const {
  const Node* node = Usable(key);
  return node == nullptr ? std::nullopt : std::optional(node->text);
}

std::string Keys::TextOr(std::string_view key, std::string_view otherwise) const {
  return Text(key).value_or(std::string(otherwise));
}

bool Keys::Flag(std::string_view key) const { return TextOr(key, "false") == "true"; }

Keys Keys::Below(std::string_view key) const {
  const Node* node = Usable(key);
  return Keys(node != nullptr && node->kind == Node::Kind::kMapping ? node : nullptr,
              spot_.Below(key));
}

Mark Keys::MarkOf(std::string_view key) const {
  const Entry* entry = mapping_ == nullptr ? nullptr : mapping_->Find(key);
  if (entry != nullptr) return entry->mark;
  return mapping_ == nullptr ? Mark{} : mapping_->mark;
}

}  // namespace rivet::config
