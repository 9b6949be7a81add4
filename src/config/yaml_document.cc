#include "config/yaml_document_internal.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "config/faults.h"
#include "config/yaml_text_internal.h"

namespace rivet::config {
namespace {

// Anchored parts are kept as copies until the end, and may nest.
constexpr size_t kAnchoredNodesMax = 10 * kExpandedNodesMax;

// How much of a line is searched for the cause of the parser's complaint.
constexpr size_t kLineLooked = 200;

// Thrown by Builder through the parser, caught in ParseYaml.
struct Refused {
  Mark mark;
  std::string message;
};

// Whether the word `null` stands there by itself.
bool StartsWithNull(std::string_view text) {
  constexpr std::string_view kNull = "null";
  if (!text.starts_with(kNull)) return false;
  text.remove_prefix(kNull.size());
  return text.empty() ||
         std::string_view(" \t\r\n,]}#").find(text.front()) != std::string_view::npos;
}

// Makes the tree out of the parser's events. Aliases become copies, so their number and size are
// bounded here.
class Builder : public YAML::EventHandler {
 public:
  Builder(const YamlText& text, Problems* problems) : text_(text), problems_(problems) {}

  Node TakeRoot() { return std::move(root_); }
  bool has_root() const { return has_root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (has_root_)
      throw Refused{At(mark), "a second document begins here; a config is one document"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.mark = At(mark);
    if (StartsWithNull(text_.From(mark.line, mark.column))) node.text = "null";
    Add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused{At(mark), "an alias stands inside what it names"};
    const Weight weight = WeightOf(found->second);
    expanded_nodes_ += weight.nodes;
    expanded_bytes_ += weight.bytes;
    if (expanded_nodes_ > kExpandedNodesMax || expanded_bytes_ > kExpandedBytesMax) {
      throw Refused{At(mark), "aliases expand to more than " + std::to_string(kExpandedNodesMax) +
                                  " nodes or " + std::to_string(kExpandedBytesMax >> 20) + " MiB"};
    }
    CheckDepth(static_cast<int>(open_.size()) + weight.depth, At(mark));
    Node copy = found->second;
    // A key is looked for where it was used, a value where it was written.
    if (WantsKey()) copy.mark = At(mark);
    Add(std::move(copy), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    CheckTag(mark, tag);
    if (QuoteNeverEnds(text_.From(mark.line, mark.column))) {
      throw Refused{At(mark), "a quoted text begins here and never ends"};
    }
    CheckTab(mark);
    Node node;
    node.kind = Node::Kind::kScalar;
    node.mark = At(mark);
    node.plain = tag != "!";
    node.text = value;
    Add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    Open(Node::Kind::kSequence, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    Open(Node::Kind::kMapping, mark, tag, anchor, style);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    bool flow = false;
    std::optional<Entry> pending;      // its key was read
    std::map<std::string, Mark> seen;  // keys written here
    std::vector<Node> merges;
  };

  Mark At(const YAML::Mark& mark) const { return text_.MarkOf(mark.line, mark.column); }
  bool WantsKey() const {
    return !open_.empty() && open_.back().node.kind == Node::Kind::kMapping &&
           !open_.back().pending;
  }

  void CheckTag(const YAML::Mark& mark, const std::string& tag) const {
    const bool written = StartsWithTag(text_.From(mark.line, mark.column));
    if (written || (!tag.empty() && tag != "?" && tag != "!"))
      throw Refused{At(mark), "tags (`!…`) are not accepted"};
  }

  void CheckTab(const YAML::Mark& mark) const {
    const bool in_flow = !open_.empty() && open_.back().flow;
    if (!in_flow && text_.IndentedByTab(mark.line, mark.column)) {
      throw Refused{Mark{mark.line + 1, 1}, "a tab is used as indentation; use blanks"};
    }
  }

  static void CheckDepth(int depth, Mark mark) {
    if (depth > kDepthMax) {
      throw Refused{mark, "nesting is deeper than " + std::to_string(kDepthMax) + " levels"};
    }
  }

  void Open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    CheckTag(mark, tag);
    CheckTab(mark);
    CheckDepth(static_cast<int>(open_.size()) + 1, At(mark));
    if (WantsKey()) throw Refused{At(mark), "a key must be a single word"};
    Frame frame;
    frame.node.kind = kind;
    frame.node.mark = At(mark);
    frame.anchor = anchor;
    frame.flow = style == YAML::EmitterStyle::Flow;
    open_.push_back(std::move(frame));
  }

  void Close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    for (Node& merged : frame.merges) Merge(std::move(merged), &frame.node);
    Add(std::move(frame.node), frame.anchor);
  }

  void Add(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) Keep(node, anchor);
    if (open_.empty()) {
      root_ = std::move(node);
      has_root_ = true;
      return;
    }
    Frame& frame = open_.back();
    if (frame.node.kind == Node::Kind::kSequence) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.pending) {
      StartEntry(std::move(node), &frame);
    } else {
      FinishEntry(std::move(node), &frame);
    }
  }

  void Keep(const Node& node, YAML::anchor_t anchor) {
    const Weight weight = WeightOf(node);
    anchored_nodes_ += weight.nodes;
    anchored_bytes_ += weight.bytes;
    if (anchored_nodes_ > kAnchoredNodesMax || anchored_bytes_ > kExpandedBytesMax) {
      throw Refused{node.mark, "anchors name too large a part of the config"};
    }
    anchors_[anchor] = node;
  }

