#include "command/init_connection_internal.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/file.h"
#include "command/command.h"

namespace rivet::command {
namespace {

constexpr int64_t kUrlBytesMax = 64 << 10;

std::string TypeOf(const std::string& url) {
  const std::string scheme = url.substr(0, url.find(':'));
  return scheme == "mysql" || scheme == "mariadb" ? "mysql" : "postgres";
}

// The config's own folder is what its relative paths start from.
std::string PathFromConfig(const InitSource& source, const std::string& path) {
  const bool here = source.output.empty() || source.output.find('/') == std::string::npos;
  if (here || path.starts_with('/')) return path;
  return WorkingFolder() + "/" + path;
}

void TakeTls(const InitSource& source, InitConnection* connection) {
  if (source.tls_mode.empty() && source.tls_ca.empty()) return;
  config::Tls tls;
  if (!source.tls_mode.empty()) tls.mode = source.tls_mode;
  tls.ca_file = source.tls_ca;
  connection->tls_mode = tls.mode;
  if (!tls.ca_file.empty()) connection->tls_ca = PathFromConfig(source, tls.ca_file);
  connection->settings.tls = std::move(tls);
}

}  // namespace

std::string WorkingFolder() {
  char* path = ::getcwd(nullptr, 0);
  std::string folder = path == nullptr ? "." : path;
  std::free(path);
  return folder;
}

Result<InitConnection> ConnectionOf(World& world, const InitSource& source) {
  const int given = !source.url.empty() + !source.env.empty() + !source.file.empty();
  if (given != 1) {
    return Fail(kCliUsage,
                given == 0 ? "init needs one of --source URL, --source-env NAME, --source-file PATH"
                           : "init takes only one of --source, --source-env, --source-file");
  }
  InitConnection connection;
  std::string url = source.url;
  if (!source.url.empty()) {
    connection.settings.url = Secret(source.url);
    connection.key = "url_env";
    connection.value = kDefaultVariable;
  } else if (!source.env.empty()) {
    const char* value = std::getenv(source.env.c_str());
    url = value == nullptr ? "" : value;
    connection.settings.url_env = source.env;
    connection.key = "url_env";
    connection.value = source.env;
  } else {
    const auto text = ReadWholeFile(source.file, kUrlBytesMax);
    url = text.ok() ? *text : "";
    connection.settings.url_file = source.file;
    connection.key = "url_file";
    connection.value = PathFromConfig(source, source.file);
  }
  TakeTls(source, &connection);
  if (!url.empty()) world.redactor().Learn(Secret(url));
  connection.settings.type = TypeOf(url);
  return connection;
}

}  // namespace rivet::command
