#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace rivet::source {

// Who a value belongs to, for errors, and what it may be.
struct FieldRules {
  std::string column;
  std::string native_type;
  int64_t value_bytes_max = 0;  // 0: no limit
};

// Control bytes, quotes and non-ASCII bytes as \xNN, cut at 64 bytes: a value as it may stand in a
// message.
std::string EscapeValue(std::string_view bytes);

// `column "a" (numeric(12,2)): <what>`: kWire, kValue, kValueTooLarge.
Status FailWire(const FieldRules& rules, std::string_view what);
Status FailValue(const FieldRules& rules, std::string_view value, std::string_view why);
Status FailTooLarge(const FieldRules& rules, int64_t size);

}  // namespace rivet::source
