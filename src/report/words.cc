#include <cstdint>
#include <cstdio>
#include <string>

#include "report/report.h"

namespace rivet::report {
namespace {

// One digit behind the point below ten, none above; rounded down, so that 999 999 is never called
// 1000K.
std::string Scaled(int64_t value, int64_t unit, std::string_view letter) {
  const int64_t whole = value / unit;
  const int64_t tenth = value % unit / (unit / 10);
  std::string text = std::to_string(whole);
  if (whole < 10 && tenth != 0) text += "." + std::to_string(tenth);
  return text + std::string(letter);
}

std::string Hex(unsigned char byte) {
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02x", byte);
  return text;
}

// Length of the UTF-8 character that starts at `at`, 0 where there is none.
size_t CharacterAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(at);
  const size_t length = first < 0x80   ? 1
                        : first < 0xc2 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf5 ? 4
                                       : 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0U) != 0x80U) return 0;
  }
  const unsigned second = byte(at + 1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

}  // namespace

std::string CountWord(int64_t count) {
  if (count < 1'000) return std::to_string(count);
  if (count < 1'000'000) return Scaled(count, 1'000, "K");
  if (count < 1'000'000'000) return Scaled(count, 1'000'000, "M");
  return Scaled(count, 1'000'000'000, "B");
}

std::string RowsWord(int64_t rows) { return CountWord(rows) + (rows == 1 ? " row" : " rows"); }

std::string BytesWord(int64_t bytes) {
  constexpr const char* kUnits[] = {"KB", "MB", "GB", "TB", "PB"};
  if (bytes < 1'000) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1'000;
  size_t unit = 0;
  while (value >= 999.95 && unit + 1 < std::size(kUnits)) {
    value /= 1'000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string ReconcileWord(const model::Reconciliation& found) {
  return (found.matched ? "MATCH " : "MISMATCH ") + std::to_string(found.source_count) + "/" +
         std::to_string(found.exported_rows);
}

std::string DurationWord(int64_t millis) {
  char text[48];
  const int64_t seconds = millis / 1'000;
  if (seconds < 60) {
    std::snprintf(text, sizeof text, "%lld.%llds", static_cast<long long>(seconds),
                  static_cast<long long>(millis % 1'000 / 100));
  } else if (seconds < 3'600) {
    std::snprintf(text, sizeof text, "%lldm%02llds", static_cast<long long>(seconds / 60),
                  static_cast<long long>(seconds % 60));
  } else {
    std::snprintf(text, sizeof text, "%lldh%02lldm", static_cast<long long>(seconds / 3'600),
                  static_cast<long long>(seconds / 60 % 60));
  }
  return text;
}

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const size_t length = CharacterAt(text, i);
    const bool c1 = length == 2 && byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (byte == '\n') {
      out += "\\n";
      ++i;
    } else if (length == 0 || byte < 0x20 || byte == 0x7f || c1) {
      const size_t bytes = c1 ? 2 : 1;
      for (size_t k = 0; k < bytes; ++k) out += Hex(static_cast<unsigned char>(text[i + k]));
      i += bytes;
    } else {
      out.append(text, i, length);
      i += length;
    }
  }
  return out;
}

}  // namespace rivet::report
