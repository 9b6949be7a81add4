#include "client/mysql/session_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rivet::client::mysql {
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

model::ServerFacts Server(const char* engine, int version) {
  model::ServerFacts server;
  server.engine = engine;
  server.version_number = version;
  return server;
}

TEST(SessionSqlTest, EachEngineHasItsOwnNameForTheLimitOfAStatement) {
  const std::string maria = SettingsSql(Server(kMariaDb, 101'119), LimitsOf(1'050, 700));
  EXPECT_THAT(maria, HasSubstr("max_statement_time = 1.050"));
  EXPECT_THAT(maria, Not(HasSubstr("max_execution_time")));
  EXPECT_THAT(maria, Not(HasSubstr("information_schema_stats_expiry")));
  const std::string mysql = SettingsSql(Server(kMySql, 80'036), LimitsOf(1'050, 700));
  EXPECT_THAT(mysql, HasSubstr("max_execution_time = 1050"));
  EXPECT_THAT(mysql, Not(HasSubstr("max_statement_time")));
  EXPECT_THAT(mysql, Not(HasSubstr("query_cache")));
  EXPECT_THAT(mysql, HasSubstr("information_schema_stats_expiry = 0"));
  EXPECT_THAT(SettingsSql(Server(kMySql, 50'744), LimitsOf(1, 1)),
              Not(HasSubstr("information_schema_stats_expiry")));
}

TEST(SessionSqlTest, LocksAreWaitedForWholeSecondsAndNeverForever) {
  const std::string sql = SettingsSql(Server(kMariaDb, 101'119), LimitsOf(0, 1'200));
  EXPECT_THAT(sql, HasSubstr("innodb_lock_wait_timeout = 2"));
  EXPECT_THAT(sql, HasSubstr(" lock_wait_timeout = 2"));
  EXPECT_THAT(SettingsSql(Server(kMariaDb, 101'119), LimitsOf(0, 1)),
              HasSubstr("innodb_lock_wait_timeout = 1,"));
}

TEST(SessionSqlTest, WhatDecidesValuesAndRowsIsSetAndTheRestLeft) {
  const std::string sql = SettingsSql(Server(kMySql, 80'036), LimitsOf(0, 0));
  EXPECT_THAT(sql, HasSubstr("time_zone = '+00:00'"));
  EXPECT_THAT(sql, HasSubstr("sql_select_limit = 18446744073709551615"));
  EXPECT_THAT(sql, HasSubstr("net_write_timeout = CAST(GREATEST(600"));
  EXPECT_THAT(sql, Not(HasSubstr("max_execution_time")));
  EXPECT_THAT(sql, Not(HasSubstr("lock_wait")));
  EXPECT_THAT(sql, HasSubstr("sql_big_selects = 1, completion_type = 0"));
  // Of the modes only the one that pads CHAR goes: a user's query may need the others.
  EXPECT_THAT(sql,
              HasSubstr("sql_mode = REPLACE(@@SESSION.sql_mode, 'PAD_CHAR_TO_FULL_LENGTH', '')"));
  EXPECT_THAT(sql, Not(HasSubstr("GLOBAL ")));
}

}  // namespace
}  // namespace rivet::client::mysql
