#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "client/postgres/connection.h"
#include "source/source.h"

namespace rivet::source::postgres {

// One session with one PostgreSQL server. Whatever touches a user's relation runs in a short
// read-only transaction of its own, so nothing is left behind in a session that a pooler hands on.
// Used by one thread at a time. Errors: the codes of source/faults.h, from SQLSTATE.
class Session : public Source {
 public:
  // `tuning` bounds the statements that carry no limits of their own: List and Describe.
  Session(World& world, std::unique_ptr<client::postgres::Connection> connection,
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
  // Runs `body` between BEGIN and COMMIT; its failure rolls back. `settings` is more SQL of SET
  // LOCALs.
  template <typename Body>
  auto InRead(const model::Limits& limits, const std::string& settings, const std::stop_token& stop,
              const Body& body) -> decltype(body());

  World& world_;
  const std::unique_ptr<client::postgres::Connection> connection_;
  const std::stop_token stop_;
  model::Limits catalog_limits_{};
  std::optional<model::ServerFacts> facts_;
};

}  // namespace rivet::source::postgres
