#include "base/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace rivet {
namespace {

constexpr std::string_view kMask = "REDACTED";
constexpr size_t kShortestSecret = 3;

bool IsBlank(char c) { return std::isspace(static_cast<unsigned char>(c)); }

// scheme://user:pass@host -> scheme://REDACTED@host. An unescaped password may hold @ / ? # and :,
// so the end of the user-info is not known for certain. Hiding too much of a URL is better than
// showing a piece of a password: the last @ before a blank or quote counts. Only a URL whose first
// @ comes after its path began and that has no colon before it (https://host/a@b) has no user-info.
std::string WithoutUserInfo(std::string text) {
  size_t from = 0;
  while ((from = text.find("://", from)) != std::string::npos) {
    const size_t start = from + 3;
    size_t at = std::string::npos;
    bool path_began = false;
    for (size_t i = start; i < text.size(); ++i) {
      const char c = text[i];
      if (IsBlank(c) || c == '"' || c == '\'' || c == '`') break;
      if (c == '@' && (!path_began || at != std::string::npos || text.find(':', start) < i)) at = i;
      if (c == '/' || c == '?' || c == '#') path_began = true;
    }
    if (at == std::string::npos) {
      from = start;
      continue;
    }
    text.replace(start, at - start, kMask);
    from = start + kMask.size();
  }
  return text;
}

bool MatchesAt(const std::string& text, size_t at, std::string_view word) {
  if (at + word.size() > text.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(text[at + i])) != word[i]) return false;
  }
  return true;
}

// Replaces the value that follows `word`: quoted up to the closing quote, bare up to a blank, a
// quote, & or ;
std::string WithoutValueAfter(std::string text, std::string_view word) {
  for (size_t at = 0; at + word.size() <= text.size(); ++at) {
    if (!MatchesAt(text, at, word)) continue;
    size_t start = at + word.size();
    const char quote = start < text.size() ? text[start] : '\0';
    size_t end;
    if (quote == '\'' || quote == '"') {
      ++start;
      end = start;
      while (end < text.size() && text[end] != quote) end += text[end] == '\\' ? 2 : 1;
      end = std::min(end, text.size());
    } else {
      end = start;
      while (end < text.size() && !IsBlank(text[end]) &&
             std::string_view("&;\"'").find(text[end]) == std::string_view::npos) {
        ++end;
      }
    }
    if (end > start && text.compare(start, end - start, kMask) != 0) {
      text.replace(start, end - start, kMask);
    }
    at = start;
  }
  return text;
}

// A secret that is a piece of the mask ("ACT") is not looked for inside a mask: applying twice
// changes nothing.
bool InsideMask(const std::string& text, size_t at, size_t size) {
  for (size_t begin = at < kMask.size() ? 0 : at - kMask.size() + 1; begin <= at; ++begin) {
    if (at + size <= begin + kMask.size() && text.compare(begin, kMask.size(), kMask) == 0)
      return true;
  }
  return false;
}

// Each text in `known` as the mask, found in the text as it came: of secrets that overlap, neither
// leaves a piece, and no mask is cut by the next secret.
std::string WithoutKnown(const std::string& text, const std::vector<Secret>& known) {
  std::vector<bool> hidden;
  const auto hide = [&](size_t at, size_t size) {
    hidden.resize(text.size());
    std::fill_n(hidden.begin() + static_cast<std::ptrdiff_t>(at), size, true);
  };
  for (const Secret& secret : known) {
    const std::string& word = secret.Reveal();
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      if (!InsideMask(text, at, word.size())) hide(at, word.size());
    }
  }
  if (hidden.empty()) return text;
  for (size_t at = text.find(kMask); at != std::string::npos; at = text.find(kMask, at + 1)) {
    const auto begin = hidden.begin() + static_cast<std::ptrdiff_t>(at);
    if (std::find(begin, begin + kMask.size(), true) != begin + kMask.size())
      hide(at, kMask.size());
  }
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!hidden[i]) {
      out += text[i];
    } else if (i == 0 || !hidden[i - 1]) {
      out += kMask;
    }
  }
  return out;
}

// What looks like a secret by its surroundings.
std::string WithoutSuspects(std::string text) {
  constexpr std::array<std::string_view, 10> kWords = {"password=",
                                                       "passwd=",
                                                       "pwd=",
                                                       "sig=",
                                                       "x-amz-signature=",
                                                       "x-amz-security-token=",
                                                       "authorization: bearer ",
                                                       "private_key\": ",
                                                       "client_secret\": ",
                                                       "refresh_token\": "};
  text = WithoutUserInfo(std::move(text));
  for (std::string_view word : kWords) text = WithoutValueAfter(std::move(text), word);
  return text;
}

}  // namespace

void Redactor::Learn(const Secret& secret) {
  if (secret.Reveal().size() < kShortestSecret) return;
  const std::lock_guard lock(mutex_);
  for (const Secret& known : known_) {
    if (known.Reveal() == secret.Reveal()) return;
  }
  known_.push_back(secret);
}

std::string Redactor::Apply(std::string_view input) const {
  // What is hidden may have hidden something else, as a quote does that ends a URL too early: until
  // nothing changes. A pass that changes something shows fewer bytes of the text, so this ends; few
  // texts need more than one.
  std::string text(input);
  while (true) {
    std::string next;
    {
      const std::lock_guard lock(mutex_);
      next = WithoutKnown(text, known_);
    }
    next = WithoutSuspects(std::move(next));
    if (next == text) break;
    text = std::move(next);
  }
  return text;
}

}  // namespace rivet
