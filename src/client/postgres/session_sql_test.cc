#include "client/postgres/session_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rivet::client::postgres {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

model::Limits LimitsOf(int64_t statement_ms, int64_t lock_ms) {
  model::Limits limits{};
  limits.statement_timeout = milliseconds(statement_ms);
  limits.lock_timeout = milliseconds(lock_ms);
  return limits;
}

TEST(SessionSqlTest, EverySettingIsLocalToTheTransaction) {
  model::ServerFacts server;
  server.version_number = 170'000;
  std::string sql = SettingsSql(server, LimitsOf(1500, 700)) + PageSettingsSql(server);
  for (size_t at = sql.find("SET "); at != std::string::npos; at = sql.find("SET ", at + 1)) {
    EXPECT_EQ(sql.substr(at, 10), "SET LOCAL ");
  }
  EXPECT_THAT(sql, HasSubstr("statement_timeout = '1500ms'"));
  EXPECT_THAT(sql, HasSubstr("lock_timeout = '700ms'"));
  EXPECT_THAT(sql, HasSubstr("TimeZone = 'UTC'"));
  EXPECT_THAT(sql, Not(HasSubstr("search_path")));
}

TEST(SessionSqlTest, NoLimitLeavesTheRolesOwn) {
  const std::string sql = SettingsSql({}, LimitsOf(0, 0));
  EXPECT_THAT(sql, Not(HasSubstr(" statement_timeout")));
  EXPECT_THAT(sql, Not(HasSubstr("lock_timeout")));
}

TEST(SessionSqlTest, SettingsOfLaterVersionsAreNotAskedOfEarlierOnes) {
  model::ServerFacts server;
  server.version_number = 120'000;
  EXPECT_THAT(SettingsSql(server, LimitsOf(1, 1)), Not(HasSubstr(" transaction_timeout")));
  EXPECT_THAT(PageSettingsSql(server), Not(HasSubstr("incremental")));
  server.version_number = 170'000;
  EXPECT_THAT(SettingsSql(server, LimitsOf(1, 1)), HasSubstr(" transaction_timeout = 0"));
  EXPECT_THAT(PageSettingsSql(server), HasSubstr("incremental"));
}

}  // namespace
}  // namespace rivet::client::postgres
