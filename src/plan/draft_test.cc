#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "plan/plan.h"

namespace rivet::plan {
namespace {

model::Column Column(const std::string& name, model::TypeKind kind, bool not_null) {
  model::Column column;
  column.name = name;
  column.native_type = kind == model::TypeKind::kInt64 ? "bigint" : "text";
  column.type.kind = kind;
  column.not_null = not_null;
  return column;
}

model::IndexFacts Index(std::vector<std::string> columns, bool primary, bool unique = true) {
  model::IndexFacts index;
  index.columns = std::move(columns);
  index.primary = primary;
  index.unique = unique;
  index.usable = true;
  return index;
}

struct Story {
  config::Config config;
  config::Export item;
  model::TableFacts facts;
  model::ServerFacts server;

  Story() {
    config.folder = "/tmp";
    config.source.type = "postgres";
    item.name = "orders";
    item.table = "orders";
    item.destination = {"local", "out"};
    facts.relation.table = {"public", "orders"};
    facts.columns = {Column("id", model::TypeKind::kInt64, true),
                     Column("note", model::TypeKind::kText, false)};
    facts.indexes = {Index({"id"}, true)};
    facts.row_estimate = 5'000'000;
    facts.heap_blocks = true;
    server.engine = "postgres";
  }
  Result<model::Plan> Make() { return Draft(config, item, facts, server); }
};

TEST(Draft, FullReadsAPlainHeapByBlocks) {
  Story story;
  const auto plan = story.Make();
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->whole_heap);
  EXPECT_TRUE(plan->page_key.empty());
  ASSERT_EQ(plan->row_key.size(), 1u);
  EXPECT_EQ(plan->row_key[0].name, "id");
  EXPECT_FALSE(plan->may_renew_snapshot);
}

TEST(Draft, FullWithoutBlocksPagesAlongTheKey) {
  Story story;
  story.facts.heap_blocks = false;
  const auto plan = story.Make();
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->page_key.size(), 1u);
  EXPECT_EQ(plan->page_key[0].name, "id");
}

TEST(Draft, FullOfAQueryIsNeverPaged) {
  Story story;
  story.item.query = "SELECT 1";
  story.facts.relation = {{}, "SELECT 1"};
  const auto plan = story.Make();
  ASSERT_TRUE(plan.ok());
  EXPECT_FALSE(plan->whole_heap);
  EXPECT_TRUE(plan->page_key.empty());
}

TEST(Draft, ChunkedTakesTheIntegerPrimaryKeyAndSaysSo) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  const auto plan = story.Make();
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->chunk_key[0].name, "id");
  EXPECT_TRUE(plan->may_renew_snapshot);
  ASSERT_FALSE(plan->warnings.empty());
  EXPECT_EQ(plan->warnings[0].rule, "chunk-column-chosen");
}

TEST(Draft, ChunkedOnAColumnWithoutUniqueIndexIsNotPaged) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.item.chunk_column = "batch";
  story.facts.columns.push_back(Column("batch", model::TypeKind::kInt64, false));
  const auto plan = story.Make();
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->page_key.empty());
  EXPECT_FALSE(plan->may_renew_snapshot);
}

bool Warns(const model::Plan& plan, const std::string& rule) {
  return std::any_of(plan.warnings.begin(), plan.warnings.end(),
                     [&](const model::PlanWarning& warning) { return warning.rule == rule; });
}

TEST(Draft, RowsAreCountedAlongWhatIsUniqueAndByUnitWhereAnIndexLeadsToIt) {
  Story story;
  auto plan = story.Make();
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->count_key.size(), 1u) << "blocks are read, and the key counts";
  story.item.mode = model::Mode::kChunked;
  story.item.chunk_column = "batch";
  story.facts.columns.push_back(Column("batch", model::TypeKind::kInt64, false));
  plan = story.Make();
  ASSERT_TRUE(plan.ok());
  EXPECT_FALSE(plan->count_by_unit);
  EXPECT_EQ(plan->count_key.at(0).name, "id");
  story.facts.indexes.push_back(Index({"batch"}, false, false));
  plan = story.Make();
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->count_by_unit) << "each chunk is found by its index";
  EXPECT_TRUE(plan->count_key.empty());
  story.item.chunk_column = "id";
  plan = story.Make();
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->count_by_unit);
  EXPECT_EQ(plan->count_key.at(0).name, "id");
}

TEST(Draft, ChunksThatAreNotPagedOrKeepTheirSnapshotAreToldOf) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.item.chunk_column = "id";
  auto plan = story.Make();
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->warnings.empty()) << "the primary key";
  story.facts.columns.push_back(Column("batch", model::TypeKind::kInt64, true));
  story.item.chunk_column = "batch";
  plan = story.Make();
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(Warns(*plan, "chunk-not-paged"));
  story.facts.indexes.push_back(Index({"batch"}, false));
  plan = story.Make();
  ASSERT_TRUE(plan.ok());
  EXPECT_FALSE(Warns(*plan, "chunk-not-paged"));
  EXPECT_TRUE(Warns(*plan, "snapshot-not-renewed"));
  EXPECT_FALSE(plan->may_renew_snapshot);
  story.facts.relation.query = "SELECT * FROM orders";
  story.facts.kind = model::RelationKind::kQuery;
  plan = story.Make();
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(Warns(*plan, "chunk-not-paged"));
}

