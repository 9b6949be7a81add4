#include "client/mysql/url.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace rivet::client::mysql {
namespace {

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = std::tolower(static_cast<unsigned char>(c));
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

std::string Decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool triple = text[i] == '%' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
                        HexValue(text[i + 2]) >= 0;
    if (triple) {
      out += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The URL cut at its marks; nothing is decoded.
struct Cut {
  std::string_view scheme, user_info, place, query;
  bool has_user_info = false;
};

// A query begins at a ? that is followed by `word=`; before it the last @ ends the user-info,
// because neither a host nor a database name holds a raw one.
std::optional<Cut> CutUrl(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Cut cut;
  cut.scheme = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 3);
  for (size_t mark = rest.find('?'); mark != std::string_view::npos;
       mark = rest.find('?', mark + 1)) {
    const std::string_view after = rest.substr(mark + 1);
    const size_t word =
        static_cast<size_t>(std::find_if_not(after.begin(), after.end(), IsWord) - after.begin());
    if (word == 0 || word == after.size() || after[word] != '=') continue;
    cut.query = after;
    rest = rest.substr(0, mark);
    break;
  }
  const size_t at = rest.rfind('@');
  cut.has_user_info = at != std::string_view::npos;
  if (cut.has_user_info) cut.user_info = rest.substr(0, at);
  cut.place = cut.has_user_info ? rest.substr(at + 1) : rest;
  if (cut.place.ends_with('?')) cut.place.remove_suffix(1);
  return cut;
}

void TakePlace(std::string_view place, Url* url) {
  const size_t slash = place.find('/');
  if (slash != std::string_view::npos) url->database = Decoded(place.substr(slash + 1));
  std::string_view host = place.substr(0, slash);
  std::string_view port;
  if (host.starts_with('[')) {
    const size_t close = host.find(']');
    if (close != std::string_view::npos && host.substr(close + 1).starts_with(':'))
      port = host.substr(close + 2);
    host = host.substr(1, close == std::string_view::npos ? close : close - 1);
  } else if (const size_t colon = host.rfind(':'); colon != std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  url->host = Decoded(host);
  url->port = std::string(port);
}

// Calls `take` with the name and the value of each parameter, as written.
template <typename Take>
void EachParameter(std::string_view query, Take take) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    if (!pair.empty()) take(pair.substr(0, equals), value);
    query = end == std::string_view::npos ? "" : query.substr(end + 1);
  }
}

bool IsPassword(std::string_view name) {
  constexpr std::string_view kPassword = "password";
  const std::string word = Decoded(name);
  return std::equal(
      word.begin(), word.end(), kPassword.begin(), kPassword.end(),
      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

}  // namespace

std::optional<Url> ParseUrl(const std::string& text) {
  const auto cut = CutUrl(text);
  if (!cut) return std::nullopt;
  Url url;
  url.scheme = std::string(cut->scheme);
  const size_t colon = cut->user_info.find(':');
  url.user = Decoded(cut->user_info.substr(0, colon));
  if (colon != std::string_view::npos)
    url.password = Secret(Decoded(cut->user_info.substr(colon + 1)));
  TakePlace(cut->place, &url);
  EachParameter(cut->query, [&](std::string_view name, std::string_view value) {
    url.parameters.emplace_back(Decoded(name), Decoded(value));
  });
  return url;
}

std::vector<Secret> SecretsIn(const std::string& text) {
  const auto cut = CutUrl(text);
  if (!cut) return {};
  std::vector<Secret> secrets;
  const auto add = [&](std::string_view written) {
    secrets.emplace_back(std::string(written));
    secrets.emplace_back(Decoded(written));
  };
  const size_t colon = cut->user_info.find(':');
  if (colon != std::string_view::npos) add(cut->user_info.substr(colon + 1));
  EachParameter(cut->query, [&](std::string_view name, std::string_view value) {
    if (IsPassword(name)) add(value);
  });
  return secrets;
}

}  // namespace rivet::client::mysql
