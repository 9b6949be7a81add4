#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace rivet::client::mysql {

// The pieces of `mysql://user:password@host:port/database?name=value`, percent-decoded. A password
// may hold `@ / ? # %` raw, as people write them.
struct Url {
  std::string scheme;
  std::string user;
  std::optional<Secret> password;
  std::string host;  // without brackets
  std::string port;  // as written
  std::string database;
  std::vector<std::pair<std::string, std::string>> parameters;
};

// Null when there is no `://`.
std::optional<Url> ParseUrl(const std::string& text);

// The forms in which the URL's password may show up in a text: as written and decoded.
std::vector<Secret> SecretsIn(const std::string& text);

}  // namespace rivet::client::mysql
