#include "config/yaml_text_internal.h"

#include <algorithm>

#include "config/words_internal.h"

namespace rivet::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view SkipBlanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

// Past `&name` and the blanks after it.
std::string_view SkipAnchor(std::string_view text) {
  if (!text.starts_with('&')) return text;
  text.remove_prefix(std::min(text.find_first_of(" \t\r\n,[]{}"), text.size()));
  return SkipBlanks(text);
}

}  // namespace

YamlText::YamlText(std::string_view text) : text_(text) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  starts_.push_back(0);
  for (size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') starts_.push_back(i + 1);
  }
}

std::string_view YamlText::LineText(int line) const {
  if (line < 0 || static_cast<size_t>(line) >= starts_.size()) return {};
  const size_t start = starts_[line];
  const size_t end =
      static_cast<size_t>(line) + 1 < starts_.size() ? starts_[line + 1] - 1 : text_.size();
  return text_.substr(start, end - start);
}

Mark YamlText::MarkOf(int line, int column) const {
  if (line < 0 || column < 0) return {};
  const std::string_view before = LineText(line).substr(0, static_cast<size_t>(column));
  if (counted_.line != line || counted_.column > before.size()) counted_ = {line, 0, 0};
  for (; counted_.column < before.size(); ++counted_.column) {
    if ((static_cast<unsigned char>(before[counted_.column]) & 0xC0) == 0x80)
      ++counted_.continuations;
  }
  return {line + 1, column + 1 - static_cast<int>(counted_.continuations)};
}

std::string_view YamlText::From(int line, int column) const {
  if (line < 0 || column < 0 || static_cast<size_t>(line) >= starts_.size()) return {};
  return text_.substr(std::min(starts_[line] + static_cast<size_t>(column), text_.size()));
}

bool YamlText::IndentedByTab(int line, int column) const {
  if (column < 0) return false;
  const std::string_view before = LineText(line).substr(0, static_cast<size_t>(column));
  return before.find('\t') != std::string_view::npos &&
         before.find_first_not_of(" \t") == std::string_view::npos;
}

bool YamlText::TabInIndentation(int line) const {
  const std::string_view text = LineText(line);
  return text.substr(0, text.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

std::optional<YamlText::BadCharacter> YamlText::FindBadCharacter() const {
  const auto mark_at = [&](size_t at) {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), at);
    const auto line = static_cast<int>(next - starts_.begin()) - 1;
    return MarkOf(line, static_cast<int>(at - starts_[line]));
  };
  if (const auto at = InvalidUtf8At(text_))
    return BadCharacter{mark_at(*at), "a byte that is not UTF-8"};
  for (size_t i = 0; i < text_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text_[i]);
    if (byte == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n')) {
      return BadCharacter{mark_at(i), "a carriage return without a line feed"};
    }
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
      return BadCharacter{mark_at(i), "a control character"};
    }
  }
  return std::nullopt;
}

bool QuoteNeverEnds(std::string_view text) {
  text = SkipAnchor(text);
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) return false;
  const char quote = text[0];
  for (size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!doubled) return false;
      ++i;
    }
  }
  return true;
}

bool StartsWithTag(std::string_view text) { return SkipAnchor(text).starts_with('!'); }

}  // namespace rivet::config
