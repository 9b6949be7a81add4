#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "state/ledger_house.h"

// One suite for all ledgers. A driver's test includes <gtest/gtest.h>, then this, and instantiates
// LedgerContract.
namespace rivet::state {

inline std::string NameOf(const ::testing::TestParamInfo<LedgerPlace>& info) {
  return info.param.name;
}

class LedgerContract : public ::testing::TestWithParam<LedgerPlace> {
 protected:
  void SetUp() override {
    house_ = GetParam().make();
    ledger_ = OpenAnother();
  }
  std::unique_ptr<Ledger> OpenAnother() {
    auto opened = house_->Open(world_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  Lease LockOrders() { return ledger_->Lock("orders", ThisProcess(world_)).ValueOrDie(); }
  // A lease and an open run of `units` units.
  Lease Begin(const std::string& run_id, int units, bool checkpoint = true) {
    Lease lease = LockOrders();
    const Status begun = ledger_->BeginRun(lease, StartOf(run_id, units, checkpoint));
    EXPECT_TRUE(begun.ok()) << begun;
    return lease;
  }
  int64_t ClaimIndex(const Lease& lease, const std::string& run_id) {
    const auto unit = ledger_->Claim(lease, run_id).ValueOrDie();
    return unit.has_value() ? unit->index : -1;
  }
  void Complete(const Lease& lease, const std::string& run_id, const std::string& path,
                int64_t rows) {
    const int64_t index = ClaimIndex(lease, run_id);
    ASSERT_GE(index, 0);
    const Status committed =
        ledger_->CommitUnit(lease, CommitOf(run_id, index, {PartOf(path, rows)}));
    ASSERT_TRUE(committed.ok()) << committed;
  }
  model::Unit UnitAt(const std::string& run_id, size_t index) {
    return ledger_->UnitsOf(run_id).ValueOrDie().at(index);
  }

  ClockWorld world_;
  std::unique_ptr<LedgerHouse> house_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_P(LedgerContract, ASecondLiveRunIsToldWhoHoldsTheExport) {
  const Lease lease = LockOrders();
  const auto other = OpenAnother()->Lock("orders", ThisProcess(world_));
  ASSERT_TRUE(Is(other.status(), kLocked)) << other.status();
  EXPECT_NE(other.status().message().find(Describe(ThisProcess(world_))), std::string::npos)
      << other.status();
  EXPECT_TRUE(ledger_->Lock("customers", ThisProcess(world_)).ok());
  ASSERT_TRUE(ledger_->Unlock(lease).ok());
  const auto next = OpenAnother()->Lock("orders", ThisProcess(world_));
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_GT(next->fence, lease.fence);
  EXPECT_TRUE(Is(ledger_->Unlock(lease), kLeaseLost));
}

TEST_P(LedgerContract, ADeadHolderIsTakenOverAtOnce) {
  Owner dead = ThisProcess(world_);
  dead.pid_started -= 1;
  const Lease old = ledger_->Lock("orders", dead).ValueOrDie();
  const auto lease = ledger_->Lock("orders", ThisProcess(world_));
  ASSERT_TRUE(lease.ok()) << lease.status();
  EXPECT_GT(lease->fence, old.fence);
}

TEST_P(LedgerContract, ASilentHolderElsewhereIsTakenOverAfterTheLease) {
  const Lease old = ledger_->Lock("orders", ElsewhereOwner("a")).ValueOrDie();
  world_.Advance(kLeaseMicros);
  EXPECT_TRUE(Is(ledger_->Lock("orders", ThisProcess(world_)).status(), kLocked));
  ASSERT_TRUE(ledger_->Heartbeat(old).ok());
  world_.Advance(kLeaseMicros);
  EXPECT_TRUE(Is(ledger_->Lock("orders", ThisProcess(world_)).status(), kLocked));
  world_.Advance(1);
  EXPECT_TRUE(ledger_->Lock("orders", ThisProcess(world_)).ok());
  EXPECT_TRUE(Is(ledger_->Heartbeat(old), kLeaseLost));
}

TEST_P(LedgerContract, ALiveHolderHereIsNeverTakenOverHoweverSilent) {
  LockOrders();
  world_.Advance(1000 * kLeaseMicros);
  EXPECT_TRUE(Is(ledger_->Lock("orders", ThisProcess(world_)).status(), kLocked));
}

TEST_P(LedgerContract, AClockThatGoesBackStealsNothing) {
  ASSERT_TRUE(ledger_->Lock("orders", ElsewhereOwner("a")).ok());
  world_.Advance(-1000 * kLeaseMicros);
  EXPECT_TRUE(Is(ledger_->Lock("orders", ThisProcess(world_)).status(), kLocked));
}

TEST_P(LedgerContract, WhoLostTheLeaseWritesNothingMore) {
  const std::string id = "orders_1";
  const Lease old = ledger_->Lock("orders", ElsewhereOwner("a")).ValueOrDie();
  ASSERT_TRUE(ledger_->BeginRun(old, StartOf(id, 2)).ok());
  ASSERT_EQ(ClaimIndex(old, id), 0);
  world_.Advance(kLeaseMicros + 1);
  const auto before = ledger_->UnitsOf(id).ValueOrDie();
  const Lease lease = LockOrders();
  EXPECT_TRUE(Is(ledger_->Heartbeat(old), kLeaseLost));
  EXPECT_TRUE(Is(ledger_->BeginRun(old, StartOf("orders_2", 1)), kLeaseLost));
  EXPECT_TRUE(Is(ledger_->ReopenUnits(old, id, true), kLeaseLost));
  EXPECT_TRUE(Is(ledger_->RedoUnit(old, id, 0, "why"), kLeaseLost));
  EXPECT_TRUE(Is(ledger_->Claim(old, id).status(), kLeaseLost));
  EXPECT_TRUE(Is(ledger_->CommitUnit(old, CommitOf(id, 0, {PartOf("a", 1)})), kLeaseLost));
  EXPECT_TRUE(Is(ledger_->Release(old, id, 0, true, "why", {}), kLeaseLost));
  EXPECT_TRUE(Is(ledger_->CommitRun(old, {id, model::RunStatus::kInterrupted}), kLeaseLost));
  EXPECT_TRUE(Is(ledger_->Abandon(old, id), kLeaseLost));
  EXPECT_TRUE(Is(ledger_->ForgetRun(old, id), kLeaseLost));
  EXPECT_TRUE(Is(ledger_->Unlock(old), kLeaseLost));
  // The same owner with an old number is as late as another one.
  Lease stale = lease;
  stale.fence -= 1;
  EXPECT_TRUE(Is(ledger_->Claim(stale, id).status(), kLeaseLost));
  EXPECT_EQ(ledger_->UnitsOf(id).ValueOrDie().at(0).status, before.at(0).status);
  EXPECT_TRUE(ledger_->PartsOf(id).ValueOrDie().empty());
  EXPECT_TRUE(ledger_->OpenRun("orders").ValueOrDie().has_value());
}

TEST_P(LedgerContract, ARunIsKeptAsItBegan) {
  const RunStart start = StartOf("orders_1", 2);
  Begin("orders_1", 2);
  const auto ledger = OpenAnother();
  const auto run = ledger->OpenRun("orders").ValueOrDie();
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->run_id, start.run.run_id);
  EXPECT_EQ(run->export_name, start.run.export_name);
  EXPECT_EQ(run->plan_fingerprint, start.run.plan_fingerprint);
  EXPECT_EQ(run->mode, start.run.mode);
  EXPECT_EQ(run->stamp, start.run.stamp);
  EXPECT_EQ(run->destination_uri, start.run.destination_uri);
  EXPECT_EQ(run->format, start.run.format);
  EXPECT_EQ(run->compression, start.run.compression);
  EXPECT_EQ(run->checkpoint, true);
  EXPECT_EQ(run->open, true);
  EXPECT_EQ(run->unit_attempts_max, 2);
  EXPECT_EQ(run->created_at, start.run.created_at);
  const auto units = ledger->UnitsOf("orders_1").ValueOrDie();
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1].index, 1);
  EXPECT_EQ(units[1].start_key, "11");
  EXPECT_EQ(units[1].end_key, "20");
  EXPECT_EQ(units[1].status, model::UnitStatus::kPending);
  EXPECT_EQ(units[1].attempts, 0);
  EXPECT_FALSE(units[1].rows.has_value());
  EXPECT_FALSE(ledger->OpenRun("customers").ValueOrDie().has_value());
  EXPECT_TRUE(ledger->UnitsOf("nobody").ValueOrDie().empty());
}

TEST_P(LedgerContract, KeysAreKeptByteForByte) {
  const Lease lease = LockOrders();
  RunStart start = StartOf("orders_1", 4);
  start.units[0].start_key = start.units[0].end_key = "";
  start.units[1].start_key = start.units[1].end_key = std::string(model::kNullUnitKey);
  start.units[2].start_key = "'); DROP TABLE chunk_task; --";
  start.units[3].start_key = "ключ \"x\"\n";
  ASSERT_TRUE(ledger_->BeginRun(lease, start).ok());
  const auto units = ledger_->UnitsOf("orders_1").ValueOrDie();
  ASSERT_EQ(units.size(), 4U);
  for (size_t i = 0; i < units.size(); ++i) EXPECT_EQ(units[i].start_key, start.units[i].start_key);
}

TEST_P(LedgerContract, OneOpenRunAnExportAndNoIdTwice) {
  const Lease lease = Begin("orders_1", 1);
  EXPECT_FALSE(ledger_->IsRunIdFree("orders_1").ValueOrDie());
  EXPECT_TRUE(ledger_->IsRunIdFree("orders_2").ValueOrDie());
  EXPECT_TRUE(Is(ledger_->BeginRun(lease, StartOf("orders_2", 1)), kStateError));
  EXPECT_TRUE(ledger_->UnitsOf("orders_2").ValueOrDie().empty());
  ASSERT_TRUE(ledger_->Abandon(lease, "orders_1").ok());
  EXPECT_TRUE(Is(ledger_->BeginRun(lease, StartOf("orders_1", 1)), kStateError));
  EXPECT_TRUE(ledger_->BeginRun(lease, StartOf("orders_2", 1)).ok());
  const auto last = ledger_->LastRun("orders").ValueOrDie();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->run_id, "orders_2");
}

