#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "source/source_contract.h"

// What a source knows of keys, and windows along them. See source_suite.h.
namespace rivet::source {

TEST_P(SourceContract, WindowsTakeTheirEdgesLiterally) {
  for (const KeyCase& one : KeyCases(*house_)) {
    for (const bool unique : {true, false}) {
      const model::TableFacts facts = MakeKeys(one, unique);
      for (int turn = 0; turn < 12; ++turn) {
        model::BoundedQuery query = Pages(facts, Dice(1, 40));
        EXPECT_EQ(query.page_key.empty(), !unique);
        query.window.kind = model::Window::Kind::kRange;
        query.window.key = KeyOf(facts, {"k"});
        int64_t first = 0, last = kKeys - 1;
        if (turn % 4 != 0) {
          const int64_t edge = Dice(0, kKeys - 1);
          const bool inclusive = Dice(0, 1) == 1;
          query.window.from =
              model::Bound{{KeyValue(query.window.key[0], one.text(edge))}, inclusive};
          first = inclusive ? edge : edge + 1;
        }
        if (turn % 4 != 1) {
          const int64_t edge = Dice(std::min(first, kKeys - 1), kKeys - 1);
          const bool inclusive = Dice(0, 1) == 1;
          query.window.through =
              model::Bound{{KeyValue(query.window.key[0], one.text(edge))}, inclusive};
          last = inclusive ? edge : edge - 1;
        }
        SCOPED_TRACE(one.name + (unique ? " by pages of " : " without an index, pages of ") +
                     std::to_string(query.limits.batch_rows_max) + ", keys " +
                     std::to_string(first) + " to " + std::to_string(last));
        const auto expected = RowsOf(one, first, last, unique);
        EXPECT_EQ(Rows(query), expected);
        EXPECT_EQ(Counted(query), static_cast<int64_t>(expected.size()));
      }
    }
  }
}

TEST_P(SourceContract, TheWindowOfNullsHoldsTheRest) {
  const KeyCase one = KeyCases(*house_)[1];
  const model::TableFacts facts = MakeKeys(one, false);
  model::BoundedQuery query = Whole(facts, 3);
  query.window = {model::Window::Kind::kNull, KeyOf(facts, {"k"}), {}, {}};
  std::vector<std::string> expected;
  for (int64_t i = 0; i < kNullRows; ++i) expected.push_back("NULL|" + std::to_string(1000 + i));
  EXPECT_EQ(Rows(query), expected);
  EXPECT_EQ(Counted(query), kNullRows);
}

TEST_P(SourceContract, BoundsAreTheEndsOfTheKey) {
  for (const KeyCase& one : KeyCases(*house_)) {
    for (const bool unique : {true, false}) {
      SCOPED_TRACE(one.name);
      const model::KeyFacts keys = BoundsOf(MakeKeys(one, unique), "k");
      EXPECT_EQ(TextOf(keys.min), one.text(0));
      EXPECT_EQ(TextOf(keys.max), one.text(kKeys - 1));
      EXPECT_EQ(keys.has_nulls, !unique);
    }
  }
}

TEST_P(SourceContract, NoRowsHaveNoBoundsAndNoCuts) {
  for (const KeyCase& one : KeyCases(*house_)) {
    SCOPED_TRACE(one.name);
    Run("CREATE TABLE none_" + one.name + " (k " + one.native + " PRIMARY KEY, id bigint)");
    const model::TableFacts facts = Describe(In("none_" + one.name));
    const model::KeyFacts keys = BoundsOf(facts, "k");
    EXPECT_TRUE(keys.min == nullptr && keys.max == nullptr && !keys.has_nulls);
    model::BoundedQuery query = Pages(facts, 10);
    query.window.key = KeyOf(facts, {"k"});
    const auto cuts = source_->CutPoints(query, 10);
    ASSERT_TRUE(cuts.ok()) << cuts.status();
    EXPECT_TRUE(cuts->cuts.empty() && !cuts->has_nulls);
    EXPECT_TRUE(Rows(query).empty());
    EXPECT_EQ(Counted(query), 0);
  }
  Run("CREATE TABLE only_nulls (k bigint NULL, id bigint)");
  Run("INSERT INTO only_nulls VALUES (NULL, 1), (NULL, 2)");
  const model::TableFacts facts = Describe(In("only_nulls"));
  const model::KeyFacts keys = BoundsOf(facts, "k");
  EXPECT_TRUE(keys.min == nullptr && keys.max == nullptr && keys.has_nulls);
  model::BoundedQuery query = Whole(facts);
  query.window.key = KeyOf(facts, {"k"});
  const auto cuts = source_->CutPoints(query, 10);
  ASSERT_TRUE(cuts.ok()) << cuts.status();
  EXPECT_TRUE(cuts->cuts.empty() && cuts->has_nulls);
}

// The pieces that the cut points end, and what is NULL, hold each row once.
TEST_P(SourceContract, CutPointsEndPiecesThatHoldEachRowOnce) {
  for (const KeyCase& one : KeyCases(*house_)) {
    for (const bool unique : {true, false}) {
      const model::TableFacts facts = MakeKeys(one, unique);
      for (const int64_t size : {int64_t{1}, int64_t{7}, kKeys, 5 * kKeys}) {
        SCOPED_TRACE(one.name + (unique ? ", unique" : ", ties") + ", pieces of " +
                     std::to_string(size));
        model::BoundedQuery query = Pages(facts, 25);
        query.window.key = KeyOf(facts, {"k"});
        const auto keys = source_->CutPoints(query, size);
        ASSERT_TRUE(keys.ok()) << keys.status();
        EXPECT_EQ(keys->has_nulls, !unique);
        const int64_t rows = unique ? kKeys : 2 * kKeys;
        ASSERT_FALSE(keys->cuts.empty());
        EXPECT_EQ(TextOf(keys->cuts.back()), one.text(kKeys - 1));
        EXPECT_GE(static_cast<int64_t>(keys->cuts.size()), (rows + 2 * size) / (2 * size + 1));
        EXPECT_LE(static_cast<int64_t>(keys->cuts.size()), std::min(kKeys, 2 * (rows / size) + 1));
        query.window.kind = model::Window::Kind::kRange;
        std::vector<std::string> all;
        for (const auto& cut : keys->cuts) {
          query.window.through = model::Bound{{cut}, true};
          const auto piece = Rows(query);
          EXPECT_FALSE(piece.empty()) << "strictly ascending";
          EXPECT_LE(static_cast<int64_t>(piece.size()), std::max<int64_t>(2, 2 * size));
          all.insert(all.end(), piece.begin(), piece.end());
          query.window.from = model::Bound{{cut}, false};
        }
        std::sort(all.begin(), all.end());
        EXPECT_EQ(all, RowsOf(one, 0, kKeys - 1, unique));
      }
    }
  }
}

TEST_P(SourceContract, KeysOfAQueryAreCutLikeThoseOfATable) {
  MakeNumbers("t", 90);
  const model::TableFacts facts =
      Describe(Asking("SELECT id % 9 AS k, id" + From("t") + " WHERE id <= 81"));
  const model::KeyFacts keys = BoundsOf(facts, "k");
  EXPECT_EQ(TextOf(keys.min), "0");
  EXPECT_EQ(TextOf(keys.max), "8");
  model::BoundedQuery query = Whole(facts);
  query.window.key = KeyOf(facts, {"k"});
  const auto cuts = source_->CutPoints(query, 18);
  ASSERT_TRUE(cuts.ok()) << cuts.status();
  EXPECT_FALSE(cuts->has_nulls);
  ASSERT_GE(cuts->cuts.size(), 4U);
  EXPECT_EQ(TextOf(cuts->cuts.back()), "8");
  query.window.kind = model::Window::Kind::kRange;
  query.window.through = model::Bound{{cuts->cuts.front()}, true};
  EXPECT_EQ(Counted(query), static_cast<int64_t>(Rows(query).size()));
}

// A text key is unique and ordered by the column's collation, whatever that makes of case.
TEST_P(SourceContract, TextKeysFollowTheServersOrder) {
  const std::vector<std::string> words = {"",    "apple", "Bear",   "c\\d", "d'e",  "E\"f",
                                          "f%g", "G_h",   "zürich", "ключ", "日本", "🎁"};
  Run("CREATE TABLE words (k " + Type(model::TypeKind::kText) + " PRIMARY KEY, id bigint)");
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> expected;
  for (size_t i = 0; i < words.size(); ++i) {
    rows.push_back({house_->Literal(words[i]), std::to_string(i)});
    expected.push_back(words[i] + "|" + std::to_string(i));
  }
  std::sort(expected.begin(), expected.end());
  Insert("words", rows);
  const model::TableFacts facts = Describe(In("words"));
  for (const int64_t page : {1, 2, 5, 12, 13})
    EXPECT_EQ(Rows(Pages(facts, page)), expected) << page;
  model::BoundedQuery query = Pages(facts, 2);
  query.window.key = KeyOf(facts, {"k"});
  const auto cuts = source_->CutPoints(query, 1);
  ASSERT_TRUE(cuts.ok()) << cuts.status();
  EXPECT_EQ(cuts->cuts.size(), words.size());
  query.window.kind = model::Window::Kind::kRange;
  for (const auto& cut : cuts->cuts) {
    query.window.through = model::Bound{{cut}, true};
    EXPECT_EQ(Rows(query).size(), 1U) << TextOf(cut);
    query.window.from = model::Bound{{cut}, false};
  }
}

}  // namespace rivet::source
