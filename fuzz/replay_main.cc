// Runs the files of a corpus through its fuzz target, each as it is and cut off at up to 64 places,
// so that every compiler replays what fuzzing has found, and a length that nobody checks any more
// is noticed without fuzzing.
//
//     rivet_fuzz_replay TARGET FILE-OR-FOLDER…
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "input.h"

#define RIVET_FUZZ_TARGET(name) extern "C" int RivetFuzz_##name(const uint8_t* bytes, size_t size);
#include "targets.def"
#undef RIVET_FUZZ_TARGET

namespace {

namespace fs = std::filesystem;

struct Target {
  std::string_view name;
  int (*run)(const uint8_t* bytes, size_t size);
};

constexpr Target kTargets[] = {
#define RIVET_FUZZ_TARGET(name) {#name, RivetFuzz_##name},
#include "targets.def"
#undef RIVET_FUZZ_TARGET
};

constexpr size_t kCutsMax = 64;

bool Replay(const Target& target, const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    return false;
  }
  // Printed ahead, so that the last line before a crash names the file.
  std::printf("%s %s\n", std::string(target.name).c_str(), path.filename().c_str());
  std::fflush(stdout);
  const size_t step = std::max<size_t>(1, bytes.size() / kCutsMax);
  for (size_t size = bytes.size() % step; size <= bytes.size(); size += step) {
    const rivet::fuzz::Exact exact(std::string_view(bytes).substr(0, size));
    target.run(exact.data(), exact.size());
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  const std::string_view name = count > 1 ? words[1] : "";
  const auto* target = std::find_if(std::begin(kTargets), std::end(kTargets),
                                    [&](const Target& one) { return one.name == name; });
  if (target == std::end(kTargets)) {
    std::fprintf(stderr, "usage: rivet_fuzz_replay TARGET FILE-OR-FOLDER...\ntargets:");
    for (const Target& one : kTargets) std::fprintf(stderr, " %s", std::string(one.name).c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  std::vector<fs::path> files;
  for (int i = 2; i < count; ++i) {
    if (!fs::is_directory(words[i])) {
      files.emplace_back(words[i]);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(words[i])) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  bool good = !files.empty();
  for (const fs::path& file : files) good = Replay(*target, file) && good;
  std::printf("%zu files replayed\n", files.size());
  return good ? 0 : 1;
}