TEST_P(LedgerContract, ALeaseIsForItsOwnExportOnly) {
  Begin("orders_1", 1);
  const Lease other = ledger_->Lock("customers", ThisProcess(world_)).ValueOrDie();
  EXPECT_TRUE(Is(ledger_->Claim(other, "orders_1").status(), kStateError));
  EXPECT_TRUE(Is(ledger_->CommitRun(other, {"orders_1", model::RunStatus::kFailed}), kStateError));
  EXPECT_TRUE(Is(ledger_->BeginRun(other, StartOf("orders_2", 1)), kStateError));
}

TEST_P(LedgerContract, ClaimsGoUpAndEndWithNone) {
  const Lease lease = Begin("orders_1", 3);
  const auto first = ledger_->Claim(lease, "orders_1").ValueOrDie();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->index, 0);
  EXPECT_EQ(first->start_key, "1");
  EXPECT_EQ(first->end_key, "10");
  EXPECT_EQ(first->status, model::UnitStatus::kRunning);
  EXPECT_EQ(ClaimIndex(lease, "orders_1"), 1);
  EXPECT_EQ(ClaimIndex(lease, "orders_1"), 2);
  EXPECT_EQ(ClaimIndex(lease, "orders_1"), -1);
}

TEST_P(LedgerContract, ManyWorkersClaimEachUnitOnce) {
  constexpr int kUnits = 60, kWorkers = 4;
  const Lease lease = Begin("orders_1", kUnits);
  const auto other = OpenAnother();
  const auto monitor = world_.MakeMonitor();
  std::multiset<int64_t> claimed;
  std::vector<std::unique_ptr<Thread>> threads;
  for (int i = 0; i < kWorkers; ++i) {
    Ledger* ledger = i % 2 == 0 ? ledger_.get() : other.get();
    threads.push_back(world_.Spawn("claim", [&, ledger] {
      while (true) {
        const auto unit = ledger->Claim(lease, "orders_1");
        ASSERT_TRUE(unit.ok()) << unit.status();
        if (!unit->has_value()) return;
        const MonitorLock lock(*monitor);
        claimed.insert((*unit)->index);
      }
    }));
  }
  for (const auto& thread : threads) thread->Join();
  ASSERT_EQ(claimed.size(), static_cast<size_t>(kUnits));
  EXPECT_EQ(std::set<int64_t>(claimed.begin(), claimed.end()).size(), static_cast<size_t>(kUnits));
}

