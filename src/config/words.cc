#include "config/words_internal.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "config/config.h"
#include "config/faults.h"
#include "config/problems_internal.h"

namespace rivet::config {
namespace {

constexpr size_t kComparedLengthMax = 64;
constexpr double kSizeMax = 1125899906842624.0;  // 1 PiB

char Lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

// Edits, and swaps of two neighbours, that turn `a` into `b`.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = std::exchange(last, row);
  }
  return last[b.size()];
}

size_t CommonPrefix(const std::string& a, const std::string& b) {
  size_t length = 0;
  while (length < a.size() && length < b.size() && a[length] == b[length]) ++length;
  return length;
}

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Bytes of the character at `at`, 0 when it is none (too long a form, a surrogate, beyond
// U+10FFFF).
size_t CharacterAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(at), second = byte(at + 1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return IsContinuation(second) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second_fits = (first != 0xE0 || second >= 0xA0) && (first != 0xED || second <= 0x9F);
    return IsContinuation(second) && IsContinuation(byte(at + 2)) && second_fits ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second_fits = (first != 0xF0 || second >= 0x90) && (first != 0xF4 || second <= 0x8F);
    const bool continues =
        IsContinuation(second) && IsContinuation(byte(at + 2)) && IsContinuation(byte(at + 3));
    return continues && second_fits ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string NearestWord(const std::string& word, const std::vector<std::string>& valid) {
  if (word.empty() || word.size() > kComparedLengthMax) return {};
  const std::string wanted = LowerCase(word);
  const std::string* nearest = nullptr;
  size_t nearest_distance = 0, nearest_prefix = 0;
  for (const std::string& candidate : valid) {
    const std::string lower = LowerCase(candidate);
    const size_t distance = Distance(wanted, lower);
    if (distance > std::max<size_t>(2, std::max(wanted.size(), lower.size()) / 3)) continue;
    const size_t prefix = CommonPrefix(wanted, lower);
    const bool nearer = nearest == nullptr || distance < nearest_distance ||
                        (distance == nearest_distance && prefix > nearest_prefix);
    if (!nearer) continue;
    nearest = &candidate;
    nearest_distance = distance;
    nearest_prefix = prefix;
  }
  if (nearest != nullptr) return *nearest;
  for (const std::string& candidate : valid) {
    const std::string lower = LowerCase(candidate);
    const bool contained = wanted.size() >= 3 && lower.find(wanted) != std::string::npos;
    if (contained || (lower.size() >= 3 && wanted.find(lower) != std::string::npos))
      return candidate;
  }
  return {};
}

std::string DidYouMean(const std::string& word, const std::vector<std::string>& valid) {
  const std::string nearest = NearestWord(word, valid);
  return nearest.empty() ? std::string() : "did you mean " + Quoted(nearest) + "?";
}

std::optional<int64_t> ParseWhole(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) value = std::numeric_limits<int64_t>::max();
  return negative ? -value : value;
}

bool IsBeyond64Bits(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return false;
  int64_t value = 0;
  return std::from_chars(text.data(), text.data() + text.size(), value).ec ==
         std::errc::result_out_of_range;
}

std::optional<int64_t> ParseSize(std::string_view text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view number = text.substr(0, digits);
  std::string_view unit = text.substr(digits);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  if (number.empty() || number.front() == '.' || number.back() == '.') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  const std::string lower = LowerCase(unit);
  if (lower == "kb") {
    value *= 1024.0;
  } else if (lower == "mb") {
    value *= 1024.0 * 1024.0;
  } else if (lower == "gb") {
    value *= 1024.0 * 1024.0 * 1024.0;
  } else if (!lower.empty() && lower != "b") {
    return std::nullopt;
  }
  if (value < 1.0 || value > kSizeMax) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::optional<double> ParseNumber(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

bool IsIdentifier(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool IsTableName(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return IsIdentifier(text);
  return IsIdentifier(text.substr(0, dot)) && IsIdentifier(text.substr(dot + 1));
}

std::optional<size_t> InvalidUtf8At(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = CharacterAt(text, at);
    if (bytes == 0) return at;
    at += bytes;
  }
  return std::nullopt;
}

std::optional<std::string> UnknownToken(std::string_view path, bool partitioned) {
  while (true) {
    const size_t open = path.find('{');
    if (open == std::string_view::npos) return std::nullopt;
    path.remove_prefix(open);
    const size_t close = path.find('}');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view token = path.substr(0, close + 1);
    const bool known = token == "{date}" || token == "{export}" || token == "{table}" ||
                       token == "{run_id}" || (partitioned && token == "{partition}");
    if (!known) return std::string(token);
    path.remove_prefix(close + 1);
  }
}

Result<std::map<std::string, std::string>> ParseParams(const std::vector<std::string>& words) {
  std::map<std::string, std::string> params;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    // A word without `=` may be a value whose name was forgotten, so it is not repeated.
    if (equals == std::string::npos) return Fail(kParamInvalid, "--param without `=`");
    const std::string name = word.substr(0, equals);
    if (!IsIdentifier(name)) {
      return Fail(kParamInvalid,
                  "--param: " + Quoted(name) + " is not a name of letters, digits and `_`");
    }
    params[name] = word.substr(equals + 1);
  }
  return params;
}

}  // namespace rivet::config
