#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "base/world.h"

namespace arrow::io {
class OutputStream;
}

namespace rivet {

// Leading letters of every temporary name; no final pattern matches it.
inline constexpr std::string_view kTemporaryPrefix = ".rivet-tmp-";

// One part while it is made: a private file (mode 0600, name `.rivet-tmp-<run>-<token>`) in the
// staging folder, hashed while it is written. Whoever drops it removes the file, so nothing short
// can keep a name. Used by one thread at a time.
class StagedFile {
 public:
  static Result<std::unique_ptr<StagedFile>> Create(World& world, const std::string& folder,
                                                    const std::string& run_id);
  // Bytes that go straight to an open descriptor, which stays the caller's: no file, no path,
  // nothing to remove. `name` stands in errors. A reader that went away is kPipeClosed; one that
  // does not read is waited for until `stop` is requested (kStopRequested). SIGPIPE must be
  // ignored.
  static std::unique_ptr<StagedFile> Over(int descriptor, const std::string& name,
                                          std::stop_token stop);
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  // Append only; closing it closes nothing but the stream. Owned by this object's file.
  const std::shared_ptr<arrow::io::OutputStream>& stream() const { return stream_; }
  const std::string& path() const { return path_; }
  int64_t bytes() const;
  uint64_t hash() const;  // xxh3-64 of the bytes so far
  // fsync: after it the bytes survive a power cut; over a descriptor, all bytes were handed on. An
  // error is final for this file (never retried).
  Status Flush();
  // From here on every write fails: what a writer still has to say when it is dropped would make a
  // short file look whole to whoever reads the descriptor.
  void Abandon();
  // The file now has another name and is nobody's to remove.
  void Disown() { owned_ = false; }

 private:
  class Stream;
  StagedFile() = default;
  std::string path_;
  std::shared_ptr<Stream> file_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  bool owned_ = true;
};

// Removes what a dead run left in a staging folder: names `.rivet-tmp-<run_id>-*`. The caller holds
// the lease of that run's export, so nobody is writing them. Returns how many; a missing folder
// holds none.
Result<int> SweepStaging(const std::string& folder, const std::string& run_id);

// The part of a temporary name that follows the prefix: `<run_id>-`, safe as a file name.
std::string StagingName(const std::string& run_id);

}  // namespace rivet
