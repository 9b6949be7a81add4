#pragma once

#include <memory>
#include <stop_token>

#include "base/world.h"
#include "state/ledger.h"

namespace rivet::engine {

// Takes the lease of an export, waiting up to `wait` for another live run to end. kLocked names the
// holder.
Result<state::Lease> TakeLease(World& world, state::Ledger& ledger, const std::string& export_name,
                               std::chrono::seconds wait, const std::stop_token& stop);

// Renews a lease on a thread of its own and gives it back at the end. When it is lost, `run_stop`
// is requested: the run publishes nothing more.
class LeaseKeeper {
 public:
  LeaseKeeper(World& world, state::Ledger& ledger, state::Lease lease, std::stop_source run_stop);
  ~LeaseKeeper();
  const state::Lease& lease() const { return lease_; }
  bool lost() const;

 private:
  void Keep();

  World& world_;
  state::Ledger& ledger_;
  const state::Lease lease_;
  std::stop_source run_stop_;
  std::stop_source own_stop_;
  std::unique_ptr<Monitor> monitor_;
  bool lost_ = false;
  std::unique_ptr<Thread> thread_;
};

}  // namespace rivet::engine