TEST_P(LedgerContract, PartsAndUnitAreRecordedTogether) {
  const Lease lease = Begin("orders_1", 2);
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  const model::UnitCommit commit =
      CommitOf("orders_1", 0, {PartOf("b.parquet", 7), PartOf("a.parquet", 5)});
  ASSERT_TRUE(ledger_->CommitUnit(lease, commit).ok());
  const auto ledger = OpenAnother();
  const auto unit = ledger->UnitsOf("orders_1").ValueOrDie().at(0);
  EXPECT_EQ(unit.status, model::UnitStatus::kCompleted);
  EXPECT_EQ(unit.rows, 12);
  EXPECT_EQ(unit.file_name, "b.parquet");
  const auto parts = ledger->PartsOf("orders_1").ValueOrDie();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0], PartOf("a.parquet", 5));  // by path within the unit
  EXPECT_EQ(parts[1], PartOf("b.parquet", 7));
}

TEST_P(LedgerContract, AnEmptyUnitHasRowsAndNoFile) {
  const Lease lease = Begin("orders_1", 1);
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  ASSERT_TRUE(ledger_->CommitUnit(lease, CommitOf("orders_1", 0, {})).ok());
  EXPECT_EQ(UnitAt("orders_1", 0).rows, 0);
  EXPECT_EQ(UnitAt("orders_1", 0).file_name, "");
  EXPECT_TRUE(ledger_->PartsOf("orders_1").ValueOrDie().empty());
}

