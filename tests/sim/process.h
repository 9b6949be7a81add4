#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "disk.h"
#include "sim_world.h"

namespace rivet::sim {

inline constexpr FaultCode kDead{"RIVET_SIM_DEAD", FaultClass::kPermanent,
                                 "The simulated process is dead."};
inline constexpr FaultCode kBusyStore{"RIVET_SIM_BUSY", FaultClass::kTemporary,
                                      "The simulated store was busy."};
inline constexpr FaultCode kDeniedStore{"RIVET_SIM_DENIED", FaultClass::kPermanent,
                                        "The simulated store said no."};

// What happens to one process, as chances. All zero: calm.
struct Weather {
  int64_t die_at = -1, stop_at = -1,
          freeze_at = -1;  // passage at which it happens; negative: never
  int64_t freeze_s = 0;
  int64_t failure_per_mille = 0;     // of each call, before it did anything
  int64_t lost_reply_per_mille = 0;  // of each call, after it did everything
  int64_t garble_per_mille = 0;      // of small objects, stored wrong
  int64_t row_loss_per_mille = 0;    // of each file: its writer forgets a row
  int64_t writers_per_mille = 0;     // of each passage: somebody changes the table
  int64_t clock_per_mille = 0;       // of each passage: the wall clock jumps
};

enum class Room { kSource, kFormat, kDestination, kLedger };

// One simulated process: what dies together. Its fakes ask it at the beginning and the end of every
// call; after death each call fails and changes nothing, so the engine unwinds without a trace, as
// if killed.
class Process {
 public:
  Process(SimWorld* world, Disk* disk, uint64_t seed, const Weather& weather, int64_t number);
  // The process of the running thread.
  static Process& Current() { return *static_cast<Process*>(SimWorld::Owner()); }

  // Before a call has any effect, and after it has all of it. A failure is what the call returns.
  Status Enter(Room room);
  Status Leave(Room room);
  void Die();

  bool dead() const { return dead_; }
  int64_t passages() const { return passages_; }
  int64_t number() const { return number_; }
  int64_t began_at() const { return began_at_; }
  std::stop_token stop() const { return stop_.get_token(); }
  bool was_stopped() const { return stop_.stop_requested(); }

  void set_alone(bool alone) { alone_ = alone; }

  SimWorld& world;
  Disk& disk;
  Dice dice;
  const Weather weather;
  // The last thing Lock() said.
  bool refused_lock = false;
  bool garbled = false;

 private:
  Status Pass();
  Status Failure(Room room);

  const int64_t number_, began_at_;
  int64_t passages_ = 0;
  bool dead_ = false, alone_ = true;
  std::stop_source stop_;
};

// A private staging folder for one history; removed with what is in it.
class StagingFolder {
 public:
  StagingFolder();
  ~StagingFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};
// Names of temporary files in a folder.
std::set<std::string> TemporaryFiles(const std::string& folder);
// Death removes no files, unwinding does: keeps them under other names, and brings them back.
void KeepTemporaryFiles(const std::string& folder);
void BringBackTemporaryFiles(const std::string& folder);

}  // namespace rivet::sim
