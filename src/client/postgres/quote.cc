#include "client/postgres/quote.h"

#include <cctype>

namespace rivet::client::postgres {
namespace {

void AppendDoubled(std::string_view text, char quote, std::string* out) {
  for (char c : text) {
    if (c == quote) *out += c;
    *out += c;
  }
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool IsWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Moves over SQL one token at a time, knowing just enough to tell a semicolon from one in a string
// or a comment.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool done() const { return at_ >= text_.size(); }
  size_t at() const { return at_; }
  char now() const { return text_[at_]; }
  bool Starts(std::string_view word) const { return text_.substr(at_).starts_with(word); }

  // True when what was passed over is blank or a comment.
  bool Skip() {
    if (IsBlank(now())) {
      ++at_;
      return true;
    }
    if (Starts("--")) {
      To(text_.find('\n', at_));
      return true;
    }
    if (Starts("/*")) {
      Comment();
      return true;
    }
    Token();
    return false;
  }

 private:
  void To(size_t position) { at_ = position == std::string_view::npos ? text_.size() : position; }

  void Comment() {
    int depth = 0;
    while (!done()) {
      if (Starts("/*")) {
        ++depth;
        at_ += 2;
      } else if (Starts("*/")) {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
  }

  void Token() {
    if (now() == '\'' || now() == '"') return Quoted(now(), false);
    if (now() == '$') return Dollar();
    if (!IsWord(now())) {
      ++at_;
      return;
    }
    const size_t begin = at_;
    while (!done() && (IsWord(now()) || now() == '$')) ++at_;
    const bool escapes = at_ - begin == 1 && (text_[begin] == 'e' || text_[begin] == 'E');
    if (escapes && !done() && now() == '\'') Quoted('\'', true);
  }

  // A doubled quote ends one string and begins the next, which comes to the same.
  void Quoted(char quote, bool escapes) {
    ++at_;
    while (!done() && now() != quote) at_ += escapes && now() == '\\' ? 2 : 1;
    To(done() ? std::string_view::npos : at_ + 1);
  }

  void Dollar() {
    size_t end = at_ + 1;
    while (end < text_.size() && IsWord(text_[end])) ++end;
    const bool digit = end > at_ + 1 && std::isdigit(static_cast<unsigned char>(text_[at_ + 1]));
    if (digit || end >= text_.size() || text_[end] != '$') {
      ++at_;
      return;
    }
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const size_t close = text_.find(tag, end + 1);
    To(close == std::string_view::npos ? close : close + tag.size());
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::string QuoteIdentifier(std::string_view name) {
  std::string out = "\"";
  AppendDoubled(name, '"', &out);
  return out + '"';
}

std::string QuoteLiteral(std::string_view text) {
  // Without a backslash both settings of standard_conforming_strings read the text alike; with one
  // only E'' is sure.
  if (text.find('\\') == std::string_view::npos) {
    std::string out = "'";
    AppendDoubled(text, '\'', &out);
    return out + '\'';
  }
  std::string out = "E'";
  for (char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + '\'';
}

std::string QuoteRelation(const model::RelationName& name) {
  const std::string quoted = QuoteIdentifier(name.name);
  return name.schema.empty() ? quoted : QuoteIdentifier(name.schema) + "." + quoted;
}

std::string_view WithoutTail(std::string_view statement) {
  Scanner scanner(statement);
  size_t end = 0;
  while (!scanner.done()) {
    const bool semicolon = scanner.now() == ';';
    if (scanner.Skip() || semicolon) continue;
    end = scanner.at();
  }
  return statement.substr(0, end);
}

}  // namespace rivet::client::postgres
