#include "base/time_text.h"

#include <gtest/gtest.h>

namespace rivet {
namespace {

constexpr WallMicros kDay = 86'400'000'000;

TEST(TimeText, Rfc3339OfKnownInstants) {
  EXPECT_EQ(Rfc3339(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(Rfc3339(1'769'860'800'123'456), "2026-01-31T12:00:00.123456Z");
  EXPECT_EQ(Rfc3339(-1), "1969-12-31T23:59:59.999999Z");
}

TEST(TimeText, StampsOfOneInstant) {
  const WallMicros time = 1'769'860'800'123'456;
  EXPECT_EQ(CompactStamp(time), "20260131_120000");
  EXPECT_EQ(RunStamp(time), "20260131T120000.123");
  EXPECT_EQ(DayText(time), "2026-01-31");
}

TEST(TimeText, ParsesItsOwnForm) {
  for (WallMicros time :
       {WallMicros{0}, WallMicros{1'769'860'800'123'456}, WallMicros{-62'135'596'800'000'000},
        WallMicros{-1}, 4'102'444'800'000'000 + 1}) {
    EXPECT_EQ(ParseRfc3339(Rfc3339(time)), time) << Rfc3339(time);
  }
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:01Z"), 1'000'000);
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:01.5+00:00"), 1'500'000);
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00.1234567Z"), 123'456);
  EXPECT_EQ(ParseRfc3339("2024-02-29T00:00:00Z").has_value(), true);
}

TEST(TimeText, RefusesWhatIsNotATime) {
  for (const char* text : {"",
                           "2026",
                           "2026-01-31",
                           "2026-01-31T12:00:00",
                           "2026-01-31T12:00:00+01:00",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-01-31T-1:00:00Z",
                           "2026-01-31T24:00:00Z",
                           "2026-01-31T00:60:00Z",
                           "+026-01-31T00:00:00Z",
                           "2026- 1-31T00:00:00Z",
                           "2026-01-31T00:00:00.Z",
                           "2026-01-31T00:00:00Zx",
                           "2026-01-31 00:00:00Z",
                           "20260131T000000Z"}) {
    EXPECT_FALSE(ParseRfc3339(text).has_value()) << text;
  }
}

TEST(TimeText, DaysOfKnownDates) {
  EXPECT_EQ(DaysFromCivil(1970, 1, 1), 0);
  EXPECT_EQ(DaysFromCivil(2000, 3, 1), 11017);
  EXPECT_EQ(DaysFromCivil(0, 3, 1), -719468);       // 1 BC
  EXPECT_EQ(DaysFromCivil(-4712, 1, 1), -2440550);  // as PostgreSQL counts 4713-01-01 BC
  EXPECT_EQ(DaysFromCivil(294276, 12, 31), 106'762'939);
}

TEST(TimeText, CivilDatesFollowOneAnotherOverLeapDaysAndBc) {
  // From 3 BC to 5 AD, around 1600, 1700, 1900, 2000, 2100.
  for (const int64_t start :
       {DaysFromCivil(-3, 1, 1), DaysFromCivil(1599, 1, 1), DaysFromCivil(1699, 1, 1),
        DaysFromCivil(1899, 1, 1), DaysFromCivil(1999, 1, 1), DaysFromCivil(2099, 1, 1)}) {
    for (int64_t day = start; day < start + 3000; ++day) {
      const Civil civil = CivilFromDays(day);
      const Civil next = CivilFromDays(day + 1);
      ASSERT_EQ(DaysFromCivil(civil.year, civil.month, civil.day), day);
      const bool same_month =
          next.month == civil.month && next.day == civil.day + 1 && next.year == civil.year;
      const bool new_month =
          next.month == civil.month + 1 && next.day == 1 && next.year == civil.year;
      const bool new_year =
          next.month == 1 && next.day == 1 && civil.month == 12 && next.year == civil.year + 1;
      ASSERT_TRUE(same_month || new_month || new_year)
          << civil.year << "-" << civil.month << "-" << civil.day;
      const bool leap = civil.year % 4 == 0 && (civil.year % 100 != 0 || civil.year % 400 == 0);
      if (civil.month == 2 && new_month) {
        ASSERT_EQ(civil.day, leap ? 29u : 28u) << civil.year;
      }
    }
  }
}

TEST(TimeText, LeapDayAndNegativeTimesKeepTheirDay) {
  EXPECT_EQ(DayText(DaysFromCivil(2024, 2, 29) * kDay + 1), "2024-02-29");
  EXPECT_EQ(DayText(-1), "1969-12-31");
  EXPECT_EQ(DayText(-kDay), "1969-12-31");
  EXPECT_EQ(DayText(-kDay - 1), "1969-12-30");
}

}  // namespace
}  // namespace rivet
