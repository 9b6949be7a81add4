#include "destination/local/local.h"

#include <arrow/io/interfaces.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/fault_point.h"
#include "base/file.h"
#include "base/file_faults.h"
#include "base/hash.h"
#include "destination/key.h"
#include "destination/local/folder_internal.h"

namespace rivet::destination::local {
namespace {

// Up to this size an object's version is the hash of its bytes; larger ones, which nobody replaces,
// are told apart by size, time and inode.
constexpr int64_t kHashedBytesMax = 1 << 20;
constexpr size_t kReadBytes = 1 << 20;

class LocalDestination : public Destination {
 public:
  explicit LocalDestination(const OpenContext& context)
      : world_(context.world), root_(context.root), run_id_(context.run_id) {
    while (root_.size() > 1 && root_.back() == '/') root_.pop_back();
  }

  Traits traits() const override { return {}; }
  std::string uri() const override { return "file://" + root_; }
  const std::string& staging_folder() const override { return root_; }
  Status Prepare() override;

  Status Put(StagedFile& file, const std::string& key) override;
  Status PutBytes(std::string_view bytes, const std::string& key,
                  const std::optional<Object>& replaces) override;
  Result<std::string> GetBytes(const std::string& key, int64_t bytes_max) override;
  Result<std::optional<Object>> Head(const std::string& key) override;
  Result<std::vector<Object>> List(const std::string& prefix) override;
  Result<uint64_t> Hash(const std::string& key) override;
  Result<std::string> LocalPath(const std::string& key) override;
  Status Move(const std::string& from, const std::string& to) override;
  Status RemoveProbe(const std::string& key) override;
  Result<int> Sweep(const std::string& run_id) override;

 private:
  // Checked, with no link between the root and the name.
  Result<std::string> PathOf(const std::string& key) const;
  // The same, and its folder exists.
  Result<std::string> PathToWrite(const std::string& key) const;
  Result<UniqueFd> OpenObject(const std::string& key, struct stat* facts) const;
  // The file under its final name, durable, or nothing there.
  Status Publish(StagedFile& file, const std::string& path, bool is_part);
  Status Replace(StagedFile& file, const std::string& path, const std::string& key,
                 const Object& expected);
  Status CheckUnchanged(const std::string& key, const Object& expected);

