#include "base/time_text.h"

#include <cstdio>

namespace rivet {
namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;

struct Clockface {
  Civil day;
  int hour, minute, second, micros;
};

Clockface Split(WallMicros time) {
  int64_t days = time / kMicrosPerDay;
  int64_t rest = time % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  Clockface face;
  face.day = CivilFromDays(days);
  face.micros = static_cast<int>(rest % 1'000'000);
  const int64_t seconds = rest / 1'000'000;
  face.second = static_cast<int>(seconds % 60);
  face.minute = static_cast<int>(seconds / 60 % 60);
  face.hour = static_cast<int>(seconds / 3600);
  return face;
}

template <typename... Values>
std::string Print(const char* format, Values... values) {
  char text[96];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

}  // namespace

int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day) {
  // Years start in March, so that the leap day is the last of its year; an era is 400 years.
  const int64_t y = year - (month <= 2 ? 1 : 0);
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

Civil CivilFromDays(int64_t days) {
  const int64_t shifted = days + 719468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_index = (5 * day_of_year + 2) / 153;
  Civil civil;
  civil.day = static_cast<unsigned>(day_of_year - (153 * month_index + 2) / 5 + 1);
  civil.month = static_cast<unsigned>(month_index < 10 ? month_index + 3 : month_index - 9);
  civil.year = year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0);
  return civil;
}

std::string Rfc3339(WallMicros time) {
  const Clockface face = Split(time);
  return Print("%04lld-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<long long>(face.day.year),
               face.day.month, face.day.day, face.hour, face.minute, face.second, face.micros);
}

std::optional<WallMicros> ParseRfc3339(std::string_view text) {
  int year, month, day, hour, minute, second, used = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
                  &second, &used) != 6) {
    return std::nullopt;
  }
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  int64_t micros = 0;
  std::string_view rest = text.substr(used);
  if (!rest.empty() && rest[0] == '.') {
    int64_t unit = 100'000;
    size_t i = 1;
    for (; i < rest.size() && rest[i] >= '0' && rest[i] <= '9'; ++i, unit /= 10) micros += unit * (rest[i] - '0');
    rest = rest.substr(i);
  }
  if (rest != "Z" && rest != "+00:00") return std::nullopt;
  const int64_t days = DaysFromCivil(year, month, day);
  return days * kMicrosPerDay + ((hour * 60LL + minute) * 60 + second) * 1'000'000 + micros;
}

std::string CompactStamp(WallMicros time) {
  const Clockface face = Split(time);
  return Print("%04lld%02u%02u_%02d%02d%02d", static_cast<long long>(face.day.year), face.day.month,
               face.day.day, face.hour, face.minute, face.second);
}

std::string RunStamp(WallMicros time) {
  const Clockface face = Split(time);
  return Print("%04lld%02u%02uT%02d%02d%02d.%03d", static_cast<long long>(face.day.year),
               face.day.month, face.day.day, face.hour, face.minute, face.second, face.micros / 1000);
}

std::string DayText(WallMicros time) {
  const Civil day = Split(time).day;
  return Print("%04lld-%02u-%02u", static_cast<long long>(day.year), day.month, day.day);
}

}  // namespace rivet