TEST_P(LedgerContract, OnlyARunningUnitIsCompleted) {
  const Lease lease = Begin("orders_1", 1);
  const auto commit = CommitOf("orders_1", 0, {PartOf("a.parquet", 1)});
  EXPECT_TRUE(Is(ledger_->CommitUnit(lease, commit), kStateError));  // pending
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  ASSERT_TRUE(ledger_->CommitUnit(lease, commit).ok());
  EXPECT_TRUE(Is(ledger_->CommitUnit(lease, commit), kStateError));  // completed
  EXPECT_TRUE(Is(ledger_->CommitUnit(lease, CommitOf("orders_1", 7, {})), kStateError));
  EXPECT_TRUE(Is(ledger_->CommitUnit(lease, CommitOf("orders_9", 0, {})), kStateError));
  EXPECT_EQ(ledger_->PartsOf("orders_1").ValueOrDie().size(), 1U);
}

TEST_P(LedgerContract, RowsThatDoNotTieAreNotRecorded) {
  const Lease lease = Begin("orders_1", 1);
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  auto commit = CommitOf("orders_1", 0, {PartOf("a.parquet", 5)});
  commit.rows = 6;
  EXPECT_FALSE(ledger_->CommitUnit(lease, commit).ok());
  EXPECT_EQ(UnitAt("orders_1", 0).status, model::UnitStatus::kRunning);
  EXPECT_TRUE(ledger_->PartsOf("orders_1").ValueOrDie().empty());
}

TEST_P(LedgerContract, FailuresCountUntilTheAttemptsAreSpent) {
  const Lease lease = Begin("orders_1", 2);
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  ASSERT_TRUE(ledger_->Release(lease, "orders_1", 0, true, "first", {}).ok());
  EXPECT_EQ(UnitAt("orders_1", 0).status, model::UnitStatus::kFailed);
  EXPECT_EQ(UnitAt("orders_1", 0).attempts, 1);
  EXPECT_EQ(UnitAt("orders_1", 0).last_error, "first");
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);  // one attempt is left, and it is the lowest
  ASSERT_TRUE(ledger_->Release(lease, "orders_1", 0, true, "second", {}).ok());
  EXPECT_EQ(ClaimIndex(lease, "orders_1"), 1);
  EXPECT_EQ(ClaimIndex(lease, "orders_1"), -1);
  EXPECT_EQ(UnitAt("orders_1", 0).attempts, 2);
}

TEST_P(LedgerContract, AClaimGivenBackCountsNothing) {
  const Lease lease = Begin("orders_1", 1);
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  ASSERT_TRUE(ledger_->Release(lease, "orders_1", 0, true, "first", {}).ok());
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  ASSERT_TRUE(ledger_->Release(lease, "orders_1", 0, false, "stopped", {}).ok());
  EXPECT_EQ(UnitAt("orders_1", 0).status, model::UnitStatus::kPending);
  EXPECT_EQ(UnitAt("orders_1", 0).attempts, 1);
  EXPECT_EQ(UnitAt("orders_1", 0).last_error, "first");
  EXPECT_TRUE(
      Is(ledger_->Release(lease, "orders_1", 0, false, "", {}), kStateError));  // not running
}

