#include <gtest/gtest.h>

#include <optional>

#include "client/postgres/connection.h"
#include "client/postgres/quote.h"
#include "client/postgres/settings.h"
#include "source/postgres/postgres.h"
#include "source/source_suite.h"

namespace rivet::source::postgres {
namespace {

using client::postgres::Connection;
using client::postgres::QuoteIdentifier;
using client::postgres::QuoteLiteral;
using model::TypeKind;

config::Source SettingsFor(const std::string& url) {
  config::Source settings;
  settings.type = "postgres";
  settings.url = Secret(url);
  return settings;
}

class PostgresHouse : public SourceHouse {
 public:
  static Result<std::unique_ptr<SourceHouse>> Make(World& world, const std::string& url) {
    ARROW_ASSIGN_OR_RAISE(
        const auto settings,
        client::postgres::SettingsOf(world, SettingsFor(url), "", "rivet-suite", Codes()));
    ARROW_ASSIGN_OR_RAISE(auto owner, Connection::Open(world, settings, Codes(), {}));
    auto house = std::unique_ptr<PostgresHouse>(
        new PostgresHouse(url, "suite_" + RandomToken(world), std::move(owner)));
    ARROW_RETURN_NOT_OK(house->Prepare());
    return house;
  }
  ~PostgresHouse() override {
    EXPECT_TRUE(Execute("DROP SCHEMA " + schema_ + ", " + hidden_schema() + " CASCADE").ok());
    EXPECT_TRUE(Execute("DROP OWNED BY " + schema_).ok());
    EXPECT_TRUE(Execute("DROP ROLE " + schema_).ok());
  }

  Result<std::unique_ptr<Source>> Open(World& world, const std::stop_token& stop) override {
    const config::Source settings = SettingsFor(UrlAs(url_, schema_, schema_));
    return driver().open({world, settings, "", "rivet/suite", stop});
  }
  Status Execute(const std::string& sql) override { return owner_->Exec(sql, {}); }
  Status Analyze(const std::string& table) override {
    return Execute("ANALYZE " + QuoteIdentifier(table));
  }
  Status Lock(const std::string& table) override {
    return Execute("BEGIN; LOCK TABLE " + QuoteIdentifier(table) + " IN ACCESS EXCLUSIVE MODE");
  }
  Status Unlock() override { return Execute("ROLLBACK"); }
  Result<int64_t> RunningStatements() override { return Sessions("state = 'active'"); }
  Result<int64_t> OpenTransactions() override { return Sessions("xact_start IS NOT NULL"); }

  std::string engine() const override { return "postgres"; }
  std::string schema() const override { return schema_; }
  std::string hidden_schema() const override { return schema_ + "_hidden"; }
  std::string Quote(std::string_view name) const override { return QuoteIdentifier(name); }
  std::string Literal(std::string_view text) const override { return QuoteLiteral(text); }
  std::string Bytes(std::string_view hex) const override {
    return QuoteLiteral("\\x" + std::string(hex));
  }
  std::string Series(int64_t rows) const override {
    return "generate_series(1::bigint, " + std::to_string(rows) + ") AS s(i)";
  }
  std::string NativeType(TypeKind kind) const override {
    switch (kind) {
      case TypeKind::kInt16:
        return "smallint";
      case TypeKind::kInt32:
        return "integer";
      case TypeKind::kInt64:
        return "bigint";
      case TypeKind::kFloat32:
        return "real";
      case TypeKind::kFloat64:
        return "double precision";
      case TypeKind::kDate:
        return "date";
      case TypeKind::kTime:
        return "time";
      case TypeKind::kTimestamp:
        return "timestamp";
      case TypeKind::kTimestampTz:
        return "timestamptz";
      case TypeKind::kText:
        return "text";
      case TypeKind::kBinary:
        return "bytea";
      case TypeKind::kUuid:
        return "uuid";
      default:
        return "";
    }
  }
  std::string LargeType(TypeKind kind) const override { return NativeType(kind); }
  std::string LongQuery() const override { return "SELECT pg_sleep(60)::text AS slept"; }
  std::string TwoSecondQuery() const override { return "SELECT pg_sleep(2)::text AS slept"; }
  std::vector<std::string> Partitioned(const std::string& name) const override {
    const std::string part = " PARTITION OF " + name + " FOR VALUES FROM ";
    return {"CREATE TABLE " + name + " (id bigint, day date) PARTITION BY RANGE (day)",
            "CREATE TABLE " + name + "_1" + part + "('2024-01-01') TO ('2024-02-01')",
            "CREATE TABLE " + name + "_2" + part + "('2024-02-01') TO ('2024-03-01')"};
  }

 private:
  PostgresHouse(std::string url, std::string schema, std::unique_ptr<Connection> owner)
      : url_(std::move(url)), schema_(std::move(schema)), owner_(std::move(owner)) {}

  // The reader's name is the schema's, and so is the password.
  Status Prepare() {
    for (const std::string& sql :
         {"CREATE ROLE " + schema_ + " LOGIN PASSWORD '" + schema_ + "'",
          "CREATE SCHEMA " + schema_, "CREATE SCHEMA " + hidden_schema(),
          "GRANT USAGE ON SCHEMA " + schema_ + ", " + hidden_schema() + " TO " + schema_,
          "ALTER DEFAULT PRIVILEGES IN SCHEMA " + schema_ + " GRANT SELECT ON TABLES TO " + schema_,
          "SET search_path = " + schema_, std::string("SET TimeZone = 'UTC'")}) {
      ARROW_RETURN_NOT_OK(Execute(sql));
    }
    return Status::OK();
  }
  Result<int64_t> Sessions(const std::string& condition) {
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          owner_->Query("SELECT count(*) FROM pg_stat_activity WHERE usename = '" +
                                            schema_ + "' AND " + condition,
                                        {}));
    return std::strtoll(rows.at(0).at(0).value_or("-1").c_str(), nullptr, 10);
  }

  const std::string url_, schema_;
  const std::unique_ptr<Connection> owner_;
};

// PostgreSQL's alone. What is stored is a number of the smallest unit, whatever that is.
TEST_P(SourceContract, MoneyOfAnotherScaleThanPlannedIsDrift) {
  Run("CREATE TABLE t (id bigint PRIMARY KEY, m money, a money[][])");
  Run("INSERT INTO t VALUES (1, 12.34, '{{1,2}}')");
  model::TableFacts facts = Describe(In("t"));
  const model::LogicalType& money = ColumnOf(facts, "m").type;
  EXPECT_EQ(ToString(ColumnOf(facts, "a").type), "list<list<" + ToString(money) + ">>");
  EXPECT_FALSE(ColumnOf(facts, "m").comes_back);
  const int scale = money.scale;
  for (const model::BoundedQuery& query : {Pages(facts, 2), Whole(facts)}) {
    EXPECT_EQ(Rows(query).size(), 1U);
    model::BoundedQuery planned = query;
    planned.columns[1].type.scale = scale + 1;
    EXPECT_TRUE(Is(FailureOf(planned), kDrift));
    planned = query;
    planned.columns[2].type.element = planned.columns[2].type.element->element;
    EXPECT_TRUE(Is(FailureOf(planned), kValue)) << "an array deeper than planned";
  }
  ExpectUsable();
}

INSTANTIATE_TEST_SUITE_P(Postgres, SourceContract,
                         ::testing::Values(SourcePlace{"server", "RIVET_TEST_POSTGRES_URL",
                                                       &PostgresHouse::Make}),
                         NameOf);

}  // namespace
}  // namespace rivet::source::postgres
