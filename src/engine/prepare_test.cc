#include <gtest/gtest.h>

#include "engine/engine.h"

namespace rivet::engine {
namespace {

inline constexpr FaultCode kAsked{"RIVET_TEST_ASKED", FaultClass::kPermanent, "None."};

// A server with one table that tells what its catalog says and refuses to be asked for keys.
class CatalogOnly : public source::Source {
 public:
  Result<model::ServerFacts> Identify() override { return model::ServerFacts{}; }
  Result<std::vector<model::RelationName>> List(const model::RelationFilter&) override {
    return Asked();
  }
  Result<model::TableFacts> Describe(const model::Relation& relation) override {
    model::TableFacts facts;
    facts.relation = relation;
    model::Column id;
    id.name = "id";
    id.native_type = "bigint";
    id.type.kind = model::TypeKind::kInt64;
    id.not_null = true;
    facts.columns = {id};
    facts.indexes = {{"t_pkey", {"id"}, true, true, true}};
    return facts;
  }
  std::string SelectText(const model::TableFacts&) override { return ""; }
  Result<model::QueryCost> Explain(const model::BoundedQuery&) override {
    return model::QueryCost{};
  }
  Result<model::KeyFacts> Bounds(const model::BoundedQuery&) override { return Asked(); }
  Result<model::KeyFacts> CutPoints(const model::BoundedQuery&, int64_t) override {
    return Asked();
  }
  Result<source::BatchReader> Read(const model::BoundedQuery&,
                                   const source::ReadContext&) override {
    return Asked();
  }
  Result<int64_t> Count(const model::BoundedQuery&, const std::stop_token&) override {
    return Asked();
  }

 private:
  static Status Asked() { return Fail(kAsked, "the server was asked for rows or keys"); }
};

class PrepareTest : public ::testing::TestWithParam<bool> {};

TEST_P(PrepareTest, AResumedRunKeepsItsUnitsAndAsksForNoKeys) {
  config::Config config;
  config.source.type = "postgres";
  config::Export item;
  item.name = item.table = "t";
  item.mode = model::Mode::kChunked;
  item.chunk_column = "id";
  item.chunk_dense = GetParam();
  item.destination.type = "local";
  item.destination.path = "/out";
  CatalogOnly source;
  EXPECT_TRUE(Is(Prepare(source, config, item).status(), kAsked)) << "a fresh run cuts its windows";
  const auto resumed = Prepare(source, config, item, model::Mode::kChunked);
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_TRUE(resumed->plan.units.empty());
  EXPECT_EQ(resumed->plan.chunk_key[0].name, "id");
}

INSTANTIATE_TEST_SUITE_P(Cuts, PrepareTest, ::testing::Bool());

}  // namespace
}  // namespace rivet::engine
