#pragma once

#include <string>
#include <vector>

#include "source/source_contract.h"

// How a source counts. See source_suite.h.
namespace rivet::source {

TEST_P(SourceContract, CountsAlongAKeyByShortSteps) {
  constexpr int64_t kRows = 5000;
  MakeNumbers("t", kRows);
  const model::TableFacts facts = Describe(In("t"));
  CountingObserver seen;
  EXPECT_EQ(Counted(Pages(facts, 10), &seen), kRows);
  EXPECT_GT(seen.statements, 4) << "steps begin small and at most double";
  EXPECT_EQ(seen.warnings, 0);
  for (int turn = 0; turn < 40; ++turn) {
    model::BoundedQuery query = Pages(facts, Dice(1, 900));
    query.window.kind = model::Window::Kind::kRange;
    // Windows of the key that is counted along, and of a column that is not.
    const bool other = turn % 3 == 0;
    query.window.key = KeyOf(facts, {other ? "v" : "id"});
    const int64_t first = Dice(1, kRows), last = Dice(first, kRows), width = other ? 7 : 1;
    query.window.from =
        model::Bound{{KeyValue(query.window.key[0], std::to_string(width * first))}, true};
    query.window.through =
        model::Bound{{KeyValue(query.window.key[0], std::to_string(width * last))}, true};
    EXPECT_EQ(Counted(query), last - first + 1) << first << " to " << last;
  }
  ExpectServerIdle();
}

TEST_P(SourceContract, CountsAlongAKeyOfSeveralColumns) {
  Run("CREATE TABLE t (a bigint, b " + Type(model::TypeKind::kDate) + ", c bigint, PRIMARY KEY " +
      "(a, b, c))");
  std::vector<std::vector<std::string>> rows;
  for (int64_t i = 0; i < 900; ++i) {
    rows.push_back(
        {std::to_string(i % 4), house_->Literal(types::DateText(i / 100)), std::to_string(i)});
  }
  Insert("t", rows);
  const model::TableFacts facts = Describe(In("t"));
  for (const int64_t page : {1L, 3L, 100L, 1000L}) {
    model::BoundedQuery query = Pages(facts, page);
    ASSERT_EQ(query.page_key.size(), 3U);
    EXPECT_EQ(Counted(query), 900) << page;
    query.window.kind = model::Window::Kind::kRange;
    query.window.key = KeyOf(facts, {"a"});
    query.window.from = model::Bound{{KeyValue(query.window.key[0], "1")}, true};
    query.window.through = model::Bound{{KeyValue(query.window.key[0], "2")}, true};
    EXPECT_EQ(Counted(query), 450) << page;
  }
}

TEST_P(SourceContract, CountsWhatHasNoKey) {
  constexpr int64_t kRows = 5000;
  MakeNumbers("t", kRows);
  Run("CREATE TABLE keyless AS SELECT id, v FROM t");
  Run("CREATE VIEW seen AS SELECT id, v FROM t WHERE id % 2 = 0");
  Run("CREATE TABLE nothing (v bigint)");
  const auto few = [&](const model::Relation& relation) { return Whole(Describe(relation), 10); };
  EXPECT_EQ(Counted(few(In("keyless"))), kRows);
  EXPECT_EQ(Counted(few(In("seen"))), kRows / 2);
  EXPECT_EQ(Counted(few(In("nothing"))), 0);
  const std::string text = "SELECT v" + From("t") + " WHERE id <= 1234 /* some */ ; -- of them\n";
  EXPECT_EQ(Counted(few(Asking(text))), 1234);
  const model::TableFacts facts = Describe(Asking(text));
  model::BoundedQuery query = Whole(facts, 7);
  query.window = {model::Window::Kind::kRange, KeyOf(facts, {"v"}), {}, {}};
  query.window.through = model::Bound{{KeyValue(query.window.key[0], "70")}, false};
  EXPECT_EQ(Counted(query), 9);
  ExpectServerIdle();
}

// Rows that move on disk while they are counted, and rows that come behind the place that is
// reached or go before it, do not count twice or get lost.
TEST_P(SourceContract, RowsThatStayAreCountedOnceWhateverIsWritten) {
  constexpr int64_t kRows = 3000;
  MakeNumbers("t", kRows);
  const model::TableFacts facts = Describe(In("t"));
  Allowance allowance(*world_);
  int64_t turn = 0;
  allowance.observer.on_statement = [&] {
    Run("UPDATE t SET v = v + 1 WHERE id <= 100");
    Run("INSERT INTO t VALUES (" + std::to_string(-++turn) + ", 0)");
  };
  const auto count = source_->Count(Pages(facts, 50), allowance.Context());
  ASSERT_TRUE(count.ok()) << count.status();
  EXPECT_EQ(*count, kRows);
  EXPECT_GT(turn, 3);
}

TEST_P(SourceContract, AStopEndsACountBetweenItsSteps) {
  MakeNumbers("t", 3000);
  Allowance allowance(*world_);
  allowance.observer.on_statement = [&] { allowance.stop.request_stop(); };
  const Status ended = source_->Count(Pages(Describe(In("t")), 10), allowance.Context()).status();
  EXPECT_TRUE(Is(ended, kStopRequested)) << ended;
  EXPECT_EQ(allowance.observer.statements, 1);
  ExpectUsable();
}

// A window that was small says nothing of the next one, and a large one is not begun anew.
TEST_P(SourceContract, ThePaceOfACountIsKeptFromWindowToWindow) {
  MakeNumbers("t", 4000);
  const model::TableFacts facts = Describe(In("t"));
  Allowance allowance(*world_);
  model::BoundedQuery query = Pages(facts, 10);
  ASSERT_TRUE(source_->Count(query, allowance.Context()).ok());
  const int64_t first = allowance.observer.statements;
  ASSERT_TRUE(source_->Count(query, allowance.Context()).ok());
  EXPECT_LT(allowance.observer.statements - first, first);
}

}  // namespace rivet::source
