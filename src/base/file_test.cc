#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/file_faults.h"

namespace rivet {
namespace {

class FileTest : public testing::Test {
 protected:
  FileTest() {
    char name[] = "/tmp/rivet-file-test-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name)) << text;
  }
  std::string Read(const std::string& name) {
    return ReadWholeFile(Path(name), 1 << 20).ValueOr("?");
  }
  static mode_t Mode(const std::string& path) {
    struct stat facts {};
    ::stat(path.c_str(), &facts);
    return facts.st_mode & 0777;
  }
  std::string folder_;
};

TEST_F(FileTest, ReadsAWholeRegularFileUpToTheLimit) {
  Write("a", std::string(100'000, 'x'));
  EXPECT_EQ(ReadWholeFile(Path("a"), 100'000).ValueOrDie().size(), 100'000u);
  EXPECT_TRUE(Is(ReadWholeFile(Path("a"), 99'999).status(), kFileError));
  EXPECT_TRUE(Is(ReadWholeFile(Path("absent"), 10).status(), kFileError));
  EXPECT_EQ(FaultOf(ReadWholeFile(Path("absent"), 10).status()).cause, "ENOENT");
}

TEST_F(FileTest, ReadsNoFifoDeviceOrFolder) {
  ASSERT_EQ(::mkfifo(Path("fifo").c_str(), 0600), 0);
  EXPECT_TRUE(Is(ReadWholeFile(Path("fifo"), 10).status(), kFileError));
  EXPECT_TRUE(Is(ReadWholeFile("/dev/zero", 10).status(), kFileError));
  EXPECT_TRUE(Is(ReadWholeFile(folder_, 10).status(), kFileError));
}

TEST_F(FileTest, AFileThatGrowsPastItsSizeMeetsTheLimit) {
  // /proc files say size 0 and hold more.
  EXPECT_TRUE(Is(ReadWholeFile("/proc/self/status", 10).status(), kFileError));
}

TEST_F(FileTest, MakesFoldersForTheOwnerOnly) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(MakeFolders(Path("a/b/c/")).ok());
  ::umask(before);
  EXPECT_EQ(Mode(Path("a")), 0700u);
  EXPECT_EQ(Mode(Path("a/b/c")), 0700u);
  EXPECT_TRUE(MakeFolders(Path("a/b/c")).ok());
  Write("plain", "x");
  EXPECT_FALSE(MakeFolders(Path("plain")).ok());
  EXPECT_FALSE(MakeFolders(Path("plain/below")).ok());
}

TEST_F(FileTest, RenameNeverReplaces) {
  Write("from", "new");
  Write("taken", "old");
  EXPECT_FALSE(RenameNoReplace(Path("from"), Path("taken")).ValueOrDie());
  EXPECT_EQ(Read("taken"), "old");
  EXPECT_EQ(Read("from"), "new");
  EXPECT_TRUE(RenameNoReplace(Path("from"), Path("free")).ValueOrDie());
  EXPECT_EQ(Read("free"), "new");
  EXPECT_FALSE(RenameNoReplace(Path("absent"), Path("other")).ok());
}

TEST_F(FileTest, AtomicWriteReplacesAndLeavesNothingElse) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(WriteFileAtomically(Path("state"), "one", "tok").ok());
  ASSERT_TRUE(WriteFileAtomically(Path("state"), "two", "tok").ok());
  ::umask(before);
  EXPECT_EQ(Read("state"), "two");
  EXPECT_EQ(Mode(Path("state")), 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(FileTest, AFailedAtomicWriteKeepsTheOldAndRemovesItsOwn) {
  ASSERT_TRUE(MakeFolders(Path("dir/inside")).ok());
  EXPECT_FALSE(
      WriteFileAtomically(Path("dir"), "x", "tok").ok());  // a folder cannot be replaced by a file
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  // Somebody's file at the private name is not ours to overwrite.
  Write(".rivet-tmp-tok", "theirs");
  EXPECT_FALSE(WriteFileAtomically(Path("state"), "x", "tok").ok());
  EXPECT_EQ(Read(".rivet-tmp-tok"), "theirs");
}

TEST_F(FileTest, FullDisksHaveTheirOwnCode) {
  EXPECT_TRUE(Is(FailErrno(ENOSPC, "cannot write", Path("x")), kDiskFull));
  EXPECT_TRUE(Is(FailErrno(EDQUOT, "cannot write", Path("x")), kDiskFull));
  EXPECT_TRUE(Is(FailErrno(EACCES, "cannot write", Path("x")), kFileError));
  EXPECT_NE(FaultOf(FailErrno(ENOSPC, "cannot write", Path("x"))).message.find("bytes free"),
            std::string::npos);
  EXPECT_GT(FreeBytes(folder_), 0);
  EXPECT_LT(FreeBytes(Path("absent")), 0);
}

TEST_F(FileTest, ADescriptorIsClosedOnce) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  UniqueFd write_end(fds[1]);
  {
    UniqueFd first(fds[0]);
    UniqueFd second(std::move(first));
    EXPECT_EQ(first.get(), -1);  // NOLINT(bugprone-use-after-move)
    UniqueFd third;
    third = std::move(second);
    EXPECT_EQ(third.get(), fds[0]);
  }
  char byte;
  EXPECT_EQ(::read(fds[0], &byte, 1), -1);
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace rivet
