#include "state/sqlite/sqlite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/file_faults.h"
#include "base/staged_file.h"
#include "state/sqlite/ledger_internal.h"
#include "state/sqlite/schema_internal.h"

namespace rivet::state::sqlite {
namespace {

constexpr mode_t kPrivate = 0600;

// Folders resolved, the file's own name as given: a link at that name is not followed.
Result<std::string> Resolve(const std::string& location) {
  const std::filesystem::path given(location);
  if (location.empty() || !given.has_filename())
    return Fail(kStateError, "'" + location + "' is not a file name");
  const std::string folder = given.has_parent_path() ? given.parent_path().string() : ".";
  char resolved[PATH_MAX];
  if (::realpath(folder.c_str(), resolved) == nullptr) {
    return Fail(kStateError, "cannot find the folder " + folder + " of the state file",
                strerrorname_np(errno));
  }
  return (std::filesystem::path(resolved) / given.filename()).string();
}

// The file is made under a private name and closed before it gets its own: closing any descriptor
// of a database file drops the locks that another connection of this process holds on it.
Status CreateEmpty(World& world, const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const std::string temporary =
      folder + "/" + std::string(kTemporaryPrefix) + "state-" + RandomToken(world);
  UniqueFd fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kPrivate));
  if (fd.get() < 0) return FailErrno(errno, "cannot create the state file", path);
  // A umask can take away the owner's own bits too.
  const int failed = ::fchmod(fd.get(), kPrivate) != 0 ? errno : 0;
  fd.Reset();
  const auto renamed = failed == 0
                           ? RenameNoReplace(temporary, path)
                           : Result<bool>(FailErrno(failed, "cannot create the state file", path));
  // False: another process was faster, and its file is as good.
  if (!renamed.ok() || !*renamed) ::unlink(temporary.c_str());
  ARROW_RETURN_NOT_OK(renamed.status());
  return SyncFolder(folder);
}

// Mode 0600 for the file and what stands beside it: state holds queries and cursor values (S13).
void MakePrivate(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    struct stat facts {};
    const std::string name = path + suffix;
    if (::lstat(name.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode) ||
        (facts.st_mode & 0077) == 0)
      continue;
    // Somebody else's file that we may write: its mode is theirs to change.
    static_cast<void>(::chmod(name.c_str(), kPrivate));
  }
}

Status PrepareFile(World& world, const std::string& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) {
    if (errno != ENOENT)
      return Fail(kStateError, "cannot look at the state file " + path, strerrorname_np(errno));
    ARROW_RETURN_NOT_OK(CreateEmpty(world, path));
    if (::lstat(path.c_str(), &facts) != 0) {
      return Fail(kStateError, "the state file " + path + " vanished", strerrorname_np(errno));
    }
  }
  if (S_ISLNK(facts.st_mode))
    return Fail(kStateError, "the state file " + path + " is a symbolic link");
  if (!S_ISREG(facts.st_mode))
    return Fail(kStateError, "the state file " + path + " is not a regular file");
  MakePrivate(path);
  return Status::OK();
}

Result<Store> Open(World& world, const std::string& location) {
  return OpenStore(world, location, {});
}

}  // namespace

Result<Store> OpenStore(World& world, const std::string& location, const OpenOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const std::string path, Resolve(location));
  ARROW_RETURN_NOT_OK(PrepareFile(world, path));
  ARROW_ASSIGN_OR_RAISE(auto database, Database::Connect(world, path, options));
  ARROW_RETURN_NOT_OK(Migrate(*database));
  Store store;
  store.ledger = std::make_unique<SqliteLedger>(database);
  store.history = std::make_unique<SqliteHistory>(database);
  return store;
}

const Driver& driver() {
  static constexpr Driver kDriver{"sqlite", &Open};
  return kDriver;
}

}  // namespace rivet::state::sqlite
