#include "client/mysql/watch.h"

#include <sys/socket.h>

#include <utility>

namespace rivet::client::mysql {
namespace {

// How soon a wait sees a stop, at the latest.
constexpr SteadyMicros kTickMicros = 100'000;
// How long a killed statement may take to end.
constexpr SteadyMicros kKillPatienceMicros = 10'000'000;

}  // namespace

Watch::Watch(World& world, int socket, std::function<void()> kill)
    : world_(world), socket_(socket), kill_(std::move(kill)), monitor_(world.MakeMonitor()) {
  thread_ = world.Spawn("mysql-watch", [this] { Loop(); });
}

Watch::~Watch() {
  {
    const MonitorLock lock(*monitor_);
    quit_ = true;
    monitor_->NotifyAll();
  }
  thread_->Join();
}

void Watch::Begin(const std::stop_token& stop, std::chrono::microseconds silence_max,
                  std::chrono::microseconds all_max) {
  const MonitorLock lock(*monitor_);
  busy_ = true;
  silent_ = false;
  stopped_ = false;
  stop_ = stop;
  silence_max_ = silence_max.count();
  quiet_since_ = world_.Steady();
  deadline_ = all_max.count() > 0 ? quiet_since_ + all_max.count() : -1;
  heard_before_ = heard_;
}

Watch::Outcome Watch::End() {
  const MonitorLock lock(*monitor_);
  while (killing_) monitor_->Wait({}, -1);
  busy_ = false;
  stop_ = {};
  if (stopped_) return Outcome::kStopped;
  return silent_ ? Outcome::kSilent : Outcome::kNothing;
}

void Watch::Loop() {
  const MonitorLock lock(*monitor_);
  while (!quit_) {
    // Once stopped the token would wake us over and over.
    const std::stop_token stop = stopped_ ? std::stop_token() : stop_;
    monitor_->Wait(stop, world_.Steady() + kTickMicros);
    if (busy_ && !quit_) Look();
  }
}

void Watch::Look() {
  if (stop_.stop_requested() && !stopped_) return Kill();
  const SteadyMicros now = world_.Steady();
  const uint64_t heard = heard_;
  if (heard != std::exchange(heard_before_, heard)) quiet_since_ = now;
  const bool quiet = silence_max_ > 0 && now - quiet_since_ > silence_max_;
  if (!quiet && (deadline_ < 0 || now < deadline_)) return;
  silent_ = true;
  ::shutdown(socket_, SHUT_RDWR);
}

void Watch::Kill() {
  stopped_ = true;
  killing_ = true;
  monitor_->Unlock();
  kill_();
  monitor_->Lock();
  killing_ = false;
  deadline_ = world_.Steady() + kKillPatienceMicros;
  monitor_->NotifyAll();
}

}  // namespace rivet::client::mysql