TEST_P(LedgerContract, PublishedPartsOfAFailedAttemptAreQuarantined) {
  const Lease lease = Begin("orders_1", 1);
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  const std::vector<model::Part> orphans = {PartOf("old.parquet", 5)};
  ASSERT_TRUE(ledger_->Release(lease, "orders_1", 0, true, "why", orphans).ok());
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  ASSERT_TRUE(ledger_->CommitUnit(lease, CommitOf("orders_1", 0, {PartOf("new.parquet", 5)})).ok());
  const auto parts = ledger_->PartsOf("orders_1").ValueOrDie();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].path, "new.parquet");
  EXPECT_EQ(parts[0].status, model::PartStatus::kCommitted);
  EXPECT_EQ(parts[1].path, "old.parquet");
  EXPECT_EQ(parts[1].status, model::PartStatus::kQuarantined);
}

TEST_P(LedgerContract, ErrorsAreKeptWithoutSecrets) {
  const Lease lease = Begin("orders_1", 1);
  world_.redactor().Learn(Secret("hunter2hunter2"));
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  ASSERT_TRUE(
      ledger_->Release(lease, "orders_1", 0, true, "login with hunter2hunter2 refused", {}).ok());
  EXPECT_EQ(UnitAt("orders_1", 0).last_error.find("hunter2"), std::string::npos);
}

TEST_P(LedgerContract, ReopenTakesBackWhatADeadProcessHeld) {
  const Lease lease = Begin("orders_1", 3);
  Complete(lease, "orders_1", "a.parquet", 1);
  for (const char* why : {"one", "two"}) {
    ASSERT_EQ(ClaimIndex(lease, "orders_1"), 1);
    ASSERT_TRUE(ledger_->Release(lease, "orders_1", 1, true, why, {}).ok());
  }
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 2);
  ASSERT_TRUE(ledger_->ReopenUnits(lease, "orders_1", false).ok());
  EXPECT_EQ(UnitAt("orders_1", 0).status, model::UnitStatus::kCompleted);
  EXPECT_EQ(UnitAt("orders_1", 1).status, model::UnitStatus::kFailed);
  EXPECT_EQ(UnitAt("orders_1", 2).status, model::UnitStatus::kPending);
  ASSERT_TRUE(ledger_->ReopenUnits(lease, "orders_1", true).ok());
  EXPECT_EQ(UnitAt("orders_1", 1).status, model::UnitStatus::kPending);
  EXPECT_EQ(UnitAt("orders_1", 1).attempts, 0);
  EXPECT_EQ(ClaimIndex(lease, "orders_1"), 1);
}

TEST_P(LedgerContract, AUnitWhoseFileIsGoneIsDoneAgain) {
  const Lease lease = Begin("orders_1", 2);
  Complete(lease, "orders_1", "a.parquet", 1);
  Complete(lease, "orders_1", "b.parquet", 2);
  ASSERT_TRUE(ledger_->RedoUnit(lease, "orders_1", 0, "a.parquet is gone").ok());
  EXPECT_EQ(UnitAt("orders_1", 0).status, model::UnitStatus::kPending);
  EXPECT_FALSE(UnitAt("orders_1", 0).rows.has_value());
  EXPECT_EQ(UnitAt("orders_1", 0).file_name, "");
  EXPECT_EQ(UnitAt("orders_1", 0).last_error, "a.parquet is gone");
  const auto parts = ledger_->PartsOf("orders_1").ValueOrDie();
  EXPECT_EQ(parts.at(0).status, model::PartStatus::kQuarantined);
  EXPECT_EQ(parts.at(1).status, model::PartStatus::kCommitted);
  EXPECT_TRUE(Is(ledger_->RedoUnit(lease, "orders_1", 0, "again"), kStateError));  // not completed
  Complete(lease, "orders_1", "c.parquet", 1);
  EXPECT_EQ(ledger_->PartsOf("orders_1").ValueOrDie().size(), 3U);
}

