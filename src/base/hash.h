#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rivet {

// xxh3-64: integrity, not security.
uint64_t Xxh3(std::string_view bytes);
std::string FingerprintText(uint64_t hash);  // "xxh3:" and 16 lower-case hex digits

// The same over bytes that come in pieces.
class RunningHash {
 public:
  RunningHash();
  ~RunningHash();
  RunningHash(const RunningHash&) = delete;
  RunningHash& operator=(const RunningHash&) = delete;
  void Add(const void* bytes, size_t size);
  uint64_t Digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rivet
