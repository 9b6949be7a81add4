#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Values on the wire for the decoders' benchmarks: one block of bytes, and where each value lies in
// it. The same in every run.
namespace rivet::bench {

inline constexpr int kValues = 16'384;

// Numbers without a pattern that a processor could learn.
class Numbers {
 public:
  uint64_t Next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return state_ >> 11;
  }
  uint64_t Below(uint64_t count) { return Next() % count; }

 private:
  uint64_t state_ = 42;
};

// `size` low bytes of `value`.
inline std::string BigEndian(uint64_t value, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}
inline std::string LittleEndian(uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

inline std::string Letters(Numbers& numbers, size_t size) {
  std::string text;
  for (size_t i = 0; i < size; ++i) text += static_cast<char>('a' + numbers.Below(26));
  return text;
}

inline std::string Digits(Numbers& numbers, size_t size) {
  std::string text;
  for (size_t i = 0; i < size; ++i) text += static_cast<char>('0' + numbers.Below(10));
  return text;
}

// kValues values one behind the other.
class WireValues {
 public:
  template <typename Make>
  explicit WireValues(const Make& make) {
    Numbers numbers;
    for (int i = 0; i < kValues; ++i) {
      const std::string value = make(numbers);
      begins_.push_back(bytes_.size());
      bytes_ += value;
    }
    begins_.push_back(bytes_.size());
  }
  const uint8_t* at(int i) const {
    return reinterpret_cast<const uint8_t*>(bytes_.data()) + begins_[i];
  }
  int64_t size(int i) const { return static_cast<int64_t>(begins_[i + 1] - begins_[i]); }
  int64_t bytes() const { return static_cast<int64_t>(bytes_.size()); }

 private:
  std::string bytes_;
  std::vector<size_t> begins_;
};

}  // namespace rivet::bench
