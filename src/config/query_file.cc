#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "config/bind_internal.h"
#include "config/faults.h"
#include "config/words_internal.h"

namespace rivet::config {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kQueryBytesMax = 1 << 20;

// What the path itself breaks; empty when it is fine.
std::string RuleBroken(const fs::path& path) {
  if (path.empty()) return "is empty";
  if (path.is_absolute()) return "is absolute";
  if (std::find(path.begin(), path.end(), "..") != path.end()) return "has `..` in it";
  return {};
}

bool IsBelow(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

Mark MarkAt(std::string_view text, size_t at) {
  Mark mark{1, 1};
  for (const char c : text.substr(0, at)) {
    if (c == '\n') {
      ++mark.line;
      mark.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++mark.column;
    }
  }
  return mark;
}

// The real path of the file, below the real folder of the config.
Result<std::string> Locate(const std::string& folder, const std::string& written,
                           const std::string& shown) {
  const std::string broken = RuleBroken(written);
  if (!broken.empty()) return Fail(kPathUnsafe, "the path " + Quoted(shown) + " " + broken);
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error)
    return Fail(kFileUnreadable, "the folder of the config cannot be read", error.message());
  const fs::path real = fs::canonical(root / written, error);
  if (error) return Fail(kFileUnreadable, "cannot open " + Quoted(shown) + ": " + error.message());
  if (!IsBelow(real, root)) {
    return Fail(kPathUnsafe,
                "the path " + Quoted(shown) + " leaves the config's folder by a symbolic link");
  }
  return real.string();
}

Result<std::string> Read(const std::string& folder, const std::string& written,
                         const std::string& shown) {
  ARROW_ASSIGN_OR_RAISE(const std::string real, Locate(folder, written, shown));
  const Result<std::string> text = ReadWholeFile(real, kQueryBytesMax);
  if (!text.ok())
    return Fail(kFileUnreadable, text.status().message(), FaultOf(text.status()).cause);
  if (InvalidUtf8At(*text)) return Fail(kFileUnreadable, Quoted(shown) + " is not UTF-8");
  if (text->find('\0') != std::string::npos)
    return Fail(kFileUnreadable, Quoted(shown) + " has a NUL in it");
  return text;
}

}  // namespace

std::string ReadQueryFile(const Loading& loading, const Keys& item) {
  const Node* node = item.Usable("query_file");
  if (node == nullptr) return {};
  const Result<std::string> text = Read(loading.config->folder, node->text, node->shown());
  if (!text.ok()) {
    const Fault fault = FaultOf(text.status());
    loading.Add(*fault.code, item, "query_file",
                item.spot().KeyPath("query_file") + ": " + fault.message,
                {"the path is relative to the config's folder and stays below it"});
    return {};
  }
  Substitution::Outcome outcome = loading.substitution->Apply(*text);
  for (Substitution::Failure& failure : outcome.failures) {
    loading.problems->AddIn(node->shown(), kSecretUnset, MarkAt(*text, failure.at),
                            std::move(failure.message), std::move(failure.hints),
                            item.spot().export_name);
  }
  if (outcome.failures.empty() && outcome.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    loading.Add(kExportSourceInvalid, item, "query_file",
                Quoted(node->shown()) + " holds no query");
  }
  return std::move(outcome.text);
}

}  // namespace rivet::config
