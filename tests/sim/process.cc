#include "process.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/staged_file.h"
#include "source/faults.h"

namespace rivet::sim {
namespace {

constexpr const char* kKept = "/kept";

Status SourceFailure(Dice* dice) {
  switch (dice->Below(10)) {
    case 0:
      return Fail(source::kAuth, "simulated: password changed", "SQLSTATE 28P01");
    case 1:
      return Fail(source::kWire, "simulated: bad length");
    case 2:
      return Fail(source::kCapacity, "simulated: too many connections", "SQLSTATE 53300");
    case 3:
      return Fail(source::kResources, "simulated: out of memory", "SQLSTATE 53200");
    case 4:
    case 5:
      return Fail(source::kTimeout, "simulated: statement timeout", "SQLSTATE 57014");
    case 6:
      return Fail(source::kConflict, "simulated: recovery conflict", "SQLSTATE 40001");
    default:
      return Fail(source::kConnection, "simulated: connection reset");
  }
}

}  // namespace

Process::Process(SimWorld* the_world, Disk* the_disk, uint64_t seed, const Weather& the_weather,
                 int64_t number)
    : world(*the_world),
      disk(*the_disk),
      dice(seed),
      weather(the_weather),
      number_(number),
      began_at_(the_disk->table.moment()) {}

Status Process::Enter(Room room) {
  ARROW_RETURN_NOT_OK(Pass());
  if (dice.Below(1000) >= weather.failure_per_mille) return Status::OK();
  return Failure(room);
}

Status Process::Leave(Room room) {
  ARROW_RETURN_NOT_OK(Pass());
  if (dice.Below(1000) >= weather.lost_reply_per_mille) return Status::OK();
  return Failure(room);
}

Status Process::Pass() {
  world.Step();
  if (dead_) return Fail(kDead, "dead");
  const int64_t passage = passages_++;
  if (passage == weather.freeze_at) {
    world.Freeze(this, world.Steady() + weather.freeze_s * 1'000'000);
    world.Step();
  }
  if (passage == weather.stop_at) stop_.request_stop();
  if (passage == weather.die_at) Die();
  if (dead_) return Fail(kDead, "dead");
  if (dice.Below(1000) < weather.writers_per_mille) disk.table.Disturb(&dice);
  if (dice.Below(1000) < weather.clock_per_mille) {
    world.JumpWall((dice.Below(3) - 1) * dice.Scaled(14) * 1'000'000);
  }
  return Status::OK();
}

void Process::Die() {
  dead_ = true;
  disk.dead.insert(number_);
  if (alone_) KeepTemporaryFiles(disk.staging_folder);
  stop_.request_stop();  // sleeps and waits of the unwinding end at once
}

Status Process::Failure(Room room) {
  switch (room) {
    case Room::kSource:
      return SourceFailure(&dice);
    case Room::kFormat:
    case Room::kDestination:
      return dice.OneIn(3) ? Fail(kDeniedStore, "simulated: no space left")
                           : Fail(kBusyStore, "simulated: busy");
    case Room::kLedger:
      return dice.OneIn(2) ? Fail(state::kStateError, "simulated: disk error")
                           : Fail(state::kStateBusy, "simulated: database is locked");
  }
  return Status::OK();
}

StagingFolder::StagingFolder() {
  const bool memory = ::access("/dev/shm", W_OK) == 0;
  std::string name = std::string(memory ? "/dev/shm" : "/tmp") + "/rivet-sim-XXXXXX";
  const char* made = ::mkdtemp(name.data());
  Check(made != nullptr, "cannot make a staging folder for the simulation");
  path_ = name;
  std::filesystem::create_directory(path_ + kKept);
}

StagingFolder::~StagingFolder() { std::filesystem::remove_all(path_); }

std::set<std::string> TemporaryFiles(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.compare(0, kTemporaryPrefix.size(), kTemporaryPrefix) == 0) names.insert(name);
  }
  return names;
}

void KeepTemporaryFiles(const std::string& folder) {
  for (const std::string& name : TemporaryFiles(folder)) {
    std::error_code ignored;
    std::filesystem::create_hard_link(folder + "/" + name, folder + kKept + "/" + name, ignored);
  }
}

void BringBackTemporaryFiles(const std::string& folder) {
  for (const std::string& name : TemporaryFiles(folder + kKept)) {
    std::error_code ignored;
    std::filesystem::rename(folder + kKept + "/" + name, folder + "/" + name, ignored);
    std::filesystem::remove(folder + kKept + "/" + name,
                            ignored);  // rename() of two links to one file does nothing
  }
}

}  // namespace rivet::sim
