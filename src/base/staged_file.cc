#include "base/staged_file.h"

#include <arrow/io/interfaces.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/file_faults.h"
#include "base/hash.h"

namespace rivet {
namespace {

// Writers emit many small pieces (page headers, footer fields); one system call for each would cost
// more than the copy into this buffer.
constexpr size_t kBufferBytes = 256 * 1024;
// How soon a stop is noticed while nobody reads.
constexpr int kStopLookMs = 100;
// The disk is given work while the file grows: one flush of the whole file at its end would hold up
// every other reader of that disk, the database's own among them.
constexpr int64_t kWriteBehindBytes = 4 << 20;

}  // namespace

class StagedFile::Stream : public arrow::io::OutputStream {
 public:
  // A file of ours.
  Stream(UniqueFd fd, std::string path)
      : fd_(std::move(fd)), descriptor_(fd_.get()), path_(std::move(path)) {
    buffer_.reserve(kBufferBytes);
  }
  // A descriptor of the caller's, which somebody may read slowly, or not at all.
  Stream(int descriptor, std::string name, std::stop_token stop)
      : fd_(ReopenPipe(descriptor)),
        descriptor_(fd_.get() >= 0 ? fd_.get() : descriptor),
        path_(std::move(name)),
        is_file_(false),
        stop_(std::move(stop)),
        piece_bytes_(fd_.get() >= 0 || IsRegular(descriptor) ? kBufferBytes : PIPE_BUF) {
    buffer_.reserve(kBufferBytes);
  }
  Status Close() override {
    closed_ = true;
    return Drain();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  Status Write(const void* data, int64_t size) override {
    if (closed_) return Fail(kInternalBug, "write to a closed staging file");
    ARROW_RETURN_NOT_OK(failure_);
    hash_.Add(data, static_cast<size_t>(size));
    position_ += size;
    const auto bytes = static_cast<size_t>(size);
    if (buffer_.size() + bytes > kBufferBytes) ARROW_RETURN_NOT_OK(Drain());
    if (bytes >= kBufferBytes) return WriteOut({static_cast<const char*>(data), bytes});
    buffer_.append(static_cast<const char*>(data), bytes);
    return Status::OK();
  }
  using arrow::io::Writable::Write;
  Status Flush() override { return Drain(); }

  Status Sync() {
    ARROW_RETURN_NOT_OK(Drain());
    if (is_file_ && ::fsync(descriptor_) != 0) failure_ = FailErrno(errno, "cannot flush", path_);
    return failure_;
  }
  void Abandon() {
    if (failure_.ok()) failure_ = Fail(kInternalBug, "write to an abandoned file");
  }
  int64_t position() const { return position_; }
  uint64_t Digest() const { return hash_.Digest(); }

 private:
  // The first failure is final: a second try could write bytes twice, or flush what the kernel has
  // thrown away.
  Status Drain() {
    ARROW_RETURN_NOT_OK(failure_);
    ARROW_RETURN_NOT_OK(WriteOut(buffer_));
    buffer_.clear();
    return Status::OK();
  }
  Status WriteOut(std::string_view bytes) {
    while (!bytes.empty()) {
      if (!is_file_) ARROW_RETURN_NOT_OK(failure_ = AwaitReader());
      const ssize_t written =
          ::write(descriptor_, bytes.data(), std::min(bytes.size(), piece_bytes_));
      if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (written < 0) return failure_ = FailErrno(errno, "cannot write", path_);
      bytes.remove_prefix(static_cast<size_t>(written));
      handed_over_ += written;
    }
    if (is_file_ && handed_over_ - writing_ >= kWriteBehindBytes) {
      // A hint: what cannot be done early is done by the flush.
      (void)::sync_file_range(descriptor_, writing_, handed_over_ - writing_,
                              SYNC_FILE_RANGE_WRITE);
      writing_ = handed_over_;
    }
    return Status::OK();
  }

  // A reader that does not read must not keep us from stopping.
  Status AwaitReader() const {
    while (!stop_.stop_requested()) {
      struct pollfd look {
        descriptor_, POLLOUT, 0
      };
      const int ready = ::poll(&look, 1, kStopLookMs);
      if (ready > 0) return Status::OK();
      if (ready < 0 && errno != EINTR) return FailErrno(errno, "cannot wait for", path_);
    }
    return Fail(kStopRequested, "stopped while writing to " + path_);
  }

  // The same pipe once more, for us alone and without blocking: whoever shares the descriptor (a
  // shell) must not find it changed. Where that cannot be had, pieces that a pipe takes as a whole
  // do not block after poll either.
  static UniqueFd ReopenPipe(int descriptor) {
    struct stat facts {};
    if (::fstat(descriptor, &facts) != 0 || !S_ISFIFO(facts.st_mode)) return UniqueFd();
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    return UniqueFd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  }
  static bool IsRegular(int descriptor) {
    struct stat facts {};
    return ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
  }

  UniqueFd fd_;
  const int descriptor_;
  const std::string path_;
  const bool is_file_ = true;
  const std::stop_token stop_;
  const size_t piece_bytes_ = SIZE_MAX;
  std::string buffer_;
  RunningHash hash_;
  int64_t position_ = 0;
  int64_t handed_over_ = 0, writing_ = 0;  // to the kernel; what it was told to write already
  bool closed_ = false;
  Status failure_;
};

Result<std::unique_ptr<StagedFile>> StagedFile::Create(World& world, const std::string& folder,
                                                       const std::string& run_id) {
  std::unique_ptr<StagedFile> staged(new StagedFile);
  staged->path_ =
      folder + "/" + std::string(kTemporaryPrefix) + StagingName(run_id) + RandomToken(world);
  UniqueFd fd(
      ::open(staged->path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd.get() < 0) {
    staged->owned_ = false;
    return FailErrno(errno, "cannot create", staged->path_);
  }
  staged->file_ = std::make_shared<Stream>(std::move(fd), staged->path_);
  staged->stream_ = staged->file_;
  return staged;
}

std::unique_ptr<StagedFile> StagedFile::Over(int descriptor, const std::string& name,
                                             std::stop_token stop) {
  std::unique_ptr<StagedFile> staged(new StagedFile);
  staged->owned_ = false;
  staged->file_ = std::make_shared<Stream>(descriptor, name, std::move(stop));
  staged->stream_ = staged->file_;
  return staged;
}

StagedFile::~StagedFile() {
  if (owned_) ::unlink(path_.c_str());
}

int64_t StagedFile::bytes() const { return file_->position(); }
uint64_t StagedFile::hash() const { return file_->Digest(); }
Status StagedFile::Flush() { return file_->Sync(); }
void StagedFile::Abandon() { file_->Abandon(); }

std::string StagingName(const std::string& run_id) {
  std::string name;
  for (char c : run_id) name += c == '/' ? '_' : c;
  return name.substr(0, 160) + "-";
}

Result<int> SweepStaging(const std::string& folder, const std::string& run_id) {
  DIR* listing = ::opendir(folder.c_str());
  if (listing == nullptr)
    return errno == ENOENT ? Result<int>(0) : FailErrno(errno, "cannot list", folder);
  const std::string prefix = std::string(kTemporaryPrefix) + StagingName(run_id);
  std::vector<std::string> paths;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name = entry->d_name;
    // Run `a` must not take what run `a-2` writes: what follows is a token, which has no hyphen.
    if (name.substr(0, prefix.size()) != prefix) continue;
    if (name.find('-', prefix.size()) == std::string_view::npos)
      paths.push_back(folder + "/" + std::string(name));
  }
  ::closedir(listing);
  int removed = 0;
  for (const std::string& path : paths) {
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
    if (::unlink(path.c_str()) == 0) ++removed;
  }
  return removed;
}

}  // namespace rivet
