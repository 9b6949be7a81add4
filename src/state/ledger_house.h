#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "state/ledger.h"

// What a test of ledgers needs besides the ledger: a clock it sets, a store it opens several times,
// runs and parts.
namespace rivet::state {

// The real world with a clock that tests set.
class ClockWorld : public World {
 public:
  WallMicros Now() override { return now_; }
  void Advance(int64_t micros) { now_ += micros; }
  SteadyMicros Steady() override { return real_->Steady(); }
  std::unique_ptr<Monitor> MakeMonitor() override { return real_->MakeMonitor(); }
  std::unique_ptr<Thread> Spawn(std::string name, std::function<void()> body) override {
    return real_->Spawn(std::move(name), std::move(body));
  }
  uint64_t Random() override { return real_->Random(); }
  int64_t ResidentBytes() override { return real_->ResidentBytes(); }
  Log& log() override { return real_->log(); }
  Redactor& redactor() override { return real_->redactor(); }

 private:
  const std::unique_ptr<World> real_ = MakeRealWorld();
  std::atomic<WallMicros> now_{1'800'000'000'000'000};
};

// One store, which may be opened several times: each handle is like another process.
class LedgerHouse {
 public:
  virtual ~LedgerHouse() = default;
  virtual Result<std::unique_ptr<Ledger>> Open(World& world) = 0;
};

// The same for ledger and history together.
class StoreHouse {
 public:
  virtual ~StoreHouse() = default;
  virtual Result<Store> Open(World& world) = 0;
};

struct LedgerPlace {
  std::string name;
  std::function<std::unique_ptr<LedgerHouse>()> make;
};
inline Owner ElsewhereOwner(const std::string& token) {
  return {"elsewhere.example", "boot/1", 4711, 99, token};
}

inline RunStart StartOf(const std::string& run_id, int units, bool checkpoint = true) {
  RunStart start;
  start.run.run_id = run_id;
  start.run.export_name = "orders";
  start.run.plan_fingerprint = "v2:0123456789abcdef";
  start.run.mode = "chunked";
  start.run.stamp = "20270115_080000";
  start.run.destination_uri = "file:///data/orders";
  start.run.format = "parquet";
  start.run.compression = "zstd";
  start.run.checkpoint = checkpoint;
  start.run.unit_attempts_max = 2;
  start.run.created_at = 1'800'000'000'000'000;
  for (int i = 0; i < units; ++i) {
    model::Unit unit;
    unit.index = i;
    unit.start_key = std::to_string(i * 10 + 1);
    unit.end_key = std::to_string(i * 10 + 10);
    start.units.push_back(unit);
  }
  return start;
}

inline model::Part PartOf(const std::string& path, int64_t rows) {
  model::Part part;
  part.path = path;
  part.rows = rows;
  part.bytes = rows * 100;
  part.fingerprint = "xxh3:00000000000000ff";
  part.created_at = 1'800'000'001'000'000;
  return part;
}

inline model::UnitCommit CommitOf(const std::string& run_id, int64_t unit_index,
                                  std::vector<model::Part> parts) {
  model::UnitCommit commit;
  commit.run_id = run_id;
  commit.unit_index = unit_index;
  for (const model::Part& part : parts) commit.rows += part.rows;
  commit.parts = std::move(parts);
  commit.null_counts = {0, 3};
  return commit;
}

}  // namespace rivet::state
