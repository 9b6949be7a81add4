#include "source/mysql/charset.h"

#include <gtest/gtest.h>

namespace rivet::source::mysql {
namespace {

TEST(Charset, WhatIsKeptIsKnownByName) {
  for (const char* name : {"utf8mb4", "utf8mb3", "latin1", "koi8r", "ucs2"}) {
    EXPECT_TRUE(EveryByteIsACharacter(name)) << name;
    EXPECT_TRUE(ComesBack(name)) << name;
  }
  for (const char* name : {"ascii", "gbk", "hebrew"}) {
    EXPECT_FALSE(EveryByteIsACharacter(name)) << name;
    EXPECT_TRUE(ComesBack(name)) << name;
  }
  // Two of its bytes are one character: a chunk could end elsewhere than it was cut.
  EXPECT_FALSE(EveryByteIsACharacter("tis620"));
  for (const char* name : {"cp932", "sjis", "big5", "tis620", "", "of a later server"})
    EXPECT_FALSE(ComesBack(name)) << name;
  EXPECT_FALSE(EveryByteIsACharacter("of a later server"));
}

}  // namespace
}  // namespace rivet::source::mysql
