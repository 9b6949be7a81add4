#include "client/postgres/settings.h"

#include <libpq-fe.h>
#include <sys/stat.h>

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "base/file.h"

namespace rivet::client::postgres {
namespace {

constexpr int64_t kUrlFileBytesMax = 64 << 10;
constexpr size_t kApplicationBytesMax = 63;
constexpr std::string_view kSchemes[] = {"postgresql://", "postgres://"};

struct OptionsDeleter {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, OptionsDeleter>;

bool IsHex(char c) { return std::isxdigit(static_cast<unsigned char>(c)); }

bool IsUnreserved(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

// `%41` stays, everything that a URL's user-info cannot hold becomes such a triple.
std::string PercentEncoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool triple =
        text[i] == '%' && i + 2 < text.size() && IsHex(text[i + 1]) && IsHex(text[i + 2]);
    if (triple || IsUnreserved(text[i])) {
      out += text[i];
      continue;
    }
    constexpr char kDigits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(text[i]);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string PercentDecoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && IsHex(text[i + 1]) && IsHex(text[i + 2])) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

struct UserInfo {
  size_t begin = 0, end = 0;  // [begin, end) of the URL, the @ is at `end`
  std::string user;
  std::optional<std::string> password;
};

// A query begins at a ? that is followed by `word=`; before it, the last @ ends the user-info,
// because neither a host nor a database name holds a raw one.
std::optional<UserInfo> UserInfoOf(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return std::nullopt;
  UserInfo info;
  info.begin = scheme + 3;
  size_t query = url.size();
  for (size_t mark = url.find('?', info.begin); mark != std::string::npos;
       mark = url.find('?', mark + 1)) {
    size_t word = mark + 1;
    while (word < url.size() &&
           (std::isalnum(static_cast<unsigned char>(url[word])) || url[word] == '_'))
      ++word;
    if (word == mark + 1 || word >= url.size() || url[word] != '=') continue;
    query = mark;
    break;
  }
  const size_t at = url.substr(0, query).rfind('@');
  if (at == std::string::npos || at < info.begin) return std::nullopt;
  info.end = at;
  const std::string text = url.substr(info.begin, at - info.begin);
  const size_t colon = text.find(':');
  info.user = text.substr(0, colon);
  if (colon != std::string::npos) info.password = text.substr(colon + 1);
  return info;
}

// Cut between characters, not inside one.
std::string Truncated(std::string text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
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

const char* EnvironmentOf(const char* name) { return std::getenv(name); }

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
    settings_.application = Truncated(application, kApplicationBytesMax);
    if (source_.url || !source_.url_env.empty() || !source_.url_file.empty()) {
      ARROW_ASSIGN_OR_RAISE(const Secret url, Url());
      ARROW_RETURN_NOT_OK(TakeUrl(url));
    } else {
      ARROW_RETURN_NOT_OK(TakeParts());
    }
    ARROW_RETURN_NOT_OK(TakeTls());
    // Encryption by Kerberos would step in front of TLS and leave the certificate unasked.
    if (source_.tls) Set("gssencmode", "disable");
    SetUnlessGiven("gssencmode", "PGGSSENCMODE", "disable");
    SetUnlessGiven("keepalives_idle", nullptr, "30");
    SetUnlessGiven("keepalives_interval", nullptr, "10");
    SetUnlessGiven("keepalives_count", nullptr, "3");
    SetUnlessGiven("tcp_user_timeout", nullptr, "30000");
    return std::move(settings_);
  }

 private:
  Status Bad(std::string message) const {
    return Fail(codes_[FaultKind::kSettings], std::move(message));
  }

  Status Unset(const std::string& key, const std::string& variable,
               const std::string& example) const {
    return WithHint(Bad("source." + key + " names the variable " + variable + ", which is not set"),
                    "Set it, for example: export " + variable + "='" + example + "'");
  }

  const std::string* Given(const std::string& keyword) const {
    for (const auto& [name, value] : settings_.keywords) {
      if (name == keyword) return &value.Reveal();
    }
    return nullptr;
  }
  void Set(const std::string& keyword, const std::string& value) {
    for (auto& [name, old] : settings_.keywords) {
      if (name != keyword) continue;
      old = Secret(value);
      return;
    }
    settings_.keywords.emplace_back(keyword, Secret(value));
  }
  void SetUnlessGiven(const std::string& keyword, const char* variable, const std::string& value) {
    if (Given(keyword) != nullptr) return;
    if (variable != nullptr && EnvironmentOf(variable) != nullptr) return;
    Set(keyword, value);
  }

  Result<Secret> Url() const {
    if (source_.url) return *source_.url;
    if (!source_.url_env.empty()) {
      const char* value = EnvironmentOf(source_.url_env.c_str());
      if (value == nullptr)
        return Unset("url_env", source_.url_env, "postgresql://user:password@host:5432/database");
      if (Trimmed(value).empty())
        return Bad("the variable " + source_.url_env + " of source.url_env is empty");
      return Secret(Trimmed(value));
    }
    const std::string path = Under(folder_, source_.url_file);
    auto text = ReadWholeFile(path, kUrlFileBytesMax);
    if (!text.ok())
      return Bad("cannot read source.url_file " + path + ": " + FaultOf(text.status()).message);
    if (Trimmed(*text).empty()) return Bad("source.url_file " + path + " is empty");
    return Secret(Trimmed(*text));
  }

