#pragma once

#include "state/ledger_suite.h"

// What a ledger keeps of the values that policies altered.
namespace rivet::state {

TEST_P(LedgerContract, WhatAPolicyAlteredIsKeptWithItsUnit) {
  const Lease lease = Begin("orders_1", 2);
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  model::UnitCommit commit = CommitOf("orders_1", 0, {PartOf("a.parquet", 5)});
  commit.altered = {{"a \"b\" \\ ü", model::SpecialValue::kZeroDate, model::PolicyAction::kNull, 3},
                    {"at", model::SpecialValue::kInfinity, model::PolicyAction::kClamp, 1}};
  ASSERT_TRUE(ledger_->CommitUnit(lease, commit).ok());
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 1);
  ASSERT_TRUE(ledger_->CommitUnit(lease, CommitOf("orders_1", 1, {PartOf("b.parquet", 5)})).ok());
  const auto ledger = OpenAnother();
  EXPECT_EQ(ledger->UnitsOf("orders_1").ValueOrDie().at(0).altered, commit.altered);
  EXPECT_TRUE(ledger->UnitsOf("orders_1").ValueOrDie().at(1).altered.empty());
  // A unit that is done again is counted again, not twice.
  ASSERT_TRUE(ledger_->RedoUnit(lease, "orders_1", 0, "gone").ok());
  EXPECT_TRUE(UnitAt("orders_1", 0).altered.empty());
  ASSERT_EQ(ClaimIndex(lease, "orders_1"), 0);
  ASSERT_TRUE(ledger_->CommitUnit(lease, commit).ok());
  EXPECT_EQ(UnitAt("orders_1", 0).altered, commit.altered);
}

}  // namespace rivet::state