  void StartEntry(Node key, Frame* frame) const {
    if (key.kind != Node::Kind::kScalar) throw Refused{key.mark, "a key must be a single word"};
    Entry entry;
    entry.key = std::move(key.text);
    entry.mark = key.mark;
    entry.value.plain = key.plain;  // kept for `<<` until the value comes
    frame->pending = std::move(entry);
  }

  void FinishEntry(Node value, Frame* frame) const {
    Entry entry = std::move(*frame->pending);
    frame->pending.reset();
    const bool is_merge = entry.key == "<<" && entry.value.plain;
    // In `{a, b}` a word alone is a key without a value; on a line of its own it is a slip of the
    // pen.
    if (!frame->flow && value.kind == Node::Kind::kNull && value.mark.line == entry.mark.line &&
        value.mark.column == entry.mark.column) {
      throw Refused{entry.mark, "there is no colon after this word"};
    }
    if (is_merge) {
      AddMerges(std::move(value), entry.mark, frame);
      return;
    }
    const auto [first, is_new] = frame->seen.emplace(entry.key, entry.mark);
    if (!is_new) {
      problems_->Add(kYamlInvalid, entry.mark,
                     "the key " + Quoted(entry.key) + " is written twice, first in line " +
                         std::to_string(first->second.line));
      return;
    }
    entry.value = std::move(value);
    frame->node.entries.push_back(std::move(entry));
  }

  static void AddMerges(Node value, Mark mark, Frame* frame) {
    if (value.kind == Node::Kind::kMapping) {
      frame->merges.push_back(std::move(value));
      return;
    }
    if (value.kind != Node::Kind::kSequence)
      throw Refused{mark, "`<<` merges a mapping or a list of mappings"};
    for (Node& item : value.items) {
      if (item.kind != Node::Kind::kMapping)
        throw Refused{mark, "`<<` merges a mapping or a list of mappings"};
      frame->merges.push_back(std::move(item));
    }
  }

  // What is written wins over what is merged, the earlier merge over the later.
  static void Merge(Node merged, Node* into) {
    std::set<std::string> have;
    for (const Entry& entry : into->entries) have.insert(entry.key);
    for (Entry& entry : merged.entries) {
      if (have.insert(entry.key).second) into->entries.push_back(std::move(entry));
    }
  }

  const YamlText& text_;
  Problems* problems_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  size_t expanded_nodes_ = 0;
  size_t expanded_bytes_ = 0;
  size_t anchored_nodes_ = 0;
  size_t anchored_bytes_ = 0;
  Node root_;
  bool has_root_ = false;
};

// Some of the parser's messages end in the text they complain of, which may be a password.
std::string WithoutQuotedText(const std::string& message) {
  return message.substr(0, message.find(": "));
}

}  // namespace

Weight WeightOf(const Node& node) {
  Weight weight;
  weight.bytes = node.text.size();
  const auto add = [&](const Node& child) {
    const Weight below = WeightOf(child);
    weight.nodes += below.nodes;
    weight.bytes += below.bytes;
    weight.depth = std::max(weight.depth, below.depth + 1);
  };
  for (const Node& item : node.items) add(item);
  for (const Entry& entry : node.entries) {
    weight.bytes += entry.key.size();
    add(entry.value);
  }
  return weight;
}

const Entry* Node::Find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

Entry* Node::Find(std::string_view key) {
  return const_cast<Entry*>(static_cast<const Node*>(this)->Find(key));
}

std::optional<Node> ParseYaml(std::string_view text, Problems* problems) {
  const YamlText lines(text);
  const auto refuse = [&](Mark mark, std::string message, std::vector<std::string> hints = {}) {
    problems->Add(kYamlInvalid, mark, std::move(message), std::move(hints));
    return std::nullopt;
  };
  if (static_cast<int64_t>(text.size()) > kConfigBytesMax) {
    return refuse({}, "the config is larger than " + std::to_string(kConfigBytesMax) + " bytes");
  }
  if (const auto bad = lines.FindBadCharacter())
    return refuse(bad->mark, bad->what + " in the config");
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(lines, problems);
    // The second round finds nothing, or a second document.
    while (parser.HandleNextDocument(builder)) {
    }
    if (!builder.has_root()) return refuse({1, 1}, "the config is empty");
    Node root = builder.TakeRoot();
    if (root.kind != Node::Kind::kMapping) {
      return refuse(root.mark,
                    "the config is not a mapping; it begins with `source:` and `exports:`");
    }
    return root;
  } catch (const Refused& refused) {
    return refuse(refused.mark, refused.message);
  } catch (const YAML::Exception& error) {
    if (lines.TabInIndentation(error.mark.line)) {
      return refuse({error.mark.line + 1, 1}, "a tab is used as indentation; use blanks");
    }
    std::vector<std::string> hints;
    if (lines.From(error.mark.line, 0).substr(0, kLineLooked).find("${") !=
        std::string_view::npos) {
      hints.push_back("inside `{ }` or `[ ]` a placeholder needs quotes: \"${NAME}\"");
    }
    return refuse(lines.MarkOf(error.mark.line, error.mark.column),
                  "not valid YAML: " + WithoutQuotedText(error.msg), std::move(hints));
  } catch (const std::exception&) {
    return refuse({}, "not valid YAML: the parser gave up");
  }
}

}  // namespace rivet::config
