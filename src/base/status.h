#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rivet {

// Arrow's own, so that nothing is converted at the Arrow boundary. What a caller needs in order to
// decide rides inside a failure as a `Fault`.
using Status = arrow::Status;
template <typename T>
using Result = arrow::Result<T>;

// What the caller should do. One switch maps it to retry (IsRetryable), one to the exit code
// (ExitCodeOf).
enum class FaultClass {
  kUsage,      // exit 2: flags or config, nothing was touched
  kPermanent,  // exit 1: fails the same way again
  kIntegrity,  // exit 3: stop and investigate
  kDrift,      // exit 4
  kTemporary,  // exit 75: the same command may work later; the engine retries
  kThrottled,  // exit 75: the server asked for patience; the engine retries after a longer wait
  kStopped,    // exit 130 or 143: somebody asked us to stop
  kInternal,   // exit 70: a bug of ours
};

// A way to fail. Each room lists its own in faults.h; addresses are identities, so declare them
// `inline constexpr`. `name` is stable and public (RIVET_<AREA>_<NAME>); `remedy` is one sentence.
struct FaultCode {
  std::string_view name;
  FaultClass fault_class;
  std::string_view remedy;
};

// Where in a file somebody has to look. Lines and columns count from 1; 0 = unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

// Everything known about one failure. A plain value, copied out of a Status by FaultOf.
struct Fault {
  const FaultCode* code = nullptr;  // null when a library failed and nobody named it
  std::string message;              // starts small, ends without a stop
  std::string cause;                // the server's own word: SQLSTATE, errno, HTTP status
  std::vector<std::string> hints;   // sentences: what to do next, most useful first
  std::string export_name;          // empty when no export is concerned
  std::optional<Place> place;
};

Status Fail(const FaultCode& code, std::string message, std::string cause = {});
Status Fail(Fault fault);
// Several problems found at once (a config with ten mistakes): the first one leads. `problems` is
// not empty and holds failures only.
Status FailAll(std::vector<Status> problems);

// Adders keep code and class. On an OK status they change nothing.
Status WithExport(Status status, std::string_view export_name);
Status WithHint(Status status, std::string hint);
Status WithContext(Status status, std::string_view context);  // "context: message"

const FaultCode* CodeOf(const Status& status);  // null: OK, or nobody named it
Fault FaultOf(const Status& status);            // the first problem
std::vector<Fault> FaultsOf(const Status& status);
bool Is(const Status& status, const FaultCode& code);
FaultClass ClassOf(
    const Status& status);  // unnamed failures: out of memory and I/O permanent, else internal
bool IsRetryable(const Status& status);
int ExitCodeOf(FaultClass fault_class);  // kStopped gives 130; main() turns it into 143 for SIGTERM
// The worse of two exit codes, in the order 70, 3, 1, 4, 2, 75, 130/143, 0.
int WorseExitCode(int a, int b);

// Aborts with a message: for bugs of ours only, in release too. Bytes from outside never reach it.
void Check(bool condition, std::string_view what);

inline constexpr FaultCode kInternalBug{
    "RIVET_INTERNAL_BUG", FaultClass::kInternal,
    "This is a bug in Rivet. Please report it with the command and the log; the state is safe."};
inline constexpr FaultCode kStopRequested{"RIVET_STOPPED", FaultClass::kStopped,
                                          "Run again, or with --resume, to continue."};

}  // namespace rivet
