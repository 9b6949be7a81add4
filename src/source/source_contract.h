#pragma once

#include <arrow/scalar.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "source/faults.h"
#include "source/source_house.h"

// The fixture of the suite for all sources (source_suite.h).
namespace rivet::source {

inline std::string NameOf(const ::testing::TestParamInfo<SourcePlace>& info) {
  return info.param.name;
}

inline constexpr std::chrono::milliseconds kPatience{10'000};

// A type that keys are of. `text(i)` is the text form of key i, ascending by the server's order.
struct KeyCase {
  std::string name, native;
  std::function<std::string(int64_t)> text;
  std::function<std::string(const std::string&)> literal;
};

inline std::string Printed(const char* format, int64_t number) {
  char text[64];
  std::snprintf(text, sizeof text, format, static_cast<long long>(number));
  return text;
}

inline std::string WithPoint(int64_t number, int scale) {
  std::string digits = std::to_string(std::abs(number));
  const size_t least = static_cast<size_t>(scale) + 1;
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  return (number < 0 ? "-" : "") + digits.insert(digits.size() - static_cast<size_t>(scale), ".");
}

inline std::vector<KeyCase> KeyCases(const SourceHouse& house) {
  using Kind = model::TypeKind;
  const auto quoted = [&house](const std::string& text) { return house.Literal(text); };
  const auto plain = [](const std::string& text) { return text; };
  std::vector<KeyCase> cases = {
      {"int16", house.NativeType(Kind::kInt16), [](int64_t i) { return std::to_string(i - 60); },
       plain},
      {"int64", house.NativeType(Kind::kInt64),
       [](int64_t i) { return std::to_string((i - 60) * 100'000'000'000'000'003); }, plain},
      {"uint64", house.NativeType(Kind::kUInt64),
       [](int64_t i) { return std::to_string(18'446'744'073'709'551'000U + 5 * uint64_t(i)); },
       plain},
      {"decimal", "decimal(20,4)", [](int64_t i) { return WithPoint((i - 60) * 625, 4); }, plain},
      {"wide_decimal", "decimal(40,2)",
       [](int64_t i) { return "98765432109876543210987654" + WithPoint(10'000'025 + i * 100, 2); },
       plain},
      {"date", house.NativeType(Kind::kDate),
       [](int64_t i) { return types::DateText(i * 97 - 3000); }, quoted},
      {"timestamp", house.NativeType(Kind::kTimestamp),
       [](int64_t i) { return types::TimestampText((i - 60) * 86'400'000'001, false); }, quoted},
      {"timestamp_tz", house.NativeType(Kind::kTimestampTz),
       [](int64_t i) {
         return types::TimestampText(1'500'000'000'000'001 + i * 3'600'000'001, true);
       },
       [quoted](const std::string& text) { return quoted(text.substr(0, text.size() - 1)); }},
      {"text", house.NativeType(Kind::kText),
       [](int64_t i) { return Printed("%05lld", i) + "'\\\"%_ é日🎁"; }, quoted},
      {"binary", house.NativeType(Kind::kBinary),
       [](int64_t i) { return Printed("00ff%06llx", i * 70'001) + "27005c"; },
       [&house](const std::string& hex) { return house.Bytes(hex); }},
      // Of version 7: one server sorts older ones from their end.
      {"uuid", house.NativeType(Kind::kUuid),
       [](int64_t i) { return Printed("%08llx", i * 30'000'000) + "-0000-7000-8000-00000000abcd"; },
       quoted},
  };
  std::erase_if(cases, [](const KeyCase& one) { return one.native.empty(); });
  return cases;
}

inline constexpr int64_t kKeys = 120;
inline constexpr int64_t kNullRows = 7;

class SourceContract : public ::testing::TestWithParam<SourcePlace> {
 protected:
  void SetUp() override {
    const char* url = std::getenv(GetParam().variable.c_str());
    if (url == nullptr) GTEST_SKIP() << GetParam().variable << " names no server";
    auto house = GetParam().make(*world_, url);
    ASSERT_TRUE(house.ok()) << house.status();
    house_ = std::move(*house);
    auto source = house_->Open(*world_, {});
    ASSERT_TRUE(source.ok()) << source.status();
    source_ = std::move(*source);
  }

  void Run(const std::string& sql) {
    const Status done = house_->Execute(sql);
    ASSERT_TRUE(done.ok()) << done << "\n" << sql;
  }
  std::string Type(model::TypeKind kind) const { return house_->NativeType(kind); }
  model::Relation In(const std::string& name) const { return {{house_->schema(), name}, ""}; }
  static model::Relation Asking(const std::string& query) { return {{}, query}; }
  // For queries: the reader's session looks nowhere by itself.
  std::string From(const std::string& name) const {
    return " FROM " + house_->Quote(house_->schema()) + "." + house_->Quote(name);
  }
  // Made by one statement: id 1..rows and v = 7 * id.
  void MakeNumbers(const std::string& name, int64_t rows) {
    Run("CREATE TABLE " + house_->Quote(name) + " (id bigint PRIMARY KEY, v bigint)");
    Run("INSERT INTO " + house_->Quote(name) + " SELECT s.i, 7 * s.i FROM " + house_->Series(rows));
  }
  static std::vector<std::string> Numbers(int64_t first, int64_t last) {
    std::vector<std::string> rows;
    for (int64_t i = first; i <= last; ++i)
      rows.push_back(std::to_string(i) + "|" + std::to_string(7 * i));
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  // `rows` holds literals or NULL.
  void Insert(const std::string& name, const std::vector<std::vector<std::string>>& rows) {
    constexpr size_t kRowsAtOnce = 500;
    std::string values;
    for (size_t i = 0; i < rows.size(); ++i) {
      std::string cells;
      for (const std::string& cell : rows[i]) cells += (cells.empty() ? "" : ", ") + cell;
      values += (values.empty() ? "(" : ", (") + cells + ")";
      if (i + 1 < rows.size() && (i + 1) % kRowsAtOnce != 0) continue;
      Run("INSERT INTO " + house_->Quote(name) + " VALUES " + std::exchange(values, ""));
    }
  }
  model::TableFacts Describe(const model::Relation& relation) {
    auto facts = source_->Describe(relation);
    EXPECT_TRUE(facts.ok()) << facts.status();
    return facts.ok() ? *facts : model::TableFacts();
  }
  static const model::Column& ColumnOf(const model::TableFacts& facts, const std::string& name) {
    static const model::Column kNone;
    for (const model::Column& column : facts.columns)
      if (column.name == name) return column;
    ADD_FAILURE() << "no column " << name;
    return kNone;
  }
  static std::vector<model::KeyColumn> KeyOf(const model::TableFacts& facts,
                                             const std::vector<std::string>& names) {
    std::vector<model::KeyColumn> key;
    for (const std::string& name : names) {
      const model::Column& column = ColumnOf(facts, name);
      key.push_back({column.name, column.type, column.native_type});
    }
    return key;
  }
  // All rows, in pages of at most `rows` along the primary key where there is one.
  static model::BoundedQuery Pages(const model::TableFacts& facts, int64_t rows) {
    model::BoundedQuery query = Whole(facts, rows);
    for (const model::IndexFacts& index : facts.indexes) {
      if (index.primary && index.usable) query.page_key = KeyOf(facts, index.columns);
    }
    return query;
  }
  static model::BoundedQuery Whole(const model::TableFacts& facts, int64_t rows = 1000) {
    model::BoundedQuery query;
    query.relation = facts.relation;
    query.columns = facts.columns;
    query.limits = {.statement_timeout = std::chrono::seconds(60),
                    .lock_timeout = std::chrono::seconds(10),
                    .snapshot_age_max = std::chrono::milliseconds(800),
                    .batch_rows_max = rows,
                    .batch_bytes_max = int64_t{8} << 20,
                    .value_bytes_max = int64_t{64} << 20};
    query.application = "rivet/suite";
    return query;
  }
  // The key's scalar from its text form (types/text.h).
  static std::shared_ptr<arrow::Scalar> KeyValue(const model::KeyColumn& key,
                                                 const std::string& text) {
    auto value = types::KeyFromText(key.type, text);
    EXPECT_TRUE(value.ok()) << value.status() << ": " << text;
    return value.ok() ? *value : nullptr;
  }
  static std::string TextOf(const std::shared_ptr<arrow::Scalar>& key) {
    return key == nullptr ? "none" : types::KeyText(*key).ValueOr("no key");
  }
  // Everything of one read, sorted; all that was reserved is given back.
  std::vector<std::string> Rows(const model::BoundedQuery& query,
                                CountingObserver* seen = nullptr) {
    Allowance allowance(*world_);
    std::vector<std::string> rows;
    {
      auto reader = source_->Read(query, allowance.Context());
      EXPECT_TRUE(reader.ok()) << reader.status();
      if (!reader.ok()) return {};
      EXPECT_TRUE((*reader)->schema()->Equals(*types::SchemaOf(query.columns), true));
      const auto batches = RestOf(**reader, &allowance);
      EXPECT_TRUE(batches.ok()) << batches.status();
      if (batches.ok()) rows = SortedTexts(*batches).ValueOr(std::vector<std::string>{"no text"});
    }
    EXPECT_EQ(allowance.budget.taken(), 0);
    if (seen != nullptr) *seen = allowance.observer;
    return rows;
  }
  Status FailureOf(const model::BoundedQuery& query) {
    Allowance allowance(*world_);
    Status failure;
    {
      auto reader = source_->Read(query, allowance.Context());
      failure = reader.status();
      if (reader.ok()) failure = RestOf(**reader, &allowance).status();
    }
    EXPECT_EQ(allowance.budget.taken(), 0);
    return failure;
  }
  int64_t Counted(const model::BoundedQuery& query, CountingObserver* seen = nullptr) {
    Allowance allowance(*world_);
    const auto count = source_->Count(query, allowance.Context());
    EXPECT_TRUE(count.ok()) << count.status();
    EXPECT_EQ(allowance.budget.taken(), 0);
    if (!count.ok()) return -1;
    EXPECT_EQ(allowance.observer.rows, *count) << "each statement tells its rows";
    if (seen != nullptr) *seen = allowance.observer;
    return *count;
  }
  model::KeyFacts BoundsOf(const model::TableFacts& facts, const std::string& column) {
    model::BoundedQuery query = Whole(facts);
    query.window.key = KeyOf(facts, {column});
    auto keys = source_->Bounds(query);
    EXPECT_TRUE(keys.ok()) << column << ": " << keys.status();
    return keys.ok() ? *keys : model::KeyFacts();
  }
  void ExpectServerIdle() {
    EXPECT_TRUE(Within(*world_, kPatience, [&] {
      return house_->RunningStatements().ValueOr(1) == 0 &&
             house_->OpenTransactions().ValueOr(1) == 0;
    })) << "the reader's session still works, or holds a transaction open";
  }
  // A failure, a stop, a dropped reader: afterwards the session answers as if it were new.
  void ExpectUsable() {
    ExpectServerIdle();
    const auto facts = source_->Describe(Asking("SELECT 1 AS one"));
    ASSERT_TRUE(facts.ok()) << facts.status();
    EXPECT_EQ(Rows(Whole(*facts)), std::vector<std::string>{"1"});
    ExpectServerIdle();
  }

  // `unique`: k is the primary key, row i has id i. Else k has no index and each key twice, with
  // ids i and i + kKeys, and kNullRows rows with none and ids from 1000.
  model::TableFacts MakeKeys(const KeyCase& one, bool unique) {
    const std::string name = one.name + (unique ? "_unique" : "_ties");
    Run("CREATE TABLE " + name + " (k " + one.native + (unique ? " PRIMARY KEY" : " NULL") +
        ", id bigint NOT NULL)");
    std::vector<std::vector<std::string>> rows;
    for (int64_t i = 0; i < kKeys; ++i) {
      const std::string key = one.literal(one.text(i));
      rows.push_back({key, std::to_string(i)});
      if (!unique) rows.push_back({key, std::to_string(i + kKeys)});
    }
    for (int64_t i = 0; !unique && i < kNullRows; ++i)
      rows.push_back({"NULL", std::to_string(1000 + i)});
    std::shuffle(rows.begin(), rows.end(), dice_);
    Insert(name, rows);
    return Describe(In(name));
  }
  static std::vector<std::string> RowsOf(const KeyCase& one, int64_t first, int64_t last,
                                         bool unique) {
    std::vector<std::string> rows;
    for (int64_t i = std::max<int64_t>(0, first); i <= std::min(last, kKeys - 1); ++i) {
      rows.push_back(one.text(i) + "|" + std::to_string(i));
      if (!unique) rows.push_back(one.text(i) + "|" + std::to_string(i + kKeys));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  int64_t Dice(int64_t first, int64_t last) {
    return std::uniform_int_distribution<int64_t>(first, last)(dice_);
  }

  const std::unique_ptr<World> world_ = MakeRealWorld();
  std::mt19937_64 dice_{4711};
  std::unique_ptr<SourceHouse> house_;
  std::unique_ptr<Source> source_;  // goes before the house takes its schemas away
};

}  // namespace rivet::source
