#include <gtest/gtest.h>

#include "config/config.h"
#include "config/faults.h"
#include "config/fields_internal.h"
#include "config/mistakes_internal.h"

namespace rivet::config {
namespace {

// What the declarations alone decide: names, places, types, ranges, words.
const Mistake kMistakes[] = {
    // Unknown keys.
    {InExport("    compresion: zstd\n"), &kUnknownKey, 7, 5, "did you mean `compression`?"},
    {InExport("    compresion: zstd\n"), &kUnknownKey, 7, 5,
     "unknown key `compresion` in exports[0] (\"orders\")"},
    {InExport("    compresion: zstd\n"), &kUnknownKey, 7, 5,
     "| valid here: chunk_by_days, chunk_by_key, chunk_checkpoint, "},
    {InExport("    fromat: zstd\n"), &kUnknownKey, 7, 5, "did you mean `format`?"},
    {InExport("    Compression: zstd\n"), &kUnknownKey, 7, 5, "did you mean `compression`?"},
    {InExport("    cursor_colum: id\n"), &kUnknownKey, 7, 5,
     "did you mean `cursor_column`? (not available yet)"},
    {InExport("    zzzzzzzzzzzz: 1\n"), &kUnknownKey, 7, 5,
     "in exports[0] (\"orders\") | valid here: "},
    {InExport("    zzzzzzzzzzzz:\n"), &kUnknownKey, 7, 5, "unknown key"},
    {InExport("    tuning: { batchsize: 5 }\n"), &kUnknownKey, 7, 15,
     "in exports[0].tuning (\"orders\")"},
    {InExport("    tuning: { batchsize: 5 }\n"), &kUnknownKey, 7, 15, "did you mean `batch_size`?"},
    {InExport("    parquet: { rows: 5 }\n"), &kUnknownKey, 7, 16, "did you mean `row_group_rows`?"},
    {InExport("    meta_columns: { exportedat: true }\n"), &kUnknownKey, 7, 21,
     "did you mean `exported_at`?"},
    {InExport("    \"a\\x1bb\": 1\n"), &kUnknownKey, 7, 5, "unknown key `a\\x1bb`"},
    {InExport("sorce: {}\n"), &kUnknownKey, 7, 1, "unknown key `sorce` in the top level"},
    {InExport("sorce: {}\n"), &kUnknownKey, 7, 1, "did you mean `source`?"},
    {InExport("X-y: {}\n"), &kUnknownKey, 7, 1, "valid here: exports, source"},
    {InSource("  urlenv: DB\n"), &kUnknownKey, 5, 3, "did you mean `url_env`?"},
    {InSource("  tls: { cafile: x }\n"), &kUnknownKey, 5, 10, "unknown key `cafile` in source.tls"},
    {InSource("  x-anything: 1\n"), &kUnknownKey, 5, 3, "unknown key `x-anything` in source"},

    // Keys of another section.
    {InExport("    batch_size: 500\n"), &kMisplacedKey, 7, 5,
     "belongs to `exports[].tuning` or `source.tuning`"},
    {InExport("    batch_size: 500\n"), &kMisplacedKey, 7, 5,
     "write:\n    exports:\n      - tuning:\n          batch_size: 10000"},
    {InSource("  batch_size: 500\n"), &kMisplacedKey, 5, 3,
     "write:\n    source:\n      tuning:\n        batch_size: "},
    {InSource("  ca_file: x\n"), &kMisplacedKey, 5, 3, "`source.tls`"},
    {InSource("  mode: verify-full\n"), &kMisplacedKey, 5, 3, "`source.tls`"},
    {InSource("  tuning: { parallel: 4 }\n"), &kMisplacedKey, 5, 13,
     "write:\n    exports:\n      - name: orders\n        parallel: 4"},
    {InExport("    row_group_rows: 5\n"), &kMisplacedKey, 7, 5, "`exports[].parquet`"},
    {InExport("    path: ./x\n"), &kMisplacedKey, 7, 5, "`exports[].destination`"},
    {InExport("    row_count_min: 5\n"), &kMisplacedKey, 7, 5,
     "`exports[].quality`, which is not available yet"},
    {InExport("    url_env: DB\n"), &kMisplacedKey, 7, 5,
     "write:\n    source:\n      url_env: DATABASE_URL"},
    {InExport("tuning: {}\n"), &kMisplacedKey, 7, 1, "is not valid in the top level"},
    {InSource("  exports: []\n"), &kMisplacedKey, 5, 3, "it belongs to the top level"},

    // Keys and words of later versions.
    {InExport("    cursor_column: id\n"), &kNotAvailable, 7, 5,
     "`cursor_column` is not available yet, in exports[0]"},
    {InExport("    quality: { row_count_min: 1 }\n"), &kNotAvailable, 7, 5,
     "`quality` is not available yet"},
    {InExport("    on_schema_drift: warn\n"), &kNotAvailable, 7, 5,
     "`on_schema_drift` is not available yet"},
    {InExport("    shape_drift_warn_factor: 2.0\n"), &kNotAvailable, 7, 5,
     "`shape_drift_warn_factor`"},
    {InExport("    tables: [a*]\n"), &kNotAvailable, 7, 5, "`tables` is not available yet"},
    {InExport("    partition_by: day\n"), &kNotAvailable, 7, 5,
     "`partition_by` is not available yet"},
    {InExport("    type_policy: { lossy: warn }\n"), &kNotAvailable, 7, 5,
     "`type_policy` is not available yet"},
    {InExport("    write_empty: true\n"), &kNotAvailable, 7, 5,
     "`write_empty` is not available yet"},
    {InExport("    unbounded_numeric: text\n"), &kNotAvailable, 7, 5,
     "`unbounded_numeric` is not available yet"},
    {InExport("    mode: chunked\n    snapshot: shared\n"), &kNotAvailable, 8, 5,
     "`snapshot` is not available yet"},
    {InExport("    tuning: { adaptive: true }\n"), &kNotAvailable, 7, 15,
     "`adaptive` is not available yet"},
    {InExport("    tuning: { min_parallel: 1 }\n"), &kNotAvailable, 7, 15,
     "in exports[0].tuning (\"orders\")"},
    {InExport("    tuning: { max_batch_memory_mb: 64 }\n"), &kNotAvailable, 7, 15,
     "`max_batch_memory_mb`"},
    {InExport("    tuning: { load_guard: {} }\n"), &kNotAvailable, 7, 15, "`load_guard`"},
    {InExport("    mode: incremental\n"), &kNotAvailable, 7, 11,
     "`mode: incremental` is not available yet"},
    {InExport("    mode: time_window\n"), &kNotAvailable, 7, 11, "available: full and chunked"},
    {InExport("notifications: { slack: { webhook_url: x } }\n"), &kNotAvailable, 7, 1,
     "`notifications`"},
    {InExport("parallel_export_processes: true\n"), &kNotAvailable, 7, 1,
     "`parallel_export_processes` is not available yet"},
    {InExport("defaults: {}\n"), &kNotAvailable, 7, 1, "`defaults` is not available yet"},
    {InExport("state: { path: x }\n"), &kNotAvailable, 7, 1, "`state` is not available yet"},
    {InExport("telemetry: {}\n"), &kNotAvailable, 7, 1, "`telemetry` is not available yet"},
    {InExport("staging: {}\n"), &kNotAvailable, 7, 1, "`staging` is not available yet"},
    {InSource("  password_file: x\n"), &kNotAvailable, 5, 3,
     "`password_file` is not available yet, in source"},
    {InSource("  infinity: clamp\n"), &kNotAvailable, 5, 3, "`infinity` is not available yet"},
    {"source: { type: postgres, url_env: DB }\nexports: [{ name: a, table: t, format: parquet, "
     "destination: { type: s3 } }]\n",
     &kNotAvailable, 2, 70, "`type: s3` is not available yet, in exports[0].destination"},

    // Types.
    {InExport("    skip_empty: yes\n"), &kValueType, 7, 17, "must be `true` or `false`, not `yes`"},
    {InExport("    skip_empty: on\n"), &kValueType, 7, 17, "only these two words, without quotes"},
    {InExport("    skip_empty: True\n"), &kValueType, 7, 17, "not `True`"},
    {InExport("    skip_empty: \"true\"\n"), &kValueType, 7, 17, "not the quoted text `true`"},
    {InExport("    skip_empty: 1\n"), &kValueType, 7, 17, "`exports[0].skip_empty`"},
    {InExport("    parallel: \"4\"\n"), &kValueType, 7, 15,
     "must be a whole number, not the quoted text `4`"},
    {InExport("    parallel: 4.0\n"), &kValueType, 7, 15, "a whole number, not `4.0`"},
    {InExport("    parallel: 0x10\n"), &kValueType, 7, 15, "a whole number, not `0x10`"},
    {InExport("    parallel: 1_0\n"), &kValueType, 7, 15, "a whole number"},
    {InExport("    parallel: [4]\n"), &kValueType, 7, 15, "a whole number, not a list"},
    {InExport("    tuning: fast\n"), &kValueType, 7, 13,
     "`exports[0].tuning` must be a mapping, not `fast`"},
    {InExport("    columns: [a]\n"), &kValueType, 7, 14,
     "`exports[0].columns` must be a mapping, not a list"},
    {InExport("    columns: { a: [b] }\n"), &kValueType, 7, 16,
     "`exports[0].columns.a` must be a text, not a list"},
    {InExport("    source_group: { a: b }\n"), &kValueType, 7, 19, "must be a text, not a mapping"},
    {InExport("    source_group: \"a\\0b\"\n"), &kValueType, 7, 19, "must be a text without NUL"},
    {InExport("    mode: [full]\n"), &kValueType, 7, 11, "must be one word, not a list"},
    {InExport("    reconcile_required: maybe\n"), &kValueType, 7, 25,
     "`exports[0].reconcile_required`"},
    {InExport("  - 5\n"), &kValueType, 7, 5, "`exports[1]` must be a mapping, not a single value"},
    {InExport("  -\n"), &kValueType, 8, 1, "`exports[1]` must be a mapping, not nothing"},
    {"source: { type: postgres, url_env: DB }\nexports: orders\n", &kValueType, 2, 10,
     "must be a list, not `orders`"},
    {"source: x\nexports: [{ name: a, table: t, format: parquet, destination: { type: local, path: "
     ". } }]\n",
     &kValueType, 1, 9, "`source` must be a mapping"},

    // Ranges and words.
    {InExport("    parallel: 0\n"), &kValueOutOfRange, 7, 15, "must be from 1 to 64, not `0`"},
    {InExport("    parallel: 65\n"), &kValueOutOfRange, 7, 15, "must be from 1 to 64, not `65`"},
    {InExport("    parallel: 100000\n"), &kValueOutOfRange, 7, 15, "from 1 to 64"},
    {InExport("    mode: chunked\n    chunk_size: 0\n"), &kValueOutOfRange, 8, 17,
     "must be 1 or more"},
    {InExport("    mode: chunked\n    chunk_max_attempts: 0\n"), &kValueOutOfRange, 8, 25,
     "must be from 1 to "},
    {InExport("    tuning: { batch_size: 0 }\n"), &kValueOutOfRange, 7, 27,
     "`exports[0].tuning.batch_size` must be from 1"},
    {InExport("    tuning: { throttle_ms: -1 }\n"), &kValueOutOfRange, 7, 28,
     "must be from 0 to 3600000, not `-1`"},
    {InExport("    tuning: { max_retries: 99999999999999999999 }\n"), &kValueOutOfRange, 7, 28,
     "from 0 to 100"},
    {InExport("    tuning: { profile: Fast }\n"), &kValueOutOfRange, 7, 24, "did you mean `fast`?"},
    {InExport("    mode: chunkd\n"), &kValueOutOfRange, 7, 11,
     "must be full or chunked, not `chunkd` | did you mean `chunked`?"},
    {InExport("    compression: zst\n"), &kValueOutOfRange, 7, 18,
     "zstd, snappy, gzip, lz4 or none, not `zst`"},
    {InExport("    compression_profile: fastest\n"), &kValueOutOfRange, 7, 26,
     "did you mean `fast`?"},
    {InExport("    parquet: { row_group_strategy: fixed }\n"), &kValueOutOfRange, 7, 36,
     "auto, fixed_rows or fixed_memory"},
    {InSource("  environment: prod\n"), &kValueOutOfRange, 5, 16, "did you mean `production`?"},
    {InSource("  tls: { mode: verify_full }\n"), &kValueOutOfRange, 5, 16,
     "did you mean `verify-full`?"},
    {InConnection("  host: h\n  user: u\n  database: d\n  port: 65536\n"), &kValueOutOfRange, 7, 9,
     "from 1 to 65535"},
    {InConnection("  host: h\n  user: u\n  database: d\n  port: 0\n"), &kValueOutOfRange, 7, 9,
     "from 1 to 65535"},

    // Missing keys.
    {"exports: [{ name: a, table: t, format: parquet, destination: { type: local, path: . } }]\n",
     &kMissingKey, 1, 1, "`source` is missing"},
    {"source:\nexports: [{ name: a, table: t, format: parquet, destination: { type: local, path: . "
     "} }]\n",
     &kMissingKey, 1, 1, "`source` has no value"},
    {"source: { url_env: DB }\nexports: [{ name: a, table: t, format: parquet, destination: { "
     "type: local, path: . } }]\n",
     &kMissingKey, 1, 9, "`source.type` is missing | add `type: postgres`"},
    {InExport("  - name: b\n    table: b\n    destination: { type: local, path: ./b }\n"),
     &kMissingKey, 7, 5, "`exports[1].format` is missing (export \"b\") | add `format: parquet`"},
    {InExport("  - name: b\n    table: b\n    format: parquet\n"), &kMissingKey, 7, 5,
     "`exports[1].destination` is missing"},
    {InExport(
         "  - name: b\n    table: b\n    format:\n    destination: { type: local, path: ./b }\n"),
     &kMissingKey, 9, 5, "`exports[1].format` has no value"},
    {InExport("  - table: b\n    format: parquet\n    destination: { type: local, path: ./b }\n"),
     &kMissingKey, 7, 5, "`exports[1].name` is missing"},
    {InExport("  - name: b\n    table: b\n    format: parquet\n    destination: { path: ./b }\n"),
     &kMissingKey, 10, 18, "`exports[1].destination.type` is missing"},
};

TEST(Section, EachMistakeIsToldAtItsPlace) {
  for (const Mistake& mistake : kMistakes) {
    EXPECT_EQ(Differs(mistake), "")
        << mistake.text << "\nwanted: " << mistake.code->name << " " << mistake.line << ":"
        << mistake.column << " … " << mistake.fragment;
  }
}

TEST(Section, MistakesNameTheirExport) {
  const auto config = LoadTest(InExport("    compresion: zstd\n"));
  EXPECT_EQ(FaultOf(config.status()).export_name, "orders");
}

TEST(Section, WhatAsksForNothingIsAccepted) {
  const std::string accepted[] = {
      InExport("    tuning: { adaptive: false }\n"),
      InExport("    write_empty: false\n"),
      InExport("    mode: chunked\n    chunk_dense: false\n"),
      InExport("parallel_exports: false\nparallel_export_processes: false\n"),
      InExport("    source_group: replica_a\n    reconcile_required: true\n"),
      InExport(
          "    quality:\n    cursor_column:\n    tuning:\n    columns: ~\n    parquet: null\n"),
      InExport("x-shared: { anything: [1, \"${UNSET_NAME}\"] }\n"),
      InSource("  tuning:\n  tls:\n  environment:\n"),
  };
  for (const std::string& text : accepted)
    EXPECT_TRUE(LoadTest(text).ok()) << text << Shown(LoadTest(text).status());
}

TEST(Section, NumbersAreDecimal) {
  const auto config = LoadTest(InExport("    parallel: 010\n"));
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  EXPECT_EQ(config->exports[0].parallel, 10);
}

TEST(Section, EveryProblemIsToldAtOnceInTheOrderOfTheFile) {
  const auto config = LoadTest(
      "source:\n"
      "  type: postgres\n"
      "  url_env: DB\n"
      "  urlenv: DB\n"      // 4: unknown key
      "  batch_size: 5\n"   // 5: misplaced
      "  url_env: OTHER\n"  // 6: written twice
      "exports:\n"
      "  - name: a\n"
      "    table: \"Odd Name\"\n"                               // 9: not an identifier
      "    on_schema_drift: warn\n"                             // 10: not available
      "    skip_empty: yes\n"                                   // 11: type
      "    parallel: 0\n"                                       // 12: range
      "    chunk_size: 5\n"                                     // 13: mode
      "    max_file_size: 12XB\n"                               // 14: size
      "    columns: { a: sometype }\n"                          // 15: type word
      "    destination: { type: local, path: \"${UNSET}\" }\n"  // 16: not set
      "    format: parquet\n");
  const std::pair<const FaultCode*, int> wanted[] = {
      {&kUnknownKey, 4},       {&kMisplacedKey, 5},
      {&kYamlInvalid, 6},      {&kExportSourceInvalid, 9},
      {&kNotAvailable, 10},    {&kValueType, 11},
      {&kValueOutOfRange, 12}, {&kModeSettingInvalid, 13},
      {&kValueOutOfRange, 14}, {&kColumnOverrideInvalid, 15},
      {&kSecretUnset, 16}};
  const auto faults = FaultsOf(config.status());
  ASSERT_EQ(faults.size(), std::size(wanted)) << Shown(config.status());
  for (size_t i = 0; i < faults.size(); ++i) {
    EXPECT_EQ(faults[i].code, wanted[i].first) << Shown(faults[i]);
    EXPECT_EQ(faults[i].place->line, wanted[i].second) << Shown(faults[i]);
  }
}

TEST(Section, AtMostTwentyProblemsAreShown) {
  std::string lines;
  for (int i = 0; i < 25; ++i) lines += "    zzzzzzzzzz" + std::to_string(i) + ": 1\n";
  const auto faults = FaultsOf(LoadTest(InExport(lines)).status());
  ASSERT_EQ(faults.size(), 20u);
  EXPECT_EQ(faults.back().hints.back(), "5 further problems are not shown");
}

TEST(Fields, EveryDeclarationIsComplete) {
  for (const Home& home : Homes()) {
    for (const Field& field : home.section->fields) {
      const std::string at = home.path + "." + std::string(field.name);
      EXPECT_FALSE(field.doc.empty()) << at;
      EXPECT_EQ(field.kind == FieldKind::kWord || field.kind == FieldKind::kWordList,
                !field.words.empty())
          << at;
      EXPECT_EQ(field.kind == FieldKind::kSection || field.kind == FieldKind::kSectionList,
                field.section != nullptr)
          << at;
      EXPECT_LE(field.minimum, field.maximum) << at;
      EXPECT_TRUE(field.only_with.empty() || !home.section->chooser.empty()) << at;
      EXPECT_EQ(FindField(*home.section, field.name), &field) << at << " is declared twice";
    }
  }
}

TEST(Fields, KeysOfTheSpecificationAreDeclared) {
  const std::pair<std::string, std::string> keys[] = {
      {"", "notifications"},
      {"", "telemetry"},
      {"source", "password_file"},
      {"source.tls", "mode"},
      {"source.tuning", "max_snapshot_s"},
      {"exports[].tuning", "on_batch_memory_exceeded"},
      {"exports[]", "cursor_lag_s"},
      {"exports[]", "assume_timezone"},
      {"exports[].csv", "escape_formulas"},
      {"exports[].destination", "kms_key_id"},
      {"exports[].quality", "unique_max_entries"},
      {"exports[].schema_drift", "on_retyped"},
      {"notifications.slack", "on"},
      {"notifications.webhook", "headers"},
      {"state", "url_env"},
      {"staging", "max_mb"},
      {"exports[].type_policy", "unsupported"}};
  for (const auto& [path, key] : keys) {
    bool found = false;
    for (const Home& home : Homes())
      found = found || (home.path == path && FindField(*home.section, key) != nullptr);
    EXPECT_TRUE(found) << path << "." << key;
  }
}

}  // namespace
}  // namespace rivet::config
