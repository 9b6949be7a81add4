#include "base/hash.h"

#include <xxhash.h>

#include <cstdio>

namespace rivet {

struct RunningHash::State {
  XXH3_state_t* hash = XXH3_createState();
};

RunningHash::RunningHash() : state_(std::make_unique<State>()) { XXH3_64bits_reset(state_->hash); }
RunningHash::~RunningHash() { XXH3_freeState(state_->hash); }
void RunningHash::Add(const void* bytes, size_t size) {
  XXH3_64bits_update(state_->hash, bytes, size);
}
uint64_t RunningHash::Digest() const { return XXH3_64bits_digest(state_->hash); }

uint64_t Xxh3(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string FingerprintText(uint64_t hash) {
  char text[24];
  std::snprintf(text, sizeof text, "xxh3:%016llx", static_cast<unsigned long long>(hash));
  return text;
}

}  // namespace rivet
