#pragma once

#include <string>
#include <vector>

#include "command/command.h"
#include "command/shared_internal.h"
#include "config/config.h"
#include "model/run.h"
#include "report/child.h"

namespace rivet::command {

// `rivet run`.
struct RunFlags : ConfigFlags {
  bool resume = false, force = false, validate = false, json = false, dry_run = false;
  bool reconcile = false;  // implies validate
  bool strict = false;
  bool parallel_exports = false, parallel_export_processes = false;
  int64_t max_parallel = 0;  // 0: not given
  std::string summary_output;
};

inline constexpr int64_t kMaxParallelDefault = 16;

enum class RunWay { kSequential, kThreads, kProcesses };

// How the run of one export ended.
struct RunEnd {
  model::RunResult result;
  Status status;
};

// Runs the exports one after the other, or at most `at_once` at a time on threads or in processes
// of their own, each with a lease, a budget and source sessions of its own. An export that fails
// stops no other. The worst exit code wins. `text` is what `config` was made from: processes get
// it.
Report RunExports(const Context& context, const config::Config& config,
                  const config::ConfigText& text, const RunFlags& flags,
                  const std::vector<const config::Export*>& chosen, RunWay way, int at_once);

// The same for one export in a process that was started for it: its parent is told instead of the
// terminal, and sums up.
Result<RunEnd> RunForParent(const Context& context, const config::Config& config,
                            const RunFlags& flags, const config::Export& item,
                            report::ChildReporter& parent);

}  // namespace rivet::command
