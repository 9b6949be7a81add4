#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "base/status.h"
#include "base/world.h"
#include "client/postgres/fault.h"
#include "config/config.h"

namespace rivet::client::postgres {

// How to reach a server: libpq's keywords with their values. PG* variables, .pgpass and the service
// file fill what is not here, as libpq does.
struct OpenSettings {
  std::vector<std::pair<std::string, Secret>> keywords;
  std::string application;  // shown by the server's session list unless a keyword or PGAPPNAME says
                            // otherwise
  // True when `tls:`, the URL or PGSSLMODE decided about TLS: then nothing is warned about.
  bool tls_decided = false;
};

// The resolved form of the config's `source` section. Reads variables and files; every secret is
// told to the redactor before anything can fail with it in its text. Errors: codes.settings.
Result<OpenSettings> SettingsOf(World& world, const config::Source& source,
                                const std::string& config_folder, const std::string& application,
                                const FaultCodes& codes);

// User-info of a URL with what it must not hold raw (`@ / ? # %` in a password) percent-encoded, so
// that libpq reads it as people mean it. The rest is unchanged.
std::string EncodedUserInfo(const std::string& url);

// The password as it stands in a URL and decoded; both may be empty.
std::vector<Secret> SecretsIn(const std::string& url);

}  // namespace rivet::client::postgres
