#include <algorithm>
#include <utility>

#include "config/bind_internal.h"
#include "config/faults.h"
#include "config/words_internal.h"

namespace rivet::config {
namespace {

constexpr std::string_view kUrlKeys[] = {"url", "url_env", "url_file"};
constexpr std::string_view kStructuredKeys[] = {"host",     "user",         "database",     "port",
                                                "password", "password_env", "password_file"};
constexpr std::string_view kPasswordKeys[] = {"password_env", "password_file", "password"};

struct Scheme {
  std::string_view name, type;
};
constexpr Scheme kSchemes[] = {
    {"postgres", "postgres"}, {"postgresql", "postgres"}, {"mysql", "mysql"}, {"mariadb", "mysql"}};

std::vector<std::string> Written(const Keys& keys, std::span<const std::string_view> among) {
  std::vector<std::string> found;
  for (const std::string_view key : among) {
    if (keys.Has(key)) found.push_back("`" + std::string(key) + "`");
  }
  return found;
}

std::string_view Bare(const std::string& quoted) {
  return std::string_view(quoted).substr(1, quoted.size() - 2);
}

void CheckStructured(const Loading& loading, const Keys& source) {
  std::vector<std::string> missing, hints;
  for (const std::string_view key : {"host", "user", "database"}) {
    const auto value = source.Text(key);
    if (source.Has(key) && (!value || !value->empty())) continue;
    missing.push_back("`" + std::string(key) + "`");
    hints.push_back("add `" + std::string(key) + ": " + ExampleOf(*FindField(kSourceSection, key)) +
                    "`");
  }
  if (!missing.empty()) {
    loading.Add(kSourceConnectionInvalid, source, "host",
                "the connection by host, user and database lacks " + Enumerate(missing, "and"),
                std::move(hints));
  }
  const auto passwords = Written(source, kPasswordKeys);
  if (passwords.size() > 1) {
    loading.Add(
        kSourceConnectionInvalid, source, Bare(passwords.back()),
        Enumerate(passwords, "and") + (passwords.size() > 2 ? " are all set" : " are both set"),
        {"keep " + passwords.front()});
  }
}

void CheckStyles(const Loading& loading, const Keys& source) {
  const auto urls = Written(source, kUrlKeys);
  const auto structured = Written(source, kStructuredKeys);
  if (urls.empty() && structured.empty()) {
    loading.Add(
        kSourceConnectionInvalid, source, "type", "the source names no connection",
        {"set `url_env: DATABASE_URL` and put the URL into that variable (recommended)",
         "or `url_file: /run/secrets/database_url`",
         source.TextOr("type", "") == "mysql" ? "or `url: mysql://user@host:3306/database`"
                                              : "or `url: postgresql://user@host:5432/database`",
         "or `host`, `user` and `database`, with `password_env`"});
    return;
  }
  if (urls.size() > 1) {
    loading.Add(kSourceConnectionInvalid, source, Bare(urls.back()),
                std::to_string(urls.size()) + " connections are set: " + Enumerate(urls, "and"),
                {"keep one of them"});
  }
  if (!urls.empty() && !structured.empty()) {
    loading.Add(kSourceConnectionInvalid, source, Bare(structured.front()),
                Enumerate(urls, "and") + " and " + Enumerate(structured, "and") +
                    " are two styles of connection",
                {"choose one: a URL holds host, user, database, port and password already"});
  }
  if (urls.empty()) CheckStructured(loading, source);
}

// A password in the user-info or in the parameters, written out rather than by `${…}`.
bool HasWrittenPassword(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view rest = url.substr(scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto is_written = [](std::string_view password) {
    return !password.empty() && !password.starts_with("${");
  };
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user_info = authority.substr(0, at);
    const size_t colon = user_info.find(':');
    // `${DB_USER:-etl}` has a colon of its own.
    const size_t brace = user_info.starts_with("${") ? user_info.find('}') : 0;
    const size_t from = colon < brace ? user_info.find(':', brace) : colon;
    if (from != std::string_view::npos && is_written(user_info.substr(from + 1))) return true;
  }
  for (const std::string_view key : {"?password=", "&password="}) {
    const size_t found = rest.find(key);
    if (found != std::string_view::npos && is_written(rest.substr(found + key.size()))) return true;
  }
  return false;
}

void CheckScheme(const Loading& loading, const Keys& source, const std::string& url) {
  const std::string written = url.substr(0, std::min(url.find("://"), url.size()));
  const std::string type = source.TextOr("type", "");
  if (type.empty()) return;  // told by itself
  std::vector<std::string> fitting;
  const Scheme* known = nullptr;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == written) known = &scheme;
    if (scheme.type == type) fitting.push_back("`" + std::string(scheme.name) + "://`");
  }
  if (known != nullptr && known->type == type) return;
  // Only what is known to be a scheme is repeated: the rest may be a password.
  loading.Add(kSourceConnectionInvalid, source, "url",
              known != nullptr ? "`source.url` begins with `" + written +
                                     "://`, but `source.type` is `" + type + "`"
                               : "`source.url` does not begin with " + Enumerate(fitting, "or") +
                                     ", as `source.type: " + type + "` asks for",
              known != nullptr ? std::vector<std::string>{"set `type: " + std::string(known->type) +
                                                          "`, or correct the URL"}
                               : std::vector<std::string>{});
}

