#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "source/source_contract.h"
#include "source/source_count_suite.h"
#include "source/source_keys_suite.h"
#include "source/source_read_suite.h"

// One suite for all sources: what they know of relations; and, of the other two headers, of keys,
// and what they read. A driver's test includes <gtest/gtest.h>, then this, and instantiates
// SourceContract.
namespace rivet::source {

TEST_P(SourceContract, IdentifiesItsServer) {
  const auto facts = source_->Identify();
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->engine, house_->engine());
  EXPECT_FALSE(facts->version.empty());
  EXPECT_GT(facts->version_number, 0);
  EXPECT_GT(facts->max_connections, 0);
  EXPECT_FALSE(facts->role.empty());
  EXPECT_FALSE(facts->superuser);
  EXPECT_TRUE(facts->local);
  EXPECT_FALSE(facts->in_recovery);
  constexpr int64_t kHourMicros = 3'600'000'000;
  EXPECT_LT(std::abs(facts->clock_micros - world_->Now()), kHourMicros);
  ExpectServerIdle();
}

TEST_P(SourceContract, ListsTablesAndViewsByNameAndNoPartitions) {
  for (const char* name : {"zebra", "apples", "Bananas", "with space", "grün"})
    Run("CREATE TABLE " + house_->Quote(name) + " (id bigint PRIMARY KEY)");
  Run("CREATE VIEW " + house_->Quote("a view") + " AS SELECT id FROM zebra");
  for (const std::string& sql : house_->Partitioned("parts")) Run(sql);
  Run("CREATE TABLE " + house_->Quote(house_->hidden_schema()) + ".secret (id bigint)");
  const auto names = source_->List({house_->schema()});
  ASSERT_TRUE(names.ok()) << names.status();
  std::vector<std::string> found;
  for (const model::RelationName& name : *names) {
    EXPECT_EQ(name.schema, house_->schema());
    found.push_back(name.name);
  }
  EXPECT_EQ(found, (std::vector<std::string>{"Bananas", "a view", "apples", "grün", "parts",
                                             "with space", "zebra"}));
}

TEST_P(SourceContract, DescribesATable) {
  Run("CREATE TABLE t (id bigint NOT NULL, tie bigint NOT NULL, name " +
      Type(model::TypeKind::kText) + ", price decimal(12,2), PRIMARY KEY (id))");
  Run("CREATE INDEX by_tie ON t (tie, id)");
  Run("INSERT INTO t SELECT s.i, 1 + s.i % 5, concat('name ', s.i), s.i * 0.25 FROM " +
      house_->Series(2000));
  ASSERT_TRUE(house_->Analyze("t").ok());
  const model::TableFacts facts = Describe(In("t"));
  EXPECT_EQ(facts.relation.table, In("t").table);
  EXPECT_EQ(facts.kind, model::RelationKind::kTable);
  ASSERT_EQ(facts.columns.size(), 4U);
  const auto type = [&](const char* name) { return ToString(ColumnOf(facts, name).type); };
  EXPECT_EQ(type("id"), "int64");
  EXPECT_EQ(type("name"), "text");
  EXPECT_EQ(type("price"), "decimal(12,2)");
  EXPECT_TRUE(ColumnOf(facts, "id").not_null);
  EXPECT_TRUE(ColumnOf(facts, "tie").not_null);
  EXPECT_FALSE(ColumnOf(facts, "name").not_null);
  EXPECT_TRUE(ColumnOf(facts, "id").hardly_repeats);
  EXPECT_FALSE(ColumnOf(facts, "tie").hardly_repeats);
  ASSERT_EQ(facts.indexes.size(), 2U);
  EXPECT_TRUE(facts.indexes[0].primary && facts.indexes[0].unique && facts.indexes[0].usable);
  EXPECT_EQ(facts.indexes[0].columns, std::vector<std::string>{"id"});
  EXPECT_EQ(facts.indexes[1].name, "by_tie");
  EXPECT_FALSE(facts.indexes[1].primary || facts.indexes[1].unique);
  EXPECT_TRUE(facts.indexes[1].usable);
  EXPECT_EQ(facts.indexes[1].columns, (std::vector<std::string>{"tie", "id"}));
  EXPECT_NEAR(static_cast<double>(facts.row_estimate), 2000, 400);
  EXPECT_GT(facts.bytes, 2000);
  EXPECT_GT(facts.row_bytes, 0);
  ExpectServerIdle();
}

TEST_P(SourceContract, DescribesViewsQueriesAndPartitionedTables) {
  Run("CREATE TABLE t (id bigint PRIMARY KEY, name " + Type(model::TypeKind::kText) + " NOT NULL)");
  Run("CREATE VIEW v AS SELECT id, name FROM t");
  const model::TableFacts view = Describe(In("v"));
  EXPECT_EQ(view.kind, model::RelationKind::kView);
  EXPECT_EQ(view.columns.size(), 2U);
  EXPECT_TRUE(view.indexes.empty());
  EXPECT_FALSE(view.heap_blocks);
  EXPECT_FALSE(ColumnOf(view, "name").not_null) << "only a plain table's columns promise it";

  // With whatever people leave behind a statement, and names that no statement of ours may shadow.
  const std::string text = "SELECT id + 1 AS id, name AS " + house_->Quote("A name") + From("t") +
                           " /* all */ ; -- of them\n";
  const model::TableFacts query = Describe(Asking(text));
  EXPECT_EQ(query.kind, model::RelationKind::kQuery);
  ASSERT_EQ(query.columns.size(), 2U);
  EXPECT_EQ(query.columns[1].name, "A name");
  EXPECT_EQ(query.relation.query, text);
  EXPECT_LT(query.row_estimate, 0);

  for (const std::string& sql : house_->Partitioned("parts")) Run(sql);
  Run("INSERT INTO parts VALUES (1, '2024-01-10'), (2, '2024-02-10')");
  const model::TableFacts parts = Describe(In("parts"));
  EXPECT_EQ(parts.columns.size(), 2U);
  EXPECT_FALSE(parts.heap_blocks);
  EXPECT_EQ(Rows(Whole(parts)), (std::vector<std::string>{"1|2024-01-10", "2|2024-02-10"}));
}

