#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rivet::sim {

// What one seed made happen, and what it broke.
struct HistoryResult {
  std::vector<std::string> broken;  // empty: every promise was kept
  std::vector<std::string> told;    // one line a process: how it was started, how it ended
  uint64_t trace_hash = 0;
  int64_t steps = 0;
  int processes = 0, deaths = 0, successes = 0;
  std::map<std::string, int> seen;  // events worth counting
};

// An export's life: processes are started, die, fail, are stopped, frozen and started again over
// one disk, until one of them succeeds; then one more plain run. The real engine::RunExport over
// fakes. The same seed does the same.
HistoryResult RunHistory(uint64_t seed);

// How to run one history again.
std::string ReplayLine(uint64_t seed);

}  // namespace rivet::sim
