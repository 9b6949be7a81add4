#include "base/world.h"

#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

namespace rivet {
namespace {

class RealMonitor : public Monitor {
 public:
  void Lock() override { mutex_.lock(); }
  void Unlock() override { mutex_.unlock(); }
  void Wait(const std::stop_token& stop, SteadyMicros deadline) override {
    // condition_variable_any wakes when the token is stopped; a caller that was stopped before
    // loops out by itself.
    bool first = true;
    const auto once = [&first] { return !std::exchange(first, false); };
    if (deadline < 0) {
      changed_.wait(mutex_, stop, once);
      return;
    }
    const std::chrono::steady_clock::time_point until{std::chrono::microseconds(deadline)};
    changed_.wait_until(mutex_, stop, until, once);
  }
  void NotifyAll() override { changed_.notify_all(); }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
};

class RealThread : public Thread {
 public:
  explicit RealThread(std::function<void()> body) : thread_(std::move(body)) {}
  void Join() override {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::jthread thread_;
};

class RealWorld : public World {
 public:
  RealWorld() : log_(&redactor_) {}

  WallMicros Now() override {
    timeval now{};
    gettimeofday(&now, nullptr);
    return now.tv_sec * 1'000'000LL + now.tv_usec;
  }
  SteadyMicros Steady() override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  std::unique_ptr<Monitor> MakeMonitor() override { return std::make_unique<RealMonitor>(); }
  std::unique_ptr<Thread> Spawn(std::string name, std::function<void()> body) override {
    auto named = [name = std::move(name), body = std::move(body)] {
      pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
      body();
    };
    return std::make_unique<RealThread>(std::move(named));
  }
  uint64_t Random() override {
    const std::lock_guard lock(mutex_);
    return (static_cast<uint64_t>(device_()) << 32) | device_();
  }
  int64_t ResidentBytes() override {
    FILE* file = std::fopen("/proc/self/statm", "re");
    if (file == nullptr) return 0;
    long long pages = 0;
    const int fields = std::fscanf(file, "%*d %lld", &pages);
    std::fclose(file);
    return fields == 1 ? pages * sysconf(_SC_PAGESIZE) : 0;
  }
  int64_t PeakResidentBytes() override {
    FILE* file = std::fopen("/proc/self/status", "re");
    if (file == nullptr) return 0;
    char line[256];
    long long kilobytes = 0;
    while (std::fgets(line, sizeof line, file) != nullptr) {
      if (std::sscanf(line, "VmHWM: %lld", &kilobytes) == 1) break;
    }
    std::fclose(file);
    return kilobytes * 1024;
  }
  Log& log() override { return log_; }
  Redactor& redactor() override { return redactor_; }

 private:
  Redactor redactor_;
  Log log_;
  std::mutex mutex_;
  std::random_device device_;
};

}  // namespace

bool SleepFor(World& world, std::chrono::microseconds duration, const std::stop_token& stop) {
  const auto monitor = world.MakeMonitor();
  const SteadyMicros deadline = world.Steady() + duration.count();
  const MonitorLock lock(*monitor);
  while (!stop.stop_requested()) {
    if (world.Steady() >= deadline) return true;
    monitor->Wait(stop, deadline);
  }
  return false;
}

std::string RandomToken(World& world) {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string token;
  for (uint64_t bits = world.Random(); token.size() < 8; bits /= kLetters.size()) {
    token += kLetters[bits % kLetters.size()];
  }
  return token;
}

std::unique_ptr<World> MakeRealWorld() { return std::make_unique<RealWorld>(); }

}  // namespace rivet
