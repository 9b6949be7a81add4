#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/status.h"
#include "base/world.h"
#include "client/mysql/fault.h"
#include "config/config.h"

namespace rivet::client::mysql {

enum class TlsMode {
  kUnsaid,  // another host: when offered, unverified; this host: none
  kDisable,
  kPreferred,  // when offered, unverified
  kRequire,
  kVerifyCa,
  kVerifyFull,
};

// How to reach a server. What is empty may come from ~/.my.cnf (option_file.h); what is said here
// wins over it.
struct OpenSettings {
  std::string host;    // name or address; empty: ~/.my.cnf's, else localhost
  int port = 0;        // 0: ~/.my.cnf's, else 3306
  std::string socket;  // a path: then host and port do not count
  std::string user;    // empty: ~/.my.cnf's, else the operating system's user
  std::optional<Secret> password;
  std::string database;
  TlsMode tls = TlsMode::kUnsaid;
  std::string ca_file, ca_folder, certificate_file, key_file;
  int connect_timeout_s = 30;
  std::string application;  // `program_name` among the server's connection attributes
};

// The resolved form of the config's `source` section. Reads variables and files; every secret is
// told to the redactor before anything can fail with it in its text. Errors: codes.settings.
Result<OpenSettings> SettingsOf(World& world, const config::Source& source,
                                const std::string& config_folder, const std::string& application,
                                const FaultCodes& codes);

// A word of MySQL (`VERIFY_CA`), of libpq or of `tls.mode`; null: unknown.
std::optional<TlsMode> TlsModeOf(std::string_view word);

// Loopback, or the way that needs no network.
bool IsThisHost(std::string_view host);

}  // namespace rivet::client::mysql
