#include "source/uuid_text.h"

namespace rivet::source {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::optional<std::array<uint8_t, 16>> ParseUuid(std::string_view text) {
  constexpr size_t kTextBytes = 36;
  if (text.size() != kTextBytes) return std::nullopt;
  std::array<uint8_t, 16> bytes{};
  int digits = 0;
  for (size_t i = 0; i < kTextBytes; ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen && text[i] != '-') return std::nullopt;
    if (hyphen) continue;
    const int value = HexValue(text[i]);
    if (value < 0) return std::nullopt;
    uint8_t& byte = bytes[digits / 2];
    byte = static_cast<uint8_t>(digits % 2 == 0 ? value << 4 : byte | value);
    ++digits;
  }
  return bytes;
}

}  // namespace rivet::source