TEST(Draft, ANullableUniqueKeyIsNoPageKey) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.item.chunk_column = "batch";
  story.facts.columns.push_back(Column("batch", model::TypeKind::kInt64, false));
  story.facts.indexes.push_back(Index({"batch"}, false));
  const auto plan = story.Make();
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->page_key.empty());
}

TEST(Draft, ACompositeKeyThatLeadsWithTheChunkColumnIsPaged) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.item.chunk_column = "id";
  story.facts.columns.push_back(Column("line", model::TypeKind::kInt64, true));
  story.facts.indexes = {Index({"id", "line"}, true)};
  const auto plan = story.Make();
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->page_key.size(), 2u);
  EXPECT_EQ(plan->page_key[1].name, "line");
  EXPECT_TRUE(plan->may_renew_snapshot);
}

TEST(Draft, ASmallTableIsReadAsOneUnlessTheColumnWasNamed) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.item.chunk_size = 1000;
  story.facts.row_estimate = 900;
  EXPECT_EQ(story.Make()->mode, model::Mode::kFull);
  story.item.chunk_column = "id";
  EXPECT_EQ(story.Make()->mode, model::Mode::kChunked);
}

TEST(Draft, AResumedRunKeepsItsModeWhateverStatisticsSay) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.facts.row_estimate = 10;
  const auto plan =
      Draft(story.config, story.item, story.facts, story.server, model::Mode::kChunked);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->mode, model::Mode::kChunked);
}

TEST(Draft, RefusesWhatCannotBeCut) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.facts.indexes.clear();
  EXPECT_TRUE(Is(story.Make().status(), kNoChunkColumn));
  story.item.chunk_column = "note";
  EXPECT_TRUE(Is(story.Make().status(), kBadChunkColumn));
  story.item.chunk_column = "idd";
  const auto typo = story.Make().status();
  EXPECT_TRUE(Is(typo, kBadChunkColumn));
  EXPECT_NE(typo.message().find("did you mean `id`"), std::string::npos) << typo;
}

TEST(Draft, AUniqueKeyIsTakenWhereThereIsNoIntegerPrimaryKey) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.facts.columns = {Column("code", model::TypeKind::kText, true),
                         Column("token", model::TypeKind::kUuid, true),
                         Column("maybe", model::TypeKind::kText, false)};
  story.facts.indexes = {Index({"maybe"}, false), Index({"code"}, false), Index({"token"}, true)};
  const auto plan = story.Make();
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->chunk_key[0].name, "token");
  EXPECT_EQ(plan->cut, model::Cut::kKeys);
  EXPECT_TRUE(plan->keyset);
  EXPECT_EQ(plan->page_key.size(), 1u);
  EXPECT_EQ(plan->strategy, "keyset(token, page=100000)");
  ASSERT_FALSE(plan->warnings.empty());
  EXPECT_EQ(plan->warnings[0].rule, "keyset-chosen");
}

TEST(Draft, AKeysetKeyMustBeUniqueNotNullAndIndexed) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.item.chunk_by_key = "note";
  const auto refused = story.Make().status();
  EXPECT_TRUE(Is(refused, kBadChunkColumn));
  EXPECT_NE(refused.message().find("this table has id"), std::string::npos) << refused;
  story.item.chunk_by_key = "id";
  const auto plan = story.Make();
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->keyset);
}

TEST(Draft, MemoryDecidesTheSizeWithinItsLimits) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.item.chunk_size_memory_mb = 256;
  story.facts.row_bytes = 1024;
  EXPECT_EQ(story.Make()->chunk_size, 262'144);
  story.facts.row_bytes = 10'000'000;
  EXPECT_EQ(story.Make()->chunk_size, 10'000);
  story.facts.row_bytes = 1;
  story.facts.row_estimate = 9'000'000;
  EXPECT_EQ(story.Make()->chunk_size, 5'000'000);
  story.facts.row_bytes = -1;
  const auto unknown = story.Make();
  EXPECT_EQ(unknown->chunk_size, (256 << 20) / 512);
  EXPECT_EQ(unknown->warnings[0].rule, "row-width-unknown");
  // Statistics may change before a resume: the plan is still the same.
  story.facts.row_bytes = 2048;
  EXPECT_EQ(story.Make()->plan_fingerprint, unknown->plan_fingerprint);
}

TEST(Draft, EachStrategyTakesTheTypesItCanCut) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  story.facts.columns.push_back(Column("day", model::TypeKind::kDate, true));
  story.facts.columns.push_back(Column("price", model::TypeKind::kFloat64, true));
  story.item.chunk_column = "day";
  EXPECT_TRUE(Is(story.Make().status(), kBadChunkColumn)) << "no width without days";
  story.item.chunk_by_days = 7;
  EXPECT_EQ(story.Make()->strategy, "date-chunked(day, 7d)");
  story.item.chunk_column = "id";
  EXPECT_TRUE(Is(story.Make().status(), kBadChunkColumn)) << "days of an integer";
  story.item.chunk_by_days.reset();
  story.item.chunk_dense = true;
  story.item.chunk_column = "note";
  const auto dense = story.Make();
  ASSERT_TRUE(dense.ok()) << dense.status();
  EXPECT_EQ(dense->cut, model::Cut::kKeys);
  EXPECT_FALSE(dense->keyset);
  EXPECT_EQ(dense->warnings.back().rule, "dense-sort-cost");
  story.item.chunk_column = "price";
  EXPECT_TRUE(Is(story.Make().status(), kBadChunkColumn)) << "floats have no exact edges";
}

