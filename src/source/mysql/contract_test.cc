#include <gtest/gtest.h>

#include "client/mysql/connection.h"
#include "client/mysql/quote.h"
#include "client/mysql/settings.h"
#include "source/mysql/mysql.h"
#include "source/source_suite.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::Connection;
using client::mysql::QuoteIdentifier;
using client::mysql::QuoteLiteral;
using model::TypeKind;

config::Source SettingsFor(const std::string& url) {
  config::Source settings;
  settings.type = "mysql";
  settings.url = Secret(url);
  return settings;
}

// On MariaDB: series come from its sequence engine.
class MariaDbHouse : public SourceHouse {
 public:
  static Result<std::unique_ptr<SourceHouse>> Make(World& world, const std::string& url) {
    ARROW_ASSIGN_OR_RAISE(
        const auto settings,
        client::mysql::SettingsOf(world, SettingsFor(url), "", "rivet-suite", Codes()));
    ARROW_ASSIGN_OR_RAISE(auto owner, Connection::Open(world, settings, Codes(), {}));
    auto house = std::unique_ptr<MariaDbHouse>(
        new MariaDbHouse(url, "suite" + RandomToken(world), std::move(owner)));
    ARROW_RETURN_NOT_OK(house->Prepare());
    return house;
  }
  ~MariaDbHouse() override {
    EXPECT_TRUE(Execute("DROP DATABASE " + schema_).ok());
    EXPECT_TRUE(Execute("DROP DATABASE " + hidden_schema()).ok());
    EXPECT_TRUE(Execute("DROP USER " + schema_).ok());
  }

  Result<std::unique_ptr<Source>> Open(World& world, const std::stop_token& stop) override {
    // In the schema: a URL may name a database that only the owner may enter.
    const std::string reader = UrlAs(url_, schema_, schema_);
    const size_t path = std::min(reader.find('/', reader.find('@')), reader.size());
    const config::Source settings = SettingsFor(reader.substr(0, path) + "/" + schema_);
    return driver().open({world, settings, "", "rivet/suite", stop});
  }
  Status Execute(const std::string& sql) override { return owner_->Exec(sql, {}); }
  Status Analyze(const std::string& table) override {
    return Execute("ANALYZE TABLE " + QuoteIdentifier(table));
  }
  Status Lock(const std::string& table) override {
    return Execute("LOCK TABLES " + QuoteIdentifier(table) + " WRITE");
  }
  Status Unlock() override { return Execute("UNLOCK TABLES"); }
  Result<int64_t> RunningStatements() override {
    return Number("SELECT count(*) FROM information_schema.processlist AS p WHERE p.user = '" +
                  schema_ + "' AND p.command NOT IN ('Sleep', 'Connect')");
  }
  Result<int64_t> OpenTransactions() override {
    // The server looks again only when nobody has asked for a tenth of a second.
    ARROW_RETURN_NOT_OK(Execute("DO sleep(0.11)"));
    return Number(
        "SELECT count(*) FROM information_schema.innodb_trx AS t JOIN"
        " information_schema.processlist AS p ON p.id = t.trx_mysql_thread_id WHERE p.user = '" +
        schema_ + "'");
  }

  std::string engine() const override { return "mariadb"; }
  std::string schema() const override { return schema_; }
  std::string hidden_schema() const override { return schema_ + "hidden"; }
  std::string Quote(std::string_view name) const override { return QuoteIdentifier(name); }
  std::string Literal(std::string_view text) const override { return QuoteLiteral(text); }
  std::string Bytes(std::string_view hex) const override { return "x'" + std::string(hex) + "'"; }
  std::string Series(int64_t rows) const override {
    return "(SELECT CAST(seq AS SIGNED) AS i FROM seq_1_to_" + std::to_string(rows) + ") AS s";
  }
  std::string NativeType(TypeKind kind) const override {
    switch (kind) {
      case TypeKind::kInt16:
        return "smallint";
      case TypeKind::kInt32:
        return "int";
      case TypeKind::kInt64:
        return "bigint";
      case TypeKind::kUInt64:
        return "bigint unsigned";
      case TypeKind::kFloat32:
        return "float";
      case TypeKind::kFloat64:
        return "double";
      case TypeKind::kDate:
        return "date";
      case TypeKind::kTime:
        return "time(6)";
      case TypeKind::kTimestamp:
        return "datetime(6)";
      case TypeKind::kTimestampTz:
        return "timestamp(6)";
      case TypeKind::kText:
        return "varchar(200)";
      case TypeKind::kBinary:
        return "varbinary(60)";
      case TypeKind::kUuid:
        return "uuid";
      default:
        return "";
    }
  }
  std::string LargeType(TypeKind kind) const override {
    return kind == TypeKind::kText ? "longtext" : "longblob";
  }
  std::string LongQuery() const override {
    const std::string many = schema_ + ".seq_1_to_10000000";
    return "SELECT a.seq AS n FROM " + many + " AS a, " + many + " AS b WHERE a.seq + b.seq < 0";
  }
  std::string TwoSecondQuery() const override { return "SELECT sleep(2) AS slept"; }
  std::vector<std::string> Partitioned(const std::string& name) const override {
    return {"CREATE TABLE " + name +
            " (id bigint, day date) PARTITION BY RANGE COLUMNS (day)"
            " (PARTITION p1 VALUES LESS THAN ('2024-02-01'),"
            " PARTITION p2 VALUES LESS THAN ('2024-03-01'))"};
  }

 private:
  MariaDbHouse(std::string url, std::string schema, std::unique_ptr<Connection> owner)
      : url_(std::move(url)), schema_(std::move(schema)), owner_(std::move(owner)) {}

  // The reader's name is the schema's, and so is the password.
  Status Prepare() {
    for (const std::string& sql :
         {"CREATE USER " + schema_ + " IDENTIFIED BY '" + schema_ + "'",
          "CREATE DATABASE " + schema_, "CREATE DATABASE " + hidden_schema(),
          "GRANT SELECT, SHOW VIEW ON " + schema_ + ".* TO " + schema_,
          "GRANT INSERT ON " + hidden_schema() + ".* TO " + schema_, "USE " + schema_,
          std::string("SET time_zone = '+00:00'")}) {
      ARROW_RETURN_NOT_OK(Execute(sql));
    }
    return Status::OK();
  }
  Result<int64_t> Number(const std::string& sql) {
    ARROW_ASSIGN_OR_RAISE(const auto rows, owner_->Query(sql, {}));
    return std::strtoll(rows.at(0).at(0).value_or("-1").c_str(), nullptr, 10);
  }

  const std::string url_, schema_;
  const std::unique_ptr<Connection> owner_;
};

INSTANTIATE_TEST_SUITE_P(MariaDb, SourceContract,
                         ::testing::Values(SourcePlace{"server", "RIVET_TEST_MARIADB_URL",
                                                       &MariaDbHouse::Make}),
                         NameOf);

}  // namespace
}  // namespace rivet::source::mysql
