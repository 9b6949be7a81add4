#pragma once

#include <cstdint>

namespace rivet::sim {

// A sequence that depends on nothing but its seed (splitmix64). Not shared between threads: whoever
// holds the simulation's baton may roll it.
class Dice {
 public:
  // The seed is mixed first: the sequences of neighbouring seeds would else be one sequence,
  // shifted.
  explicit Dice(uint64_t seed) : state_(Mixed(Mixed(seed) + 0x2545f4914f6cdd1d)) {}

  uint64_t Next() { return Mixed(state_ += 0x9e3779b97f4a7c15); }
  // 0 .. n-1; 0 for n < 1.
  int64_t Below(int64_t n) {
    return n < 1 ? 0 : static_cast<int64_t>(Next() % static_cast<uint64_t>(n));
  }
  bool OneIn(int64_t n) { return n > 0 && Below(n) == 0; }
  bool Percent(int64_t percent) { return Below(100) < percent; }
  // 0 .. 2^bits_max - 1, small numbers as likely as large ones.
  int64_t Scaled(int64_t bits_max) { return Below(int64_t{1} << Below(bits_max + 1)); }

 private:
  static uint64_t Mixed(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

}  // namespace rivet::sim
