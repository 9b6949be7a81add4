#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems_internal.h"

namespace rivet::config {

// The characters of a YAML file, for what the parser does not tell: columns in characters, tabs,
// quotes that never end. `text` outlives it.
class YamlText {
 public:
  explicit YamlText(std::string_view text);

  // What must not reach the parser: it would stop early or drop it without a word.
  struct BadCharacter {
    Mark mark;
    std::string what;
  };
  std::optional<BadCharacter> FindBadCharacter() const;

  // From the parser's line and byte column, both from 0.
  Mark MarkOf(int line, int column) const;
  std::string_view From(int line, int column) const;
  // A tab stands among the blanks before this column.
  bool IndentedByTab(int line, int column) const;
  bool TabInIndentation(int line) const;

 private:
  std::string_view LineText(int line) const;
  std::string_view text_;
  std::vector<size_t> starts_;
  // Where the last MarkOf stopped counting: the parser goes forward, and a file may be one long
  // line.
  struct Counted {
    int line = -1;
    size_t column = 0, continuations = 0;
  };
  mutable Counted counted_;
};

// `text` begins at a scalar's first character, or at its anchor. True when it is quoted and never
// closed.
bool QuoteNeverEnds(std::string_view text);
// The same start: an explicit tag stands there.
bool StartsWithTag(std::string_view text);

}  // namespace rivet::config
