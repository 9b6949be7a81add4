#include <gtest/gtest.h>

#include "config/config.h"

namespace rivet::config {
namespace {

TEST(Tuning, Profiles) {
  struct Row {
    const char* profile;
    int64_t batch, throttle, statement_s, retries, backoff, lock_s, memory, value, target;
  };
  const Row rows[] = {{"fast", 50'000, 0, 0, 1, 1'000, 0, 0, 256, 100},
                      {"balanced", 10'000, 50, 300, 3, 2'000, 30, 4'096, 256, 40},
                      {"safe", 2'000, 500, 120, 5, 5'000, 10, 2'048, 256, 20}};
  for (const Row& row : rows) {
    Source source;
    Export item;
    source.tuning.profile = row.profile;
    const model::Tuning tuning = ResolveTuning(source, item);
    EXPECT_EQ(tuning.profile, row.profile);
    EXPECT_EQ(tuning.batch_size, row.batch) << row.profile;
    EXPECT_EQ(tuning.batch_size_memory_mb, std::nullopt);
    EXPECT_EQ(tuning.throttle_ms, row.throttle) << row.profile;
    EXPECT_FALSE(tuning.throttle_is_explicit);
    EXPECT_EQ(tuning.statement_timeout_s, row.statement_s) << row.profile;
    EXPECT_EQ(tuning.max_retries, row.retries) << row.profile;
    EXPECT_EQ(tuning.retry_backoff_ms, row.backoff) << row.profile;
    EXPECT_EQ(tuning.lock_timeout_s, row.lock_s) << row.profile;
    EXPECT_EQ(tuning.memory_threshold_mb, row.memory) << row.profile;
    EXPECT_EQ(tuning.max_value_mb, row.value) << row.profile;
    EXPECT_EQ(tuning.statement_target_ms, row.target) << row.profile;
  }
}

TEST(Tuning, ProfilePrecedenceAndLabel) {
  struct Row {
    const char *item, *source, *environment, *label;
  };
  const Row rows[] = {{"", "", "", "balanced (default)"},
                      {"", "", "local", "fast (default for environment: local)"},
                      {"", "", "replica", "balanced (default for environment: replica)"},
                      {"", "", "production", "balanced (default for environment: production)"},
                      {"", "safe", "local", "safe (set on the source)"},
                      {"fast", "safe", "production", "fast (set on the export)"},
                      {"balanced", "", "local", "balanced (set on the export)"}};
  for (const Row& row : rows) {
    Source source;
    Export item;
    source.environment = row.environment;
    if (*row.source != '\0') source.tuning.profile = row.source;
    if (*row.item != '\0') item.tuning.profile = row.item;
    EXPECT_EQ(ResolveTuning(source, item).label, row.label);
  }
}

TEST(Tuning, FieldsFallBackOneByOne) {
  Source source;
  Export item;
  source.tuning.max_retries = 9;
  source.tuning.throttle_ms = 7;
  item.tuning.max_retries = 0;
  item.tuning.lock_timeout_s = 5;
  item.tuning.profile = "safe";
  const model::Tuning tuning = ResolveTuning(source, item);
  EXPECT_EQ(tuning.max_retries, 0);
  EXPECT_EQ(tuning.throttle_ms, 7);
  EXPECT_TRUE(tuning.throttle_is_explicit);
  EXPECT_EQ(tuning.lock_timeout_s, 5);
  EXPECT_EQ(tuning.statement_timeout_s, 120);
}

TEST(Tuning, TheMoreSpecificLevelReplacesRowsAndBytesTogether) {
  Source source;
  Export item;
  source.tuning.batch_size = 100;
  item.tuning.batch_size_memory_mb = 32;
  model::Tuning tuning = ResolveTuning(source, item);
  EXPECT_EQ(tuning.batch_size_memory_mb, 32);
  EXPECT_EQ(tuning.batch_size, 500'000);

  source.tuning = {};
  item.tuning = {};
  source.tuning.batch_size_memory_mb = 64;
  EXPECT_EQ(ResolveTuning(source, item).batch_size_memory_mb, 64);
  item.tuning.batch_size = 5;
  tuning = ResolveTuning(source, item);
  EXPECT_EQ(tuning.batch_size_memory_mb, std::nullopt);
  EXPECT_EQ(tuning.batch_size, 5);
}

TEST(Format, CompressionPrecedence) {
  using model::Compression;
  struct Row {
    const char *profile, *codec;
    int level;  // negative: unset
    Compression compression;
    std::optional<int> resolved;
  };
  const Row rows[] = {{"", "", -1, Compression::kZstd, 3},
                      {"", "", 19, Compression::kZstd, 19},
                      {"", "zstd", -1, Compression::kZstd, 3},
                      {"", "gzip", -1, Compression::kGzip, 6},
                      {"", "gzip", 0, Compression::kGzip, 0},
                      {"", "gzip", 10, Compression::kGzip, 9},
                      {"", "snappy", -1, Compression::kSnappy, std::nullopt},
                      {"", "lz4", -1, Compression::kLz4, std::nullopt},
                      {"", "none", -1, Compression::kNone, std::nullopt},
                      {"none", "zstd", 9, Compression::kNone, std::nullopt},
                      {"fast", "", -1, Compression::kSnappy, std::nullopt},
                      {"balanced", "gzip", 9, Compression::kZstd, 3},
                      {"compact", "", -1, Compression::kZstd, 9}};
  for (const Row& row : rows) {
    Export item;
    if (*row.profile != '\0') item.compression_profile = row.profile;
    if (*row.codec != '\0') item.compression = row.codec;
    if (row.level >= 0) item.compression_level = row.level;
    const model::FormatSettings settings = ResolveFormat(item, 100);
    EXPECT_EQ(settings.compression, row.compression) << row.profile << row.codec;
    EXPECT_EQ(settings.compression_level, row.resolved) << row.profile << row.codec << row.level;
  }
}

TEST(Format, RowGroups) {
  struct Row {
    const char* strategy;
    int64_t rows, target_mb, max_mb;  // 0: unset
    int64_t row_bytes, group_rows, group_bytes;
  };
  constexpr int64_t kMb = 1 << 20;
  const Row rows[] = {{"", 0, 0, 0, 32, kMb, 32 * kMb},
                      {"auto", 0, 64, 0, 64, kMb, 64 * kMb},
                      {"fixed_memory", 0, 64, 0, 64, kMb, 64 * kMb},
                      {"auto", 0, 1, 0, 100'000, 1'000, kMb},               // not below 1 000
                      {"auto", 0, 1'048'576, 0, 1, 10'000'000, kMb * kMb},  // not above 10 000 000
                      {"auto", 0, 64, 64, 64, kMb, 64 * kMb},
                      {"auto", 0, 64, 128, 64, kMb, 128 * kMb},
                      {"auto", 0, 0, 0, 0, 10'000'000, 32 * kMb},  // width unknown
                      {"fixed_rows", 5, 0, 0, 100, 5, 1024 * kMb},
                      {"fixed_rows", 5, 0, 7, 100, 5, 7 * kMb}};
  for (const Row& row : rows) {
    Export item;
    item.has_parquet = true;
    if (*row.strategy != '\0') item.parquet.row_group_strategy = row.strategy;
    if (row.rows != 0) item.parquet.row_group_rows = row.rows;
    if (row.target_mb != 0) item.parquet.target_row_group_mb = row.target_mb;
    if (row.max_mb != 0) item.parquet.max_row_group_mb = row.max_mb;
    const model::FormatSettings settings = ResolveFormat(item, row.row_bytes);
    EXPECT_EQ(settings.row_group_rows, row.group_rows) << row.strategy << " " << row.row_bytes;
    EXPECT_EQ(settings.row_group_bytes, row.group_bytes) << row.strategy << " " << row.row_bytes;
  }
  const model::FormatSettings bare = ResolveFormat(Export{}, 1);
  EXPECT_EQ(bare.format, "parquet");
  EXPECT_EQ(bare.row_group_rows, 1'048'576);
  EXPECT_EQ(bare.row_group_bytes, 32 * kMb);
}

TEST(Format, CsvKeys) {
  Export item;
  item.format = "csv";
  item.compression = "zstd";  // warned about at load
  EXPECT_EQ(ResolveFormat(item, 1).csv, model::CsvSettings{});
  EXPECT_EQ(ResolveFormat(item, 1).compression, model::Compression::kNone);
  item.csv = {.delimiter = "\t",
              .null_value = "\\N",
              .quote = "all",
              .line_ending = "crlf",
              .binary = "base64",
              .nested = "json",
              .compression = "gzip",
              .float_special = "empty",
              .header = false,
              .escape_formulas = true};
  const model::CsvSettings csv = ResolveFormat(item, 1).csv;
  EXPECT_EQ(csv.delimiter, '\t');
  EXPECT_EQ(csv.null_value, "\\N");
  EXPECT_TRUE(csv.quote_all && csv.crlf && csv.binary_base64 && csv.nested_json &&
              csv.escape_formulas);
  EXPECT_FALSE(csv.header);
  EXPECT_EQ(csv.compression, model::Compression::kGzip);
  EXPECT_EQ(csv.float_special, model::FloatSpecial::kEmpty);
  item.csv.float_special = "fail";
  EXPECT_EQ(ResolveFormat(item, 1).csv.float_special, model::FloatSpecial::kFail);
}

TEST(Policies, TheExportsWordWinsKeyByKey) {
  using enum model::SpecialValue;
  using enum model::PolicyAction;
  Source source;
  Export item;
  EXPECT_EQ(ResolvePolicies(source, item), model::ValuePolicies());
  source.policies = {{kInfinity, kClamp}, {kZeroDate, kNull}};
  item.policies = {{kZeroDate, kFail}, {kTimeRange, kText}};
  const model::ValuePolicies policies = ResolvePolicies(source, item);
  EXPECT_EQ(policies.Of(kInfinity), kClamp);
  EXPECT_EQ(policies.Of(kZeroDate), kFail);
  EXPECT_EQ(policies.Of(kTimeRange), kText);
  EXPECT_EQ(policies.Of(kOutOfRange), kFail);
}

TEST(Destination, RootIsAbsoluteAndKeepsItsPlaceholders) {
  Config config;
  config.folder = "/etc/rivet";
  Export item;
  const auto root = [&](const char* path) {
    item.destination.path = path;
    return DestinationRoot(config, item);
  };
  EXPECT_EQ(root("./landing/{export}/{date}"), "/etc/rivet/landing/{export}/{date}");
  EXPECT_EQ(root("../out/"), "/etc/out");
  EXPECT_EQ(root("/srv/out//x/"), "/srv/out/x");
  EXPECT_EQ(root("."), "/etc/rivet");
  EXPECT_EQ(root("/"), "/");
}

TEST(Destination, PlaceholdersAreFilledOnce) {
  EXPECT_EQ(FillPlaceholders("/a/{export}/{table}/{date}/{run_id}", "orders", "r1", "2026-01-31"),
            "/a/orders/orders/2026-01-31/r1");
  EXPECT_EQ(FillPlaceholders("/a/{export}", "{run_id}", "r1", "d"), "/a/{run_id}");
  EXPECT_EQ(FillPlaceholders("/a/{other}/{date", "e", "r", "d"), "/a/{other}/{date");
}

}  // namespace
}  // namespace rivet::config
