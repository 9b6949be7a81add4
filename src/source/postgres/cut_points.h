#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "base/world.h"
#include "client/postgres/connection.h"
#include "model/facts.h"
#include "model/query.h"
#include "source/postgres/key_walk.h"

namespace rivet::source::postgres {

// The walk along a key that cuts a relation into pieces of about `rows` rows (source.h, CutPoints):
// one short statement a step where an index leads with the key, else one statement for all. Each
// step expects to run inside a read-only transaction of its own. Used by one thread.
class CutWalk {
 public:
  CutWalk(const model::BoundedQuery& query, int64_t rows);
  // True: many short steps. False: one statement, which sorts.
  bool paced() const { return paced_; }
  bool done() const { return done_; }
  Status Step(client::postgres::Connection& connection, World& world, const std::stop_token& stop);
  model::KeyFacts TakeFacts() { return std::move(facts_); }

 private:
  Status LookForNulls(client::postgres::Connection& connection, const std::stop_token& stop);
  Status StepAlong(client::postgres::Connection& connection, World& world,
                   const std::stop_token& stop);
  Status SortAll(client::postgres::Connection& connection, const std::stop_token& stop);

  const model::BoundedQuery& query_;
  const model::KeyColumn& key_;
  const int64_t rows_;
  const bool paced_;
  bool asked_for_nulls_ = false, done_ = false;
  KeyWalk walk_;          // along the key's first column alone: rows of equal keys are one step
  int64_t step_;          // rows of the next statement
  int64_t in_piece_ = 0;  // rows of the open piece that were walked over
  model::KeyFacts facts_;
};

}  // namespace rivet::source::postgres
