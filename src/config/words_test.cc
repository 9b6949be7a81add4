#include "config/words_internal.h"

#include <gtest/gtest.h>

#include <limits>

#include "config/config.h"

namespace rivet::config {
namespace {

TEST(NearestWord, Rules) {
  const std::vector<std::string> keys = {"compression", "compression_level",
                                         "chunk_size",  "chunk_column",
                                         "format",      "mode",
                                         "name",        "url",
                                         "tuning"};
  EXPECT_EQ(NearestWord("compresion", keys), "compression");
  EXPECT_EQ(NearestWord("COMPRESSION", keys), "compression");
  EXPECT_EQ(NearestWord("fromat", keys), "format");              // one swap
  EXPECT_EQ(NearestWord("chnuk_szie", keys), "chunk_size");      // two swaps
  EXPECT_EQ(NearestWord("my_format_of_files", keys), "format");  // contains a key
  EXPECT_EQ(NearestWord("siz", keys), "chunk_size");             // contained in a key
  EXPECT_EQ(NearestWord("quality_checks", keys), "");
  EXPECT_EQ(NearestWord("", keys), "");
  EXPECT_EQ(NearestWord(std::string(100, 'x') + "format", keys), "");
}

TEST(NearestWord, DistanceIsBoundedByTwoOrAThird) {
  EXPECT_EQ(NearestWord("abcd", {"abxy"}), "abxy");                 // 2 of 4
  EXPECT_EQ(NearestWord("abcd", {"axyz"}), "");                     // 3 of 4
  EXPECT_EQ(NearestWord("abcdefghi", {"abcdefxyz"}), "abcdefxyz");  // 3 of 9
  EXPECT_EQ(NearestWord("abcdefghi", {"abcdewxyz"}), "");           // 4 of 9
}

TEST(NearestWord, OfEqualDistancesTheLongerCommonPrefixWins) {
  EXPECT_EQ(NearestWord("user_i", {"xuser_i", "user_id"}), "user_id");
  EXPECT_EQ(NearestWord("bat", {"cat", "bad"}), "bad");
}

TEST(Size, Forms) {
  EXPECT_EQ(ParseSize("1"), 1);
  EXPECT_EQ(ParseSize("1b"), 1);
  EXPECT_EQ(ParseSize("1KB"), 1024);
  EXPECT_EQ(ParseSize("512MB"), 512LL << 20);
  EXPECT_EQ(ParseSize("1.5gb"), 3LL << 29);
  EXPECT_EQ(ParseSize("2 Mb"), 2LL << 20);
  EXPECT_EQ(ParseSize("1024GB"), 1LL << 40);
  for (const char* bad : {"", "0", "0MB", "-1MB", "+1", "MB", "1 2MB", "1e3", ".5MB", "5.MB", "1TB",
                          "1MB ", "nan", "inf", "99999999999GB", "0.5", "1.2.3", "１MB"}) {
    EXPECT_EQ(ParseSize(bad), std::nullopt) << bad;
  }
}

TEST(Whole, BeyondSixtyFourBitsIsSeen) {
  for (const char* beyond : {"9223372036854775808", "+9223372036854775808", "-9223372036854775809",
                             "99999999999999999999"}) {
    EXPECT_TRUE(IsBeyond64Bits(beyond)) << beyond;
  }
  for (const char* other : {"9223372036854775807", "-9223372036854775808", "+1", "0", "", "-", "1x",
                            "000000000000000000000000000001"}) {
    EXPECT_FALSE(IsBeyond64Bits(other)) << other;
  }
}

TEST(Whole, IsDecimalOnly) {
  EXPECT_EQ(ParseWhole("010"), 10);
  EXPECT_EQ(ParseWhole("-5"), -5);
  EXPECT_EQ(ParseWhole("+5"), 5);
  EXPECT_EQ(ParseWhole("99999999999999999999"), std::numeric_limits<int64_t>::max());
  for (const char* bad : {"", "-", "0x1F", "1.0", "1e3", "1_000", " 1", "1 ", "--1", "true"}) {
    EXPECT_EQ(ParseWhole(bad), std::nullopt) << bad;
  }
}

TEST(Names, TablesAndTokens) {
  EXPECT_TRUE(IsTableName("orders"));
  EXPECT_TRUE(IsTableName("Shop._orders2"));
  for (const char* bad : {"", ".", "a.", ".a", "a.b.c", "1a", "a-b", "a b", "\"a\"", "a;b", "é"}) {
    EXPECT_FALSE(IsTableName(bad)) << bad;
  }
  EXPECT_EQ(UnknownToken("out/{date}/{export}/{table}/{run_id}"), std::nullopt);
  EXPECT_EQ(UnknownToken("out/{date"), std::nullopt);
  EXPECT_EQ(UnknownToken("out/}{"), std::nullopt);
  EXPECT_EQ(UnknownToken("out/{date}/{Date}"), "{Date}");
  EXPECT_EQ(UnknownToken("{partition}"), "{partition}");
}

TEST(Utf8, FindsTheFirstBadByte) {
  EXPECT_EQ(InvalidUtf8At("aé€😀"), std::nullopt);
  EXPECT_EQ(InvalidUtf8At("a\x80"), 1u);
  EXPECT_EQ(InvalidUtf8At("\xC1\x81"), 0u);
  EXPECT_EQ(InvalidUtf8At("a\xE0\x80\x80"), 1u);
  EXPECT_EQ(InvalidUtf8At("\xED\xBF\xBF"), 0u);
  EXPECT_EQ(InvalidUtf8At("\xF4\x90\x80\x80"), 0u);
  EXPECT_EQ(InvalidUtf8At("\xF0\x9F\x98"), 0u);
}

}  // namespace
}  // namespace rivet::config
