#include "app/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>

namespace rivet::app {
namespace {

// Wakes the listener when the program ends; harmless when somebody else sends it.
constexpr int kWake = SIGUSR2;
constexpr SteadyMicros kSameWishMicros = 500'000;

sigset_t Listened() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, kWake);
  return set;
}

}  // namespace

Signals::Signals(World& world, bool quiet) : world_(world), quiet_(quiet) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond `ulimit -f` is a failed write with a name
  const sigset_t set = Listened();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = world_.Spawn("signals", [this] { Listen(); });
}

Signals::~Signals() {
  ending_ = true;
  ::kill(::getpid(), kWake);
  thread_->Join();
}

void Signals::Listen() {
  const sigset_t set = Listened();
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    if (signal == kWake) {
      if (ending_) return;
      continue;
    }
    // One wish may arrive twice: some wrappers signal the child and its group.
    const SteadyMicros now = world_.Steady();
    if (received_ != 0 && now - received_at_ < kSameWishMicros) continue;
    if (received_ != 0) ::_exit(128 + signal);
    received_ = signal;
    received_at_ = now;
    if (!quiet_) world_.log().Raw("stopping at the next safe point; once more to stop at once");
    source_.request_stop();
  }
}

}  // namespace rivet::app
