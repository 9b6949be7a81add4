#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/fields.h"
#include "config/problems_internal.h"
#include "config/yaml_document_internal.h"

namespace rivet::config {

// What the sections above decide.
struct Outlook {
  bool later = false;    // below a key of a later version, which was refused already
  bool partial = false;  // below `defaults`: keys may be missing, and the mode is not known
};

// Compares a mapping, and every section below it, with its declaration: unknown, misplaced and
// unavailable keys, types, ranges, words, required keys. Values that are wrong become `unusable`;
// those of later versions are refused and judged all the same. What was told is not told again.
void CheckSection(Node* mapping, const Section& section, const Spot& spot, const Outlook& outlook,
                  Problems* problems);

// The name an export's problems are told under; empty when it has none.
std::string NameOfExport(const Node& item);

// One mapping after CheckSection, read by name. Absent, null and wrong values all read as
// "nothing".
class Keys {
 public:
  // `mapping` may be null; it outlives the object.
  Keys(const Node* mapping, Spot spot) : mapping_(mapping), spot_(std::move(spot)) {}

  // Written with a value, be it right or wrong.
  bool Has(std::string_view key) const { return Find(key) != nullptr; }
  const Entry* Find(std::string_view key) const;
  const Node* Usable(std::string_view key) const;
  std::optional<int64_t> Int(std::string_view key) const;
  std::optional<std::string> Text(std::string_view key) const;
  std::string TextOr(std::string_view key, std::string_view otherwise) const;
  bool Flag(std::string_view key) const;
  Keys Below(std::string_view key) const;

  // Of the key; of the mapping when the key is absent.
  Mark MarkOf(std::string_view key) const;
  const Node* mapping() const { return mapping_; }
  const Spot& spot() const { return spot_; }

 private:
  const Node* mapping_;
  Spot spot_;
};

}  // namespace rivet::config
