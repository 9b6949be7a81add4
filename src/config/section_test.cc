#include <gtest/gtest.h>

#include "config/config.h"
#include "config/faults.h"
#include "config/fields.h"
#include "config/mistakes_internal.h"

namespace rivet::config {
namespace {

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
      {"source.tuning.load_guard.pause_above", "replica_lag_s"},
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
