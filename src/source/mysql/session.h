#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "client/mysql/connection.h"
#include "source/source.h"

namespace rivet::source::mysql {

// One session with one MySQL or MariaDB server. Whatever touches a user's relation runs in a short
// read-only transaction of its own. Used by one thread at a time. Errors: the codes of
// source/faults.h, from the server's error number.
class Session : public Source {
 public:
  // `tuning` bounds the statements that carry no limits of their own: List and Describe.
  Session(World& world, std::unique_ptr<client::mysql::Connection> connection,
          const config::TuningKeys& tuning, std::stop_token stop);

  Result<model::ServerFacts> Identify() override;
  Result<std::vector<model::RelationName>> List(const model::RelationFilter& filter) override;
  Result<model::TableFacts> Describe(const model::Relation& relation) override;
  std::string SelectText(const model::TableFacts& facts) override;
  Result<model::QueryCost> Explain(const model::BoundedQuery& query) override;
  Result<model::KeyFacts> Bounds(const model::BoundedQuery& query) override;
  Result<model::KeyFacts> CutPoints(const model::BoundedQuery& query, int64_t rows) override;
  Result<BatchReader> Read(const model::BoundedQuery& query, const ReadContext& context) override;
  Result<int64_t> Count(const model::BoundedQuery& query, const ReadContext& context) override;

 private:
  // Asked once; a session that is new to its server asks by itself.
  Result<model::ServerFacts> Facts();
  // Runs `body` between START TRANSACTION and COMMIT; its failure rolls back.
  template <typename Body>
  auto InRead(const model::Limits& limits, const std::stop_token& stop, const Body& body)
      -> decltype(body());
  // The index that the query's pages walk along; empty when it is not paged.
  Result<std::string> PageIndex(const model::BoundedQuery& query, const std::stop_token& stop);

  World& world_;
  const std::unique_ptr<client::mysql::Connection> connection_;
  const std::stop_token stop_;
  model::Limits catalog_limits_{};
  std::optional<model::ServerFacts> facts_;
  bool warned_of_one_count_ = false;
};

}  // namespace rivet::source::mysql
