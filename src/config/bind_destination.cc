#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "config/bind_internal.h"
#include "config/faults.h"
#include "config/words_internal.h"

namespace rivet::config {
namespace {

using KeyNames = std::vector<std::string_view>;

KeyNames Written(const Keys& keys, const KeyNames& among) {
  KeyNames found;
  for (const std::string_view key : among) {
    if (keys.Has(key)) found.push_back(key);
  }
  return found;
}

std::string Named(const KeyNames& names, std::string_view last) {
  std::vector<std::string> quoted;
  for (const std::string_view name : names) quoted.push_back(Quoted(name));
  return Enumerate(quoted, last);
}

void Require(const Loading& loading, const Keys& destination, std::string_view key) {
  if (destination.Has(key)) return;
  loading.Add(
      kMissingKey, destination, key, destination.spot().KeyPath(key) + " is missing",
      {"add `" + std::string(key) + ": " + ExampleOf(*FindField(kDestinationSection, key)) + "`"});
}

// The tokens of `path` and `prefix`; `{partition}` is one where the export is partitioned.
void CheckTokens(const Loading& loading, const Keys& destination, std::string_view key,
                 bool partitioned) {
  const Node* node = destination.Usable(key);
  if (node == nullptr) return;
  const auto token = UnknownToken(node->text, partitioned);
  if (!token) return;
  std::vector<std::string> hints;
  const std::string shown = node->substituted ? Quoted(node->written) : Quoted(*token);
  const std::string nearest = DidYouMean(*token, {"{date}", "{export}", "{table}", "{run_id}"});
  if (!node->substituted && !nearest.empty()) hints.push_back(nearest);
  loading.Add(kDestinationInvalid, destination, key,
              destination.spot().KeyPath(key) + " has an unknown token: " + shown + "; known are " +
                  std::string(kPlaceholderTokens),
              std::move(hints));
}

// A `{` that nothing closes would be part of a folder's name.
void CheckClosed(const Loading& loading, const Keys& destination, std::string_view key) {
  const Node* node = destination.Usable(key);
  if (node == nullptr) return;
  const size_t open = node->text.rfind('{');
  if (open == std::string::npos || node->text.find('}', open) != std::string::npos) return;
  const std::string token = node->text.substr(open) + "}";
  const std::string nearest = DidYouMean(token, {"{date}", "{export}", "{table}", "{run_id}"});
  std::vector<std::string> hints;
  if (!node->substituted && !nearest.empty()) hints.push_back(nearest);
  loading.Add(
      kDestinationInvalid, destination, key,
      destination.spot().KeyPath(key) + " has a `{` without its `}`: " + Quoted(node->shown()),
      std::move(hints));
}

void CheckAnonymous(const Loading& loading, const Keys& destination, const KeyNames& credentials) {
  const KeyNames set = Written(destination, credentials);
  if (!destination.Flag("allow_anonymous") || set.empty()) return;
  loading.Add(kDestinationAuthInvalid, destination, "allow_anonymous",
              "`allow_anonymous` stands beside " + Named(set, "and") +
                  ": unsigned requests need no credentials",
              {"keep one of the two"});
}

void CheckS3(const Loading& loading, const Keys& destination) {
  const KeyNames pair = Written(destination, {"access_key_env", "secret_key_env"});
  if (pair.size() == 1) {
    const std::string_view other =
        pair[0] == "access_key_env" ? "secret_key_env" : "access_key_env";
    loading.Add(kDestinationAuthInvalid, destination, pair[0],
                Quoted(pair[0]) + " is set without " + Quoted(other),
                {"set both, or neither to use the default chain of credentials"});
  }
  if (pair.empty() && destination.Has("session_token_env")) {
    loading.Add(kDestinationAuthInvalid, destination, "session_token_env",
                "`session_token_env` needs `access_key_env` and `secret_key_env`");
  }
  if (!pair.empty() && destination.Has("aws_profile")) {
    loading.Add(kDestinationAuthInvalid, destination, "aws_profile",
                "`aws_profile` and " + Named(pair, "and") + " are two sources of credentials",
                {"keep one of the two"});
  }
  CheckAnonymous(loading, destination,
                 {"access_key_env", "secret_key_env", "session_token_env", "aws_profile"});
}

void CheckAzure(const Loading& loading, const Keys& destination) {
  const KeyNames set = Written(destination, {"account_key_env", "sas_token_env"});
  CheckAnonymous(loading, destination, {"account_key_env", "sas_token_env"});
  if (destination.Flag("allow_anonymous")) return;
  if (!destination.Has("account_name")) {
    loading.Add(kDestinationAuthInvalid, destination, "type",
                destination.spot().KeyPath("account_name") + " is missing",
                {"add `account_name: acmestore`, the storage account"});
  }
  if (set.size() == 1) return;
  loading.Add(kDestinationAuthInvalid, destination, set.empty() ? "type" : set[1],
              set.empty() ? destination.spot().Label() +
                                " has neither `account_key_env` nor `sas_token_env`"
                          : "`account_key_env` and `sas_token_env` are both set",
              {"set one of the two, or `allow_anonymous: true`"});
}

void CheckStdout(const Loading& loading, const Keys& keys, const Keys& destination) {
  if (keys.Has("max_file_size")) {
    loading.Add(kStdoutUnsupported, keys, "max_file_size",
                "`max_file_size` cuts files into parts, and parts need names, which `stdout` has "
                "not",
                {"remove `max_file_size`, or write to `type: local`"});
  }
  const std::string mode = keys.TextOr("mode", "full");
  if (mode != "chunked" && mode != "incremental") return;
  loading.Add(kStdoutUnsupported, destination, "type",
              "`type: stdout` cannot take `mode: " + mode +
                  (mode == "chunked" ? "`: several files one after another are no file"
                                     : "`: nobody could tell that the rows arrived"),
              {"use `mode: full`, or write to `type: local`"});
}

// `s3` of `s3://bucket/x`, in lower case; empty where it is a path.
std::string SchemeOf(std::string_view text) {
  const size_t end = text.find("://");
  if (end == std::string_view::npos || end == 0) return {};
  std::string scheme;
  for (const char c : text.substr(0, end)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!letter && (scheme.empty() || !other)) return {};
    scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return scheme;
}

void CheckPath(const Loading& loading, const Keys& destination) {
  Require(loading, destination, "path");
  const Node* path = destination.Usable("path");
  if (path == nullptr) return;
  const std::string name = destination.spot().KeyPath("path");
  const auto refuse = [&](const std::string& what, const std::string& hint) {
    loading.Add(kDestinationInvalid, destination, "path", name + what, {hint});
  };
  if (path->text.empty()) return refuse(" is empty", "write `.` for the config's own folder");
  const std::string shown = Quoted(path->shown());
  if (const auto scheme = SchemeOf(path->text); scheme == "file") {
    refuse(" is a URL: " + shown, "write the folder alone, such as `/data/out`, without `file://`");
  } else if (!scheme.empty()) {
    refuse(" is a URL: " + shown,
           "`type: local` writes to a folder of this machine; an object store is another `type` "
           "with `bucket` and `prefix`");
  } else if (path->text.starts_with('~')) {
    refuse(" begins with `~`, which only a shell replaces: " + shown,
           "write the whole path, or `${HOME}/…`; `./~` for a folder of that name");
  }
}

void CheckPartition(const Loading& loading, const Keys& keys, const Keys& destination) {
  if (keys.Has("partition_granularity") && !keys.Has("partition_by")) {
    loading.Add(kValueConflict, keys, "partition_granularity",
                "`partition_granularity` counts only with `partition_by`");
  }
  if (keys.Usable("partition_by") == nullptr) return;
  const std::string where = destination.TextOr("path", destination.TextOr("prefix", ""));
  if (where.find("{partition}") != std::string::npos) return;
  loading.Add(kValueConflict, keys, "partition_by",
              "`partition_by` needs `{partition}` in the path or prefix of the destination");
}

}  // namespace

void CheckFileExists(const Loading& loading, const Keys& keys, std::string_view key) {
  const Node* node = keys.Usable(key);
  if (node == nullptr) return;
  const std::filesystem::path path = std::filesystem::path(loading.config->folder) / node->text;
  struct stat facts {};
  if (!node->text.empty() && ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode)) return;
  loading.Add(kFileUnreadable, keys, key,
              keys.spot().KeyPath(key) + ": there is no file " + Quoted(node->shown()),
              {"a relative path counts from the folder of the config"});
}

void BindDestination(const Loading& loading, const Keys& keys, Export* item) {
  const Keys destination = keys.Below("destination");
  if (destination.mapping() == nullptr) return;
  item->destination.type = destination.TextOr("type", "");
  item->destination.path = destination.TextOr("path", "");
  const std::string& type = item->destination.type;
  if (type == "local") CheckPath(loading, destination);
  if (type == "stdout") CheckStdout(loading, keys, destination);
  if (type == "s3" || type == "gcs" || type == "azure") Require(loading, destination, "bucket");
  if (type == "s3") CheckS3(loading, destination);
  if (type == "azure") CheckAzure(loading, destination);
  if (type == "gcs") {
    CheckAnonymous(loading, destination, {"credentials_file"});
    CheckFileExists(loading, destination, "credentials_file");
  }
  CheckFileExists(loading, destination, "ca_file");
  const bool partitioned = keys.Has("partition_by");
  CheckTokens(loading, destination, "path", partitioned);
  CheckTokens(loading, destination, "prefix", partitioned);
  CheckClosed(loading, destination, "path");
  CheckClosed(loading, destination, "prefix");
  CheckPartition(loading, keys, destination);
}

}  // namespace rivet::config
