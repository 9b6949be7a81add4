#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

// The one place that starts other processes.
namespace rivet {

// The kernel's name of the program that runs now, also after its file was replaced.
inline constexpr const char* kThisProgram = "/proc/self/exe";

struct ProcessCall {
  std::string program;             // a path
  std::vector<std::string> words;  // everybody can see them; the first is the name it goes by
  // Added to our own environment, or replacing what is there.
  std::vector<std::pair<std::string, std::string>> variables;
  std::string input;  // its standard input, closed behind it
};

struct ProcessEnd {
  int exit_code = -1;           // -1: it did not exit by itself
  int signal = 0;               // what ended it; 0 and no exit code: nobody can tell any more
  std::string errors;           // the end of its standard error, at most kProcessErrorBytesMax
  int64_t errors_left_out = 0;  // bytes before that
  int64_t lines_left_out = 0;   // of standard output: longer than kProcessLineBytesMax
};

inline constexpr int64_t kProcessLineBytesMax = 4 << 20;
inline constexpr int64_t kProcessErrorBytesMax = 256 << 10;

// Starts a child and stays with it to its end. `on_line` gets each line of its standard output, in
// this thread, without line feed; what follows the last one was cut off and is dropped. `stop`
// sends it SIGTERM, once. The kernel kills it when the calling thread ends before it does, so also
// when this process is killed. Signals that the caller has blocked are blocked in the child until
// it takes them itself. SIGPIPE is ignored by whoever calls. Fails only where the child could not
// be started.
Result<ProcessEnd> RunProcess(const ProcessCall& call,
                              const std::function<void(std::string_view line)>& on_line,
                              const std::stop_token& stop);

// What a parent sets for the children that are to report to it: its own process id.
inline constexpr const char* kParentVariable = "RIVET_IPC_EVENTS";
// Whether this process is such a child; a variable that was merely left over does not make it one.
bool HasReportingParent();

}  // namespace rivet
