#include "sim_world.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/status.h"

namespace rivet::sim {
namespace {

// Monitors may wake their waiters without a reason: callers have to loop.
constexpr int64_t kWakeEarlyOneIn = 40;
constexpr int64_t kStickiness[] = {0, 50, 90};

// Only one thread runs at a time, and handing over within one processor is several times faster.
void PinTo(int processor) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processor, &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

void WaitFor(sem_t* baton) {
  while (::sem_wait(baton) != 0 && errno == EINTR) {
  }
}

}  // namespace

thread_local SimWorld::SimThread* SimWorld::current_ = nullptr;

class SimMonitor : public Monitor {
 public:
  explicit SimMonitor(SimWorld* world) : world_(world) {}

  void Lock() override {
    SimWorld::SimThread* self = SimWorld::current_;
    self->state = SimWorld::State::kLock;
    self->monitor = this;
    world_->GiveUpBaton();
  }
  void Unlock() override { holder_ = nullptr; }
  void Wait(const std::stop_token& stop, SteadyMicros deadline) override {
    SimWorld::SimThread* self = SimWorld::current_;
    Check(holder_ == self, "Wait() on a monitor that is not held");
    holder_ = nullptr;
    self->state = SimWorld::State::kWait;
    self->monitor = this;
    self->stop = stop;
    self->deadline = deadline;
    self->notified = world_->choices_.OneIn(kWakeEarlyOneIn);
    world_->GiveUpBaton();
    self->stop = {};
  }
  void NotifyAll() override {
    for (SimWorld::SimThread* thread : world_->live_) {
      if (thread->state == SimWorld::State::kWait && thread->monitor == this)
        thread->notified = true;
    }
  }

 private:
  friend class SimWorld;
  SimWorld* const world_;
  SimWorld::SimThread* holder_ = nullptr;
};

class SimThreadHandle : public Thread {
 public:
  SimThreadHandle(SimWorld* world, SimWorld::SimThread* thread) : world_(world), thread_(thread) {}
  ~SimThreadHandle() override { Join(); }
  void Join() override {
    if (thread_->state == SimWorld::State::kFinished) return;
    SimWorld::SimThread* self = SimWorld::current_;
    self->state = SimWorld::State::kJoin;
    self->joined = thread_;
    world_->GiveUpBaton();
  }