  Status TakeUrl(const Secret& secret) {
    for (const Secret& piece : SecretsIn(secret.Reveal())) world_.redactor().Learn(piece);
    const std::string url = secret.Reveal();
    bool known = false;
    for (const std::string_view scheme : kSchemes) known = known || url.starts_with(scheme);
    if (!known) {
      const size_t end = url.find("://");
      if (end == std::string::npos || end > 32)
        return Bad("the source's URL does not begin with postgresql://");
      return Bad("source.type is " + source_.type + ", but the URL is one of " +
                 url.substr(0, end));
    }
    char* reason = nullptr;
    const Options options(PQconninfoParse(EncodedUserInfo(url).c_str(), &reason));
    const std::string why = reason == nullptr ? "" : Trimmed(reason);
    PQfreemem(reason);
    if (options == nullptr)
      return Bad("the source's URL cannot be read: " + world_.redactor().Apply(why));
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
      if (option->val == nullptr || *option->val == '\0') continue;
      Set(option->keyword, option->val);
      if (std::strchr(option->dispchar, '*') != nullptr)
        world_.redactor().Learn(Secret(option->val));
    }
    return Status::OK();
  }

  Status TakeParts() {
    Set("host", source_.host);
    Set("user", source_.user);
    Set("dbname", source_.database);
    if (source_.port) Set("port", std::to_string(*source_.port));
    if (source_.password) {
      world_.redactor().Learn(*source_.password);
      Set("password", source_.password->Reveal());
    } else if (!source_.password_env.empty()) {
      const char* value = EnvironmentOf(source_.password_env.c_str());
      if (value == nullptr) return Unset("password_env", source_.password_env, "the password");
      world_.redactor().Learn(Secret(value));
      Set("password", value);
    } else if (!source_.password_file.empty()) {
      const auto password = config::ReadPasswordFile(folder_, source_.password_file);
      if (!password.ok()) return Bad(FaultOf(password.status()).message);
      world_.redactor().Learn(*password);
      Set("password", password->Reveal());
    }
    return Status::OK();
  }

  Status TakeTls() {
    const bool said = Given("sslmode") != nullptr || EnvironmentOf("PGSSLMODE") != nullptr;
    settings_.tls_decided = said || source_.tls.has_value();
    if (!source_.tls) return Status::OK();
    std::string mode = source_.tls->mode;
    const bool verifies = mode == "verify-ca" || mode == "verify-full";
    if (verifies && source_.tls->accept_invalid_certs) {
      Weakened("accept_invalid_certs", "any certificate is");
      mode = "require";
    } else if (mode == "verify-full" && source_.tls->accept_invalid_hostnames) {
      Weakened("accept_invalid_hostnames", "a certificate of any host is");
      mode = "verify-ca";
    }
    Set("sslmode", mode);
    if (mode != "verify-ca" && mode != "verify-full") return Status::OK();
    return TakeCertificates(mode);
  }

  void Weakened(std::string_view key, std::string_view what) {
    world_.log().WarnOnce(
        "tls-verification-weakened",
        "source.tls." + std::string(key) + " is true: " + std::string(what) + " accepted");
  }

  Status TakeCertificates(const std::string& mode) {
    if (!source_.tls->ca_file.empty()) {
      const std::string path = Under(folder_, source_.tls->ca_file);
      if (!IsFile(path)) return Bad("source.tls.ca_file " + path + " is no file that can be read");
      Set("sslrootcert", path);
      return Status::OK();
    }
    const char* home = EnvironmentOf("HOME");
    const bool given = Given("sslrootcert") != nullptr ||
                       EnvironmentOf("PGSSLROOTCERT") != nullptr ||
                       (home != nullptr && IsFile(std::string(home) + "/.postgresql/root.crt"));
    // Public authorities vouch for names: without a name check they would vouch for anybody.
    if (given || mode != "verify-full") return Status::OK();
    for (const char* bundle :
         {EnvironmentOf("SSL_CERT_FILE"), "/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
      if (bundle == nullptr || !IsFile(bundle)) continue;
      Set("sslrootcert", bundle);
      break;
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

std::string EncodedUserInfo(const std::string& url) {
  const auto info = UserInfoOf(url);
  if (!info) return url;
  std::string encoded = PercentEncoded(info->user);
  if (info->password) encoded += ":" + PercentEncoded(*info->password);
  return url.substr(0, info->begin) + encoded + url.substr(info->end);
}

std::vector<Secret> SecretsIn(const std::string& url) {
  const auto info = UserInfoOf(url);
  if (!info || !info->password) return {};
  return {Secret(*info->password), Secret(PercentDecoded(*info->password)),
          Secret(PercentEncoded(*info->password))};
}

}  // namespace rivet::client::postgres
