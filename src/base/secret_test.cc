#include "base/secret.h"

#include <gtest/gtest.h>

#include <sstream>
#include <utility>

namespace rivet {
namespace {

TEST(Secret, PrintsAsStars) {
  std::ostringstream out;
  out << Secret("hunter2");
  EXPECT_EQ(out.str(), "***");
}

TEST(Secret, MovingEmptiesTheSource) {
  Secret first("a password longer than the small string buffer");
  Secret second(std::move(first));
  EXPECT_TRUE(
      first.empty());  // NOLINT(bugprone-use-after-move): what a moved one holds is the point
  Secret third;
  third = std::move(second);
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(third.Reveal(), "a password longer than the small string buffer");
}

TEST(Secret, CopiesAreIndependentAndSurviveSelfAssignment) {
  Secret first("abc");
  Secret second("a longer one than the first, on the heap");
  second = first;
  first = Secret("xyz");
  EXPECT_EQ(second.Reveal(), "abc");
  Secret& alias = second;
  second = alias;
  EXPECT_EQ(second.Reveal(), "abc");
}

}  // namespace
}  // namespace rivet
