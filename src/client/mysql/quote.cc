#include "client/mysql/quote.h"

namespace rivet::client::mysql {
namespace {

std::string Quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += c;
    out += c;
  }
  return out + quote;
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Where the piece of SQL that begins at `at` ends: blanks, a comment, a quoted text or one
// character.
class Piece {
 public:
  Piece(std::string_view text, size_t at) : text_(text), at_(at) { Measure(); }
  size_t end() const { return end_; }
  bool says_something() const { return says_something_; }

 private:
  void Measure() {
    const std::string_view rest = text_.substr(at_);
    const bool dashes = rest.starts_with("--") && (rest.size() == 2 || IsBlank(rest[2]));
    if (IsBlank(rest.front())) {
      end_ = at_ + 1;
    } else if (rest.front() == '#' || dashes) {
      Through("\n", at_);
    } else if (rest.starts_with("/*")) {
      // `/*!` and `/*M!` hold SQL that the server runs.
      says_something_ = rest.starts_with("/*!") || rest.starts_with("/*M!");
      Through("*/", at_ + 2);
    } else {
      says_something_ = rest.front() != ';';
      const char quote = rest.front();
      end_ = at_ + 1;
      if (quote == '\'' || quote == '"' || quote == '`') PastQuote(quote);
    }
  }

  void Through(std::string_view mark, size_t from) {
    const size_t found = text_.find(mark, from);
    end_ = found == std::string_view::npos ? text_.size() : found + mark.size();
  }

  // A doubled quote ends one text and begins the next, which comes to the same.
  void PastQuote(char quote) {
    while (end_ < text_.size() && text_[end_] != quote) {
      end_ += quote != '`' && text_[end_] == '\\' ? 2 : 1;
    }
    end_ = end_ < text_.size() ? end_ + 1 : text_.size();
  }

  const std::string_view text_;
  const size_t at_;
  size_t end_ = 0;
  bool says_something_ = false;
};

}  // namespace

std::string QuoteIdentifier(std::string_view name) { return Quoted(name, '`'); }

std::string QuoteLiteral(std::string_view text) {
  // NO_BACKSLASH_ESCAPES decides what a backslash is: hexadecimal does not care.
  const bool plain =
      text.find('\\') == std::string_view::npos && text.find('\0') == std::string_view::npos;
  if (plain) return Quoted(text, '\'');
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "_utf8mb4 X'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out + '\'';
}

std::string QuoteRelation(const model::RelationName& name) {
  const std::string quoted = QuoteIdentifier(name.name);
  return name.schema.empty() ? quoted : QuoteIdentifier(name.schema) + "." + quoted;
}

std::string_view WithoutTail(std::string_view statement) {
  size_t end = 0;
  for (size_t at = 0; at < statement.size();) {
    const Piece piece(statement, at);
    if (piece.says_something()) end = piece.end();
    at = piece.end();
  }
  return statement.substr(0, end);
}

}  // namespace rivet::client::mysql
