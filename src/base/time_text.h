#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rivet {

// Microseconds since 1970-01-01T00:00:00Z.
using WallMicros = int64_t;

std::string Rfc3339(WallMicros time);  // 2026-01-31T12:00:00.123456Z
std::optional<WallMicros> ParseRfc3339(
    std::string_view text);                 // our own form, and without a fraction
std::string CompactStamp(WallMicros time);  // 20260131_120000
std::string RunStamp(WallMicros time);      // 20260131T120000.123
std::string DayText(WallMicros time);       // 2026-01-31

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar and back (H. Hinnant's
// algorithm).
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day);
struct Civil {
  int64_t year;  // 0 is 1 BC
  unsigned month, day;
};
Civil CivilFromDays(int64_t days);

}  // namespace rivet
