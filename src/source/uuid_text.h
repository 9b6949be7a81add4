#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rivet::source {

// The 16 bytes of 8-4-4-4-12 hexadecimal digits in either case, as servers print a uuid; nothing
// for any other text.
std::optional<std::array<uint8_t, 16>> ParseUuid(std::string_view text);

}  // namespace rivet::source
