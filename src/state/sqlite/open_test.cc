#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "base/file.h"
#include "base/file_faults.h"
#include "state/sqlite/ledger_internal.h"
#include "state/sqlite/test_store_internal.h"

namespace rivet::state::sqlite {
namespace {

mode_t ModeOf(const std::string& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
}

class UmaskFor {
 public:
  explicit UmaskFor(mode_t mask) : before_(::umask(mask)) {}
  ~UmaskFor() { ::umask(before_); }

 private:
  const mode_t before_;
};

class OpenTest : public ::testing::Test {
 protected:
  Result<Store> Open(const OpenOptions& options = {}) {
    return OpenStore(*world_, folder_.StatePath(), options);
  }
  // A run of `units` units, so that there are pages worth damaging.
  Lease Fill(Ledger& ledger, int units) {
    const Lease lease = ledger.Lock("orders", ThisProcess(*world_)).ValueOrDie();
    RunStart start;
    start.run.run_id = "orders_1";
    start.run.export_name = "orders";
    start.run.mode = "chunked";
    start.run.checkpoint = true;
    for (int i = 0; i < units; ++i) {
      model::Unit unit;
      unit.index = i;
      unit.start_key = unit.end_key = std::to_string(i);
      start.units.push_back(unit);
    }
    EXPECT_TRUE(ledger.BeginRun(lease, start).ok());
    return lease;
  }
  static Status CommitNext(Ledger& ledger, const Lease& lease, int64_t path_bytes) {
    ARROW_ASSIGN_OR_RAISE(const auto unit, ledger.Claim(lease, "orders_1"));
    if (!unit.has_value()) return Status::Invalid("no unit is left");
    model::UnitCommit commit;
    commit.run_id = "orders_1";
    commit.unit_index = unit->index;
    model::Part part;
    part.path = std::string(static_cast<size_t>(path_bytes), 'p') + std::to_string(unit->index);
    part.rows = commit.rows = 1;
    commit.parts.push_back(part);
    return ledger.CommitUnit(lease, commit);
  }

  std::unique_ptr<World> world_ = MakeRealWorld();
  ScratchFolder folder_;
};

TEST_F(OpenTest, FilesArePrivateUnderAnyUmask) {
  for (const mode_t mask : {0U, 0277U}) {
    const ScratchFolder folder;
    const UmaskFor umask_for(mask);
    const auto store = OpenStore(*world_, folder.StatePath(), {});
    ASSERT_TRUE(store.ok()) << store.status();
    Fill(*store->ledger, 3);
    for (const char* suffix : {"", "-wal", "-shm"}) {
      EXPECT_EQ(ModeOf(folder.StatePath() + suffix), 0600U) << suffix << " under umask " << mask;
    }
  }
}

TEST_F(OpenTest, AFileThatOthersMayReadBecomesPrivate) {
  { ASSERT_TRUE(Open().ok()); }
  ASSERT_EQ(::chmod(folder_.StatePath().c_str(), 0644), 0);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(ModeOf(folder_.StatePath()), 0600U);
}

TEST_F(OpenTest, CommitsAreFlushedAndTheJournalIsAWriteAheadLog) {
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(Outsider(folder_.StatePath()).Ask("PRAGMA journal_mode"), "wal");
  const auto database = Database::Connect(*world_, folder_.StatePath(), {}).ValueOrDie();
  ASSERT_TRUE(database
                  ->Read([&]() -> Status {
                    ARROW_ASSIGN_OR_RAISE(Query query, database->Ask("PRAGMA synchronous"));
                    ARROW_RETURN_NOT_OK(query.Step().status());
                    EXPECT_EQ(query.Int(0), 2);  // FULL
                    return Status::OK();
                  })
                  .ok());
}

TEST_F(OpenTest, OnANetworkFileSystemTheJournalIsAFile) {
  {
    const auto store = Open();  // as a write-ahead log first: the change must work too
    ASSERT_TRUE(store.ok()) << store.status();
  }
  OpenOptions options;
  options.network = true;
  const auto store = Open(options);
  ASSERT_TRUE(store.ok()) << store.status();
  const Lease lease = Fill(*store->ledger, 2);
  EXPECT_TRUE(CommitNext(*store->ledger, lease, 10).ok());
  EXPECT_EQ(Outsider(folder_.StatePath()).Ask("PRAGMA journal_mode"), "delete");
  EXPECT_NE(::access((folder_.StatePath() + "-wal").c_str(), F_OK), 0);
}

TEST_F(OpenTest, NetworkFileSystemsAreKnownByTheirNumbers) {
  EXPECT_TRUE(IsNetworkFileSystem(0x6969));
  EXPECT_TRUE(IsNetworkFileSystem(0xFF534D42));
  EXPECT_TRUE(IsNetworkFileSystem(
      static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(0xFF534D42)))));
  EXPECT_TRUE(IsNetworkFileSystem(0x65735546));
  EXPECT_FALSE(IsNetworkFileSystem(0xEF53));      // ext4
  EXPECT_FALSE(IsNetworkFileSystem(0x58465342));  // XFS
  EXPECT_FALSE(IsNetworkFileSystem(0x01021994));  // tmpfs
}

