#pragma once

#include <atomic>
#include <memory>
#include <stop_token>

#include "base/world.h"

namespace rivet::app {

// SIGINT and SIGTERM as a stop request. They are blocked in every thread and taken by one of ours
// with sigwait, so that no handler runs and the request may do what a handler may not (cancel a
// statement on the server). A second one, half a second later or more, ends the process at once.
// Make it before any other thread.
class Signals {
 public:
  // `quiet`: stops without a word.
  Signals(World& world, bool quiet);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token stop() const { return source_.get_token(); }
  int received() const { return received_; }  // the first one, 0 for none

 private:
  void Listen();

  World& world_;
  const bool quiet_;
  std::stop_source source_;
  std::atomic<int> received_ = 0;
  SteadyMicros received_at_ = 0;  // of the listening thread
  std::atomic<bool> ending_ = false;
  std::unique_ptr<Thread> thread_;
};

}  // namespace rivet::app
