#include "destination/local/local.h"

#include <arrow/io/interfaces.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "base/file_faults.h"
#include "destination/destination_suite.h"

namespace rivet::destination::local {
namespace {

constexpr const char* kRootVariable = "RIVET_TEST_ROOT";

class ScratchFolder {
 public:
  ScratchFolder() {
    path_ =
        (std::filesystem::temp_directory_path() / ("rivet-local-" + RandomToken(*MakeRealWorld())))
            .string();
    Check(::mkdir(path_.c_str(), 0700) == 0, "no scratch folder");
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<std::unique_ptr<Destination>> OpenAt(World& world, const std::string& root,
                                            const std::string& run_id) {
  const config::Destination settings{"local", root};
  return driver().open({world, settings, root, run_id});
}

class LocalHouse : public DestinationHouse {
 public:
  Result<std::unique_ptr<Destination>> Open(World& world, const std::string& run_id) override {
    return OpenAt(world, folder_.path() + "/to/orders", run_id);
  }

 private:
  ScratchFolder folder_;
};

const DestinationPlace kLocal{"local", [] { return std::make_unique<LocalHouse>(); }};
INSTANTIATE_TEST_SUITE_P(Local, HandOverContract, ::testing::Values(kLocal), NameOf);
INSTANTIATE_TEST_SUITE_P(Local, DestinationContract, ::testing::Values(kLocal), NameOf);

class LocalTest : public ::testing::Test {
 protected:
  void SetUp() override { place_ = OpenAt(*world_, root(), "orders_1").ValueOrDie(); }
  std::string root() const { return folder_.path() + "/out"; }
  Status Put(std::string_view bytes, const std::string& key) {
    ARROW_ASSIGN_OR_RAISE(const auto file, StagedFile::Create(*world_, root(), "orders_1"));
    ARROW_RETURN_NOT_OK(file->stream()->Write(bytes.data(), static_cast<int64_t>(bytes.size())));
    return place_->Put(*file, key);
  }
  mode_t ModeOf(const std::string& path) {
    struct stat facts {};
    return ::lstat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
  }
  // Every name in the folder, hidden ones too.
  int NamesIn(const std::string& path) {
    int names = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      names += entry.path().empty() ? 0 : 1;
    return names;
  }
  // This program again, in the same root, with a fault ordered. Its wait status.
  int RunElsewhere(const std::string& test, const std::string& fault) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setenv("RIVET_FAULT", fault.c_str(), 1);
      ::unsetenv("GTEST_OUTPUT");  // the report is the parent's to write
      ::setenv(kRootVariable, root().c_str(), 1);
      const int nowhere = ::open("/dev/null", O_WRONLY);
      ::dup2(nowhere, STDOUT_FILENO);
      const std::string filter = "--gtest_filter=LocalChild.DISABLED_" + test;
      ::execl("/proc/self/exe", "test", filter.c_str(), "--gtest_also_run_disabled_tests", nullptr);
      ::_exit(127);
    }
    int ended = 0;
    EXPECT_EQ(::waitpid(pid, &ended, 0), pid);
    return ended;
  }