TEST_P(SourceContract, DescribingAQueryDoesNotRunIt) {
  const SteadyMicros began = world_->Steady();
  const model::TableFacts facts = Describe(Asking(house_->LongQuery()));
  EXPECT_EQ(facts.columns.size(), 1U);
  EXPECT_LT(world_->Steady() - began, kPatience.count() * 1000);
}

TEST_P(SourceContract, WhatIsMissingDeniedOrWrongIsNamed) {
  Run("CREATE TABLE t (id bigint PRIMARY KEY)");
  Run("CREATE TABLE " + house_->Quote(house_->hidden_schema()) + ".secret (id bigint)");
  const auto code = [&](const model::Relation& relation) {
    const Status status = source_->Describe(relation).status();
    return CodeOf(status) == nullptr ? status.ToString() : std::string(CodeOf(status)->name);
  };
  const std::string secret = house_->Quote(house_->hidden_schema()) + ".secret";
  EXPECT_EQ(code(In("nothing")), kMissing.name);
  // A server may keep to itself which schemas there are.
  const std::string no_schema = code({{"no such schema", "t"}, ""});
  EXPECT_TRUE(no_schema == kMissing.name || no_schema == kDenied.name) << no_schema;
  EXPECT_EQ(code(Asking("SELECT *" + From("nothing"))), kMissing.name);
  EXPECT_EQ(code(Asking("SELECT nothing" + From("t"))), kMissing.name);
  EXPECT_EQ(code({{house_->hidden_schema(), "secret"}, ""}), kDenied.name);
  EXPECT_EQ(code(Asking("SELECT * FROM " + secret)), kDenied.name);
  EXPECT_EQ(code(Asking("SELEC 1")), kSql.name);
  EXPECT_EQ(code(Asking("SELECT id" + From("t") + "; SELECT id" + From("t"))), kSql.name);
  ExpectUsable();
}

TEST_P(SourceContract, NamesMayHoldWhatPeopleWrite) {
  const std::string table = "Or\"de`r'\\ $1 ?%s ключ";
  const std::vector<std::string> names = {"Select",   "with space", "q\"uo`te'",     "日本語",
                                          "%s {} $1", "a.b",        "back\\slash;--"};
  std::string columns;
  for (const std::string& name : names) columns += ", " + house_->Quote(name) + " bigint";
  Run("CREATE TABLE " + house_->Quote(table) + " (" + house_->Quote("Id") + " bigint PRIMARY KEY" +
      columns + ")");
  Run("INSERT INTO " + house_->Quote(table) + " VALUES (1, 2, 3, 4, 5, 6, 7, 8), " +
      "(2, 3, 4, 5, 6, 7, 8, NULL)");
  const model::TableFacts facts = Describe(In(table));
  ASSERT_EQ(facts.columns.size(), names.size() + 1);
  EXPECT_EQ(facts.columns[0].name, "Id");
  for (size_t i = 0; i < names.size(); ++i) EXPECT_EQ(facts.columns[i + 1].name, names[i]);
  const std::vector<std::string> rows = {"1|2|3|4|5|6|7|8", "2|3|4|5|6|7|8|NULL"};
  EXPECT_EQ(Rows(Pages(facts, 1)), rows);
  EXPECT_EQ(Rows(Whole(facts)), rows);
  const model::TableFacts selected = Describe(Asking(source_->SelectText(facts)));
  ASSERT_EQ(selected.columns.size(), facts.columns.size());
  EXPECT_EQ(Rows(Whole(selected)), rows);
  for (const std::string& name : names) {
    model::BoundedQuery query = Pages(facts, 1);
    query.window = {model::Window::Kind::kNull, KeyOf(facts, {name}), {}, {}};
    query.page_key.clear();
    EXPECT_EQ(Counted(query), name == names.back() ? 1 : 0) << name;
    EXPECT_EQ(BoundsOf(facts, name).has_nulls, name == names.back()) << name;
  }
}

TEST_P(SourceContract, ExplainsWhatAStatementCosts) {
  MakeNumbers("t", 5000);
  ASSERT_TRUE(house_->Analyze("t").ok());
  const model::TableFacts facts = Describe(In("t"));
  const auto paged = source_->Explain(Pages(facts, 100));
  ASSERT_TRUE(paged.ok()) << paged.status();
  EXPECT_FALSE(paged->sorts_or_hashes) << paged->scan;
  EXPECT_FALSE(paged->scan.empty());
  const auto sorted =
      source_->Explain(Whole(Describe(Asking("SELECT id, v" + From("t") + " ORDER BY v % 10"))));
  ASSERT_TRUE(sorted.ok()) << sorted.status();
  EXPECT_TRUE(sorted->sorts_or_hashes) << sorted->scan;
  EXPECT_GT(sorted->row_estimate, 100);
  ExpectServerIdle();
}

}  // namespace rivet::source
