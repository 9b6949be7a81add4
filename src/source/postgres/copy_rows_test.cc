#include "source/postgres/copy_rows.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "source/faults.h"

namespace rivet::source::postgres {
namespace {

// COPY (SELECT 1, 'ab' UNION ALL SELECT NULL, '') TO STDOUT (FORMAT binary)
const std::string kHeader("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
const std::string kFirst("\0\2\0\0\0\4\0\0\0\1\0\0\0\2ab", 16);
const std::string kSecond("\0\2\xff\xff\xff\xff\0\0\0\0", 10);
const std::string kTrailer("\xff\xff", 2);

// Rows as "1|ab" with hex-free text and "~" for NULL; the failure's text instead when there is one.
Result<std::vector<std::string>> Split(const std::vector<std::string>& messages) {
  CopyRows copy(2);
  std::vector<std::string> rows;
  Field row[2];
  for (const std::string& message : messages) {
    // Of its own and gone afterwards, as libpq's are.
    const std::vector<uint8_t> bytes(message.begin(), message.end());
    copy.Push(bytes.data(), static_cast<int64_t>(bytes.size()));
    for (bool got = true;;) {
      ARROW_RETURN_NOT_OK(copy.Next(row, &got));
      if (!got) break;
      std::string text;
      for (const Field& field : row) {
        if (field.size == kNull) {
          text += "~";
        } else {
          text.append(reinterpret_cast<const char*>(field.data), static_cast<size_t>(field.size));
        }
        text += "|";
      }
      rows.push_back(text);
    }
  }
  ARROW_RETURN_NOT_OK(copy.End());
  return rows;
}

const std::vector<std::string> kRows = {std::string("\0\0\0\1|ab|", 8), "~||"};

TEST(CopyRows, ReadsOneRowAMessage) {
  EXPECT_EQ(*Split({kHeader + kFirst, kSecond, kTrailer}), kRows);
}

TEST(CopyRows, ReadsWhateverTheMessagesAreCutInto) {
  const std::string all = kHeader + kFirst + kSecond + kTrailer;
  EXPECT_EQ(*Split({all}), kRows);
  std::vector<std::string> bytes;
  for (const char c : all) bytes.emplace_back(1, c);
  EXPECT_EQ(*Split(bytes), kRows);
  for (size_t cut = 1; cut < all.size(); ++cut) {
    EXPECT_EQ(*Split({all.substr(0, cut), all.substr(cut)}), kRows) << cut;
    for (size_t second = cut + 1; second < all.size(); ++second) {
      EXPECT_EQ(*Split({all.substr(0, cut), all.substr(cut, second - cut), all.substr(second)}),
                kRows);
    }
  }
}

TEST(CopyRows, AnEndThatIsMissingIsAnError) {
  const std::string all = kHeader + kFirst + kSecond + kTrailer;
  for (size_t size = 0; size < all.size(); ++size) {
    EXPECT_TRUE(Is(Split({all.substr(0, size)}).status(), kWire)) << size;
  }
}

TEST(CopyRows, RefusesWhatTheFormatDoesNotAllow) {
  const auto refused = [](const std::vector<std::string>& messages) {
    return Is(Split(messages).status(), kWire);
  };
  EXPECT_TRUE(refused({"PGCOPX" + kHeader.substr(6) + kTrailer}));
  std::string with_oids = kHeader;
  with_oids[12] = 1;  // bit 16 of the flags
  EXPECT_TRUE(refused({with_oids + kTrailer}));
  std::string extension = kHeader;
  extension[15] = 0x7f;
  EXPECT_TRUE(refused({extension}));
  EXPECT_TRUE(
      refused({kHeader + std::string("\0\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 14)}));
  EXPECT_TRUE(refused({kHeader + std::string("\xff\xfe", 2)}));
  EXPECT_TRUE(refused({kHeader + std::string("\0\2\xff\xff\xff\xfe", 6)}));
  EXPECT_TRUE(refused({kHeader + kTrailer + "x"}));
  EXPECT_TRUE(refused({kHeader + kTrailer, kFirst}));
}

TEST(CopyRows, SkipsAHeaderExtension) {
  std::string header = kHeader;
  header[18] = 3;
  EXPECT_EQ(*Split({header + "abc" + kFirst, kSecond + kTrailer}), kRows);
}

}  // namespace
}  // namespace rivet::source::postgres
