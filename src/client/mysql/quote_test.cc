#include "client/mysql/quote.h"

#include <gtest/gtest.h>

namespace rivet::client::mysql {
namespace {

TEST(QuoteTest, IdentifiersDoubleTheirBackticks) {
  EXPECT_EQ(QuoteIdentifier("plain"), "`plain`");
  EXPECT_EQ(QuoteIdentifier("a`b\"c'd\\"), "`a``b\"c'd\\`");
  EXPECT_EQ(QuoteRelation({"my shop", "orders"}), "`my shop`.`orders`");
  EXPECT_EQ(QuoteRelation({"", "orders"}), "`orders`");
}

// A backslash means one thing or another by sql_mode, so none is ever written.
TEST(QuoteTest, LiteralsReadTheSameUnderEverySqlMode) {
  EXPECT_EQ(QuoteLiteral("it's"), "'it''s'");
  EXPECT_EQ(QuoteLiteral(""), "''");
  EXPECT_EQ(QuoteLiteral("日本"), "'日本'");
  EXPECT_EQ(QuoteLiteral("a\\'"), "_utf8mb4 X'615C27'");
  EXPECT_EQ(QuoteLiteral(std::string_view("a\0", 2)), "_utf8mb4 X'6100'");
}

TEST(WithoutTailTest, TakesSemicolonsBlanksAndCommentsAway) {
  EXPECT_EQ(WithoutTail("SELECT 1"), "SELECT 1");
  EXPECT_EQ(WithoutTail("SELECT 1 ; \n"), "SELECT 1");
  EXPECT_EQ(WithoutTail("SELECT 1 -- of them; all\n"), "SELECT 1");
  EXPECT_EQ(WithoutTail("SELECT 1 # of them; all"), "SELECT 1");
  EXPECT_EQ(WithoutTail("SELECT 1 /* a; b */;"), "SELECT 1");
  EXPECT_EQ(WithoutTail("  "), "");
}

TEST(WithoutTailTest, LeavesWhatIsPartOfTheStatement) {
  EXPECT_EQ(WithoutTail("SELECT ';' ;"), "SELECT ';'");
  EXPECT_EQ(WithoutTail("SELECT 'it''s; \\'#' ; "), "SELECT 'it''s; \\'#'");
  EXPECT_EQ(WithoutTail("SELECT `a;\\` ;"), "SELECT `a;\\`");
  EXPECT_EQ(WithoutTail("SELECT \"a;#\";"), "SELECT \"a;#\"");
  // Two dashes are a comment only before a blank: this is one and minus minus one.
  EXPECT_EQ(WithoutTail("SELECT 1--1;"), "SELECT 1--1");
  EXPECT_EQ(WithoutTail("SELECT 1 /*! LIMIT 1 */;"), "SELECT 1 /*! LIMIT 1 */");
  EXPECT_EQ(WithoutTail("SELECT 1; SELECT 2;"), "SELECT 1; SELECT 2");
  EXPECT_EQ(WithoutTail("SELECT 'open"), "SELECT 'open");
}

}  // namespace
}  // namespace rivet::client::mysql
