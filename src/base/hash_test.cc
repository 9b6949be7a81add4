#include "base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace rivet {
namespace {

TEST(Hash, KnownValues) {
  EXPECT_EQ(FingerprintText(Xxh3("")), "xxh3:2d06800538d394c2");
  EXPECT_EQ(FingerprintText(0x1), "xxh3:0000000000000001");
}

TEST(Hash, PiecesHashAsTheWhole) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes += static_cast<char>(i * 7);
  RunningHash running;
  for (size_t at = 0, step = 1; at < bytes.size(); at += step, step = step * 2 + 1) {
    running.Add(bytes.data() + at, std::min(step, bytes.size() - at));
    EXPECT_EQ(running.Digest(), Xxh3(std::string_view(bytes).substr(0, at + step)));
  }
  EXPECT_EQ(running.Digest(), Xxh3(bytes));
}

}  // namespace
}  // namespace rivet
