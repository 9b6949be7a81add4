#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>

#include "base/world.h"

namespace rivet::client::mysql {

// Sees to it that a call of the client library, which waits for as long as it pleases, comes back:
// a thread of its own looks at the stop token and at the clock while one runs. When stopped it has
// the statement killed on the server; when that does not help, or the server is silent for too
// long, it shuts the socket, which ends any wait.
class Watch {
 public:
  enum class Outcome { kNothing, kStopped, kSilent };

  // `socket` stays open for as long as the watch lives. `kill` asks the server to end the
  // statement; it is called on the watch's thread and takes bounded time.
  Watch(World& world, int socket, std::function<void()> kill);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // `silence_max`: without Heard() for so long the server counts as gone; `all_max`: so long may
  // the whole take. Zero: no bound.
  void Begin(const std::stop_token& stop, std::chrono::microseconds silence_max,
             std::chrono::microseconds all_max);
  // Something came. The thread that called Begin only.
  void Heard() {
    heard_.store(heard_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  // The statement was or is being killed: whoever works through a long answer should leave off.
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
  // Returns once a kill under way is over, so that it cannot meet the next statement.
  Outcome End();

 private:
  void Loop();
  void Look();
  void Kill();

  World& world_;
  const int socket_;
  const std::function<void()> kill_;
  const std::unique_ptr<Monitor> monitor_;
  std::atomic<uint64_t> heard_ = 0;
  std::atomic<bool> stopped_ = false;
  // The rest is guarded by the monitor.
  bool quit_ = false, busy_ = false, killing_ = false, silent_ = false;
  std::stop_token stop_;
  int64_t silence_max_ = 0;
  SteadyMicros deadline_ = -1, quiet_since_ = 0;
  uint64_t heard_before_ = 0;
  std::unique_ptr<Thread> thread_;  // last: it uses all of the above
};

}  // namespace rivet::client::mysql
