#pragma once

#include <string>
#include <vector>

#include "command/command.h"
#include "command/shared_internal.h"
#include "config/config.h"

namespace rivet::command {

// `rivet run`.
struct RunFlags : ConfigFlags {
  bool resume = false, force = false, validate = false, json = false, dry_run = false;
  bool reconcile = false;  // implies validate
  bool strict = false;
  bool parallel_exports = false;
  int64_t max_parallel = 0;  // 0: not given
  std::string summary_output;
};

inline constexpr int64_t kMaxParallelDefault = 16;

// Runs the exports one after the other, or at most `at_once` at a time, each with a lease, a budget
// and source sessions of its own; ledger, journal and progress are shared. An export that fails
// stops no other. The worst exit code wins. `threads`: what the summary calls it.
Report RunExports(const Context& context, const config::Config& config, const RunFlags& flags,
                  const std::vector<const config::Export*>& chosen, bool threads, int at_once);

}  // namespace rivet::command
