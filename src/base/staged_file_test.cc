#include "base/staged_file.h"

#include <arrow/io/interfaces.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/file.h"
#include "base/file_faults.h"
#include "base/hash.h"

namespace rivet {
namespace {

class StagedFileTest : public testing::Test {
 protected:
  StagedFileTest() : world_(MakeRealWorld()) {
    char name[] = "/tmp/rivet-staged-test-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~StagedFileTest() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<StagedFile> Create(const std::string& run_id = "run-1") {
    return StagedFile::Create(*world_, folder_, run_id).ValueOrDie();
  }
  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      names.insert(entry.path().filename());
    return names;
  }
  std::unique_ptr<World> world_;
  std::string folder_;
};

TEST_F(StagedFileTest, HashesAndCountsWhatReachesTheFile) {
  auto staged = Create();
  std::string whole;
  for (size_t size : {1, 10, 200'000, 70'000, 300'000, 3}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    ASSERT_TRUE(staged->stream()->Write(piece.data(), static_cast<int64_t>(piece.size())).ok());
    whole += piece;
  }
  EXPECT_EQ(staged->bytes(), static_cast<int64_t>(whole.size()));
  EXPECT_EQ(staged->hash(), Xxh3(whole));
  ASSERT_TRUE(staged->stream()->Close().ok());
  ASSERT_TRUE(staged->Flush().ok());
  EXPECT_EQ(ReadWholeFile(staged->path(), 1 << 20).ValueOrDie(), whole);
}

TEST_F(StagedFileTest, IsPrivateAndCarriesATemporaryName) {
  const mode_t before = ::umask(0);
  auto staged = Create("orders_20260131T120000.123");
  ::umask(before);
  struct stat facts {};
  ASSERT_EQ(::stat(staged->path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  const std::string name = std::filesystem::path(staged->path()).filename();
  EXPECT_EQ(name.find(".rivet-tmp-orders_20260131T120000.123-"), 0u);
}

TEST_F(StagedFileTest, DroppingRemovesTheFileWhateverWasWritten) {
  {
    auto staged = Create();
    ASSERT_TRUE(staged->stream()->Write("short", 5).ok());
    EXPECT_EQ(Names().size(), 1u);
  }
  EXPECT_TRUE(Names().empty());
}

TEST_F(StagedFileTest, AStreamThatOutlivesTheFileWritesIntoNothing) {
  std::shared_ptr<arrow::io::OutputStream> stream;
  {
    auto staged = Create();
    stream = staged->stream();
  }
  EXPECT_TRUE(stream->Write("late", 4).ok());
  EXPECT_TRUE(stream->Close().ok());
  EXPECT_TRUE(Names().empty());
}

TEST_F(StagedFileTest, ADisownedFileStays) {
  std::string path;
  {
    auto staged = Create();
    path = staged->path();
    staged->Disown();
  }
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(StagedFileTest, AClosedStreamTakesNothingMore) {
  auto staged = Create();
  ASSERT_TRUE(staged->stream()->Close().ok());
  EXPECT_FALSE(staged->stream()->Write("x", 1).ok());
}

// A second try after a failed write would put bytes twice, and the hash would not tell.
TEST_F(StagedFileTest, TheFirstFailureIsFinal) {
  const auto ignored = ::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{1000, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  auto staged = Create();
  const std::string piece(5000, 'x');
  EXPECT_TRUE(staged->stream()->Write(piece.data(), 5000).ok());
  const Status first = staged->Flush();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  ::signal(SIGXFSZ, ignored);
  EXPECT_TRUE(Is(first, kFileError)) << first.ToString();
  EXPECT_FALSE(staged->Flush().ok());
  EXPECT_FALSE(staged->stream()->Write("y", 1).ok());
  EXPECT_FALSE(staged->stream()->Close().ok());
  EXPECT_EQ(std::filesystem::file_size(staged->path()), 1000u);
}

TEST_F(StagedFileTest, AFolderThatIsNotThereIsNamed) {
  const auto staged = StagedFile::Create(*world_, folder_ + "/absent", "run-1");
  ASSERT_FALSE(staged.ok());
  EXPECT_NE(staged.status().message().find("absent"), std::string::npos);
}

TEST_F(StagedFileTest, ARunIdIsNeverAPath) {
  EXPECT_EQ(StagingName("a/../b"), "a_.._b-");
  EXPECT_LE(StagingName(std::string(1000, 'x')).size(), 200u);
  auto staged = Create("x/../../y");
  EXPECT_EQ(std::filesystem::path(staged->path()).parent_path(), folder_);
}

TEST_F(StagedFileTest, SweepTakesExactlyTheFilesOfTheRun) {
  for (const std::string run : {"run-1", "run-1", "run-1-2", "run-11", "other"})
    Create(run)->Disown();
  std::ofstream(folder_ + "/orders.parquet") << "part";
  std::ofstream(folder_ + "/.rivet-tmp-") << "nobody's";
  EXPECT_EQ(SweepStaging(folder_, "run-1").ValueOrDie(), 2);
  EXPECT_EQ(Names().size(), 5u);
  EXPECT_EQ(SweepStaging(folder_, "run-1").ValueOrDie(), 0);
  EXPECT_EQ(SweepStaging(folder_, "run-1-2").ValueOrDie(), 1);
  EXPECT_EQ(SweepStaging(folder_ + "/absent", "run-1").ValueOrDie(), 0);
}

TEST_F(StagedFileTest, SweepFollowsNoLinkAndRemovesNoFolder) {
  std::ofstream(folder_ + "/precious") << "x";
  std::filesystem::create_symlink(folder_ + "/precious", folder_ + "/.rivet-tmp-run-1-abcdefgh");
  std::filesystem::create_directory(folder_ + "/.rivet-tmp-run-1-ijklmnop");
  EXPECT_EQ(SweepStaging(folder_, "run-1").ValueOrDie(), 0);
  EXPECT_EQ(Names().size(), 3u);
}

}  // namespace
}  // namespace rivet