TEST_F(OpenTest, OnlyARegularFileIsOpened) {
  const std::string path = folder_.StatePath();
  ASSERT_EQ(::symlink((folder_.path() + "/elsewhere").c_str(), path.c_str()), 0);
  EXPECT_TRUE(Is(Open().status(), kStateError));
  EXPECT_NE(::access((folder_.path() + "/elsewhere").c_str(), F_OK), 0);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  EXPECT_TRUE(Is(Open().status(), kStateError));
  ASSERT_EQ(::rmdir(path.c_str()), 0);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_TRUE(Is(Open().status(), kStateError));
}

TEST_F(OpenTest, ABadLocationIsNamed) {
  const std::string path = folder_.path() + "/no/such/state.db";
  const auto store = OpenStore(*world_, path, {});
  ASSERT_TRUE(Is(store.status(), kStateError));
  EXPECT_NE(store.status().message().find(folder_.path() + "/no/such"), std::string::npos);
  EXPECT_TRUE(Is(OpenStore(*world_, "", {}).status(), kStateError));
  EXPECT_TRUE(Is(OpenStore(*world_, folder_.path() + "/", {}).status(), kStateError));
}

TEST_F(OpenTest, ManyOpenANewFileAtOnce) {
  std::vector<Status> ends(6);
  {
    std::vector<std::unique_ptr<Thread>> threads;
    for (Status& end : ends) {
      threads.push_back(world_->Spawn("open", [&] { end = Open().status(); }));
    }
    for (const auto& thread : threads) thread->Join();
  }
  for (const Status& end : ends) EXPECT_TRUE(end.ok()) << end;
  EXPECT_EQ(Outsider(folder_.StatePath()).Ask("SELECT group_concat(version) FROM schema_version"),
            "9");
  // Nothing is left of the private names.
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.path().filename().string().rfind(".rivet_state.db", 0), 0U) << entry.path();
  }
}

TEST_F(OpenTest, AFileThatIsNoDatabaseIsCorrupt) {
  std::ofstream(folder_.StatePath()) << std::string(8192, 'x');
  const auto store = Open();
  ASSERT_TRUE(Is(store.status(), kStateCorrupt)) << store.status();
  EXPECT_NE(store.status().message().find(folder_.StatePath()), std::string::npos);
}

TEST_F(OpenTest, ATruncatedFileIsCorrupt) {
  {
    const auto store = Open();
    Fill(*store->ledger, 2000);
  }
  const auto bytes = std::filesystem::file_size(folder_.StatePath());
  for (const auto keep :
       {bytes - 1, bytes / 2, bytes / 4, uintmax_t{4096}, uintmax_t{512}, uintmax_t{50}}) {
    std::filesystem::resize_file(folder_.StatePath(), keep);
    EXPECT_TRUE(Is(Open().status(), kStateCorrupt)) << keep;
  }
}

