#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/process.h"
#include "command/describe_plan_internal.h"
#include "command/run_child_internal.h"
#include "command/run_exports_internal.h"
#include "command/shared_internal.h"
#include "command/standard_output_internal.h"
#include "engine/engine.h"
#include "report/report.h"
#include "types/schema.h"

namespace rivet::command::run {
const Driver& driver();

namespace {

constexpr int64_t kMaxParallelMost = 64;

Result<std::string> DryRunOne(const Context& context, const config::Config& config,
                              const config::Export& item, const RunFlags& flags) {
  const auto open = engine::SourceOpener(context.world, context.drivers, config, item.name);
  ARROW_ASSIGN_OR_RAISE(const auto source, open(context.stop));
  ARROW_ASSIGN_OR_RAISE(const engine::Prepared prepared, engine::Prepare(*source, config, item));
  if (flags.strict) ARROW_RETURN_NOT_OK(types::RefuseLoss(prepared.plan.columns));
  return PlanText(prepared.plan, flags.reconcile ? CountShape(prepared.plan) : "");
}

Report DryRun(const Context& context, const config::Config& config,
              const std::vector<const config::Export*>& chosen, const RunFlags& flags) {
  std::string text;
  std::vector<Status> problems;
  for (const config::Export* item : chosen) {
    if (context.stop.stop_requested()) {
      problems.push_back(Fail(kStopRequested, "stopped"));
      break;
    }
    Result<std::string> one = DryRunOne(context, config, *item, flags);
    if (one.ok()) {
      text += *one;
    } else {
      problems.push_back(WithExport(one.status(), item->name));
    }
  }
  return {text, Together(std::move(problems))};
}

// How exports run; told why not where it was asked for something else. A flag wins over both keys.
RunWay WayOf(const Context& context, const config::Config& config, const RunFlags& flags) {
  Log& log = context.world.log();
  const bool flag = flags.parallel_exports || flags.parallel_export_processes;
  const bool processes = flag ? flags.parallel_export_processes : config.parallel_export_processes;
  const bool asked = flag || processes || config.parallel_exports;
  if (flags.max_parallel > 0 && !asked)
    log.WarnOnce("max-parallel-no-effect", "--max-parallel does nothing without parallel exports");
  if (!flags.export_name.empty()) {
    const std::string name =
        flags.parallel_exports ? "--parallel-exports" : "--parallel-export-processes";
    if (flag) log.WarnOnce("parallel-exports-no-effect", name + " does nothing with --export");
    return RunWay::kSequential;
  }
  if (asked && config.exports.size() < 2) {
    log.WarnOnce("parallel-exports-no-effect", "parallel exports need at least two exports");
    return RunWay::kSequential;
  }
  if (!asked) return RunWay::kSequential;
  return processes ? RunWay::kProcesses : RunWay::kThreads;
}

Status CheckFlags(const RunFlags& flags) {
  if (flags.dry_run && flags.json)
    return Fail(kCliUsage, "--json is the summary of a run, and --dry-run makes none");
  if (flags.parallel_exports && flags.parallel_export_processes) {
    return Fail(kCliUsage, "--parallel-exports and --parallel-export-processes exclude each other");
  }
  return Status::OK();
}

Report Act(const Context& context, const RunFlags& flags) {
  if (HasReportingParent()) return RunAsChild(context, flags);
  if (const Status fits = CheckFlags(flags); !fits.ok()) return {"", fits};
  const auto text = ReadConfig(context.world, flags);
  if (!text.ok()) return {"", text.status()};
  auto config = LoadConfig(context.world, *text, flags);
  if (!config.ok()) return {"", config.status()};
  const auto chosen = ChosenExports(*config, flags.export_name);
  if (!chosen.ok()) return {"", chosen.status()};
  if (flags.force && !flags.resume && !WriteToStandardOutput(*chosen)) {
    context.world.log().WarnOnce("force-no-effect", "--force does nothing without --resume");
  }
  const RunWay way = WayOf(context, *config, flags);
  const bool at_once = way != RunWay::kSequential;
  const Status together =
      config::CheckTogether(*config, *chosen, {.at_once = at_once, .json = flags.json});
  if (!together.ok()) return {"", together};
  if (flags.dry_run) return DryRun(context, *config, *chosen, flags);
  if (const Status fits = CheckTerminal(*chosen, flags.force); !fits.ok()) return {"", fits};
  const int64_t most = flags.max_parallel > 0 ? flags.max_parallel : kMaxParallelDefault;
  const auto workers = std::min<int64_t>(most, static_cast<int64_t>(chosen->size()));
  return RunExports(context, *config, *text, flags, *chosen, way,
                    at_once ? static_cast<int>(workers) : 1);
}

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto flags = std::make_shared<RunFlags>();
  AddConfigFlags(app, ExportFlag::kOptional, flags.get());
  app.add_flag("--resume", flags->resume, "Go on with an unfinished checkpointed run");
  app.add_flag("--force", flags->force,
               "With --resume: go on although _SUCCESS is present; with a stdout destination: "
               "write Parquet or compressed data to a terminal");
  app.add_flag("--validate", flags->validate,
               "Read back what is at the destination after each export");
  app.add_flag("--reconcile", flags->reconcile,
               "Count the rows at the source after each export, and compare; implies --validate");
  app.add_flag("--strict", flags->strict,
               "Refuse columns whose type would lose something, before anything is read");
  app.add_flag("--parallel-exports", flags->parallel_exports,
               "Run the exports at once, on threads of this process");
  app.add_flag("--parallel-export-processes", flags->parallel_export_processes,
               "Run the exports at once, each in a process of its own");
  app.add_option("--max-parallel", flags->max_parallel,
                 "With one of the two: at most this many at a time")
      ->check(CLI::Range(int64_t{1}, kMaxParallelMost))
      ->default_str(std::to_string(kMaxParallelDefault));
  app.add_flag("--json", flags->json, "Print the summary of all exports as JSON on stdout");
  app.add_option("--summary-output", flags->summary_output, "Write that summary to a file");
  app.add_flag("--dry-run", flags->dry_run,
               "Print what would be done; read no rows, write nothing");
  return [flags](const Context& context) { return Act(context, *flags); };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{"run", "Copy the exports of a config", &Declare};
  return kDriver;
}

}  // namespace rivet::command::run
