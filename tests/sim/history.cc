#include "history.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/budget.h"
#include "base/hash.h"
#include "disk.h"
#include "engine/engine.h"
#include "fake_destination.h"
#include "fake_format.h"
#include "fake_ledger.h"
#include "fake_source.h"
#include "manifest/manifest.h"
#include "process.h"
#include "sim_world.h"

namespace rivet::sim {
namespace {

constexpr int kStormsMax = 6;
constexpr int kCalmsMax = 6;
constexpr char kExport[] = "rows";

// Counts what the engine tells.
class CountingObserver : public model::Observer {
 public:
  explicit CountingObserver(Disk* disk) : disk_(*disk) {}
  void On(const model::Event& event) override {
    if (const auto* warned = std::get_if<model::Warned>(&event))
      ++disk_.seen["warned " + warned->rule];
    if (std::holds_alternative<model::RetryPlanned>(event)) ++disk_.seen["retries"];
    const auto* started = std::get_if<model::RunStarted>(&event);
    if (started != nullptr && started->resumed) ++disk_.seen["runs resumed"];
  }

 private:
  Disk& disk_;
};

// How a process was started.
struct Command {
  bool resume = false, force = false, reconcile = false;
  int64_t lock_wait_s = 0;
};

struct Ending {
  Command command;
  bool dead = false;
  Status status;
  model::RunResult result;
};

class History {
 public:
  explicit History(uint64_t seed)
      : dice_(seed),
        sparse_(dice_.OneIn(2)),
        null_keys_(dice_.OneIn(3)),
        world_(seed, ReplayLine(seed)),
        disk_(Table(&dice_, sparse_, null_keys_), staging_.path()) {
    disk_.one_host = !dice_.OneIn(5);
    shape_.null_keys = null_keys_;
    shape_.heap_blocks = dice_.OneIn(2);
    drivers_.formats = {&FakeFormat()};
    drivers_.destinations = {&FakeDestination()};
    ChooseConfig();
  }

  HistoryResult Run() {
    Storms();
    if (Broken()) return Told();
    bool done = false;
    for (int i = 0; i < kCalmsMax && !done && !Broken(); ++i) done = IsComplete(Start(Weather{}));
    if (!done && !Broken()) disk_.Broken("P10: does not converge in calm weather");
    if (!Broken()) OneMore();
    return Told();
  }

 private:
  bool Broken() const { return !disk_.broken.empty(); }

  HistoryResult Told() {
    told_.broken = disk_.broken;
    told_.seen = disk_.seen;
    told_.trace_hash = world_.trace_hash();
    told_.steps = world_.steps();
    return told_;
  }

  void ChooseConfig() {
    config_.path = "sim.yaml";
    config_.folder = "/sim";
    config_.source.type = "postgres";
    config_.source.tuning.throttle_ms = 0;
    config_.source.tuning.retry_backoff_ms = 100;
    config_.source.tuning.max_retries = dice_.Below(4);
    config::Export item;
    item.name = kExport;
    item.table = "public.rows";
    item.mode = dice_.OneIn(4) ? model::Mode::kFull : model::Mode::kChunked;
    item.chunk_column = null_keys_ ? "key" : "id";
    item.chunk_size = 1 + dice_.Below(sparse_ ? 30 : 12);
    ChooseCut(&item);
    item.parallel = 1 + dice_.Below(3);
    item.chunk_checkpoint = !dice_.OneIn(4);
    if (dice_.OneIn(3)) item.chunk_max_attempts = 1 + dice_.Below(3);
    if (dice_.OneIn(3)) item.max_file_bytes = 20 + dice_.Below(100);
    item.skip_empty = dice_.OneIn(3);
    item.destination.type = "local";
    item.destination.path = dice_.OneIn(3) ? "/sim/{run_id}" : "/sim/out";
    config_.exports.push_back(std::move(item));
    budget_bytes_ = dice_.OneIn(2) ? 300 : 1 << 20;
  }