// A flipped bit is found, or it changed nothing that is read; whatever happens has a name and no
// crash.
TEST_F(OpenTest, AFlippedBitHasAName) {
  {
    const auto store = Open();
    const Lease lease = Fill(*store->ledger, 200);
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(CommitNext(*store->ledger, lease, 20).ok());
  }
  const std::string good = ReadWholeFile(folder_.StatePath(), 1 << 24).ValueOrDie();
  int found = 0;
  for (size_t at = 5; at < good.size(); at += 397) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    std::ofstream(folder_.StatePath(), std::ios::binary | std::ios::trunc) << bad;
    const auto store = Open();
    Status status = store.status();
    if (status.ok()) status = store->ledger->OpenRun("orders").status();
    if (status.ok()) status = store->ledger->UnitsOf("orders_1").status();
    if (status.ok()) status = store->ledger->PartsOf("orders_1").status();
    if (status.ok()) continue;
    ++found;
    EXPECT_NE(CodeOf(status), nullptr) << "byte " << at << ": " << status;
  }
  EXPECT_GT(found, 0);
}

TEST_F(OpenTest, AFileOfANewerProgramIsRefused) {
  { ASSERT_TRUE(Open().ok()); }
  Outsider(folder_.StatePath()).Do("UPDATE schema_version SET version = 10");
  const auto store = Open();
  ASSERT_TRUE(Is(store.status(), kStateNewer)) << store.status();
  EXPECT_EQ(Outsider(folder_.StatePath()).Ask("SELECT version FROM schema_version"), "10");
}

TEST_F(OpenTest, TheDatabaseOfAnotherProgramIsLeftAlone) {
  Outsider(folder_.StatePath())
      .Do("CREATE TABLE customers (id INTEGER); INSERT INTO customers VALUES (7)");
  const auto store = Open();
  ASSERT_TRUE(Is(store.status(), kStateForeign)) << store.status();
  EXPECT_NE(store.status().ToString().find("'customers'"), std::string::npos) << store.status();
  EXPECT_EQ(Outsider(folder_.StatePath()).Ask("SELECT group_concat(name) FROM sqlite_master"),
            "customers");
}

TEST_F(OpenTest, AVersionThatDoesNotFitTheTablesIsCorrupt) {
  for (const char* edit :
       {"ALTER TABLE chunk_run DROP COLUMN destination_uri", "DROP TABLE run_lock",
        "UPDATE schema_version SET version = -1", "UPDATE schema_version SET version = 'nine'"}) {
    const ScratchFolder folder;
    { ASSERT_TRUE(OpenStore(*world_, folder.StatePath(), {}).ok()); }
    ASSERT_EQ(Outsider(folder.StatePath()).Do(edit), "") << edit;
    EXPECT_TRUE(Is(OpenStore(*world_, folder.StatePath(), {}).status(), kStateCorrupt)) << edit;
  }
}

TEST_F(OpenTest, EditedRowsAreCorruptAndNotBelieved) {
  const auto store = Open();
  const Lease lease = Fill(*store->ledger, 3);
  ASSERT_TRUE(CommitNext(*store->ledger, lease, 5).ok());
  Outsider outsider(folder_.StatePath());
  const auto broken = [&](const std::string& edit, const std::string& repair, auto call) {
    EXPECT_EQ(outsider.Do(edit), "") << edit;
    const Status status = call();
    EXPECT_TRUE(Is(status, kStateCorrupt)) << edit << ": " << status;
    EXPECT_EQ(outsider.Do(repair), "") << repair;
    EXPECT_TRUE(call().ok()) << repair;
  };
  const auto units = [&] { return store->ledger->UnitsOf("orders_1").status(); };
  const auto parts = [&] { return store->ledger->PartsOf("orders_1").status(); };
  const auto run = [&] { return store->ledger->OpenRun("orders").status(); };
  const auto beat = [&] { return store->ledger->Heartbeat(lease); };
  broken("UPDATE chunk_task SET status = 'done' WHERE chunk_index = 1",
         "UPDATE chunk_task SET status = 'pending' WHERE chunk_index = 1", units);
  broken("UPDATE chunk_task SET attempts = 'x' WHERE chunk_index = 1",
         "UPDATE chunk_task SET attempts = 0 WHERE chunk_index = 1", units);
  broken("UPDATE chunk_task SET rows_written = -4 WHERE chunk_index = 0",
         "UPDATE chunk_task SET rows_written = 1 WHERE chunk_index = 0", units);
  broken("UPDATE file_log SET bytes = -1", "UPDATE file_log SET bytes = 0", parts);
  broken("UPDATE file_log SET status = 'gone'", "UPDATE file_log SET status = 'committed'", parts);
  broken("UPDATE file_log SET created_at = 'now'",
         "UPDATE file_log SET created_at = '2026-01-31T12:00:00Z'", parts);
  broken("UPDATE chunk_run SET max_chunk_attempts = 0",
         "UPDATE chunk_run SET max_chunk_attempts = 4", run);
  broken("UPDATE run_lock SET fence = 'f'", "UPDATE run_lock SET fence = 1", beat);
}

