#include <arrow/scalar.h>
#include <gtest/gtest.h>

#include "engine/engine.h"

namespace rivet::engine {
namespace {

inline constexpr FaultCode kAsked{"RIVET_TEST_ASKED", FaultClass::kPermanent, "None."};

// A server with one table that tells what its catalog says and refuses to be asked for keys; with
// `ends`, for more than the first and the last one.
class CatalogOnly : public source::Source {
 public:
  explicit CatalogOnly(bool ends = false) : ends_(ends) {}
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
    facts.row_estimate = 250'001;
    return facts;
  }
  std::string SelectText(const model::TableFacts&) override { return ""; }
  Result<model::QueryCost> Explain(const model::BoundedQuery&) override {
    return model::QueryCost{};
  }
  Result<model::KeyFacts> Bounds(const model::BoundedQuery&) override {
    if (!ends_) return Asked();
    model::KeyFacts facts;
    facts.min = std::make_shared<arrow::Int64Scalar>(1);
    facts.max = std::make_shared<arrow::Int64Scalar>(900);
    return facts;
  }
  Result<model::KeyFacts> CutPoints(const model::BoundedQuery&, int64_t) override {
    return Asked();
  }
  Result<source::BatchReader> Read(const model::BoundedQuery&,
                                   const source::ReadContext&) override {
    return Asked();
  }
  Result<int64_t> Count(const model::BoundedQuery&, const source::ReadContext&) override {
    return Asked();
  }

 private:
  static Status Asked() { return Fail(kAsked, "the server was asked for rows or keys"); }

  const bool ends_;
};

config::Config PostgresConfig() {
  config::Config config;
  config.source.type = "postgres";
  return config;
}

config::Export ChunkedExport() {
  config::Export item;
  item.name = item.table = "t";
  item.mode = model::Mode::kChunked;
  item.destination.type = "local";
  item.destination.path = "/out";
  return item;
}

class PrepareTest : public ::testing::TestWithParam<bool> {};

TEST_P(PrepareTest, AResumedRunKeepsItsUnitsAndAsksForNoKeys) {
  const config::Config config = PostgresConfig();
  config::Export item = ChunkedExport();
  item.chunk_column = "id";
  item.chunk_dense = GetParam();
  CatalogOnly source;
  EXPECT_TRUE(Is(Prepare(source, config, item).status(), kAsked)) << "a fresh run cuts its windows";
  const auto resumed = Prepare(source, config, item, model::Mode::kChunked);
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_TRUE(resumed->plan.units.empty());
  EXPECT_EQ(resumed->plan.chunk_key[0].name, "id");
}

// What check says of windows at keys comes from the catalog and the key's two ends.
TEST(PrepareEstimateTest, WalksAlongNoKey) {
  const config::Config config = PostgresConfig();
  CatalogOnly source(true);
  for (const bool keyset : {true, false}) {
    config::Export item = ChunkedExport();
    item.chunk_size = 1000;
    (keyset ? item.chunk_by_key : item.chunk_column) = "id";
    item.chunk_dense = !keyset;
    EXPECT_TRUE(Is(Prepare(source, config, item).status(), kAsked)) << "a run cuts its windows";
    const auto prepared = PrepareEstimate(source, config, item);
    ASSERT_TRUE(prepared.ok()) << prepared.status();
    EXPECT_TRUE(prepared->plan.units.empty());
    EXPECT_EQ(prepared->units_estimate, 251);
    EXPECT_EQ(prepared->key_range, "1..900");
  }
  config::Export item = ChunkedExport();
  item.chunk_column = "id";
  item.chunk_count = 9;
  const auto counted = PrepareEstimate(source, config, item);
  ASSERT_TRUE(counted.ok()) << counted.status();
  EXPECT_EQ(counted->plan.units.size(), 9U) << "the two ends are all it takes";
}

INSTANTIATE_TEST_SUITE_P(Cuts, PrepareTest, ::testing::Bool());

}  // namespace
}  // namespace rivet::engine