TEST(Draft, AColumnNamedLikeAMetaColumnIsRefused) {
  Story story;
  story.item.meta.row_hash = true;
  story.facts.columns.push_back(Column("_rivet_row_hash", model::TypeKind::kInt64, false));
  EXPECT_TRUE(Is(story.Make().status(), kMetaColumnClash));
}

TEST(Draft, TheFingerprintFollowsWhatAResumeMustNotMix) {
  Story story;
  story.item.mode = model::Mode::kChunked;
  const std::string before = story.Make()->plan_fingerprint;
  EXPECT_EQ(story.Make()->plan_fingerprint, before);
  const auto differs = [&](auto change) {
    Story changed = story;
    change(&changed);
    return changed.Make()->plan_fingerprint != before;
  };
  EXPECT_TRUE(differs([](Story* s) { s->item.chunk_size = 5; }));
  EXPECT_TRUE(differs([](Story* s) { s->item.chunk_count = 5; }));
  EXPECT_TRUE(differs([](Story* s) { s->item.chunk_dense = true; }));
  EXPECT_TRUE(differs([](Story* s) { s->item.chunk_by_key = "id"; }));
  EXPECT_TRUE(differs([](Story* s) { s->item.destination.path = "elsewhere"; }));
  EXPECT_TRUE(differs([](Story* s) { s->item.compression = "snappy"; }));
  EXPECT_TRUE(differs([](Story* s) { s->item.meta.exported_at = true; }));
  EXPECT_TRUE(differs([](Story* s) { s->facts.columns.pop_back(); }));
  EXPECT_FALSE(differs([](Story* s) { s->item.parallel = 4; }));
}

TEST(Draft, TheFingerprintFollowsHowCsvIsWritten) {
  Story story;
  story.item.format = "csv";
  const std::string before = story.Make()->plan_fingerprint;
  const auto differs = [&](auto change) {
    Story changed = story;
    change(&changed.item.csv);
    return changed.Make()->plan_fingerprint != before;
  };
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->delimiter = ";"; }));
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->null_value = "NULL"; }));
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->header = false; }));
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->quote = "all"; }));
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->line_ending = "crlf"; }));
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->binary = "base64"; }));
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->nested = "json"; }));
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->float_special = "empty"; }));
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->float_special = "fail"; }));
  EXPECT_FALSE(differs([](config::CsvKeys* csv) { csv->float_special = "names"; }));
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->escape_formulas = true; }));
  EXPECT_TRUE(differs([](config::CsvKeys* csv) { csv->compression = "gzip"; }));
  EXPECT_FALSE(differs([](config::CsvKeys* csv) { csv->header = true; }));
}

TEST(Draft, PoliciesReachColumnsThatAreNoKeys) {
  Story story;
  story.facts.columns.push_back(Column("day", model::TypeKind::kDate, true));
  story.facts.columns.push_back(Column("until", model::TypeKind::kDate, false));
  story.facts.indexes = {Index({"day"}, true)};
  const auto plain = story.Make();
  ASSERT_TRUE(plain.ok()) << plain.status();
  story.config.source.policies = {{model::SpecialValue::kInfinity, model::PolicyAction::kClamp}};
  const auto plan = story.Make();
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(model::ToString(plan->columns[2].policies), "");
  EXPECT_EQ(model::ToString(plan->columns[3].policies), "infinity: clamp");
  EXPECT_EQ(plan->schema_fingerprint, plain->schema_fingerprint);
  EXPECT_NE(plan->plan_fingerprint, plain->plan_fingerprint) << "a resume must not mix the two";
  story.item.policies = {{model::SpecialValue::kInfinity, model::PolicyAction::kText}};
  const auto text = story.Make();
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(text->columns[3].type.kind, model::TypeKind::kServerText);
  EXPECT_NE(text->schema_fingerprint, plain->schema_fingerprint);
}

}  // namespace
}  // namespace rivet::plan