  // Most histories cut by width; the others by a count or at keys.
  void ChooseCut(config::Export* item) {
    if (item->mode != model::Mode::kChunked || dice_.OneIn(2)) return;
    if (dice_.OneIn(3)) {
      item->chunk_count = 1 + dice_.Below(9);
    } else if (null_keys_ || dice_.OneIn(2)) {
      item->chunk_dense = true;
    } else {
      item->chunk_by_key = "id";
      item->chunk_column.clear();
    }
  }

  // How rough it is for all storms of this history: most have one or two kinds of trouble.
  void Storms() {
    const int storms = static_cast<int>(dice_.Below(kStormsMax));
    const int64_t failures = dice_.OneIn(2) ? dice_.Below(40) : 0;
    const int64_t lost_replies = dice_.OneIn(4) ? dice_.Below(20) : 0;
    const int64_t writers = dice_.OneIn(3) ? 0 : dice_.Below(100);
    const int64_t clock = dice_.OneIn(4) ? dice_.Below(20) : 0;
    const int64_t garbled = dice_.OneIn(10) ? 300 : 0;
    const int64_t row_loss = dice_.OneIn(10) ? 100 : 0;
    for (int i = 0; i < storms && !Broken(); ++i) {
      Weather weather;
      if (dice_.Percent(60)) weather.die_at = SomePassage();
      if (dice_.Percent(15)) weather.stop_at = SomePassage();
      if (dice_.Percent(15)) weather.freeze_at = SomePassage();
      weather.freeze_s = 1 + dice_.Below(200);
      weather.failure_per_mille = failures;
      weather.lost_reply_per_mille = lost_replies;
      weather.writers_per_mille = writers;
      weather.clock_per_mille = clock;
      weather.garble_per_mille = garbled;
      weather.row_loss_per_mille = row_loss;
      if (dice_.OneIn(5)) {
        StartTwo(weather);
      } else {
        Start(weather);
      }
      if (dice_.OneIn(4)) disk_.table.Disturb(&dice_);
      if (dice_.OneIn(3)) Pause(dice_.Below(90));
      if (dice_.OneIn(8)) Steal();
    }
  }

  // As likely at the beginning as anywhere else in the longest life seen so far.
  int64_t SomePassage() {
    return dice_.OneIn(3) ? dice_.Scaled(7) : dice_.Below(passages_seen_ + 20);
  }

  // Somebody removes a part of a run in progress.
  void Steal() {
    for (LedgerRun& run : disk_.runs) {
      if (!run.run.open || run.parts.empty()) continue;
      const auto& part =
          run.parts[static_cast<size_t>(dice_.Below(static_cast<int64_t>(run.parts.size())))];
      const std::string name = run.run.destination_uri.substr(7) + "/" + part.path;
      if (disk_.objects.erase(name) == 0) continue;
      disk_.stolen.insert(name);
      ++disk_.seen["parts stolen"];
    }
  }

  void Pause(int64_t seconds) { SleepFor(world_, std::chrono::seconds(seconds), {}); }

  // What somebody would type next, from what the last process said.
  Command NextCommand() {
    Command command;
    command.reconcile = dice_.OneIn(4);
    if (!last_.has_value() || last_->status.ok()) return command;
    command.resume = dice_.Percent(70);
    if (Is(last_->status, engine::kNeverRan)) command.resume = false;
    if (Is(last_->status, engine::kRunInProgress)) command.resume = true;
    if (Is(last_->status, engine::kMarkerPresent)) command.resume = command.force = true;
    return command;
  }

  Ending Start(const Weather& weather) {
    const Command command = NextCommand();
    Process process(&world_, &disk_, dice_.Next(), weather, ++told_.processes);
    world_.SetOwner(&process);
    Ending ending = RunProcess(&process, command);
    world_.SetOwner(nullptr);
    AfterProcess(process, ending);
    last_ = ending;
    return ending;
  }

