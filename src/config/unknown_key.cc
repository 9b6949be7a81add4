#include "config/unknown_key_internal.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/faults.h"

namespace rivet::config {
namespace {

// `exports[3].tuning` -> `exports[].tuning`
std::string PatternOf(const std::string& path) {
  std::string pattern;
  for (const char c : path) {
    if (c < '0' || c > '9') pattern += c;
  }
  return pattern;
}

size_t CommonPrefix(const std::string& a, const std::string& b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                             a.begin());
}

struct Belongs {
  std::vector<const Home*> homes;  // nearest first
  const Field* field = nullptr;
};

// Homes of available sections come first, then those that share more of the path with where the key
// stands.
Belongs FindHomes(std::string_view key, const std::string& here) {
  Belongs belongs;
  for (const Home& home : Homes()) {
    if (home.path != here && FindField(*home.section, key) != nullptr)
      belongs.homes.push_back(&home);
  }
  const auto rank = [&](const Home* home) {
    return std::pair(home->available && FindField(*home->section, key)->available,
                     CommonPrefix(home->path, here));
  };
  std::stable_sort(belongs.homes.begin(), belongs.homes.end(),
                   [&](const Home* a, const Home* b) { return rank(a) > rank(b); });
  if (!belongs.homes.empty()) belongs.field = FindField(*belongs.homes.front()->section, key);
  return belongs;
}

// The key as it stands in its home, one line for each level.
std::string ExampleAt(const std::string& path, const Field& field) {
  std::string text, indent = "    ";
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('.', start), path.size());
    const std::string word = path.substr(start, end - start);
    const bool is_list = word.ends_with("[]");
    text += "\n" + indent + (is_list ? word.substr(0, word.size() - 2) : word) + ":";
    indent += "  ";
    start = end + 1;
    if (!is_list) continue;
    // The list's first item starts on the next line, whatever that is.
    const size_t next_end = std::min(path.find('.', start), path.size());
    const bool has_next = start < path.size();
    const std::string first = has_next ? path.substr(start, next_end - start) + ":" : "";
    text += has_next ? "\n" + indent + "- " + first : "\n" + indent + "- name: orders";
    indent += has_next ? "    " : "  ";
    start = has_next ? next_end + 1 : path.size();
  }
  return text + "\n" + indent + std::string(field.name) + ": " + ExampleOf(field);
}

std::string HomesText(const std::vector<const Home*>& homes) {
  constexpr size_t kHomesShown = 3;
  std::vector<std::string> paths;
  for (const Home* home : homes) {
    if (paths.size() < kHomesShown)
      paths.push_back(home->path.empty() ? "the top level" : Quoted(home->path));
  }
  return Enumerate(paths, "or");
}

void TellMisplaced(const Entry& entry, const Spot& spot, const Belongs& belongs,
                   Problems* problems) {
  // Sections of later versions are named only when there is no other.
  std::vector<const Home*> named = belongs.homes;
  const Home& first = *named.front();
  const bool usable = first.available && belongs.field->available;
  if (usable) {
    std::erase_if(named, [&](const Home* home) {
      return !home->available || !FindField(*home->section, entry.key)->available;
    });
  }
  std::string belongs_text = "it belongs to " + HomesText(named);
  if (!usable) belongs_text += ", which is not available yet";
  problems->Add(
      kMisplacedKey, entry.mark,
      "the key " + Quoted(entry.key) + " is not valid in " + spot.Label() + ": " + belongs_text,
      usable ? std::vector<std::string>{"write:" + ExampleAt(first.path, *belongs.field)}
             : std::vector<std::string>{},
      spot.export_name);
}

}  // namespace

void TellUnknownKey(const Entry& entry, const Section& section, const Spot& spot,
                    Problems* problems) {
  if (problems->enough()) return;
  const Belongs belongs = FindHomes(entry.key, PatternOf(spot.path));
  if (!belongs.homes.empty()) {
    TellMisplaced(entry, spot, belongs, problems);
    return;
  }
  std::vector<std::string> declared, available;
  for (const Field& field : section.fields) {
    declared.emplace_back(field.name);
    if (field.available) available.emplace_back(field.name);
  }
  std::sort(available.begin(), available.end());
  std::vector<std::string> hints;
  const std::string nearest = NearestWord(entry.key, declared);
  if (!nearest.empty()) {
    const bool later = !FindField(section, nearest)->available;
    hints.push_back("did you mean " + Quoted(nearest) + "?" +
                    (later ? " (not available yet)" : ""));
  }
  std::string valid = "valid here: ";
  for (const std::string& key : available) valid += (key == available.front() ? "" : ", ") + key;
  hints.push_back(std::move(valid));
  problems->Add(kUnknownKey, entry.mark, "unknown key " + Quoted(entry.key) + " in " + spot.Label(),
                std::move(hints), spot.export_name);
}

}  // namespace rivet::config
