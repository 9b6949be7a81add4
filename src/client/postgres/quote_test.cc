#include "client/postgres/quote.h"

#include <gtest/gtest.h>

namespace rivet::client::postgres {
namespace {

TEST(QuoteTest, IdentifiersKeepEveryByteButCannotEnd) {
  EXPECT_EQ(QuoteIdentifier("orders"), "\"orders\"");
  EXPECT_EQ(QuoteIdentifier("x\"; drop table t;--"), "\"x\"\"; drop table t;--\"");
  EXPECT_EQ(QuoteIdentifier("new\nline"), "\"new\nline\"");
  EXPECT_EQ(QuoteIdentifier("b\\s"), "\"b\\s\"");
  EXPECT_EQ(QuoteIdentifier("\xff\xfe"), "\"\xff\xfe\"");
  EXPECT_EQ(QuoteIdentifier("\""), "\"\"\"\"");
}

TEST(QuoteTest, LiteralsAreOneStringUnderBothSettingsOfStandardConformingStrings) {
  EXPECT_EQ(QuoteLiteral(""), "''");
  EXPECT_EQ(QuoteLiteral("it's"), "'it''s'");
  EXPECT_EQ(QuoteLiteral("' or 1=1 --"), "''' or 1=1 --'");
  EXPECT_EQ(QuoteLiteral("back\\slash"), "E'back\\\\slash'");
  EXPECT_EQ(QuoteLiteral("\\'; drop table t; --"), "E'\\\\''; drop table t; --'");
}

TEST(QuoteTest, ANulByteStaysInsideTheQuotes) {
  using namespace std::string_literals;
  EXPECT_EQ(QuoteLiteral("a\0b"s), "'a\0b'"s);
  EXPECT_EQ(QuoteIdentifier("a\0b"s), "\"a\0b\""s);
}

TEST(QuoteTest, RelationsWithoutASchemaAreLeftToTheSearchPath) {
  EXPECT_EQ(QuoteRelation({"", "Orders"}), "\"Orders\"");
  EXPECT_EQ(QuoteRelation({"a.b", "c\"d"}), "\"a.b\".\"c\"\"d\"");
}

TEST(WithoutTailTest, DropsTheFinalSemicolonAndWhatSaysNothing) {
  EXPECT_EQ(WithoutTail("select 1"), "select 1");
  EXPECT_EQ(WithoutTail(" select 1 ; \n"), " select 1");
  EXPECT_EQ(WithoutTail("select 1; -- done"), "select 1");
  EXPECT_EQ(WithoutTail("select 1 -- done"), "select 1");
  EXPECT_EQ(WithoutTail("select 1 /* a /* b */ ; */ ;; /* open"), "select 1");
  EXPECT_EQ(WithoutTail(""), "");
  EXPECT_EQ(WithoutTail("; -- nothing"), "");
}

TEST(WithoutTailTest, KeepsSemicolonsThatBelongToTheStatement) {
  for (const char* text : {"select ';'", "select 1; select 2", "select \";--\"", "select $$;--$$",
                           "select $a$;$$--$a$", "select E'\\';--'", "select 'a''; --'",
                           "select a$1", "select '-- open", "select $1"}) {
    EXPECT_EQ(WithoutTail(text), text);
  }
  EXPECT_EQ(WithoutTail("select $tag$ ; $tag$ ; --x\n"), "select $tag$ ; $tag$");
}

}  // namespace
}  // namespace rivet::client::postgres
