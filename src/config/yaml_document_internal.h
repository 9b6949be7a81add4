#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems_internal.h"

namespace rivet::config {

struct Entry;

// The YAML document as a tree: aliases and merges are expanded, nothing is typed yet.
struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMapping };
  Kind kind = Kind::kNull;
  Mark mark;
  bool plain = true;         // a scalar without quotes: may be a number or true/false
  bool substituted = false;  // `${…}` put something into it
  bool unusable = false;     // a problem of it was told: nobody reads the value
  std::string text;          // scalar, after substitution; `null` where that word was written
  std::string written;       // scalar as in the file, when substituted: what messages may show
  std::vector<Node> items;
  std::vector<Entry> entries;

  const Entry* Find(std::string_view key) const;
  Entry* Find(std::string_view key);
  const std::string& shown() const { return substituted ? written : text; }
};

struct Entry {
  std::string key;
  Mark mark;  // of the key
  Node value;
  bool told = false;       // a problem of the key itself was told
  bool inherited = false;  // copied from `defaults`
};

// What a tree takes, for limits.
struct Weight {
  size_t nodes = 1;
  size_t bytes = 0;
  int depth = 1;
};
Weight WeightOf(const Node& node);

// Limits of a document: a small file must not become a large tree.
inline constexpr int64_t kConfigBytesMax = 1 << 20;
inline constexpr int kDepthMax = 64;
inline constexpr size_t kExpandedNodesMax = 10'000;
inline constexpr size_t kExpandedBytesMax = 8 << 20;

// Repeated keys are problems of their own and leave the first one; anything else that is wrong ends
// the reading, then the result is empty and the problem is the last one added. Never throws.
std::optional<Node> ParseYaml(std::string_view text, Problems* problems);

}  // namespace rivet::config
