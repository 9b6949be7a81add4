#include "base/redact.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rivet {
namespace {

std::string Apply(const std::string& text) { return Redactor().Apply(text); }

TEST(Redactor, HidesUserInfoOfUrls) {
  EXPECT_EQ(Apply("postgres://joe:secret@db:5432/shop"), "postgres://REDACTED@db:5432/shop");
  EXPECT_EQ(Apply("cannot open postgres://joe:s@h/db now"),
            "cannot open postgres://REDACTED@h/db now");
  EXPECT_EQ(Apply("postgres://joe@db/shop"), "postgres://REDACTED@db/shop");
  EXPECT_EQ(Apply("a://u:p1@h b://u:p2@h"), "a://REDACTED@h b://REDACTED@h");
}

// What an unescaped password may hold must never be cut in two, with one half shown.
TEST(Redactor, HidesPasswordsWithSignsThatEndOtherParts) {
  const std::vector<std::string> passwords = {
      "p@ss",      "p/w",        "p:w",        "p?w",           "p#w",
      "p%40w",     "p@s/s",      "p/s@s",      "a@b/c?d#e:f",   "p@ss/w@rd",
      "?#/@:%end", "@@@leading", "trailing//", "p\xc3\xa4ss@/w"};
  for (const std::string& password : passwords) {
    const std::string shown =
        Apply("error at 'postgres://joe:" + password + "@db.example:5432/shop' (08006)");
    EXPECT_EQ(shown, "error at 'postgres://REDACTED@db.example:5432/shop' (08006)") << password;
  }
}

TEST(Redactor, LeavesUrlsWithoutUserInfoAlone) {
  for (const std::string text :
       {"file:///data/out", "https://host/path@v2", "https://host:443/plain", "a://"}) {
    EXPECT_EQ(Apply(text), text);
  }
}

TEST(Redactor, HidesValuesOfWords) {
  EXPECT_EQ(Apply("host=db password=se.cret,)}x user=joe"), "host=db password=REDACTED user=joe");
  EXPECT_EQ(Apply("PASSWORD='it''s' x"), "PASSWORD='REDACTED''s' x");
  EXPECT_EQ(Apply("password='with blank \\' and quote' port=1"), "password='REDACTED' port=1");
  EXPECT_EQ(Apply("?user=x&password=abc&sslmode=require"),
            "?user=x&password=REDACTED&sslmode=require");
  EXPECT_EQ(Apply("password='never closed"), "password='REDACTED");
  EXPECT_EQ(Apply("sig=AbC%2F&se=2026"), "sig=REDACTED&se=2026");
  EXPECT_EQ(Apply("X-Amz-Signature=deadbeef&a=1"), "X-Amz-Signature=REDACTED&a=1");
  EXPECT_EQ(Apply("authorization: Bearer abc.def-1"), "authorization: Bearer REDACTED");
  EXPECT_EQ(Apply("password="), "password=");
}

TEST(Redactor, HidesWhatItWasTold) {
  Redactor redactor;
  redactor.Learn(Secret("p@ss w/rd"));
  redactor.Learn(Secret("p@ss"));
  EXPECT_EQ(redactor.Apply("auth failed for 'p@ss w/rd' and p@ss."),
            "auth failed for 'REDACTED' and REDACTED.");
}

// Neither leaves a piece of itself, whatever was told first.
TEST(Redactor, HidesSecretsThatOverlap) {
  Redactor redactor;
  for (const char* secret : {"abcd", "cdefgh", "aXa"}) redactor.Learn(Secret(secret));
  EXPECT_EQ(redactor.Apply("<abcdefgh>"), "<REDACTED>");
  EXPECT_EQ(redactor.Apply("aXaXa"), "REDACTED");
  EXPECT_EQ(redactor.Apply("abc cdefg"), "abc cdefg");
}

TEST(Redactor, ShortSecretsDoNotEatOrdinaryText) {
  Redactor redactor;
  redactor.Learn(Secret("ab"));
  redactor.Learn(Secret(""));
  EXPECT_EQ(redactor.Apply("a table"), "a table");
}

TEST(Redactor, ApplyingTwiceChangesNothing) {
  Redactor redactor;
  for (const char* secret : {"ACT", "RED", "REDACTED", "EDA", "x@y", "word=", "=RED", "ED."})
    redactor.Learn(Secret(secret));
  for (const std::string text :
       {"ACT RED REDACTED EDA", "postgres://u:p@s/s@h/d password=ACT", "REDREDACT",
        "REDACTED@REDACTEDACTED", "ACTACTAC", "REDACTED...............", "s://pwd='&@h",
        "s://pwd=`&@h", "sig=a", "password='a' sig=b&sig=c", "\xe2\x82\xac x@y \xc3\xa4"}) {
    const std::string once = redactor.Apply(text);
    EXPECT_EQ(redactor.Apply(once), once) << text;
  }
  EXPECT_EQ(redactor.Apply("an ACT of"), "an REDACTED of");
}

TEST(Redactor, LeavesMultiByteTextIntact) {
  Redactor redactor;
  redactor.Learn(Secret("gehe\xc3\xadm"));
  EXPECT_EQ(redactor.Apply("\xe2\x82\xac gehe\xc3\xadm \xf0\x9f\x90\x98"),
            "\xe2\x82\xac REDACTED \xf0\x9f\x90\x98");
}

}  // namespace
}  // namespace rivet
