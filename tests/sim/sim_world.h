#pragma once

#include <sched.h>
#include <semaphore.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/redact.h"
#include "base/world.h"
#include "dice.h"

namespace rivet::sim {

class SimMonitor;

// A world whose threads are real, but of which exactly one holds the baton and runs. At every
// scheduling point (taking a monitor, waiting, notifying, starting and joining threads, Step) a
// seeded choice decides who goes on, so one seed is one interleaving. The steady clock moves only
// when every thread waits for a time. Nothing really sleeps.
//
// The thread that makes the world takes part in it, and destroys it when all others have ended.
class SimWorld : public World {
 public:
  // `story` is printed when the simulation gets stuck: how to replay it.
  SimWorld(uint64_t seed, std::string story, int64_t steps_max = 3'000'000);
  ~SimWorld() override;

  WallMicros Now() override { return wall_ + steady_; }
  SteadyMicros Steady() override { return steady_; }
  std::unique_ptr<Monitor> MakeMonitor() override;
  std::unique_ptr<Thread> Spawn(std::string name, std::function<void()> body) override;
  uint64_t Random() override { return random_.Next(); }
  int64_t ResidentBytes() override { return 0; }
  Log& log() override { return log_; }
  Redactor& redactor() override { return redactor_; }

  // A scheduling point of whoever calls: another thread may run before it returns.
  void Step();
  // Threads belong to an owner (a simulated process); a thread's children get its owner.
  void SetOwner(void* owner);
  static void* Owner();
  // No thread of `owner` runs until the steady clock reaches `until`: SIGSTOP, a sleeping laptop.
  void Freeze(void* owner, SteadyMicros until) { frozen_until_[owner] = until; }
  void JumpWall(int64_t micros) { wall_ += micros; }

  // Depends on every choice made so far.
  uint64_t trace_hash() const { return trace_hash_; }
  int64_t steps() const { return steps_; }

 private:
  friend class SimMonitor;
  friend class SimThreadHandle;

  enum class State { kReady, kLock, kWait, kJoin, kFinished };
  struct SimThread;
  // A real thread; it runs one simulated thread after another, because starting real ones is slow.
  struct Worker {
    sem_t baton;
    SimThread* job = nullptr;  // null when woken: the world ends
    std::thread real;
  };
  struct SimThread {
    int id = 0;
    std::string name;
    void* owner = nullptr;
    State state = State::kReady;
    SimMonitor* monitor = nullptr;  // kLock, kWait
    std::stop_token stop;           // kWait
    SteadyMicros deadline = -1;     // kWait
    bool notified = false;          // kWait
    SimThread* joined = nullptr;    // kJoin
    Worker* worker = nullptr;
    std::function<void()> body;
  };

  static thread_local SimThread* current_;

  // The caller has set its own state; returns when it is chosen.
  void GiveUpBaton();
  SimThread* Choose();
  bool IsRunnable(const SimThread& thread) const;
  bool MoveClock();
  Worker* IdleWorker();
  void WorkerLife(Worker* worker);
  void Finish(SimThread* thread);
  void Take(SimThread* thread);
  [[noreturn]] void Stuck(const std::string& what) const;

  const std::string story_;
  const int64_t steps_max_;
  Dice choices_, random_;
  const int64_t stickiness_;  // percent of choices that let the running thread go on
  cpu_set_t processors_;      // of the thread that made the world, before it was bound to one
  Redactor redactor_;
  Log log_;
  SteadyMicros steady_ = 1'000'000;
  int64_t wall_ = 1'769'860'800'000'000;  // 2026-01-31T12:00:00Z
  std::vector<std::unique_ptr<SimThread>> threads_;
  std::vector<SimThread*> live_, runnable_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;
  std::map<void*, SteadyMicros> frozen_until_;
  int next_id_ = 0;
  int64_t steps_ = 0;
  uint64_t trace_hash_ = 0;
};

}  // namespace rivet::sim