 private:
  SimWorld* const world_;
  SimWorld::SimThread* const thread_;
};

SimWorld::SimWorld(uint64_t seed, std::string story, int64_t steps_max)
    : story_(std::move(story)),
      steps_max_(steps_max),
      choices_(seed),
      random_(seed ^ 0x5bd1e995),
      stickiness_(kStickiness[choices_.Below(std::size(kStickiness))]),
      log_(&redactor_) {
  log_.SetLevel("error");
  Check(current_ == nullptr, "one simulated world at a time");
  ::sched_getaffinity(0, sizeof processors_, &processors_);
  PinTo(::sched_getcpu());
  workers_.push_back(std::make_unique<Worker>());
  ::sem_init(&workers_[0]->baton, 0, 0);
  threads_.push_back(std::make_unique<SimThread>());
  current_ = threads_[0].get();
  current_->id = next_id_++;
  current_->name = "main";
  current_->worker = workers_[0].get();
  live_.push_back(current_);
}

SimWorld::~SimWorld() {
  for (const SimThread* thread : live_) {
    if (thread != current_) Stuck("thread " + thread->name + " outlives the world");
  }
  for (const auto& worker : workers_) {
    worker->job = nullptr;
    ::sem_post(&worker->baton);
    if (worker->real.joinable()) worker->real.join();
    ::sem_destroy(&worker->baton);
  }
  current_ = nullptr;
  ::sched_setaffinity(0, sizeof processors_, &processors_);
}

std::unique_ptr<Monitor> SimWorld::MakeMonitor() { return std::make_unique<SimMonitor>(this); }

std::unique_ptr<Thread> SimWorld::Spawn(std::string name, std::function<void()> body) {
  auto made = std::make_unique<SimThread>();
  SimThread* thread = made.get();
  thread->id = next_id_++;
  thread->name = std::move(name);
  thread->owner = current_->owner;
  thread->body = std::move(body);
  thread->worker = IdleWorker();
  thread->worker->job = thread;
  threads_.push_back(std::move(made));
  live_.push_back(thread);
  Step();
  return std::make_unique<SimThreadHandle>(this, thread);
}

SimWorld::Worker* SimWorld::IdleWorker() {
  if (!idle_.empty()) {
    Worker* worker = idle_.back();
    idle_.pop_back();
    return worker;
  }
  workers_.push_back(std::make_unique<Worker>());
  Worker* worker = workers_.back().get();
  ::sem_init(&worker->baton, 0, 0);
  worker->real = std::thread([this, worker] { WorkerLife(worker); });
  return worker;
}

void SimWorld::WorkerLife(Worker* worker) {
  while (true) {
    WaitFor(&worker->baton);
    if (worker->job == nullptr) return;
    current_ = worker->job;
    current_->body();
    Finish(current_);
  }
}

void SimWorld::Step() {
  current_->state = State::kReady;
  GiveUpBaton();
}

void SimWorld::SetOwner(void* owner) { current_->owner = owner; }

void* SimWorld::Owner() { return current_ == nullptr ? nullptr : current_->owner; }

void SimWorld::GiveUpBaton() {
  SimThread* self = current_;
  SimThread* next = Choose();
  Take(next);
  if (next == self) return;
  ::sem_post(&next->worker->baton);
  WaitFor(&self->worker->baton);
}

void SimWorld::Finish(SimThread* thread) {
  thread->body = nullptr;  // what it captured goes while the baton is held
  thread->state = State::kFinished;
  std::erase(live_, thread);
  SimThread* next = Choose();
  Take(next);
  idle_.push_back(thread->worker);
  ::sem_post(&next->worker->baton);
}

// A thread that waited for a monitor holds it the moment it is chosen.
void SimWorld::Take(SimThread* thread) {
  if (thread->state == State::kLock || thread->state == State::kWait)
    thread->monitor->holder_ = thread;
  thread->state = State::kReady;
}

bool SimWorld::IsRunnable(const SimThread& thread) const {
  if (thread.state == State::kFinished) return false;
  const auto frozen = frozen_until_.find(thread.owner);
  if (frozen != frozen_until_.end() && steady_ < frozen->second) return false;
  switch (thread.state) {
    case State::kReady:
      return true;
    case State::kLock:
      return thread.monitor->holder_ == nullptr;
    case State::kWait:
      return thread.monitor->holder_ == nullptr &&
             (thread.notified || thread.stop.stop_requested() ||
              (thread.deadline >= 0 && steady_ >= thread.deadline));
    case State::kJoin:
      return thread.joined->state == State::kFinished;
    case State::kFinished:
      return false;
  }
  return false;
}

SimWorld::SimThread* SimWorld::Choose() {
  if (++steps_ > steps_max_) Stuck("no end after " + std::to_string(steps_max_) + " steps");
  SimThread* self = current_;
  while (true) {
    runnable_.clear();
    bool self_runnable = false;
    for (SimThread* thread : live_) {
      if (!IsRunnable(*thread)) continue;
      runnable_.push_back(thread);
      self_runnable |= thread == self;
    }
    if (!runnable_.empty()) {
      SimThread* chosen = self_runnable && choices_.Percent(stickiness_)
                              ? self
                              : runnable_[static_cast<size_t>(
                                    choices_.Below(static_cast<int64_t>(runnable_.size())))];
      trace_hash_ = (trace_hash_ ^ static_cast<uint64_t>(chosen->id) ^
                     (static_cast<uint64_t>(steady_) << 20)) *
                    0x100000001b3;
      return chosen;
    }
    if (!MoveClock()) Stuck("deadlock: no thread can go on");
  }
}

// To the next moment somebody waits for. False: nobody waits for a time.
bool SimWorld::MoveClock() {
  SteadyMicros next = -1;
  const auto consider = [&](SteadyMicros at) {
    if (at > steady_ && (next < 0 || at < next)) next = at;
  };
  for (const SimThread* thread : live_) {
    if (thread->state == State::kWait) consider(thread->deadline);
    const auto frozen = frozen_until_.find(thread->owner);
    if (frozen != frozen_until_.end()) consider(frozen->second);
  }
  if (next < 0) return false;
  steady_ = next;
  return true;
}

// There is no way to unwind real threads that wait for one another: the test program ends here.
void SimWorld::Stuck(const std::string& what) const {
  constexpr const char* kWords[] = {"ready", "wants a monitor", "waits", "joins", "finished"};
  std::fprintf(stderr, "simulation stuck: %s\n  %s\n", what.c_str(), story_.c_str());
  for (const SimThread* thread : live_) {
    std::fprintf(stderr, "  thread %d %s: %s%s\n", thread->id, thread->name.c_str(),
                 kWords[static_cast<int>(thread->state)],
                 thread->state == State::kWait && thread->deadline >= 0 ? " for a time" : "");
  }
  std::fflush(stderr);
  std::_Exit(1);
}

}  // namespace rivet::sim