TEST_P(LedgerContract, ARunSucceedsOnlyWhenEveryUnitIsCompleted) {
  const Lease lease = Begin("orders_1", 2);
  Complete(lease, "orders_1", "a.parquet", 1);
  for (const auto status : {model::RunStatus::kSuccess, model::RunStatus::kSkipped}) {
    EXPECT_TRUE(Is(ledger_->CommitRun(lease, {"orders_1", status}), kStateCorrupt));
    EXPECT_TRUE(ledger_->OpenRun("orders").ValueOrDie().has_value());
  }
  Complete(lease, "orders_1", "b.parquet", 1);
  EXPECT_TRUE(ledger_->Cursors().ValueOrDie().empty());
  ASSERT_TRUE(ledger_->CommitRun(lease, {"orders_1", model::RunStatus::kSuccess}).ok());
  EXPECT_FALSE(ledger_->OpenRun("orders").ValueOrDie().has_value());
  EXPECT_FALSE(ledger_->LastRun("orders").ValueOrDie()->open);
  const auto cursors = ledger_->Cursors().ValueOrDie();
  ASSERT_EQ(cursors.size(), 1U);
  EXPECT_EQ(cursors[0].export_name, "orders");
  EXPECT_FALSE(cursors[0].last_cursor.has_value());
  EXPECT_EQ(cursors[0].last_run_at, Rfc3339(world_.Now()));
  // A closed run takes nothing more.
  EXPECT_TRUE(Is(ledger_->Claim(lease, "orders_1").status(), kStateError));
  EXPECT_TRUE(Is(ledger_->RedoUnit(lease, "orders_1", 0, "late"), kStateError));
}

TEST_P(LedgerContract, ARunWithoutUnitsMaySucceed) {
  const Lease lease = Begin("orders_1", 0);
  EXPECT_EQ(ClaimIndex(lease, "orders_1"), -1);
  EXPECT_TRUE(ledger_->CommitRun(lease, {"orders_1", model::RunStatus::kSkipped}).ok());
  EXPECT_FALSE(ledger_->OpenRun("orders").ValueOrDie().has_value());
}

TEST_P(LedgerContract, AFailedRunStaysOpenOnlyWithACheckpoint) {
  for (const auto status : {model::RunStatus::kFailed, model::RunStatus::kInterrupted}) {
    const std::string kept = "kept_" + std::string(model::ToString(status)),
                      closed = "closed_" + kept;
    const Lease lease = Begin(kept, 1, true);
    ASSERT_TRUE(ledger_->CommitRun(lease, {kept, status}).ok());
    EXPECT_TRUE(ledger_->OpenRun("orders").ValueOrDie().has_value());
    EXPECT_EQ(ClaimIndex(lease, kept), 0);
    ASSERT_TRUE(ledger_->Abandon(lease, kept).ok());
    ASSERT_TRUE(ledger_->BeginRun(lease, StartOf(closed, 1, false)).ok());
    ASSERT_TRUE(ledger_->CommitRun(lease, {closed, status}).ok());
    EXPECT_FALSE(ledger_->OpenRun("orders").ValueOrDie().has_value());
    EXPECT_EQ(ledger_->LastRun("orders").ValueOrDie()->run_id, closed);
    ASSERT_TRUE(ledger_->Unlock(lease).ok());
  }
  EXPECT_TRUE(ledger_->Cursors().ValueOrDie().empty());
}

TEST_P(LedgerContract, TheLastSuccessIsOneThatDeliveredToThatPlace) {
  const std::string place = StartOf("any", 1).run.destination_uri;
  const auto last = [&](const std::string& uri) {
    return ledger_->LastSuccess("orders", uri).ValueOrDie().value_or(model::Run{}).run_id;
  };
  const Lease lease = Begin("orders_1", 1);
  Complete(lease, "orders_1", "a.parquet", 1);
  ASSERT_TRUE(ledger_->CommitRun(lease, {"orders_1", model::RunStatus::kSuccess}).ok());
  EXPECT_EQ(last(place), "orders_1");
  EXPECT_EQ(last("file:///elsewhere"), "");
  ASSERT_TRUE(ledger_->BeginRun(lease, StartOf("orders_3", 0)).ok());
  ASSERT_TRUE(ledger_->CommitRun(lease, {"orders_3", model::RunStatus::kSkipped}).ok());
  EXPECT_EQ(last(place), "orders_1") << "a skipped run delivers nothing";
  ASSERT_TRUE(ledger_->BeginRun(lease, StartOf("orders_4", 0)).ok());
  ASSERT_TRUE(ledger_->CommitRun(lease, {"orders_4", model::RunStatus::kSuccess}).ok());
  EXPECT_EQ(last(place), "orders_4");
}

