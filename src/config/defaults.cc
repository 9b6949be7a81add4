#include <algorithm>
#include <string>
#include <utility>

#include "config/bind_internal.h"
#include "config/faults.h"

namespace rivet::config {
namespace {

// What all copies together may take: a small file must not become a large tree.
constexpr size_t kInheritedNodesMax = 500'000;
constexpr size_t kInheritedBytesMax = 32 << 20;

void MarkInherited(Node* node) {
  for (Entry& entry : node->entries) {
    entry.inherited = true;
    MarkInherited(&entry.value);
  }
}

// Mappings key by key, anything else as a whole. A key written without a value stays without one.
void MergeInto(const Node& defaults, Node* item) {
  for (const Entry& entry : defaults.entries) {
    Entry* own = item->Find(entry.key);
    if (own == nullptr) {
      item->entries.push_back(entry);
    } else if (own->value.kind == Node::Kind::kMapping &&
               entry.value.kind == Node::Kind::kMapping) {
      MergeInto(entry.value, &own->value);
    }
  }
}

bool TooLarge(const Node& defaults, size_t exports) {
  const Weight weight = WeightOf(defaults);
  return exports > 0 && (weight.nodes > kInheritedNodesMax / exports ||
                         weight.bytes > kInheritedBytesMax / exports);
}

}  // namespace

void MergeDefaults(Node* root, Problems* problems) {
  Entry* defaults = root->Find("defaults");
  if (defaults == nullptr || defaults->value.kind != Node::Kind::kMapping) return;
  CheckSection(&defaults->value, kExportSection, Spot{"defaults", {}}, Outlook{.partial = true},
               problems);
  Entry* exports = root->Find("exports");
  if (exports == nullptr || exports->value.kind != Node::Kind::kSequence) return;
  if (TooLarge(defaults->value, exports->value.items.size())) {
    problems->Add(kValueOutOfRange, defaults->mark,
                  "`defaults` is too large to be put under each of " +
                      std::to_string(exports->value.items.size()) + " exports");
    return;
  }
  Node inherited = defaults->value;
  MarkInherited(&inherited);
  for (Node& item : exports->value.items) {
    if (item.kind == Node::Kind::kMapping) MergeInto(inherited, &item);
  }
}

}  // namespace rivet::config
