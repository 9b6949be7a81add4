#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/file.h"
#include "base/file_faults.h"
#include "base/staged_file.h"
#include "destination/local/folder_internal.h"

namespace rivet::destination::local {
namespace {

constexpr int kDepthMax = 64;

bool IsTemporary(const std::string& name) {
  return name.compare(0, kTemporaryPrefix.size(), kTemporaryPrefix) == 0;
}

using Found = std::function<void(const std::string& key, const struct stat& facts)>;

// `fd` is the folder, `key` its name under the root with a final `/`, or empty.
Status ListOne(UniqueFd fd, const std::string& root, const std::string& key, int depth,
               const Found& found) {
  const std::string path = root + "/" + key;
  if (depth > kDepthMax) return Fail(kFileError, path + " is nested too deep");
  DIR* listing = ::fdopendir(fd.get());
  if (listing == nullptr) return FailErrno(errno, "cannot list", path);
  const int folder = fd.Release();  // the listing owns it now
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && !IsTemporary(name)) names.push_back(name);
    errno = 0;
  }
  Status status = errno == 0 ? Status::OK() : FailErrno(errno, "cannot list", path);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (!status.ok()) break;
    struct stat facts {};
    if (::fstatat(folder, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
      // Gone since it was listed.
      if (errno != ENOENT) status = FailErrno(errno, "cannot look at", path + name);
    } else if (S_ISREG(facts.st_mode)) {
      found(key + name, facts);
    } else if (S_ISDIR(facts.st_mode)) {
      UniqueFd inner(
          ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (inner.get() >= 0) {
        status = ListOne(std::move(inner), root, key + name + "/", depth + 1, found);
      } else if (errno != ENOENT) {
        status = FailErrno(errno, "cannot list", path + name);
      }
    }
  }
  ::closedir(listing);
  return status;
}

}  // namespace

Status MakeDurableFolders(const std::string& path) {
  // The deepest folder that is there already; what follows it will be made.
  std::vector<std::string> changed;
  std::string there = path;
  struct stat facts {};
  while (::stat(there.c_str(), &facts) != 0 && errno == ENOENT) {
    const size_t slash = there.rfind('/');
    there = slash == 0 || slash == std::string::npos ? "/" : there.substr(0, slash);
    changed.push_back(there);
    if (there == "/") break;
  }
  ARROW_RETURN_NOT_OK(MakeFolders(path));
  for (const std::string& folder : changed) ARROW_RETURN_NOT_OK(SyncFolder(folder));
  return Status::OK();
}

Status ListFiles(const std::string& root, const std::string& below, const Found& found) {
  const std::string path = below.empty() ? root : root + "/" + below;
  const int links = below.empty() ? 0 : O_NOFOLLOW;  // the root itself may be a link of the user's
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | links));
  if (fd.get() < 0) {
    if (errno == ENOENT || (errno == ENOTDIR && !below.empty())) return Status::OK();
    return FailErrno(errno, "cannot list", path);
  }
  return ListOne(std::move(fd), root, below.empty() ? "" : below + "/", 0, found);
}

}  // namespace rivet::destination::local
