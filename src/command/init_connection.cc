#include "command/init_connection_internal.h"

#include <unistd.h>

#include <cstdlib>

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
std::string PathFromConfig(const InitSource& source) {
  const bool here = source.output.empty() || source.output.find('/') == std::string::npos;
  if (here || source.file.starts_with('/')) return source.file;
  return WorkingFolder() + "/" + source.file;
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
    connection.value = PathFromConfig(source);
  }
  if (!url.empty()) world.redactor().Learn(Secret(url));
  connection.settings.type = TypeOf(url);
  return connection;
}

}  // namespace rivet::command
