#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

// What a fuzz target makes of its bytes.
namespace rivet::fuzz {

// Bytes taken piece by piece from the front. Behind the end everything is zero and empty, so that
// each input means something.
class Input {
 public:
  Input(const uint8_t* bytes, size_t size) : rest_(reinterpret_cast<const char*>(bytes), size) {}

  bool empty() const { return rest_.empty(); }
  uint8_t Byte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  // 0 to count - 1.
  size_t Below(size_t count) { return Byte() % count; }
  bool Flag() { return (Byte() & 1) != 0; }
  // As many as its first byte says; 255 says that two bytes follow which say so.
  std::string_view Bytes() {
    size_t size = Byte();
    if (size == 255) {
      size = Byte();
      size = size << 8 | Byte();
    }
    return Take(size);
  }
  std::string_view Take(size_t size) {
    const std::string_view piece = rest_.substr(0, std::min(size, rest_.size()));
    rest_.remove_prefix(piece.size());
    return piece;
  }
  std::string_view Rest() { return Take(rest_.size()); }

 private:
  std::string_view rest_;
};

// Bytes in a heap block of exactly their size: AddressSanitizer sees whoever reads beyond.
class Exact {
 public:
  explicit Exact(std::string_view bytes) : block_(new uint8_t[bytes.size()]), size_(bytes.size()) {
    if (!bytes.empty()) std::memcpy(block_.get(), bytes.data(), bytes.size());
  }
  const uint8_t* data() const { return block_.get(); }
  size_t size() const { return size_; }

 private:
  std::unique_ptr<uint8_t[]> block_;
  size_t size_;
};

}  // namespace rivet::fuzz
