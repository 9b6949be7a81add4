#include <gtest/gtest.h>

#include "report/report.h"

namespace rivet::report {
namespace {

TEST(WordsTest, RowsAreRoundedDownAndShort) {
  EXPECT_EQ(RowsWord(0), "0 rows");
  EXPECT_EQ(RowsWord(1), "1 row");
  EXPECT_EQ(RowsWord(950), "950 rows");
  EXPECT_EQ(RowsWord(12'345), "12K rows");
  EXPECT_EQ(RowsWord(1'250'000), "1.2M rows");
  EXPECT_EQ(RowsWord(999'999), "999K rows");
  EXPECT_EQ(RowsWord(5'000'000'000), "5B rows");
}

TEST(WordsTest, BytesCarryTheirUnit) {
  EXPECT_EQ(BytesWord(999), "999 B");
  EXPECT_EQ(BytesWord(12'300'000), "12.3 MB");
  EXPECT_EQ(BytesWord(999'999), "1.0 MB");
}

TEST(WordsTest, DurationsChangeTheirUnits) {
  EXPECT_EQ(DurationWord(450), "0.4s");
  EXPECT_EQ(DurationWord(59'999), "59.9s");
  EXPECT_EQ(DurationWord(125'000), "2m05s");
  EXPECT_EQ(DurationWord(3'720'000), "1h02m");
}

TEST(WordsTest, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(Printable("a\x1b]8;;http://x\x07z"), "a\\x1b]8;;http://x\\x07z");
  EXPECT_EQ(Printable("two\nlines\tand\x7f"), "two\\nlines\\x09and\\x7f");
  EXPECT_EQ(Printable("größe 恵美子 🎁"), "größe 恵美子 🎁");
  EXPECT_EQ(Printable("c1 \xc2\x9b"
                      "31m"),
            "c1 \\xc2\\x9b"
            "31m");
  EXPECT_EQ(Printable("cut \xe6\x81"), "cut \\xe6\\x81");
  EXPECT_EQ(Printable("overlong \xc0\xaf\xe0\x80\xaf"), "overlong \\xc0\\xaf\\xe0\\x80\\xaf");
}

TEST(WordsTest, ShellWordsAreQuotedWhenNeeded) {
  EXPECT_EQ(ShellWord("rivet.yaml"), "rivet.yaml");
  EXPECT_EQ(ShellWord("my file's"), "'my file'\\''s'");
  EXPECT_EQ(ShellWord(""), "''");
}

}  // namespace
}  // namespace rivet::report
