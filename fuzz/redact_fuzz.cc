// The redactor between a secret and the outside: no secret it was told, no password of a URL or of
// a `password=` is left, whatever stands around them, and a second time changes nothing.
#include "base/redact.h"

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "client/mysql/url.h"
#include "client/postgres/settings.h"
#include "input.h"

namespace {

using rivet::Check;

constexpr std::string_view kMask = "REDACTED";
constexpr size_t kShortestSecret = 3;

// Whether `secret` stands in `shown` anywhere but across or in a mask.
bool Shows(std::string_view shown, std::string_view secret) {
  for (size_t at = shown.find(secret); at != std::string_view::npos;
       at = shown.find(secret, at + 1)) {
    const size_t from = at < kMask.size() ? 0 : at - kMask.size() + 1;
    const size_t mask = shown.find(kMask, from);
    if (mask == std::string_view::npos || mask >= at + secret.size()) return true;
  }
  return false;
}

std::string Without(std::string_view text, std::string_view unwanted) {
  std::string out;
  for (const char c : text) {
    if (unwanted.find(c) == std::string_view::npos) out += c;
  }
  return out;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

void CheckTold(const std::vector<std::string>& secrets, std::string_view text) {
  rivet::Redactor redactor;
  for (const std::string& secret : secrets) redactor.Learn(rivet::Secret(secret));
  const std::string shown = redactor.Apply(text);
  Check(redactor.Apply(shown) == shown, "redacting twice changes nothing");
  for (const std::string& secret : secrets) {
    Check(secret.size() < kShortestSecret || !Shows(shown, secret),
          "a secret that was told is hidden");
  }
}

// A secret that nobody told, where its surroundings give it away.
void CheckSeen(const std::string& before, const std::string& secret, const std::string& after) {
  constexpr std::string_view kOwnWords = "error password=mysql://joe@db.example:5432/shop&x=1";
  if (secret.size() < 2 * kShortestSecret || kOwnWords.find(secret) != std::string_view::npos ||
      before.find(secret) != std::string::npos || after.find(secret) != std::string::npos) {
    return;
  }
  const rivet::Redactor redactor;
  const std::string url = "mysql://joe:" + secret + "@db.example:5432/shop";
  Check(!Shows(redactor.Apply(before + " " + url + " " + after), secret),
        "the password of a URL is hidden");
  const std::string bare = Without(secret, "&;");
  if (before.find(bare) != std::string::npos || after.find(bare) != std::string::npos ||
      bare.size() < 2 * kShortestSecret || kOwnWords.find(bare) != std::string_view::npos) {
    return;
  }
  Check(!Shows(redactor.Apply(before + " password=" + bare + " " + after), bare),
        "the value of password= is hidden");
}

// What a connection takes for its password is among what the redactor is told of the URL.
void CheckUrl(const std::string& text) {
  const auto url = rivet::client::mysql::ParseUrl(text);
  const auto secrets = rivet::client::mysql::SecretsIn(text);
  const auto told = [&](const std::string& password) {
    for (const rivet::Secret& secret : secrets) {
      if (secret.Reveal() == password) return true;
    }
    return password.empty();
  };
  if (!url) return;
  Check(!url->password || told(url->password->Reveal()), "a URL's password is told");
  for (const auto& [name, value] : url->parameters)
    Check(Lower(name) != "password" || told(value), "a parameter that is a password is told");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  rivet::fuzz::Input input(bytes, size);
  std::vector<std::string> secrets(input.Below(4));
  for (std::string& secret : secrets) secret = input.Bytes();
  const std::string before(input.Bytes()), password(input.Bytes()), text(input.Rest());
  CheckTold(secrets, text);
  // A blank or a quote ends a URL for any reader.
  CheckSeen(Without(before, "\"'`\\"), Without(password, " \t\n\v\f\r\"'`"), text);
  CheckUrl("mysql://" + text);
  const std::string url = "postgresql://" + text;
  Check(rivet::client::postgres::EncodedUserInfo(url).size() >= url.size(), "nothing is lost");
  rivet::client::postgres::SecretsIn(url);
  return 0;
}
