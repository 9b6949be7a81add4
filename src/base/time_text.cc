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

// `count` digits at the head of `text`, taken away; negative when something else is there.
int TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool TakeChar(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// `.1` to `.123456…` in microseconds, further digits cut; negative when it is not a fraction.
int64_t TakeFraction(std::string_view& text) {
  if (!TakeChar(text, '.')) return 0;
  int64_t micros = 0;
  size_t digits = 0;
  for (int64_t unit = 100'000; digits < text.size() && text[digits] >= '0' && text[digits] <= '9';
       ++digits) {
    micros += unit * (text[digits] - '0');
    unit /= 10;
  }
  text.remove_prefix(digits);
  return digits == 0 ? -1 : micros;
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
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
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
  const int year = TakeDigits(text, 4);
  if (year < 0 || !TakeChar(text, '-')) return std::nullopt;
  const int month = TakeDigits(text, 2);
  if (month < 1 || month > 12 || !TakeChar(text, '-')) return std::nullopt;
  const int day = TakeDigits(text, 2);
  if (day < 1 || !TakeChar(text, 'T')) return std::nullopt;
  const int hour = TakeDigits(text, 2);
  if (hour < 0 || hour > 23 || !TakeChar(text, ':')) return std::nullopt;
  const int minute = TakeDigits(text, 2);
  if (minute < 0 || minute > 59 || !TakeChar(text, ':')) return std::nullopt;
  const int second = TakeDigits(text, 2);
  if (second < 0 || second > 60) return std::nullopt;
  const int64_t micros = TakeFraction(text);
  if (micros < 0 || (text != "Z" && text != "+00:00")) return std::nullopt;
  const int64_t days =
      DaysFromCivil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  const Civil back = CivilFromDays(days);  // 31 February comes back as a day of March
  if (back.month != static_cast<unsigned>(month) || back.day != static_cast<unsigned>(day))
    return std::nullopt;
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
               face.day.month, face.day.day, face.hour, face.minute, face.second,
               face.micros / 1000);
}

std::string DayText(WallMicros time) {
  const Civil day = Split(time).day;
  return Print("%04lld-%02u-%02u", static_cast<long long>(day.year), day.month, day.day);
}

}  // namespace rivet
