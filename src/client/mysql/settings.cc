#include "client/mysql/settings.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <iterator>

#include "base/file.h"
#include "client/mysql/url.h"

namespace rivet::client::mysql {
namespace {

constexpr int64_t kUrlFileBytesMax = 64 << 10;
constexpr int kPortMax = 65'535;
constexpr int kConnectSecondsMax = 3'600;
constexpr std::string_view kExampleUrl = "mysql://user:password@host:3306/database";

struct ModeWord {
  std::string_view word;  // lower case, `-` for `_`
  TlsMode mode;
};

// The words of MySQL, of libpq, and of `tls.mode`.
constexpr ModeWord kModeWords[] = {
    {"disabled", TlsMode::kDisable},       {"disable", TlsMode::kDisable},
    {"preferred", TlsMode::kPreferred},    {"prefer", TlsMode::kPreferred},
    {"required", TlsMode::kRequire},       {"require", TlsMode::kRequire},
    {"verify-ca", TlsMode::kVerifyCa},     {"verify-identity", TlsMode::kVerifyFull},
    {"verify-full", TlsMode::kVerifyFull},
};

// Names of parameters and of modes are written with - or _, in either case.
std::string Folded(std::string_view word) {
  std::string out;
  for (const char c : word) {
    out += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string Trimmed(const std::string& text) {
  constexpr const char* kBlanks = " \t\r\n";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string Under(const std::string& folder, const std::string& path) {
  return path.starts_with('/') || folder.empty() ? path : folder + "/" + path;
}

std::optional<int> NumberIn(std::string_view text, int max) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > max)
    return std::nullopt;
  return number;
}

bool IsFile(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
}

class Reader {
 public:
  Reader(World& world, const config::Source& source, const std::string& folder,
         const FaultCodes& codes)
      : world_(world), source_(source), folder_(folder), codes_(codes) {}

  Result<OpenSettings> Read(const std::string& application) {
    settings_.application = application;
    if (source_.url || !source_.url_env.empty() || !source_.url_file.empty()) {
      ARROW_ASSIGN_OR_RAISE(const Secret url, UrlText());
      ARROW_RETURN_NOT_OK(TakeUrl(url));
    } else {
      ARROW_RETURN_NOT_OK(TakeParts());
    }
    if (source_.tls) ARROW_RETURN_NOT_OK(TakeTls(*source_.tls));
    ARROW_RETURN_NOT_OK(CheckTexts());
    return std::move(settings_);
  }

 private:
  Status Bad(std::string message) const {
    return Fail(codes_[FaultKind::kSettings], std::move(message));
  }

  Result<std::string> Variable(const std::string& key, const std::string& name,
                               std::string_view example) const {
    const char* value = std::getenv(name.c_str());
    if (value != nullptr) return std::string(value);
    return WithHint(Bad("source." + key + " names the variable " + name + ", which is not set"),
                    "Set it, for example: export " + name + "='" + std::string(example) + "'");
  }

  Result<Secret> UrlText() const {
    if (source_.url) return *source_.url;
    std::string text, from;
    if (!source_.url_env.empty()) {
      from = "the variable " + source_.url_env + " of source.url_env";
      ARROW_ASSIGN_OR_RAISE(text, Variable("url_env", source_.url_env, kExampleUrl));
    } else {
      const std::string path = Under(folder_, source_.url_file);
      from = "source.url_file " + path;
      auto read = ReadWholeFile(path, kUrlFileBytesMax);
      if (!read.ok()) return Bad("cannot read " + from + ": " + FaultOf(read.status()).message);
      text = *read;
    }
    text = Trimmed(text);
    if (text.empty()) return Bad(from + " is empty");
    return Secret(std::move(text));
  }

  Status TakeUrl(const Secret& secret) {
    for (const Secret& piece : SecretsIn(secret.Reveal())) world_.redactor().Learn(piece);
    const auto url = ParseUrl(secret.Reveal());
    constexpr size_t kSchemeMax = 32;
    if (!url || url->scheme.size() > kSchemeMax)
      return Bad("the source's URL does not begin with mysql:// or mariadb://");
    if (url->scheme != "mysql" && url->scheme != "mariadb")
      return Bad("source.type is " + source_.type + ", but the URL is one of " + url->scheme);
    settings_.user = url->user;
    settings_.password = url->password;
    settings_.host = url->host;
    settings_.database = url->database;
    if (!url->port.empty()) {
      const auto port = NumberIn(url->port, kPortMax);
      if (!port) return Bad("the port in the source's URL is no number from 1 to 65535");
      settings_.port = *port;
    }
    for (const auto& [name, value] : url->parameters)
      ARROW_RETURN_NOT_OK(TakeParameter(Folded(name), value));
    return Status::OK();
  }

  Status TakeParameter(const std::string& name, const std::string& value) {
    if (name == "ssl-mode" || name == "sslmode") {
      const auto mode = TlsModeOf(value);
      if (!mode) {
        return Bad("the source's URL has the ssl-mode `" + value +
                   "`; known are DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY");
      }
      settings_.tls = *mode;
    } else if (std::string* file = FileOf(name); file != nullptr) {
      *file = Under(folder_, value);
    } else if (name == "user" || name == "database") {
      (name == "user" ? settings_.user : settings_.database) = value;
    } else if (name == "password") {
      settings_.password = Secret(value);
    } else if (name == "connect-timeout") {
      const auto seconds = NumberIn(value, kConnectSecondsMax);
      if (!seconds) return Bad("connect_timeout in the source's URL is no number of seconds");
      settings_.connect_timeout_s = *seconds;
    } else if (name == "charset") {
      if (Folded(value) != "utf8mb4")
        return Bad("charset in the source's URL must be utf8mb4: text is read as UTF-8");
    } else if (name == "compress" || name == "compression") {
      if (Folded(value) != "false" && value != "0")
        return Bad(
            "compression of the connection is not offered: it costs the server more than "
            "it saves");
    } else {
      return Bad("the source's URL has the parameter `" + name + "`, which is not known");
    }
    return Status::OK();
  }

  std::string* FileOf(const std::string& name) {
    if (name == "ssl-ca") return &settings_.ca_file;
    if (name == "ssl-capath") return &settings_.ca_folder;
    if (name == "ssl-cert") return &settings_.certificate_file;
    if (name == "ssl-key") return &settings_.key_file;
    if (name == "socket" || name == "unix-socket") return &settings_.socket;
    return nullptr;
  }

  Status TakeParts() {
    settings_.host = source_.host;
    settings_.user = source_.user;
    settings_.database = source_.database;
    settings_.port = source_.port.value_or(0);
    if (source_.password) {
      settings_.password = *source_.password;
    } else if (!source_.password_env.empty()) {
      ARROW_ASSIGN_OR_RAISE(std::string text,
                            Variable("password_env", source_.password_env, "the password"));
      settings_.password = Secret(std::move(text));
    }
    if (settings_.password) world_.redactor().Learn(*settings_.password);
    return Status::OK();
  }

  void Weakened(std::string_view key, std::string_view what) {
    world_.log().WarnOnce(
        "tls-verification-weakened",
        "source.tls." + std::string(key) + " is true: " + std::string(what) + " accepted");
  }

  Status TakeTls(const config::Tls& tls) {
    settings_.tls = TlsModeOf(tls.mode).value_or(TlsMode::kVerifyFull);
    if (!tls.ca_file.empty()) settings_.ca_file = Under(folder_, tls.ca_file);
    const bool verifies =
        settings_.tls == TlsMode::kVerifyCa || settings_.tls == TlsMode::kVerifyFull;
    if (verifies && tls.accept_invalid_certs) {
      Weakened("accept_invalid_certs", "any certificate is");
      settings_.tls = TlsMode::kRequire;
    } else if (settings_.tls == TlsMode::kVerifyFull && tls.accept_invalid_hostnames) {
      Weakened("accept_invalid_hostnames", "a certificate of any host is");
      settings_.tls = TlsMode::kVerifyCa;
    }
    return Status::OK();
  }

  Status CheckTexts() const {
    const bool verifies =
        settings_.tls == TlsMode::kVerifyCa || settings_.tls == TlsMode::kVerifyFull;
    if (verifies && !settings_.ca_file.empty() && !IsFile(settings_.ca_file))
      return Bad("the CA file " + settings_.ca_file + " is no file that can be read");
    // Public authorities vouch for names: without a name check they would vouch for anybody.
    if (settings_.tls == TlsMode::kVerifyCa && settings_.ca_file.empty() &&
        settings_.ca_folder.empty()) {
      return WithHint(Bad("TLS mode verify-ca needs a CA of its own"),
                      "Set source.tls.ca_file, or use verify-full.");
    }
    for (const std::string* text :
         {&settings_.host, &settings_.user, &settings_.database, &settings_.socket}) {
      if (text->find('\0') != std::string::npos)
        return Bad("the source's host, user, database or socket holds a NUL byte");
    }
    return Status::OK();
  }

  World& world_;
  const config::Source& source_;
  const std::string& folder_;
  const FaultCodes& codes_;
  OpenSettings settings_;
};

}  // namespace

Result<OpenSettings> SettingsOf(World& world, const config::Source& source,
                                const std::string& config_folder, const std::string& application,
                                const FaultCodes& codes) {
  return Reader(world, source, config_folder, codes).Read(application);
}

std::optional<TlsMode> TlsModeOf(std::string_view word) {
  const std::string folded = Folded(word);
  const auto* found = std::find_if(std::begin(kModeWords), std::end(kModeWords),
                                   [&](const ModeWord& line) { return line.word == folded; });
  if (found == std::end(kModeWords)) return std::nullopt;
  return found->mode;
}

bool IsThisHost(std::string_view host) {
  return host.empty() || host == "localhost" || host.starts_with("127.") || host == "::1" ||
         host.starts_with("::ffff:127.");
}

}  // namespace rivet::client::mysql
