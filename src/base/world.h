#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/log.h"
#include "base/redact.h"
#include "base/time_text.h"

namespace rivet {

// Microseconds of a clock that never jumps; only differences mean something.
using SteadyMicros = int64_t;

// A mutex and its condition in one. All waiting of the program is done through one of these, so
// that the simulation can pass one baton between real threads in a seeded order.
class Monitor {
 public:
  virtual ~Monitor() = default;
  virtual void Lock() = 0;
  virtual void Unlock() = 0;
  // The caller holds the lock; it is given up while waiting and held again on return. Returns when
  // notified, when `stop` is requested, or when the steady clock reaches `deadline` (negative:
  // never). May return early without a reason: callers loop on their condition.
  virtual void Wait(const std::stop_token& stop, SteadyMicros deadline) = 0;
  virtual void NotifyAll() = 0;
};

class MonitorLock {
 public:
  explicit MonitorLock(Monitor& monitor) : monitor_(monitor) { monitor_.Lock(); }
  ~MonitorLock() { monitor_.Unlock(); }
  MonitorLock(const MonitorLock&) = delete;
  MonitorLock& operator=(const MonitorLock&) = delete;

 private:
  Monitor& monitor_;
};

// A running thread; destroying it joins. The body must not throw.
class Thread {
 public:
  virtual ~Thread() = default;
  virtual void Join() = 0;
};

// What the program has of the world besides its rooms: clocks, threads, chance, log. One is made in
// main() and handed down; there is no global one. Every method may be called from any thread.
class World {
 public:
  virtual ~World() = default;
  virtual WallMicros Now() = 0;
  virtual SteadyMicros Steady() = 0;
  virtual std::unique_ptr<Monitor> MakeMonitor() = 0;
  virtual std::unique_ptr<Thread> Spawn(std::string name, std::function<void()> body) = 0;
  virtual uint64_t Random() = 0;
  // Resident bytes of this process; 0 = cannot tell.
  virtual int64_t ResidentBytes() = 0;
  // The most it ever was.
  virtual int64_t PeakResidentBytes() { return ResidentBytes(); }
  virtual Log& log() = 0;
  virtual Redactor& redactor() = 0;
};

// Sleeps on the steady clock. False: `stop` was requested before the time was over.
bool SleepFor(World& world, std::chrono::microseconds duration, const std::stop_token& stop);

// Eight characters of [0-9a-z], different for every call with overwhelming likelihood.
std::string RandomToken(World& world);

// The real one: system clocks, real threads, stderr.
std::unique_ptr<World> MakeRealWorld();

}  // namespace rivet
