#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <random>
#include <set>

#include "state/sqlite/test_store_internal.h"

// A writer is killed at random instants; whatever it was told is recorded stays recorded, and
// nothing is there by half.
namespace rivet::state::sqlite {
namespace {

constexpr int kUnits = 60;
constexpr int kPartsPerUnit = 3;
constexpr int kKills = 30;
constexpr const char* kRun = "orders_1";

// The writer's life, in a process of its own. Says each unit that the ledger confirmed through
// `pipe`, one byte each.
[[noreturn]] void WriteUnits(const std::string& path, int pipe) {
  const auto world = MakeRealWorld();
  auto store = driver().open(*world, path);
  if (!store.ok()) ::_exit(10);
  Ledger& ledger = *store->ledger;
  // The one before us was killed: its lease is taken over without a wait.
  const auto lease = ledger.Lock("orders", ThisProcess(*world));
  if (!lease.ok()) ::_exit(11);
  const auto open = ledger.OpenRun("orders");
  if (!open.ok()) ::_exit(12);
  if (!open->has_value()) {
    // The one before us was killed between closing the run and its own end.
    const auto last = ledger.LastRun("orders");
    if (last.ok() && last->has_value()) ::_exit(0);
    RunStart start;
    start.run.run_id = kRun;
    start.run.export_name = "orders";
    start.run.mode = "chunked";
    start.run.checkpoint = true;
    for (int i = 0; i < kUnits; ++i) {
      model::Unit unit;
      unit.index = i;
      start.units.push_back(unit);
    }
    if (!ledger.BeginRun(*lease, start).ok()) ::_exit(13);
  } else if (!ledger.ReopenUnits(*lease, kRun, false).ok()) {
    ::_exit(14);
  }
  while (true) {
    const auto unit = ledger.Claim(*lease, kRun);
    if (!unit.ok()) ::_exit(15);
    if (!unit->has_value()) break;
    model::UnitCommit commit;
    commit.run_id = kRun;
    commit.unit_index = (*unit)->index;
    for (int i = 0; i < kPartsPerUnit; ++i) {
      model::Part part;
      part.path = RandomToken(*world) + std::to_string(i);
      part.rows = i + 1;
      commit.rows += part.rows;
      commit.parts.push_back(part);
    }
    if (!ledger.CommitUnit(*lease, commit).ok()) ::_exit(16);
    const auto said = static_cast<unsigned char>((*unit)->index);
    if (::write(pipe, &said, 1) != 1) ::_exit(17);
  }
  if (!ledger.CommitRun(*lease, {kRun, model::RunStatus::kSuccess}).ok()) ::_exit(18);
  ::_exit(0);
}

class CrashTest : public ::testing::Test {
 protected:
  // Starts a writer and kills it this long after it has confirmed `units` units more. True: it
  // ended by itself.
  bool RunWriter(int units, SteadyMicros later) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(ends[0]);
      WriteUnits(folder_.StatePath(), ends[1]);
    }
    ::close(ends[1]);
    unsigned char said = 0;
    while (units-- > 0 && ::read(ends[0], &said, 1) == 1) confirmed_.insert(said);
    for (const SteadyMicros until = world_->Steady() + later; world_->Steady() < until;) {
    }
    ::kill(pid, SIGKILL);
    while (::read(ends[0], &said, 1) == 1) confirmed_.insert(said);
    ::close(ends[0]);
    int ended = 0;
    EXPECT_EQ(::waitpid(pid, &ended, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(ended) || WEXITSTATUS(ended) == 0) << WEXITSTATUS(ended);
    return WIFEXITED(ended);
  }

  void CheckStore() {
    EXPECT_EQ(Outsider(folder_.StatePath()).Ask("PRAGMA integrity_check"), "ok");
    const auto store = driver().open(*world_, folder_.StatePath());
    ASSERT_TRUE(store.ok()) << store.status();
    std::map<int64_t, int> parts;
    std::map<int64_t, int64_t> rows;
    for (const model::Part& part : store->ledger->PartsOf(kRun).ValueOrDie()) {
      ++parts[part.unit_index];
      rows[part.unit_index] += part.rows;
    }
    const auto units = store->ledger->UnitsOf(kRun).ValueOrDie();
    // The run and its units came in one transaction.
    EXPECT_EQ(units.empty(), !store->ledger->LastRun("orders").ValueOrDie().has_value());
    EXPECT_TRUE(units.empty() || units.size() == kUnits) << units.size();
    for (const model::Unit& unit : units) {
      const bool completed = unit.status == model::UnitStatus::kCompleted;
      EXPECT_EQ(parts[unit.index], completed ? kPartsPerUnit : 0) << unit.index;
      EXPECT_EQ(rows[unit.index], unit.rows.value_or(0)) << unit.index;
      EXPECT_TRUE(completed || confirmed_.count(unit.index) == 0) << unit.index;
    }
    EXPECT_TRUE(confirmed_.empty() || !units.empty());
  }

  std::unique_ptr<World> world_ = MakeRealWorld();
  ScratchFolder folder_;
  std::set<int64_t> confirmed_;
};

TEST_F(CrashTest, NothingConfirmedIsLostAndNothingIsHalf) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(seed);
    std::mt19937 chance(seed);
    bool ended = false;
    int kills = 0;
    while (!ended && kills < kKills) {
      ended =
          RunWriter(static_cast<int>(chance() % 6), static_cast<SteadyMicros>(chance() % 4'000));
      if (!ended) ++kills;
      CheckStore();
    }
    EXPECT_GT(kills, 3);
    if (!ended) ended = RunWriter(kUnits + 1, 0);
    EXPECT_TRUE(ended);
    CheckStore();
    EXPECT_EQ(Outsider(folder_.StatePath())
                  .Ask("SELECT count(*) FROM chunk_task WHERE status = 'completed'"),
              std::to_string(kUnits));
    EXPECT_EQ(Outsider(folder_.StatePath()).Ask("SELECT status FROM chunk_run"), "completed");
    for (const char* suffix : {"", "-wal", "-shm"})
      ::unlink((folder_.StatePath() + suffix).c_str());
    confirmed_.clear();
  }
}

}  // namespace
}  // namespace rivet::state::sqlite
