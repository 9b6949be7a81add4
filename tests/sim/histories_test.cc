#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "history.h"

namespace rivet::sim {
namespace {

uint64_t Number(const char* variable, uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string TextOf(const HistoryResult& result) {
  std::string text;
  for (const std::string& line : result.told) text += "  " + line + "\n";
  for (const std::string& line : result.broken) text += "  BROKEN " + line + "\n";
  return text;
}

TEST(Histories, TheSameSeedDoesTheSame) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const HistoryResult first = RunHistory(seed);
    const HistoryResult second = RunHistory(seed);
    EXPECT_EQ(first.trace_hash, second.trace_hash) << seed;
    EXPECT_EQ(first.told, second.told) << seed;
  }
}

TEST(Histories, PromisesHoldInEachOfThem) {
  const uint64_t base = Number("RIVET_SIM_SEED", 1);
  const uint64_t histories = Number("RIVET_SIM_HISTORIES", 1000);
  constexpr int kFailuresShown = 5;
  int failures = 0, processes = 0, deaths = 0, successes = 0;
  int64_t steps = 0;
  std::map<std::string, int> seen;
  for (uint64_t seed = base; seed < base + histories && failures < kFailuresShown; ++seed) {
    const HistoryResult result = RunHistory(seed);
    processes += result.processes;
    deaths += result.deaths;
    successes += result.successes;
    steps += result.steps;
    for (const auto& [what, count] : result.seen) seen[what] += count;
    if (histories == 1) std::cout << TextOf(result);
    if (result.broken.empty()) continue;
    ++failures;
    ADD_FAILURE() << "seed " << seed << "\n" << TextOf(result) << ReplayLine(seed);
  }
  std::cout << histories << " histories: " << processes << " processes, " << deaths << " deaths, "
            << successes << " successes, " << steps << " steps\n";
  for (const auto& [what, count] : seen) std::cout << "  " << what << ": " << count << "\n";
  if (histories < 1000 || failures > 0) return;
  // A simulation in which nothing happens proves nothing.
  EXPECT_GT(deaths, static_cast<int>(histories / 3));
  EXPECT_GT(successes, static_cast<int>(histories));
  for (const char* what :
       {"runs resumed", "retries", "attempts failed", "claims given back", "orphans recorded",
        "objects quarantined", "units done again", "leases of the dead taken",
        "silent leases taken", "leases refused", "leases lost", "warned rolled-forward",
        "warned run-given-up", "runs counted", "differences told"}) {
    EXPECT_GT(seen[what], 0) << what;
  }
}

}  // namespace
}  // namespace rivet::sim
