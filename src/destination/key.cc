#include "destination/key.h"

#include <string>

#include "base/staged_file.h"
#include "destination/destination.h"

namespace rivet::destination {

Status CheckKey(std::string_view key) {
  const auto unsafe = [key](std::string_view why) {
    return Fail(kUnsafeKey, "the object name '" + std::string(key) + "' " + std::string(why));
  };
  if (key.empty()) return unsafe("is empty");
  if (key.find('\0') != std::string_view::npos) return unsafe("holds a NUL byte");
  std::string_view rest = key;
  while (true) {
    const size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    if (name.empty()) return unsafe("starts or ends with / or holds //");
    if (name == "." || name == "..") return unsafe("holds a relative step");
    if (name.substr(0, kTemporaryPrefix.size()) == kTemporaryPrefix)
      return unsafe("is a temporary name");
    if (slash == std::string_view::npos) return Status::OK();
    rest.remove_prefix(slash + 1);
  }
}

Status CheckProbeKey(std::string_view key) {
  ARROW_RETURN_NOT_OK(CheckKey(key));
  if (key.starts_with(kProbePrefix) && key.find('/') == std::string_view::npos) return Status::OK();
  return Fail(kUnsafeKey, "only probes are removed, and " + std::string(key) + " is none");
}

}  // namespace rivet::destination