void CheckUrl(const Loading& loading, const Keys& source) {
  const Node* node = source.Usable("url");
  if (node == nullptr) return;
  if (node->text.empty()) {
    return loading.Add(kSourceConnectionInvalid, source, "url", "`source.url` is empty",
                       {"write `url_env: DATABASE_URL` and put the URL into that variable"});
  }
  CheckScheme(loading, source, node->text);
  if (HasWrittenPassword(node->shown())) {
    loading.Warn(
        "plaintext-secret", source.MarkOf("url"),
        "source.url holds a password in plain text; prefer url_env, or ${…} for the password");
  }
}

// A name of a variable. What stands there is not repeated: it is often the secret itself.
std::string VariableName(const Loading& loading, const Keys& source, std::string_view key) {
  const Node* node = source.Usable(key);
  if (node == nullptr) return {};
  if (IsIdentifier(node->text)) return node->text;
  loading.Add(kSourceConnectionInvalid, source, key,
              "`source." + std::string(key) +
                  "` must be the name of an environment variable: letters, digits and `_`",
              {"write `" + std::string(key) + ": " + ExampleOf(*FindField(kSourceSection, key)) +
               "` and put the value into that variable"});
  return {};
}

Tls BindTls(const Loading& loading, const Keys& keys) {
  Tls tls;
  tls.mode = keys.TextOr("mode", tls.mode);
  tls.ca_file = keys.TextOr("ca_file", "");
  tls.accept_invalid_certs = keys.Flag("accept_invalid_certs");
  tls.accept_invalid_hostnames = keys.Flag("accept_invalid_hostnames");
  CheckFileExists(loading, keys, "ca_file");
  const bool verifies = tls.mode == "verify-ca" || tls.mode == "verify-full";
  if (verifies && (tls.accept_invalid_certs || tls.accept_invalid_hostnames)) {
    const std::string_view key =
        tls.accept_invalid_certs ? "accept_invalid_certs" : "accept_invalid_hostnames";
    loading.Warn("tls-verification-weakened", keys.MarkOf(key),
                 "source.tls." + std::string(key) + " weakens mode " + tls.mode +
                     ": the server is not fully checked");
  }
  return tls;
}

void BindConnection(const Loading& loading, const Keys& keys, Source* source) {
  CheckStyles(loading, keys);
  CheckUrl(loading, keys);
  if (auto url = keys.Text("url")) source->url = Secret(std::move(*url));
  source->url_env = VariableName(loading, keys, "url_env");
  source->url_file = keys.TextOr("url_file", "");
  if (keys.Usable("url_file") != nullptr && source->url_file.empty()) {
    loading.Add(kSourceConnectionInvalid, keys, "url_file", "`source.url_file` is empty");
  }
  source->host = keys.TextOr("host", "");
  source->user = keys.TextOr("user", "");
  source->database = keys.TextOr("database", "");
  if (const auto port = keys.Int("port")) source->port = static_cast<int>(*port);
  if (auto password = keys.Text("password")) source->password = Secret(std::move(*password));
  source->password_env = VariableName(loading, keys, "password_env");
  source->password_file = keys.TextOr("password_file", "");
  if (keys.Usable("password_file") != nullptr && source->password_file.empty()) {
    loading.Add(kSourceConnectionInvalid, keys, "password_file", "`source.password_file` is empty");
  }
  const Node* password = keys.Usable("password");
  if (password != nullptr && !password->substituted && !password->text.empty()) {
    loading.Warn("plaintext-secret", keys.MarkOf("password"),
                 "source.password is in plain text; prefer password_env, or ${…}");
  }
}

}  // namespace

TuningKeys BindTuning(const Loading& loading, const Keys& keys) {
  TuningKeys tuning;
  tuning.profile = keys.Text("profile");
  tuning.batch_size = keys.Int("batch_size");
  tuning.batch_size_memory_mb = keys.Int("batch_size_memory_mb");
  tuning.throttle_ms = keys.Int("throttle_ms");
  tuning.statement_timeout_s = keys.Int("statement_timeout_s");
  tuning.lock_timeout_s = keys.Int("lock_timeout_s");
  tuning.max_retries = keys.Int("max_retries");
  tuning.retry_backoff_ms = keys.Int("retry_backoff_ms");
  tuning.memory_threshold_mb = keys.Int("memory_threshold_mb");
  tuning.max_value_mb = keys.Int("max_value_mb");
  if (keys.Has("batch_size") && keys.Has("batch_size_memory_mb")) {
    loading.Add(kValueConflict, keys, "batch_size_memory_mb",
                keys.spot().KeyPath("batch_size") + " and `batch_size_memory_mb` are both set",
                {"keep one: rows by statement, or bytes by statement"});
  }
  return tuning;
}

PolicyKeys BindPolicies(const Keys& keys) {
  PolicyKeys policies;
  for (const model::SpecialValue what : model::kSpecialValues) {
    const auto action = model::PolicyActionFrom(keys.TextOr(ToString(what), ""));
    if (action) policies.emplace(what, *action);
  }
  return policies;
}

Source BindSource(const Loading& loading, const Keys& keys) {
  Source source;
  source.type = keys.TextOr("type", "postgres");
  source.environment = keys.TextOr("environment", "");
  BindConnection(loading, keys, &source);
  source.tuning = BindTuning(loading, keys.Below("tuning"));
  source.policies = BindPolicies(keys);
  const Keys tls = keys.Below("tls");
  if (tls.mapping() != nullptr) source.tls = BindTls(loading, tls);
  CheckUnboundedNumeric(loading, keys);
  return source;
}

}  // namespace rivet::config