TEST_P(LedgerContract, AForgottenRunLeavesNoUnitsAndItsIdStaysTaken) {
  const Lease lease = Begin("orders_1", 2);
  Complete(lease, "orders_1", "a.parquet", 1);
  ASSERT_TRUE(ledger_->ForgetRun(lease, "orders_1").ok());
  EXPECT_FALSE(ledger_->OpenRun("orders").ValueOrDie().has_value());
  EXPECT_FALSE(ledger_->LastRun("orders").ValueOrDie().has_value());
  EXPECT_TRUE(ledger_->UnitsOf("orders_1").ValueOrDie().empty());
  EXPECT_EQ(ledger_->Files("orders", 10).ValueOrDie().size(), 1U);
  EXPECT_FALSE(ledger_->IsRunIdFree("orders_1").ValueOrDie());
  EXPECT_TRUE(Is(ledger_->ForgetRun(lease, "orders_1"), kStateError));
}

TEST_P(LedgerContract, OpenRunsAreThoseThatCouldBeResumed) {
  EXPECT_TRUE(ledger_->OpenRuns().ValueOrDie().empty());
  const Lease lease = Begin("orders_1", 1);
  const Lease others = ledger_->Lock("customers", ThisProcess(world_)).ValueOrDie();
  RunStart start = StartOf("customers_1", 1);
  start.run.export_name = "customers";
  ASSERT_TRUE(ledger_->BeginRun(others, start).ok());
  auto open = ledger_->OpenRuns().ValueOrDie();
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0].run_id, "customers_1");
  EXPECT_EQ(open[1].run_id, "orders_1");
  EXPECT_TRUE(open[1].open);
  ASSERT_TRUE(ledger_->Abandon(others, "customers_1").ok());
  Complete(lease, "orders_1", "a.parquet", 1);
  ASSERT_TRUE(ledger_->CommitRun(lease, {"orders_1", model::RunStatus::kSuccess}).ok());
  EXPECT_TRUE(ledger_->OpenRuns().ValueOrDie().empty());
}

TEST_P(LedgerContract, AResetWithoutACursorChangesNothing) {
  const Lease lease = Begin("orders_1", 1);
  Complete(lease, "orders_1", "a.parquet", 1);
  ASSERT_TRUE(ledger_->CommitRun(lease, {"orders_1", model::RunStatus::kSuccess}).ok());
  EXPECT_FALSE(ledger_->ResetCursor(lease).ValueOrDie().has_value());
  EXPECT_EQ(ledger_->LastRun("orders").ValueOrDie()->run_id, "orders_1");
  EXPECT_EQ(ledger_->Cursors().ValueOrDie().at(0).last_run_at, Rfc3339(world_.Now()));
  ASSERT_TRUE(ledger_->Unlock(lease).ok());
  EXPECT_TRUE(Is(ledger_->ResetCursor(lease).status(), kLeaseLost));
}

TEST_P(LedgerContract, LookingWhetherItCanBeWrittenLeavesNothing) {
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(ledger_->CheckWritable().ok());
  const Lease lease = Begin("orders_1", 1);
  EXPECT_EQ(ClaimIndex(lease, "orders_1"), 0);
}

TEST_P(LedgerContract, FilesAreListedNewestFirst) {
  const Lease lease = Begin("orders_1", 3);
  for (const char* path : {"a.parquet", "b.parquet", "c.parquet"})
    Complete(lease, "orders_1", path, 4);
  const auto files = ledger_->Files("", 2).ValueOrDie();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].part.path, "c.parquet");
  EXPECT_EQ(files[1].part.path, "b.parquet");
  EXPECT_EQ(files[0].run_id, "orders_1");
  EXPECT_EQ(files[0].export_name, "orders");
  EXPECT_EQ(files[0].format, "parquet");
  EXPECT_EQ(files[0].compression, "zstd");
  EXPECT_EQ(files[0].part.rows, 4);
  EXPECT_EQ(files[0].part.unit_index, 2);
  EXPECT_TRUE(ledger_->Files("customers", 10).ValueOrDie().empty());
  EXPECT_EQ(ledger_->Files("orders", 10).ValueOrDie().size(), 3U);
}

}  // namespace rivet::state