  const std::unique_ptr<World> world_ = MakeRealWorld();
  ScratchFolder folder_;
  std::unique_ptr<Destination> place_;
};

// Only for RunElsewhere().
TEST(LocalChild, DISABLED_PutsAPart) {
  const auto world = MakeRealWorld();
  const std::string root = std::getenv(kRootVariable);
  const auto place = OpenAt(*world, root, "orders_1").ValueOrDie();
  const auto file = StagedFile::Create(*world, root, "orders_1").ValueOrDie();
  ASSERT_TRUE(file->stream()->Write("bytes", 5).ok());
  EXPECT_TRUE(place->Put(*file, "a.parquet").ok());
}

TEST(LocalChild, DISABLED_ReplacesTheManifest) {
  const auto world = MakeRealWorld();
  const auto place = OpenAt(*world, std::getenv(kRootVariable), "orders_1").ValueOrDie();
  const auto head = place->Head("manifest.json").ValueOrDie();
  EXPECT_TRUE(place->PutBytes("new", "manifest.json", head).ok());
}

TEST_F(LocalTest, SaysWhereItIs) {
  EXPECT_EQ(place_->uri(), "file://" + root());
  EXPECT_EQ(place_->staging_folder(), root());
  EXPECT_EQ(OpenAt(*world_, root() + "///", "r").ValueOrDie()->uri(), "file://" + root());
  EXPECT_FALSE(OpenAt(*world_, "relative/path", "r").ok());
  EXPECT_FALSE(OpenAt(*world_, "", "r").ok());
}

TEST_F(LocalTest, FoldersAndFilesArePrivateUnderAnyUmask) {
  const mode_t before = ::umask(0);
  EXPECT_TRUE(place_->Prepare().ok());
  EXPECT_TRUE(Put("x", "a").ok());
  EXPECT_TRUE(place_->PutBytes("x", "manifests/orders_1.json", std::nullopt).ok());
  ::umask(before);
  EXPECT_EQ(ModeOf(root()), 0700U);
  EXPECT_EQ(ModeOf(root() + "/manifests"), 0700U);
  EXPECT_EQ(ModeOf(root() + "/a"), 0600U);
  EXPECT_EQ(ModeOf(root() + "/manifests/orders_1.json"), 0600U);
}

TEST_F(LocalTest, PrepareLeavesAFolderOfTheUsersAsItIs) {
  ASSERT_EQ(::mkdir(root().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(root().c_str(), 0755), 0);
  ASSERT_TRUE(place_->Prepare().ok());
  ASSERT_TRUE(place_->Prepare().ok());
  EXPECT_EQ(ModeOf(root()), 0755U);
}

TEST_F(LocalTest, AProbeTakesTheFoldersAlongThatWereMadeForIt) {
  const std::string probe(kProbePrefix);
  const auto deep = OpenAt(*world_, root() + "/2026/orders", "doctor").ValueOrDie();
  ASSERT_TRUE(deep->Prepare().ok());
  ASSERT_TRUE(deep->PutBytes("x", probe, std::nullopt).ok());
  ASSERT_TRUE(deep->RemoveProbe(probe).ok());
  EXPECT_FALSE(std::filesystem::exists(root()));
  EXPECT_TRUE(std::filesystem::exists(folder_.path()));
  // Folders of the user's stay, empty or not.
  std::filesystem::create_directories(root());
  ASSERT_TRUE(place_->Prepare().ok());
  ASSERT_TRUE(place_->PutBytes("x", probe, std::nullopt).ok());
  ASSERT_TRUE(place_->RemoveProbe(probe).ok());
  EXPECT_TRUE(std::filesystem::exists(root()));
}

TEST_F(LocalTest, AFileInTheWayIsNamed) {
  std::ofstream(root()) << "x";
  const Status status = place_->Prepare();
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.message().find(root()), std::string::npos) << status;
  EXPECT_FALSE(place_->List("").ok());
}

TEST_F(LocalTest, ALinkAboveTheRootIsTheUsersChoice) {
  ASSERT_EQ(::mkdir((folder_.path() + "/real").c_str(), 0700), 0);
  ASSERT_EQ(::symlink((folder_.path() + "/real").c_str(), root().c_str()), 0);
  ASSERT_TRUE(place_->Prepare().ok());
  ASSERT_TRUE(Put("x", "a").ok());
  EXPECT_EQ(::access((folder_.path() + "/real/a").c_str(), F_OK), 0);
  EXPECT_EQ(place_->List("").ValueOrDie().size(), 1U);
}

TEST_F(LocalTest, ALinkAtAFinalNameIsNotFollowed) {
  ASSERT_TRUE(place_->Prepare().ok());
  const std::string outside = folder_.path() + "/outside";
  std::ofstream(outside) << "mine";
  for (const std::string& target : {outside, folder_.path() + "/dangling"}) {
    ASSERT_EQ(::symlink(target.c_str(), (root() + "/a").c_str()), 0);
    EXPECT_TRUE(Is(Put("x", "a"), kNameTaken));
    EXPECT_TRUE(Is(place_->PutBytes("x", "a", std::nullopt), kNameTaken));
    EXPECT_FALSE(place_->Head("a").ok());
    EXPECT_FALSE(place_->GetBytes("a", 100).ok());
    EXPECT_FALSE(place_->Hash("a").ok());
    EXPECT_FALSE(place_->PutBytes("x", "a", Object{"a", 4, FingerprintText(Xxh3("mine"))}).ok());
    EXPECT_TRUE(place_->List("").ValueOrDie().empty());
    ASSERT_EQ(::unlink((root() + "/a").c_str()), 0);
  }
  EXPECT_EQ(ReadWholeFile(outside, 100).ValueOrDie(), "mine");
  EXPECT_NE(::access((folder_.path() + "/dangling").c_str(), F_OK), 0);
}

TEST_F(LocalTest, ALinkAmongOurOwnFoldersIsRefused) {
  ASSERT_TRUE(place_->Prepare().ok());
  ASSERT_EQ(::mkdir((folder_.path() + "/outside").c_str(), 0700), 0);
  ASSERT_EQ(::symlink((folder_.path() + "/outside").c_str(), (root() + "/manifests").c_str()), 0);
  EXPECT_TRUE(Is(place_->PutBytes("x", "manifests/orders_1.json", std::nullopt), kUnsafeKey));
  EXPECT_TRUE(Is(Put("x", "manifests/a"), kUnsafeKey));
  EXPECT_TRUE(Is(place_->Head("manifests/a").status(), kUnsafeKey));
  EXPECT_EQ(NamesIn(folder_.path() + "/outside"), 0);
  EXPECT_TRUE(place_->List("").ValueOrDie().empty());
  EXPECT_TRUE(place_->Sweep("orders_1").ok());
}

TEST_F(LocalTest, WhatIsNoFileIsAnErrorAndNotAbsent) {
  ASSERT_TRUE(place_->Prepare().ok());
  ASSERT_EQ(::mkdir((root() + "/folder").c_str(), 0700), 0);
  ASSERT_EQ(::mkfifo((root() + "/fifo").c_str(), 0600), 0);
  for (const char* key : {"folder", "fifo"}) {
    EXPECT_TRUE(Is(place_->Head(key).status(), kFileError)) << key;
    EXPECT_FALSE(place_->GetBytes(key, 10).ok()) << key;
    EXPECT_TRUE(Is(Put("x", key), kNameTaken)) << key;
  }
  EXPECT_TRUE(place_->List("").ValueOrDie().empty());
}

TEST_F(LocalTest, SweepTakesOnlyTheTemporaryNamesOfThatRun) {
  ASSERT_TRUE(place_->PutBytes("x", "manifests/orders_1.json", std::nullopt).ok());
  ASSERT_TRUE(Put("x", "a").ok());
  for (const char* name :
       {"/.rivet-tmp-orders_1-aaaaaaaa", "/.rivet-tmp-orders_9-bbbbbbbb", "/.rivet-tmp-users_1-c",
        "/manifests/.rivet-tmp-orders_1-dddddddd", "/.hidden"}) {
    std::ofstream(root() + name) << "x";
  }
  EXPECT_EQ(place_->Sweep("orders_1").ValueOrDie(), 2);
  EXPECT_EQ(place_->Sweep("orders_1").ValueOrDie(), 0);
  EXPECT_EQ(NamesIn(root()), 5);  // manifests, a, .hidden and the temporary names of the others
  EXPECT_EQ(
      OpenAt(*world_, folder_.path() + "/never", "r").ValueOrDie()->Sweep("orders_1").ValueOrDie(),
      0);
}

TEST_F(LocalTest, AFailedPutLeavesTheStagedFileToItsOwner) {
  ASSERT_TRUE(place_->Prepare().ok());
  ASSERT_TRUE(Put("first", "a").ok());
  EXPECT_TRUE(Is(Put("second", "a"), kNameTaken));
  EXPECT_EQ(NamesIn(root()), 1);
}

TEST_F(LocalTest, AStagedFileThatLostBytesIsNotPublished) {
  ASSERT_TRUE(place_->Prepare().ok());
  const auto file = StagedFile::Create(*world_, root(), "orders_1").ValueOrDie();
  ASSERT_TRUE(file->stream()->Write("12345", 5).ok());
  ASSERT_TRUE(file->Flush().ok());
  ASSERT_EQ(::truncate(file->path().c_str(), 3), 0);
  EXPECT_TRUE(Is(place_->Put(*file, "a"), kFileError));
  EXPECT_FALSE(place_->Head("a").ValueOrDie().has_value());
}

TEST_F(LocalTest, DyingAnywhereInAPutLeavesAllOrNothing) {
#ifndef RIVET_FAULT_POINTS
  GTEST_SKIP() << "built without fault points";
#endif
  for (const char* point : {"upload_open", "part_fsynced", "upload_done"}) {
    ASSERT_TRUE(place_->Prepare().ok());
    const int ended = RunElsewhere("PutsAPart", std::string(point) + ":kill9");
    ASSERT_TRUE(WIFSIGNALED(ended)) << point;
    const bool published = std::string(point) == "upload_done";
    EXPECT_EQ(place_->List("").ValueOrDie().size(), published ? 1U : 0U) << point;
    if (published) {
      EXPECT_EQ(place_->GetBytes("a.parquet", 10).ValueOrDie(), "bytes");
    }
    EXPECT_EQ(place_->Sweep("orders_1").ValueOrDie(), published ? 0 : 1) << point;
    std::filesystem::remove_all(root());
  }
}

TEST_F(LocalTest, FailingAnywhereInAPutLeavesNothing) {
#ifndef RIVET_FAULT_POINTS
  GTEST_SKIP() << "built without fault points";
#endif
  ASSERT_TRUE(place_->Prepare().ok());
  for (const char* point : {"upload_open", "part_fsynced", "upload_done"}) {
    const int ended = RunElsewhere("PutsAPart", std::string(point) + ":throw");
    EXPECT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == 1) << point;
    EXPECT_EQ(NamesIn(root()), 0) << point;
  }
  EXPECT_EQ(RunElsewhere("PutsAPart", ""), 0);
}

TEST_F(LocalTest, DyingBeforeTheManifestIsRenamedLeavesTheOldOne) {
#ifndef RIVET_FAULT_POINTS
  GTEST_SKIP() << "built without fault points";
#endif
  ASSERT_TRUE(place_->PutBytes("old", "manifest.json", std::nullopt).ok());
  const int ended = RunElsewhere("ReplacesTheManifest", "manifest_tmp:kill9");
  ASSERT_TRUE(WIFSIGNALED(ended));
  EXPECT_EQ(place_->GetBytes("manifest.json", 10).ValueOrDie(), "old");
  EXPECT_EQ(place_->List("").ValueOrDie().size(), 1U);
  EXPECT_EQ(place_->Sweep("orders_1").ValueOrDie(), 1);
  EXPECT_EQ(RunElsewhere("ReplacesTheManifest", ""), 0);
  EXPECT_EQ(place_->GetBytes("manifest.json", 10).ValueOrDie(), "new");
}

TEST_F(LocalTest, AFullDiskIsNamedAndLeavesNothing) {
  ASSERT_TRUE(place_->Prepare().ok());
  if (::mount("tmpfs", root().c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "a tmpfs cannot be mounted here: " << strerrorname_np(errno);
  }
  const std::string bytes(4 << 20, 'x');
  for (const Status& status :
       {Put(bytes, "a"), place_->PutBytes(bytes, "manifest.json", std::nullopt)}) {
    EXPECT_TRUE(Is(status, kDiskFull)) << status;
    EXPECT_NE(status.message().find(root()), std::string::npos) << status;
    EXPECT_NE(status.message().find("bytes free"), std::string::npos) << status;
  }
  EXPECT_EQ(NamesIn(root()), 0);
  EXPECT_TRUE(Put("small", "a").ok());
  EXPECT_EQ(::umount(root().c_str()), 0);
}

TEST_F(LocalTest, AReadOnlyDiskIsNamed) {
  ASSERT_TRUE(place_->Prepare().ok());
  if (::mount("tmpfs", root().c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "a tmpfs cannot be mounted here: " << strerrorname_np(errno);
  }
  ASSERT_TRUE(Put("x", "a").ok());
  EXPECT_EQ(::mount("tmpfs", root().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m"), 0);
  const Status status = place_->PutBytes("x", "b", std::nullopt);
  EXPECT_TRUE(Is(status, kFileError)) << status;
  EXPECT_EQ(FaultOf(status).cause, "EROFS");
  EXPECT_TRUE(Is(place_->Move("a", "c"), kFileError));
  EXPECT_EQ(place_->GetBytes("a", 5).ValueOrDie(), "x");
  EXPECT_EQ(::umount(root().c_str()), 0);
}

}  // namespace
}  // namespace rivet::destination::local
