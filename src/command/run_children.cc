#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

#include "command/faults_internal.h"
#include "command/run_child_internal.h"
#include "command/schema_internal.h"
#include "report/report.h"

namespace rivet::command {
namespace {

// A line without the time in front of it, which is the only thing that differs where several
// processes warn of the same.
std::string WithoutTime(const std::string& line) {
  constexpr std::string_view kJsonTime = "{\"time\":\"";
  const size_t from = line.starts_with(kJsonTime) ? kJsonTime.size() : 0;
  const size_t end = line.find(from == 0 ? ' ' : '"', from);
  const bool timed = end != std::string::npos && end > from && line[end - 1] == 'Z' &&
                     line.substr(from, 2) == "20";
  return timed ? line.substr(end) : line;
}

bool IsCrash(int signal) {
  return signal == SIGSEGV || signal == SIGABRT || signal == SIGBUS || signal == SIGILL ||
         signal == SIGFPE;
}

}  // namespace

std::vector<std::string> ChildWords(const Context& context, const RunFlags& flags,
                                    const std::string& config_path,
                                    const std::string& export_name) {
  std::vector<std::string> words = {"rivet", "run", "--config=" + config_path,
                                    "--export=" + export_name,
                                    "--lock-wait=" + std::to_string(context.lock_wait_s)};
  if (context.world.log().json()) words.emplace_back("--log-format=json");
  if (flags.resume) words.emplace_back("--resume");
  if (flags.force) words.emplace_back("--force");
  if (flags.validate) words.emplace_back("--validate");
  if (flags.reconcile) words.emplace_back("--reconcile");
  if (flags.strict) words.emplace_back("--strict");
  return words;
}

Status LostStatus(const ProcessEnd& end, bool stopped) {
  std::string how = "ended";
  if (end.exit_code >= 0) how = "ended with exit code " + std::to_string(end.exit_code);
  if (end.signal > 0) {
    const char* name = ::sigabbrev_np(end.signal);
    how = "was ended by signal " + std::to_string(end.signal) +
          (name == nullptr ? "" : " (SIG" + std::string(name) + ")");
  }
  const std::string message = "the process of this export " + how + " before it said how it went";
  if (stopped) return Fail(kStopRequested, "stopped: " + message);
  if (IsCrash(end.signal)) return Fail(kInternalBug, message);
  const Status status = Fail(kProcessLost, message);
  if (end.signal != SIGKILL) return status;
  return WithHint(WithHint(status, std::string(kProcessLost.remedy)),
                  "Where the kernel ended it for want of memory (see dmesg), lower "
                  "--max-parallel.");
}

Children::Children(const Context& context, const config::ConfigText& text, const RunFlags& flags,
                   int at_once)
    : context_(context),
      flags_(flags),
      order_(WriteOrder({at_once, text, flags.params})),
      config_path_(text.path) {}

RunEnd Children::Run(const config::Export& item, model::Observer& observer) {
  report::ChildListener listener(context_.world, item.name, CodeNamed, observer);
  ProcessCall call;
  call.program = kThisProgram;
  call.words = ChildWords(context_, flags_, config_path_, item.name);
  call.variables = {{kParentVariable, std::to_string(::getpid())}};
  call.input = order_.Reveal();
  const auto hear = [&](std::string_view line) {
    const Status heard = listener.Hear(line);
    if (!heard.ok())
      context_.world.log().WarnOnce("process-line", item.name + ": " + heard.message());
  };
  const Result<ProcessEnd> end = RunProcess(call, hear, context_.stop);
  if (end.ok()) KeepLog(item.name, *end);
  if (listener.finished()) {
    RunEnd said{listener.result(), listener.verdict()};
    if (said.result.mode.empty()) said.result.mode = model::ToString(item.mode);
    return said;
  }

  Status status = WithExport(
      end.ok() ? LostStatus(*end, context_.stop.stop_requested()) : end.status(), item.name);
  if (item.chunk_checkpoint)
    status = WithHint(std::move(status), "rivet run -e " + item.name + " --resume continues it");
  RunEnd lost{listener.Lost(), status};
  const Fault fault = FaultOf(status);
  lost.result.status = ClassOf(status) == FaultClass::kStopped ? model::RunStatus::kInterrupted
                                                               : model::RunStatus::kFailed;
  if (lost.result.mode.empty()) lost.result.mode = model::ToString(item.mode);
  lost.result.format = item.format;
  lost.result.destination_kind = item.destination.type;
  lost.result.error_code = fault.code->name;
  lost.result.error_message = fault.message;
  observer.On(model::RunEnded{lost.result});
  return lost;
}

void Children::KeepLog(const std::string& export_name, const ProcessEnd& end) {
  const std::lock_guard lock(mutex_);
  std::string text;
  if (end.errors_left_out > 0 && !context_.world.log().json())
    text += "(" + std::to_string(end.errors_left_out) + " bytes before this are left out)\n";
  for (size_t from = 0; from < end.errors.size();) {
    const size_t stop = std::min(end.errors.find('\n', from), end.errors.size());
    const std::string line = end.errors.substr(from, stop - from);
    from = stop + 1;
    if (!line.empty() && logged_.insert(WithoutTime(line)).second)
      text += report::Printable(line) + "\n";
  }
  if (text.empty()) return;
  if (!context_.world.log().json()) log_ += "── log of " + report::Printable(export_name) + " ──\n";
  log_ += text;
}

std::string Children::TakeLog() {
  const std::lock_guard lock(mutex_);
  return std::exchange(log_, {});
}

}  // namespace rivet::command
