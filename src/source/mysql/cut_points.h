#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "base/world.h"
#include "client/mysql/connection.h"
#include "model/facts.h"
#include "model/query.h"
#include "source/mysql/key_walk.h"

namespace rivet::source::mysql {

// The walk along a key that cuts a relation into pieces of about `rows` rows (source.h, CutPoints):
// one short statement a step where an index leads with the key, else one statement for all. Each
// step expects to run inside a read-only transaction of its own. Used by one thread.
class CutWalk {
 public:
  // `index`: the one of query.page_key; may be empty.
  CutWalk(const model::BoundedQuery& query, std::string index, int64_t rows);
  // True: many short steps. False: one statement, which sorts.
  static bool Paced(const model::BoundedQuery& query);
  bool done() const { return done_; }
  Status Step(client::mysql::Connection& connection, World& world, const std::stop_token& stop);
  model::KeyFacts TakeFacts() { return std::move(facts_); }

 private:
  Status StepAlong(client::mysql::Connection& connection, World& world,
                   const std::stop_token& stop);
  Status GroupAll(client::mysql::Connection& connection, const std::stop_token& stop);

  const model::BoundedQuery& query_;
  const model::KeyColumn& key_;
  const int64_t rows_;
  bool asked_for_nulls_ = false, done_ = false;
  KeyWalk walk_;          // along the key's first column alone: rows of equal keys are one step
  int64_t step_;          // rows of the next statement
  int64_t in_piece_ = 0;  // rows of the open piece that were walked over
  model::KeyFacts facts_;
};

}  // namespace rivet::source::mysql