  World& world_;
  std::string root_;
  const std::string run_id_;
  std::string made_from_;  // the uppermost folder that Prepare() made; empty: none
};

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string StatVersion(const struct stat& facts) {
  return "stat:" + std::to_string(facts.st_size) + "-" +
         std::to_string(facts.st_mtim.tv_sec * 1'000'000'000LL + facts.st_mtim.tv_nsec) + "-" +
         std::to_string(facts.st_ino);
}

// Everything from the descriptor, in pieces; `take` gets each.
template <typename Take>
Status ReadAll(int fd, const std::string& path, Take take) {
  std::string buffer(kReadBytes, '\0');
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(errno, "cannot read", path);
    if (got == 0) return Status::OK();
    ARROW_RETURN_NOT_OK(take(std::string_view(buffer.data(), static_cast<size_t>(got))));
  }
}

Result<uint64_t> HashOf(int fd, const std::string& path) {
  RunningHash hash;
  ARROW_RETURN_NOT_OK(ReadAll(fd, path, [&](std::string_view bytes) {
    hash.Add(bytes.data(), bytes.size());
    return Status::OK();
  }));
  return hash.Digest();
}

Status FailTaken(const std::string& path) {
  return Fail(kNameTaken, "there is already a file " + path);
}

Result<std::string> LocalDestination::PathOf(const std::string& key) const {
  ARROW_RETURN_NOT_OK(CheckKey(key));
  // A link among our own folders would lead out of them; links above the root are the user's
  // choice.
  for (size_t slash = key.find('/'); slash != std::string::npos; slash = key.find('/', slash + 1)) {
    struct stat facts {};
    const std::string folder = root_ + "/" + key.substr(0, slash);
    if (::lstat(folder.c_str(), &facts) == 0 && S_ISLNK(facts.st_mode)) {
      return Fail(kUnsafeKey, folder + " is a symbolic link");
    }
  }
  return root_ + "/" + key;
}

Result<std::string> LocalDestination::PathToWrite(const std::string& key) const {
  ARROW_ASSIGN_OR_RAISE(std::string path, PathOf(key));
  ARROW_RETURN_NOT_OK(MakeDurableFolders(FolderOf(path)));
  return path;
}

Result<UniqueFd> LocalDestination::OpenObject(const std::string& key, struct stat* facts) const {
  ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(key));
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (fd.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Fail(kAbsent, "there is no file " + path);
    if (errno == ELOOP) return Fail(kFileError, path + " is a symbolic link");
    return FailErrno(errno, "cannot open", path);
  }
  if (::fstat(fd.get(), facts) != 0) return FailErrno(errno, "cannot look at", path);
  if (!S_ISREG(facts->st_mode)) return Fail(kFileError, path + " is not a regular file");
  return fd;
}

Status LocalDestination::Publish(StagedFile& file, const std::string& path, bool is_part) {
  const auto renamed = RenameNoReplace(file.path(), path);
  if (renamed.ok() && !*renamed) return FailTaken(path);
  Status status = renamed.status();
  if (status.ok()) status = SyncFolder(FolderOf(path));
  if (status.ok() && is_part) status = FaultPoint("upload_done");
  if (status.ok()) {
    file.Disown();
    return status;
  }
  // After a failure nothing is at that name. A publish by link that failed late leaves both names:
  // still ours.
  struct stat ours {
  }, there{};
  const bool is_ours = renamed.ok() || (::lstat(file.path().c_str(), &ours) == 0 &&
                                        ::lstat(path.c_str(), &there) == 0 &&
                                        ours.st_ino == there.st_ino && ours.st_dev == there.st_dev);
  if (is_ours && ::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return WithHint(std::move(status),
                    "The file " + path + " is left over and named by no manifest.");
  }
  return status;
}

// The uppermost folder of a path that is not there; empty where all are.
std::string FirstMissing(std::string path) {
  std::string missing;
  struct stat facts {};
  while (!path.empty() && ::lstat(path.c_str(), &facts) != 0 && errno == ENOENT) {
    missing = path;
    path = FolderOf(path);
  }
  return missing;
}

Status LocalDestination::Prepare() {
  made_from_ = FirstMissing(root_);
  return MakeDurableFolders(root_);
}

Status LocalDestination::Put(StagedFile& file, const std::string& key) {
  ARROW_RETURN_NOT_OK(FaultPoint("upload_open"));
  ARROW_ASSIGN_OR_RAISE(const std::string path, PathToWrite(key));
  ARROW_RETURN_NOT_OK(file.Flush());
  ARROW_RETURN_NOT_OK(FaultPoint("part_fsynced"));
  struct stat facts {};
  if (::lstat(file.path().c_str(), &facts) != 0)
    return FailErrno(errno, "cannot look at", file.path());
  if (!S_ISREG(facts.st_mode) || facts.st_size != file.bytes()) {
    return Fail(kFileError, file.path() + " has " + std::to_string(facts.st_size) +
                                " bytes, not the " + std::to_string(file.bytes()) +
                                " that were written");
  }
  return Publish(file, path, true);
}

Status LocalDestination::CheckUnchanged(const std::string& key, const Object& expected) {
  struct stat facts {};
  const auto fd = OpenObject(key, &facts);
  if (!fd.ok() && Is(fd.status(), kAbsent))
    return Fail(kChanged, root_ + "/" + key + " was removed meanwhile");
  ARROW_RETURN_NOT_OK(fd.status());
  std::string version = StatVersion(facts);
  if (expected.version.compare(0, 5, "xxh3:") == 0) {
    ARROW_ASSIGN_OR_RAISE(const uint64_t hash, HashOf(fd->get(), key));
    version = FingerprintText(hash);
  }
  if (version == expected.version) return Status::OK();
  return Fail(kChanged, root_ + "/" + key + " is not the one that was looked at (" + version +
                            ", not " + expected.version + ")");
}

Status LocalDestination::Replace(StagedFile& file, const std::string& path, const std::string& key,
                                 const Object& expected) {
  // Looked at again at the last moment; between this and the rename only the lease of the export
  // protects.
  ARROW_RETURN_NOT_OK(CheckUnchanged(key, expected));
  if (::rename(file.path().c_str(), path.c_str()) != 0)
    return FailErrno(errno, "cannot publish", path);
  file.Disown();
  return SyncFolder(FolderOf(path));
}

Status LocalDestination::PutBytes(std::string_view bytes, const std::string& key,
                                  const std::optional<Object>& replaces) {
  ARROW_ASSIGN_OR_RAISE(const std::string path, PathToWrite(key));
  if (replaces.has_value()) {
    ARROW_RETURN_NOT_OK(CheckUnchanged(key, *replaces));
  } else {
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) == 0) return FailTaken(path);
  }
  ARROW_ASSIGN_OR_RAISE(const auto file, StagedFile::Create(world_, root_, run_id_));
  ARROW_RETURN_NOT_OK(file->stream()->Write(bytes.data(), static_cast<int64_t>(bytes.size())));
  ARROW_RETURN_NOT_OK(file->Flush());
  ARROW_RETURN_NOT_OK(FaultPoint("manifest_tmp"));
  return replaces.has_value() ? Replace(*file, path, key, *replaces) : Publish(*file, path, false);
}

