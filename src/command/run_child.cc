#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "command/run_child_internal.h"

namespace rivet::command {
namespace {

// Below it a process could not hold what it needs at all.
constexpr int64_t kThresholdMinMb = 256;

// memory_threshold_mb is meant for one process; where there are several, they share it.
void ShareMemory(const config::Config& config, int processes, config::Export* item) {
  const int64_t whole = config::ResolveTuning(config.source, *item).memory_threshold_mb;
  const int64_t share = std::max(whole / processes, kThresholdMinMb);
  item->tuning.memory_threshold_mb = std::min(whole, share);
}

Result<ChildOrder> TakeOrder() {
  ARROW_ASSIGN_OR_RAISE(std::string bytes,
                        ReadToEnd(STDIN_FILENO, "standard input", kOrderBytesMax));
  const Secret order(std::move(bytes));
  return ReadOrder(order.Reveal());
}

Result<config::Config> ConfigOf(const ChildOrder& order) {
  config::LoadOptions options;
  ARROW_ASSIGN_OR_RAISE(options.params, config::ParseParams(order.params));
  return config::Load(order.config, options);
}

Result<RunEnd> RunOrder(const Context& context, const RunFlags& flags, const ChildOrder& order,
                        report::ChildReporter& parent) {
  // The parent has told the config's warnings.
  ARROW_ASSIGN_OR_RAISE(config::Config config, ConfigOf(order));
  for (config::Export& item : config.exports) {
    if (item.name != flags.export_name) continue;
    ShareMemory(config, order.processes, &item);
    return RunForParent(context, config, flags, item, parent);
  }
  return config.Find(flags.export_name).status();
}

}  // namespace

Report RunAsChild(const Context& context, const RunFlags& flags) {
  const auto parent = report::ChildReporter::Make(context.world, STDOUT_FILENO);
  const auto order = TakeOrder();
  if (!order.ok()) return {"", order.status()};
  Result<RunEnd> end = RunOrder(context, flags, *order, *parent);
  if (!end.ok()) {
    end = RunEnd{{}, WithExport(end.status(), flags.export_name)};
    const Fault fault = FaultOf(end->status);
    end->result.export_name = flags.export_name;
    end->result.error_code = fault.code == nullptr ? "" : std::string(fault.code->name);
    end->result.error_message = fault.message;
  }
  parent->Finish(end->result, end->status);
  return {"", end->status, true};
}

}  // namespace rivet::command
