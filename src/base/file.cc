#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/file_faults.h"

namespace rivet {

Status FailErrno(int error_number, std::string_view what, const std::string& path) {
  const bool full = error_number == ENOSPC || error_number == EDQUOT;
  std::string message = std::string(what) + " " + path + ": " + std::strerror(error_number);
  if (full) {
    const int64_t free = FreeBytes(std::filesystem::path(path).parent_path().string());
    if (free >= 0) message += " (" + std::to_string(free) + " bytes free)";
  }
  const FaultCode& code = full ? kDiskFull : error_number == EPIPE ? kPipeClosed : kFileError;
  return Fail(code, std::move(message), strerrorname_np(error_number));
}

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    Reset();
    fd_ = other.Release();
  }
  return *this;
}

int UniqueFd::Release() { return std::exchange(fd_, -1); }

void UniqueFd::Reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<std::string> ReadWholeFile(const std::string& path, int64_t bytes_max) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) return FailErrno(errno, "cannot open", path);
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0) return FailErrno(errno, "cannot look at", path);
  if (!S_ISREG(facts.st_mode)) return Fail(kFileError, path + " is not a regular file");
  if (facts.st_size > bytes_max) {
    return Fail(kFileError, path + " is larger than " + std::to_string(bytes_max) + " bytes");
  }
  return ReadToEnd(fd.get(), path, bytes_max);
}

Result<std::string> ReadToEnd(int fd, const std::string& name, int64_t bytes_max) {
  std::string bytes;
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(errno, "cannot read", name);
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(got));
    if (static_cast<int64_t>(bytes.size()) > bytes_max) {
      return Fail(kFileError, name + " is larger than " + std::to_string(bytes_max) + " bytes");
    }
  }
}

Status MakeFolders(const std::string& path) {
  std::filesystem::path so_far;
  for (const auto& piece : std::filesystem::path(path)) {
    so_far /= piece;
    if (so_far.empty()) continue;
    if (::mkdir(so_far.c_str(), 0700) == 0) {
      // What is made durable below it later must not hang on an entry that a power cut takes away.
      const std::string parent = so_far.parent_path().string();
      if (::access(parent.empty() ? "." : parent.c_str(), R_OK) == 0)
        ARROW_RETURN_NOT_OK(SyncFolder(parent));
      continue;
    }
    if (errno == EEXIST) continue;
    const int error_number = errno;
    std::error_code ignored;
    if (std::filesystem::is_directory(so_far, ignored)) continue;
    return FailErrno(error_number, "cannot create the folder", so_far.string());
  }
  std::error_code ignored;
  if (!path.empty() && !std::filesystem::is_directory(path, ignored)) {
    return Fail(kFileError, path + " is not a folder");
  }
  return Status::OK();
}

Status SyncFolder(const std::string& path) {
  const UniqueFd fd(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return FailErrno(errno, "cannot open the folder", path);
  // Some file systems have nothing to flush for a folder and say EINVAL.
  if (::fsync(fd.get()) != 0 && errno != EINVAL)
    return FailErrno(errno, "cannot flush the folder", path);
  return Status::OK();
}

Result<bool> RenameNoReplace(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  if (errno != EINVAL && errno != ENOSYS) return FailErrno(errno, "cannot publish", to);
  // A file system without RENAME_NOREPLACE: a hard link refuses an existing name just as well.
  if (::link(from.c_str(), to.c_str()) != 0) {
    if (errno == EEXIST) return false;
    return FailErrno(errno, "cannot publish", to);
  }
  ::unlink(from.c_str());  // published all the same; the private name is swept later
  return true;
}

namespace {

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FailErrno(errno, "cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return Status::OK();
}

}  // namespace

Status WriteFileAtomically(const std::string& path, std::string_view bytes,
                           const std::string& token) {
  const std::filesystem::path target(path);
  const std::string temporary = (target.parent_path() / (".rivet-tmp-" + token)).string();
  UniqueFd fd(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd.get() < 0) return FailErrno(errno, "cannot create", temporary);
  Status status = WriteAll(fd.get(), bytes, temporary);
  if (status.ok() && ::fsync(fd.get()) != 0) status = FailErrno(errno, "cannot flush", temporary);
  if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0)
    status = FailErrno(errno, "cannot publish", path);
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return SyncFolder(target.parent_path().string());
}

int64_t FreeBytes(const std::string& path) {
  struct statvfs facts {};
  if (::statvfs(path.empty() ? "." : path.c_str(), &facts) != 0) return -1;
  return static_cast<int64_t>(facts.f_bavail) * static_cast<int64_t>(facts.f_frsize);
}

}  // namespace rivet