Result<std::string> LocalDestination::GetBytes(const std::string& key, int64_t bytes_max) {
  struct stat facts {};
  ARROW_ASSIGN_OR_RAISE(const UniqueFd fd, OpenObject(key, &facts));
  std::string all;
  ARROW_RETURN_NOT_OK(ReadAll(fd.get(), root_ + "/" + key, [&](std::string_view bytes) -> Status {
    if (static_cast<int64_t>(all.size() + bytes.size()) > bytes_max) {
      return Fail(kFileError,
                  root_ + "/" + key + " is larger than " + std::to_string(bytes_max) + " bytes");
    }
    all.append(bytes);
    return Status::OK();
  }));
  return all;
}

Result<std::optional<Object>> LocalDestination::Head(const std::string& key) {
  struct stat facts {};
  const auto fd = OpenObject(key, &facts);
  if (!fd.ok() && Is(fd.status(), kAbsent)) return std::nullopt;
  ARROW_RETURN_NOT_OK(fd.status());
  Object object{key, facts.st_size, StatVersion(facts)};
  if (facts.st_size <= kHashedBytesMax) {
    ARROW_ASSIGN_OR_RAISE(const uint64_t hash, HashOf(fd->get(), key));
    object.version = FingerprintText(hash);
  }
  return object;
}

Result<std::vector<Object>> LocalDestination::List(const std::string& prefix) {
  std::string below = prefix;
  while (!below.empty() && below.back() == '/') below.pop_back();
  if (!below.empty()) ARROW_RETURN_NOT_OK(PathOf(below + "/x").status());
  std::vector<Object> objects;
  ARROW_RETURN_NOT_OK(
      ListFiles(root_, below, [&](const std::string& key, const struct stat& facts) {
        objects.push_back({key, facts.st_size, StatVersion(facts)});
      }));
  return objects;
}

Result<uint64_t> LocalDestination::Hash(const std::string& key) {
  struct stat facts {};
  ARROW_ASSIGN_OR_RAISE(const UniqueFd fd, OpenObject(key, &facts));
  return HashOf(fd.get(), root_ + "/" + key);
}

Result<std::string> LocalDestination::LocalPath(const std::string& key) {
  struct stat facts {};
  ARROW_RETURN_NOT_OK(OpenObject(key, &facts).status());
  return root_ + "/" + key;
}

Status LocalDestination::Move(const std::string& from, const std::string& to) {
  struct stat facts {};
  ARROW_ASSIGN_OR_RAISE(const std::string source, PathOf(from));
  if (::lstat(source.c_str(), &facts) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Fail(kAbsent, "there is no file " + source);
    return FailErrno(errno, "cannot look at", source);
  }
  if (!S_ISREG(facts.st_mode)) return Fail(kFileError, source + " is not a regular file");
  ARROW_ASSIGN_OR_RAISE(const std::string target, PathToWrite(to));
  ARROW_ASSIGN_OR_RAISE(const bool moved, RenameNoReplace(source, target));
  if (!moved) return FailTaken(target);
  ARROW_RETURN_NOT_OK(SyncFolder(FolderOf(target)));
  return SyncFolder(FolderOf(source));
}

Status LocalDestination::RemoveProbe(const std::string& key) {
  ARROW_RETURN_NOT_OK(CheckProbeKey(key));
  ARROW_ASSIGN_OR_RAISE(const std::string path, PathOf(key));
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Fail(kAbsent, "there is no file " + path);
    return FailErrno(errno, "cannot remove the probe", path);
  }
  // A folder that holds something by now is somebody's, and stays.
  for (std::string folder = root_; !made_from_.empty() && ::rmdir(folder.c_str()) == 0;) {
    if (folder == made_from_) break;
    folder = FolderOf(folder);
  }
  return Status::OK();
}

Result<int> LocalDestination::Sweep(const std::string& run_id) {
  ARROW_ASSIGN_OR_RAISE(const int parts, SweepStaging(root_, run_id));
  // Where other versions of this program staged run manifests.
  ARROW_ASSIGN_OR_RAISE(const std::string folder, PathOf("manifests"));
  struct stat facts {};
  if (::lstat(folder.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) return parts;
  ARROW_ASSIGN_OR_RAISE(const int manifests, SweepStaging(folder, run_id));
  return parts + manifests;
}

Result<std::unique_ptr<Destination>> Open(const OpenContext& context) {
  if (context.root.empty() || context.root[0] != '/' ||
      context.root.find('\0') != std::string::npos) {
    return Fail(kFileError, "'" + context.root + "' is not an absolute path");
  }
  return std::make_unique<LocalDestination>(context);
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{"local", &Open};
  return kDriver;
}

}  // namespace rivet::destination::local
