#pragma once

#include <string>

#include "base/world.h"
#include "config/config.h"

namespace rivet::command {

// Where `init` was told the URL is: one of the three. `output` is the config to be written; paths
// in it start from its folder.
struct InitSource {
  std::string url, env, file, output;
  std::string tls_mode, tls_ca;  // empty: not given
};

// What is used now, and what the config will name instead of the URL.
struct InitConnection {
  config::Source settings;
  std::string key, value;
  std::string tls_mode, tls_ca;  // as the config will say them; no mode: no `tls:` block
};

inline constexpr std::string_view kDefaultVariable = "DATABASE_URL";

std::string WorkingFolder();

// The engine follows from the URL's scheme. An unset variable or an unreadable file is the driver's
// to refuse.
Result<InitConnection> ConnectionOf(World& world, const InitSource& source);

}  // namespace rivet::command