  // Two processes at the same time; each may see the other's lease.
  void StartTwo(const Weather& weather) {
    Command command = NextCommand();
    if (dice_.OneIn(2)) command.lock_wait_s = 120;
    std::vector<std::unique_ptr<Process>> processes;
    std::vector<Ending> endings(2);
    std::vector<std::unique_ptr<Thread>> threads;
    const bool takeover = !disk_.one_host && dice_.OneIn(2);
    if (takeover) command.lock_wait_s = 240;
    for (int i = 0; i < 2; ++i) {
      Weather own = weather;
      if (i == 1) own.die_at = own.freeze_at = -1;
      if (i == 0 && takeover) {  // the first sleeps through its lease, the second waits for it
        own.die_at = -1;
        own.freeze_at = SomePassage();
        own.freeze_s = 50 + dice_.Below(200);
      }
      processes.push_back(
          std::make_unique<Process>(&world_, &disk_, dice_.Next(), own, ++told_.processes));
      processes.back()->set_alone(false);
    }
    for (size_t i = 0; i < 2; ++i) {
      world_.SetOwner(processes[i].get());
      threads.push_back(world_.Spawn("process", [this, &endings, &processes, i, command] {
        endings[i] = RunProcess(processes[i].get(), command);
      }));
    }
    world_.SetOwner(nullptr);
    threads.clear();
    for (size_t i = 0; i < 2; ++i) AfterProcess(*processes[i], endings[i]);
    last_ = endings[dice_.Below(2)];
  }

  Ending RunProcess(Process* process, const Command& command) {
    Ending ending;
    ending.command = command;
    const auto ledger = MakeFakeLedger(process);
    CountingObserver observer(&disk_);
    Budget budget(world_, budget_bytes_);
    const engine::Rooms rooms{world_, drivers_, *ledger, observer, budget};
    const engine::OpenSource open = [this, process](std::stop_token) {
      return OpenFakeSource(process, shape_);
    };
    engine::RunOptions options;
    options.resume = command.resume;
    options.force = command.force;
    options.reconcile = command.reconcile;
    options.lock_wait = std::chrono::seconds(command.lock_wait_s);
    options.tool_version = "sim";
    const auto outcome =
        engine::RunExport(rooms, config_, config_.exports[0], open, options, process->stop());
    ending.dead = process->dead();
    ending.status = outcome.status;
    ending.result = outcome.result;
    if (budget.taken() != 0)
      disk_.Broken("P7: " + std::to_string(budget.taken()) + " bytes are still taken at the end");
    CheckVerdict(*process, ending);
    return ending;
  }

  void AfterProcess(const Process& process, const Ending& ending) {
    if (process.dead()) {
      ++told_.deaths;
      BringBackTemporaryFiles(disk_.staging_folder);
    }
    disk_.dead.insert(
        process.number());  // whoever has ended holds no lease that its machine would honour
    Tell(process, ending);
    CheckRest(&disk_);
    // Somebody looks into it: bytes that a store has changed are taken away by hand.
    for (const std::string& name : disk_.garbled) disk_.objects.erase(name);
    disk_.garbled.clear();
  }

  void Tell(const Process& process, const Ending& ending) {
    std::string line = "process " + std::to_string(process.number()) +
                       (ending.command.resume ? " --resume" : "") +
                       (ending.command.force ? " --force" : "") +
                       (ending.command.reconcile ? " --reconcile" : "") +
                       (ending.command.lock_wait_s > 0 ? " --lock-wait" : "") + ": ";
    if (ending.dead) {
      line += "died at passage " + std::to_string(process.weather.die_at);
    } else {
      line += ending.status.ok()
                  ? std::string(ToString(ending.result.status)) + " " + ending.result.run_id
                  : ending.status.ToString();
    }
    told_.told.push_back(std::move(line));
  }

  // P5, P9: what a living process says is true.
  void CheckVerdict(const Process& process, const Ending& ending) {
    if (ending.dead) return;
    const Status& status = ending.status;
    if (ending.result.reconciliation) ++disk_.seen["runs counted"];
    if (Is(status, engine::kSourceDiffers)) return CheckDifference(ending.result);
    if (!status.ok()) {
      if (CodeOf(status) == nullptr || ClassOf(status) == FaultClass::kInternal) {
        disk_.Broken("P9: unexplained failure: " + status.ToString());
      }
      if (Is(status, state::kLocked) != process.refused_lock && !process.was_stopped()) {
        disk_.Broken("P9: the lease was refused and the process says " + status.ToString());
      }
      return;
    }
    if (process.refused_lock) disk_.Broken("P5: success without the lease");
    if (process.garbled) disk_.Broken("P5: success over a manifest that does not read back");
    if (ending.result.status == model::RunStatus::kSuccess) return CheckSuccess(ending.result);
    if (ending.result.status != model::RunStatus::kSkipped)
      disk_.Broken("P5: exit 0 without success");
    if (!ending.command.resume && (!config_.exports[0].skip_empty || ending.result.rows != 0)) {
      disk_.Broken("P5: a run is skipped although nobody asked for it");
    }
  }