TEST_F(OpenTest, TriggersOfOthersDoNotRun) {
  const auto store = Open();
  ASSERT_EQ(Outsider(folder_.StatePath())
                .Do("CREATE TRIGGER t AFTER INSERT ON chunk_task BEGIN UPDATE chunk_task SET "
                    "status = 'completed'; END"),
            "");
  Fill(*store->ledger, 2);
  EXPECT_EQ(store->ledger->UnitsOf("orders_1").ValueOrDie().at(0).status,
            model::UnitStatus::kPending);
}

TEST_F(OpenTest, AFileThatIsHeldIsBusyAndCanBeTriedAgain) {
  OpenOptions options;
  options.busy_timeout_ms = 30;
  const auto store = Open(options);
  const Lease lease = Fill(*store->ledger, 2);
  Outsider outsider(folder_.StatePath());
  ASSERT_EQ(outsider.Do("BEGIN IMMEDIATE"), "");
  const Status busy = store->ledger->Heartbeat(lease);
  ASSERT_TRUE(Is(busy, kStateBusy)) << busy;
  EXPECT_EQ(ClassOf(busy), FaultClass::kTemporary);
  EXPECT_TRUE(store->ledger->OpenRun("orders").ok());  // readers do not wait
  ASSERT_EQ(outsider.Do("ROLLBACK"), "");
  EXPECT_TRUE(store->ledger->Heartbeat(lease).ok());
}

TEST_F(OpenTest, AFileRemovedOrReplacedMeanwhileIsNoticed) {
  for (const bool replaced : {false, true}) {
    const ScratchFolder folder;
    const auto store = OpenStore(*world_, folder.StatePath(), {});
    const Lease lease = Fill(*store->ledger, 2);
    ASSERT_EQ(::rename(folder.StatePath().c_str(), (folder.path() + "/away").c_str()), 0);
    if (replaced) std::filesystem::copy_file(folder.path() + "/away", folder.StatePath());
    const Status status = CommitNext(*store->ledger, lease, 5);
    EXPECT_TRUE(Is(status, kStateError)) << status;
  }
}

TEST_F(OpenTest, AFullDiskLeavesNothingHalfAndIsNamed) {
  if (::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=2m") != 0) {
    GTEST_SKIP() << "a tmpfs cannot be mounted here: " << strerrorname_np(errno);
  }
  {
    const auto store = Open();
    ASSERT_TRUE(store.ok()) << store.status();
    const Lease lease = Fill(*store->ledger, 400);
    {
      std::ofstream filler(folder_.path() + "/filler", std::ios::binary);
      for (int i = 0; i < 600 && filler; ++i) filler << std::string(4096, 'f') << std::flush;
    }
    Status status;
    int committed = 0;
    while (status.ok() && committed < 400) {
      status = CommitNext(*store->ledger, lease, 50'000);
      if (status.ok()) ++committed;
    }
    EXPECT_TRUE(Is(status, kDiskFull)) << status;
    EXPECT_NE(status.message().find(folder_.StatePath()), std::string::npos) << status;
    EXPECT_NE(status.message().find("bytes free"), std::string::npos) << status;
    EXPECT_EQ(store->ledger->PartsOf("orders_1").ValueOrDie().size(),
              static_cast<size_t>(committed));
    ASSERT_EQ(::unlink((folder_.path() + "/filler").c_str()), 0);
    EXPECT_TRUE(CommitNext(*store->ledger, lease, 50'000).ok());
    EXPECT_EQ(store->ledger->PartsOf("orders_1").ValueOrDie().size(),
              static_cast<size_t>(committed) + 1);
  }
  EXPECT_EQ(::umount(folder_.path().c_str()), 0);
}

}  // namespace
}  // namespace rivet::state::sqlite
