#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <arrow/config.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "app/registry.h"
#include "app/signals.h"
#include "app/version.h"
#include "base/process.h"
#include "base/world.h"
#include "command/line.h"

namespace rivet::app {
namespace {

constexpr int kStoppedExit = 130;
constexpr int kTerminatedExit = 143;

// A standard output that was closed becomes a pipe without a reader: reports end quietly there, and
// data does not vanish with a success.
void OpenBrokenPipe() {
  int ends[2];
  if (::pipe(ends) != 0) return;
  ::dup2(ends[1], STDOUT_FILENO);  // closes the reading end, which has that number
  if (ends[0] != STDOUT_FILENO) ::close(ends[0]);
  ::close(ends[1]);
}

// Where a standard stream is closed, the next file would get its number: the ledger must not be
// written to by whoever prints.
void OpenStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    if (fd == STDOUT_FILENO) {
      OpenBrokenPipe();
    } else {
      const int opened = ::open("/dev/null", O_RDWR);
      static_cast<void>(opened);  // the lowest free number is fd itself
    }
  }
}

void SetLogLevel(Log& log) {
  const char* words = std::getenv("RIVET_LOG");
  if (words == nullptr || *words == '\0') words = std::getenv("RUST_LOG");
  if (words == nullptr || *words == '\0') return;
  if (!log.SetLevel(words))
    log.WarnOnce("log-level", "RIVET_LOG has no level: error, warn, info, debug or trace");
}

std::string VersionText() {
  return std::string("rivet ") + kVersion + "\ncommit " + kCommit + "\ncompiler " + kCompiler +
         "\narrow " + arrow::GetBuildInfo().version_string + "\n";
}

int Main(const std::vector<std::string>& words) {
  OpenStandardStreams();
  const auto world = MakeRealWorld();
  SetLogLevel(world->log());
  // A child's parent has told already that it is stopping.
  const bool quiet = HasReportingParent();
  if (quiet) ::prctl(PR_SET_NAME, "rivet");  // not the link it was started by
  Signals signals(*world, quiet);
  const Registry registry = MakeRegistry();
  const command::Line line{*world,         registry.drivers, registry.commands,
                           signals.stop(), kVersion,         VersionText()};
  const int code = command::RunLine(line, words);
  return code == kStoppedExit && signals.received() == SIGTERM ? kTerminatedExit : code;
}

}  // namespace
}  // namespace rivet::app

int main(int argc, char** argv) {
  return rivet::app::Main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
