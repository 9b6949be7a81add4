#include "client/mysql/option_file.h"

#include <sys/stat.h>

#include <cctype>
#include <charconv>
#include <cstdlib>
#include <map>

#include "base/file.h"

namespace rivet::client::mysql {
namespace {

constexpr int64_t kFileBytesMax = 1 << 20;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string Name(std::string_view text) {
  std::string name;
  for (const char c : Trimmed(text)) name += c == '_' ? '-' : c;
  return name;
}

char Escaped(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 's':
      return ' ';
    default:
      return c;
  }
}

// Quotes around the whole are taken away; without quotes a # after a blank begins a comment.
std::string Value(std::string_view text) {
  text = Trimmed(text);
  const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
                      text.back() == text.front();
  if (quoted) {
    text = text.substr(1, text.size() - 2);
  } else if (const size_t comment = text.find(" #"); comment != std::string_view::npos) {
    text = Trimmed(text.substr(0, comment));
  }
  std::string value;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 1 < text.size();
    value += escape ? Escaped(text[++i]) : text[i];
  }
  return value;
}

std::map<std::string, std::string> ClientGroup(std::string_view text) {
  std::map<std::string, std::string> options;
  bool inside = false;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = Trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.front() == '#' || line.front() == ';' || line.front() == '!') continue;
    if (line.front() == '[') {
      inside = line == "[client]";
    } else if (inside) {
      const size_t equals = line.find('=');
      if (equals != std::string_view::npos)
        options[Name(line.substr(0, equals))] = Value(line.substr(equals + 1));
    }
  }
  return options;
}

void Fill(const std::map<std::string, std::string>& options, const char* name, std::string* text) {
  const auto found = options.find(name);
  if (text->empty() && found != options.end()) *text = found->second;
}

}  // namespace

void FillFromOptions(std::string_view text, OpenSettings* settings) {
  const auto options = ClientGroup(text);
  // The file's socket is meant for its own host; a host or a port that somebody named is another.
  const bool own_place =
      settings->port == 0 && (settings->host.empty() || settings->host == "localhost");
  if (own_place) Fill(options, "socket", &settings->socket);
  Fill(options, "host", &settings->host);
  Fill(options, "user", &settings->user);
  Fill(options, "database", &settings->database);
  if (const auto port = options.find("port"); settings->port == 0 && port != options.end()) {
    const std::string& digits = port->second;
    std::from_chars(digits.data(), digits.data() + digits.size(), settings->port);
  }
  if (const auto password = options.find("password");
      !settings->password && password != options.end()) {
    settings->password = Secret(password->second);
  }
  if (settings->tls != TlsMode::kUnsaid) return;
  Fill(options, "ssl-ca", &settings->ca_file);
  Fill(options, "ssl-capath", &settings->ca_folder);
  Fill(options, "ssl-cert", &settings->certificate_file);
  Fill(options, "ssl-key", &settings->key_file);
  if (const auto mode = options.find("ssl-mode"); mode != options.end()) {
    settings->tls = TlsModeOf(mode->second).value_or(TlsMode::kUnsaid);
  }
}

void FillFromHome(World& world, OpenSettings* settings) {
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return;
  const std::string path = std::string(home) + "/.my.cnf";
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return;
  if ((found.st_mode & S_IWOTH) != 0) {
    world.log().WarnOnce("option-file-ignored",
                         "everybody may write " + path + ": nothing is taken from it");
    return;
  }
  const auto text = ReadWholeFile(path, kFileBytesMax);
  if (!text.ok()) return;
  FillFromOptions(*text, settings);
  if (settings->password) world.redactor().Learn(*settings->password);
}

}  // namespace rivet::client::mysql
