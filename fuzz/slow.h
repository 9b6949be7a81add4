#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

// Values and their text forms by the slow and obvious way, for fuzz targets to compare with.
namespace rivet::fuzz {

inline bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<uint8_t>(text[i]);
    const size_t more = first < 0x80                    ? 0
                        : first >= 0xc0 && first < 0xe0 ? 1
                        : first >= 0xe0 && first < 0xf0 ? 2
                        : first >= 0xf0 && first < 0xf8 ? 3
                                                        : 9;
    if (more == 9 || i + more >= text.size()) return false;
    uint32_t point = more == 0 ? first : first & (0x3fU >> more);
    for (size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      point = point << 6 | (next & 0x3f);
    }
    constexpr uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    if (point < kLeast[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
      return false;
    i += more + 1;
  }
  return true;
}

inline std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>(static_cast<uint8_t>(c)));
    text += two;
  }
  return text;
}

inline std::string UuidText(std::string_view bytes) {
  std::string text = Hex(bytes);
  for (const size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
  return text;
}

// Digits before and after the point as decimal(precision, scale); none when they do not fit
// exactly.
inline std::optional<std::string> DecimalText(bool negative, std::string whole,
                                              std::string fraction, int precision, int scale) {
  while (!whole.empty() && whole.front() == '0') whole.erase(0, 1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (fraction.size() > static_cast<size_t>(scale)) return std::nullopt;
  if (whole.size() > static_cast<size_t>(precision - scale)) return std::nullopt;
  const bool zero = whole.empty() && fraction.empty();
  fraction.resize(static_cast<size_t>(scale), '0');
  std::string text = negative && !zero ? "-" : "";
  text += whole.empty() ? "0" : whole;
  if (scale > 0) text += "." + fraction;
  return text;
}

// An integer of up to eight bytes, most significant first.
inline __int128 Integer(std::string_view bytes, bool is_signed) {
  __int128 value = 0;
  for (const char c : bytes) value = value * 256 + static_cast<uint8_t>(c);
  if (is_signed && !bytes.empty() && (bytes.front() & 0x80) != 0) {
    value -= static_cast<__int128>(1) << (8 * bytes.size());
  }
  return value;
}

inline std::string IntegerText(__int128 value) {
  const bool negative = value < 0;
  if (negative) value = -value;
  std::string text;
  do {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value > 0);
  return negative ? "-" + text : text;
}

// Whether `text` reads back to the bits of `value`; any NaN is as good as another.
inline bool ReadsBack(const std::string& text, double value) {
  if (value != value) return text == "NaN";
  const double back = std::strtod(text.c_str(), nullptr);
  return std::memcmp(&back, &value, sizeof value) == 0;
}
inline bool ReadsBack(const std::string& text, float value) {
  if (value != value) return text == "NaN";
  const float back = std::strtof(text.c_str(), nullptr);
  return std::memcmp(&back, &value, sizeof value) == 0;
}

}  // namespace rivet::fuzz
