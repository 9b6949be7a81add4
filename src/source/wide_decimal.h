#pragma once

#include <arrow/builder.h>
#include <arrow/util/decimal.h>

#include <array>
#include <cstdint>

namespace rivet::source {

// An unsigned integer that grows by some digits at a time, towards a decimal of up to 38 digits.
struct Wide128 {
  using Builder = arrow::Decimal128Builder;
  unsigned __int128 value = 0;
  void MultiplyAdd(uint64_t factor, uint64_t addend) { value = value * factor + addend; }
  arrow::Decimal128 Signed(bool negative) const {
    const auto bits = negative ? -value : value;
    return arrow::Decimal128(static_cast<int64_t>(bits >> 64), static_cast<uint64_t>(bits));
  }
};

// The same towards 76 digits.
struct Wide256 {
  using Builder = arrow::Decimal256Builder;
  std::array<uint64_t, 4> words{};  // least significant first
  void MultiplyAdd(uint64_t factor, uint64_t addend) {
    unsigned __int128 carry = addend;
    for (uint64_t& word : words) {
      carry += static_cast<unsigned __int128>(word) * factor;
      word = static_cast<uint64_t>(carry);
      carry >>= 64;
    }
  }
  arrow::Decimal256 Signed(bool negative) const {
    arrow::Decimal256 value(
        arrow::BasicDecimal256(arrow::BasicDecimal256::LittleEndianArray, words));
    if (negative) value.Negate();
    return value;
  }
};

}  // namespace rivet::source
