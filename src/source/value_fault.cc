#include "source/value_fault.h"

#include "source/faults.h"

namespace rivet::source {
namespace {

constexpr size_t kShownBytesMax = 64;

std::string Label(const FieldRules& rules) {
  return "column \"" + rules.column + "\" (" + rules.native_type + "): ";
}

}  // namespace

std::string EscapeValue(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const char c : bytes.substr(0, kShownBytesMax)) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\' && c != '\'') {
      text += c;
    } else {
      text += "\\x";
      text += kHex[byte >> 4];
      text += kHex[byte & 15];
    }
  }
  if (bytes.size() > kShownBytesMax) text += "...";
  return text;
}

Status FailWire(const FieldRules& rules, std::string_view what) {
  return Fail(kWire, Label(rules) + std::string(what));
}

Status FailValue(const FieldRules& rules, std::string_view value, std::string_view why) {
  return Fail(kValue, Label(rules) + "value '" + EscapeValue(value) + "' " + std::string(why));
}

Status FailTooLarge(const FieldRules& rules, int64_t size) {
  return Fail(kValueTooLarge, Label(rules) + "value of " + std::to_string(size) +
                                  " bytes, at most " + std::to_string(rules.value_bytes_max) +
                                  " are allowed");
}

}  // namespace rivet::source