  // A run that is told to differ from its source is delivered all the same, and somebody has
  // written since it began.
  void CheckDifference(const model::RunResult& result) {
    ++disk_.seen["differences told"];
    if (disk_.table.moment() == disk_.began_at[result.run_id])
      disk_.Broken("P5: a difference from a table that nobody has changed");
    CheckSuccess(result);
  }

  void CheckSuccess(const model::RunResult& result) {
    const LedgerRun* run = disk_.FindRun(result.run_id);
    if (run == nullptr || run->run.open || run->status != model::RunStatus::kSuccess) {
      return disk_.Broken("P5: success of a run that the ledger has not closed");
    }
    ++told_.successes;
    const std::string root = run->run.destination_uri.substr(7);
    const auto object = disk_.objects.find(root + "/" + std::string(manifest::kManifestKey));
    if (object == disk_.objects.end()) return disk_.Broken("P5: success without manifest.json");
    const auto parsed = manifest::Parse(object->second.bytes);
    if (!parsed.ok()) return disk_.Broken("P5: success with a manifest that cannot be read");
    if (parsed->run_id != result.run_id) return;  // another run has finished here meanwhile
    CheckDataset(&disk_, root);
    const auto marker = disk_.objects.find(root + "/" + std::string(manifest::kSuccessKey));
    if (marker == disk_.objects.end() || manifest::ParseSuccessBody(marker->second.bytes) !=
                                             FingerprintText(Xxh3(object->second.bytes))) {
      disk_.Broken("P5: success without a marker that fits");
    }
    if (result.rows != parsed->row_count || result.files != parsed->part_count) {
      disk_.Broken("P5: the result tells " + std::to_string(result.rows) + " rows, the manifest " +
                   std::to_string(parsed->row_count));
    }
  }

  bool IsComplete(const Ending& ending) {
    if (ending.status.ok()) return true;
    // A holder on another host that is silent loses its lease after a minute.
    if (Is(ending.status, state::kLocked)) Pause(state::kLeaseMicros / 1'000'000 + 1);
    return false;
  }

  // After success the same command makes a new complete set, and nothing of the storms is left
  // over.
  void OneMore() {
    last_.reset();
    const size_t runs = disk_.runs.size();
    const Ending ending = Start(Weather{});
    if (!ending.status.ok())
      return disk_.Broken("P10: one more run fails: " + ending.status.ToString());
    if (disk_.runs.size() != runs + 1) disk_.Broken("P10: one more run made no run");
    for (const std::string& name : TemporaryFiles(disk_.staging_folder))
      disk_.Broken("P3: left over: " + name);
    for (const LedgerRun& run : disk_.runs) {
      if (run.run.open) disk_.Broken("P10: run " + run.run.run_id + " stays open");
    }
    const auto lease = disk_.leases.find(kExport);
    if (lease != disk_.leases.end() && lease->second.held)
      disk_.Broken("P10: the lease stays held");
  }

  Dice dice_;
  const bool sparse_, null_keys_;
  StagingFolder staging_;
  SimWorld world_;
  Disk disk_;
  TableShape shape_;
  engine::Drivers drivers_;
  config::Config config_;
  int64_t budget_bytes_ = 0, passages_seen_ = 60;
  std::optional<Ending> last_;
  HistoryResult told_;
};

}  // namespace

std::string ReplayLine(uint64_t seed) {
  return "replay: RIVET_SIM_SEED=" + std::to_string(seed) +
         " RIVET_SIM_HISTORIES=1 <build>/tests/rivet_histories_test";
}

HistoryResult RunHistory(uint64_t seed) { return History(seed).Run(); }

}  // namespace rivet::sim
