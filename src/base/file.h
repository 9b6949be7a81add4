#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace rivet {

// Owns a descriptor; closes it when it goes away.
class UniqueFd {
 public:
  explicit UniqueFd(int fd = -1) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd() { Reset(); }
  int get() const { return fd_; }
  int Release();
  void Reset();

 private:
  int fd_;
};

// A whole regular file of at most `bytes_max` bytes; anything else (FIFO, device, larger) is an
// error.
Result<std::string> ReadWholeFile(const std::string& path, int64_t bytes_max);

// What can be read until the end of an open descriptor, at most `bytes_max` bytes; `name` is for
// messages.
Result<std::string> ReadToEnd(int fd, const std::string& name, int64_t bytes_max);

// Creates a folder and its parents, mode 0700 for those it makes.
Status MakeFolders(const std::string& path);

// Flushes a folder's own entries to disk.
Status SyncFolder(const std::string& path);

// Renames within one file system and refuses to replace. Returns false when `to` exists.
Result<bool> RenameNoReplace(const std::string& from, const std::string& to);

// Writes bytes beside `path` under a private name, flushes, renames over it, flushes the folder.
// Mode 0600.
Status WriteFileAtomically(const std::string& path, std::string_view bytes,
                           const std::string& token);

// Free bytes on the file system that holds `path`; negative = cannot tell.
int64_t FreeBytes(const std::string& path);

}  // namespace rivet
