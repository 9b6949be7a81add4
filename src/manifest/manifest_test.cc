#include "manifest/parse_internal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/hash.h"

namespace rivet::manifest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kGolden = R"({
  "manifest_version": 1,
  "run_id": "orders_20260131T120000.123",
  "export_name": "orders",
  "started_at": "2026-01-31T12:00:00.123000Z",
  "finished_at": "2026-01-31T12:00:09.000000Z",
  "status": "success",
  "source": {
    "engine": "postgres",
    "schema": "public",
    "table": "orders \"€\""
  },
  "destination": {
    "kind": "local",
    "uri": "file:///data/orders"
  },
  "format": "parquet",
  "compression": "zstd",
  "schema_fingerprint": "xxh3:00000000000000ab",
  "row_count": 7,
  "part_count": 2,
  "parts": [
    {
      "part_id": 1,
      "path": "orders_20260131_120000_chunk0_k3j9x0a1.parquet",
      "rows": 5,
      "size_bytes": 500,
      "content_fingerprint": "xxh3:0123456789abcdef",
      "status": "committed",
      "chunk": {
        "index": 0
      }
    },
    {
      "part_id": 2,
      "path": "orders_20260131_120000_chunk1_k3j9x0a2.parquet",
      "rows": 2,
      "size_bytes": 200,
      "content_fingerprint": "xxh3:fedcba9876543210",
      "status": "committed",
      "chunk": {
        "index": 1
      }
    },
    {
      "part_id": 3,
      "path": "orders_20260131_120000_chunk1_old.parquet",
      "rows": 2,
      "size_bytes": 199,
      "content_fingerprint": "xxh3:0000000000000001",
      "status": "quarantined",
      "chunk": {
        "index": 1
      }
    }
  ],
  "columns": [
    {
      "name": "id",
      "source_type": "bigint",
      "logical_type": "int64",
      "nullable": false,
      "fidelity": "exact"
    }
  ],
  "tool_version": "0.1.0",
  "previous_run_id": "orders_20260130T120000.000",
  "plan_fingerprint": "v2:0011223344556677"
}
)";

model::Part PartOf(int64_t id, const std::string& path, int64_t rows, int64_t bytes,
                   const std::string& fingerprint, int64_t unit_index) {
  model::Part part;
  part.part_id = id;
  part.path = path;
  part.rows = rows;
  part.bytes = bytes;
  part.fingerprint = fingerprint;
  part.unit_index = unit_index;
  return part;
}

Manifest Golden() {
  Manifest manifest;
  manifest.run_id = "orders_20260131T120000.123";
  manifest.export_name = "orders";
  manifest.started_at = "2026-01-31T12:00:00.123000Z";
  manifest.finished_at = "2026-01-31T12:00:09.000000Z";
  manifest.status = "success";
  manifest.source_engine = "postgres";
  manifest.source_schema = "public";
  manifest.source_table = "orders \"€\"";
  manifest.destination_kind = "local";
  manifest.destination_uri = "file:///data/orders";
  manifest.format = "parquet";
  manifest.compression = "zstd";
  manifest.schema_fingerprint = "xxh3:00000000000000ab";
  manifest.row_count = 7;
  manifest.part_count = 2;
  manifest.parts = {
      PartOf(1, "orders_20260131_120000_chunk0_k3j9x0a1.parquet", 5, 500, "xxh3:0123456789abcdef",
             0),
      PartOf(2, "orders_20260131_120000_chunk1_k3j9x0a2.parquet", 2, 200, "xxh3:fedcba9876543210",
             1),
      PartOf(3, "orders_20260131_120000_chunk1_old.parquet", 2, 199, "xxh3:0000000000000001", 1)};
  manifest.parts[2].status = model::PartStatus::kQuarantined;
  manifest.columns = {{"id", "bigint", "int64", "exact", false}};
  manifest.tool_version = "0.1.0";
  manifest.previous_run_id = "orders_20260130T120000.000";
  manifest.plan_fingerprint = "v2:0011223344556677";
  return manifest;
}

std::string Replaced(std::string_view from, std::string_view to) {
  std::string bytes(kGolden);
  const size_t at = bytes.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return bytes.replace(at, from.size(), to);
}

TEST(ManifestTest, BytesAreTheGoldenOnes) { EXPECT_EQ(ToBytes(Golden()), kGolden); }

TEST(ManifestTest, WhatWasWrittenIsRead) {
  const auto parsed = Parse(kGolden);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(ToBytes(*parsed), kGolden);
  EXPECT_EQ(parsed->parts, Golden().parts);
  EXPECT_EQ(parsed->source_table, "orders \"€\"");
  EXPECT_EQ(parsed->previous_run_id, "orders_20260130T120000.000");
  EXPECT_THAT(Inconsistencies(*parsed), IsEmpty());
}

TEST(ManifestTest, AlteredValuesAreCountedAtTheirColumn) {
  Manifest manifest = Golden();
  manifest.columns[0].altered = {
      {"id", model::SpecialValue::kInfinity, model::PolicyAction::kClamp, 3}};
  const std::string bytes = ToBytes(manifest);
  EXPECT_THAT(bytes, HasSubstr("\"policy\": \"infinity\""));
  const auto parsed = Parse(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->columns.at(0).altered, manifest.columns[0].altered);
  EXPECT_EQ(ToBytes(*parsed), bytes);
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = bytes;
    return Parse(changed.replace(changed.find(from), from.size(), to));
  };
  EXPECT_TRUE(Is(with("\"values\": 3", "\"values\": -3").status(), kInvalid));
  EXPECT_TRUE(Is(with("\"clamp\"", "7").status(), kInvalid));
  const auto later = with("\"clamp\"", "\"round\"");
  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_THAT(later->columns.at(0).altered, IsEmpty());
}

TEST(ManifestTest, AQueryHasNoTableAndZeroRowsHaveNoParts) {
  Manifest manifest = Golden();
  manifest.source_schema = manifest.source_table = std::nullopt;
  manifest.parts.clear();
  manifest.columns.clear();
  manifest.tool_version = manifest.previous_run_id = manifest.plan_fingerprint = "";
  manifest.row_count = manifest.part_count = 0;
  const std::string bytes = ToBytes(manifest);
  EXPECT_THAT(bytes, HasSubstr("\"schema\": null,\n    \"table\": null"));
  EXPECT_THAT(bytes, HasSubstr("\"parts\": []\n}\n"));
  const auto parsed = Parse(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_FALSE(parsed->source_table.has_value());
  EXPECT_EQ(ToBytes(*parsed), bytes);
  EXPECT_THAT(Inconsistencies(*parsed), IsEmpty());
}

TEST(ManifestTest, NamesThatAreNoUtf8StillGiveADocument) {
  Manifest manifest = Golden();
  manifest.source_table = "\xff\xfe";
  EXPECT_TRUE(Parse(ToBytes(manifest)).ok());
}

TEST(ManifestTest, ReadersIgnoreWhatTheyDoNotKnow) {
  const auto parsed =
      Parse(Replaced("\"row_count\"", "\"window\": {\"from\": [1, {\"x\": null}]}, \"row_count\""));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(ToBytes(*parsed), kGolden);
}

// As the reference tool writes it: no additions, nanoseconds, offset instead of Z.
TEST(ManifestTest, ReadsTheReferenceToolsOwn) {
  const auto parsed = Parse(
      R"({"manifest_version":1,"run_id":"r","export_name":"e","started_at":"2026-01-31T12:00:00.123456789+00:00",
      "finished_at":"2026-01-31T12:00:01+00:00","status":"failed","source":{"engine":"mysql"},
      "destination":{"kind":"s3","uri":"s3://b/p"},"format":"csv","compression":"none",
      "schema_fingerprint":"xxh3:0000000000000000","row_count":1,"part_count":1,"parts":[{"part_id":1,"path":"a.csv",
      "rows":1,"size_bytes":2,"content_fingerprint":"xxh3:0000000000000000","status":"committed"}]})");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->parts.at(0).path, "a.csv");
  EXPECT_FALSE(parsed->source_schema.has_value());
}

TEST(ManifestTest, ALaterVersionIsRefusedBeforeAnythingElse) {
  EXPECT_TRUE(Is(Parse(R"({"manifest_version": 2})").status(), kNewer));
  EXPECT_TRUE(Is(Parse(R"({"manifest_version": 0})").status(), kInvalid));
  EXPECT_TRUE(Is(Parse(R"({"manifest_version": "1"})").status(), kInvalid));
  EXPECT_TRUE(Is(Parse("{}").status(), kInvalid));
}

TEST(ManifestTest, EachFaultIsNamedWithItsPlace) {
  struct Case {
    std::string_view from, to, named;
  };
  const Case cases[] = {
      {"\"run_id\": \"orders_20260131T120000.123\"", "\"run_id\": 5", "run_id is not a text"},
      {"\"run_id\": \"orders_20260131T120000.123\"", "\"run_id\": \"\"", "run_id is empty"},
      {"\"run_id\"", "\"run_idd\"", "run_id is missing"},
      {"2026-01-31T12:00:00.123000Z", "yesterday", "started_at is not a time"},
      {"\"status\": \"success\"", "\"status\": \"running\"", "status is not success"},
      {"\"engine\": \"postgres\"", "\"engine\": null", "source.engine is not a text"},
      {"\"kind\": \"local\",", "", "destination.kind is missing"},
      {"xxh3:00000000000000ab", "xxh3:00000000000000AB", "schema_fingerprint is not"},
      {"\"row_count\": 7", "\"row_count\": -7", "row_count is not a whole number from 0"},
      {"\"row_count\": 7", "\"row_count\": 7.5", "row_count is not"},
      {"\"row_count\": 7", "\"row_count\": 18446744073709551615", "row_count is not"},
      {"\"row_count\": 7", "\"row_count\": 9223372036854775808", "row_count is not"},
      {"\"row_count\": 7", "\"row_count\": true", "row_count is not"},
      {"\"part_id\": 1", "\"part_id\": 0", "parts[0].part_id is not a whole number from 1"},
      {"\"size_bytes\": 200", "\"size_bytes\": \"200\"", "parts[1].size_bytes is not"},
      {"xxh3:fedcba9876543210", "xxh3:fedcba987654321", "parts[1].content_fingerprint is not"},
      {"\"status\": \"quarantined\"", "\"status\": \"gone\"", "parts[2].status is not"},
      {"\"index\": 0", "\"index\": -1", "parts[0].chunk.index is not"},
      {"\"nullable\": false", "\"nullable\": 0", "columns[0].nullable is neither"},
      {"\"rows\": 5", "\"rows\": 9223372036854775807", "more than can be counted"},
      {"\"tool_version\": \"0.1.0\"", "\"tool_version\": []", "tool_version is not a text"},
      {"orders \\\"€\\\"", "a\\u0000b", "source.table holds a NUL"}};
  for (const Case& fault : cases) {
    const Status status = Parse(Replaced(fault.from, fault.to)).status();
    EXPECT_TRUE(Is(status, kInvalid)) << fault.to << ": " << status;
    EXPECT_THAT(status.message(), HasSubstr(fault.named));
  }
}

TEST(ManifestTest, PathsThatLeaveThePrefixAreInvalid) {
  for (const char* path :
       {"", "/etc/passwd", "../a", "a/../b", "a/..", "..", ".", "a//b", "a/", "a\\u0000b"}) {
    const Status status =
        Parse(Replaced("orders_20260131_120000_chunk0_k3j9x0a1.parquet", path)).status();
    EXPECT_TRUE(Is(status, kInvalid)) << path;
    EXPECT_THAT(status.message(), HasSubstr("parts[0].path")) << path;
  }
  EXPECT_TRUE(
      Parse(Replaced("orders_20260131_120000_chunk0_k3j9x0a1.parquet", "day=1/a..b.parquet")).ok());
}

TEST(ManifestTest, WhatIsNoDocumentIsInvalid) {
  for (const std::string& bytes :
       {std::string(), std::string("null"), std::string("[]"), std::string("{"),
        std::string(kGolden) + "x", std::string("\xff\xfe{}"), std::string(1000, '['),
        std::string(kGolden.substr(0, kGolden.size() / 2))}) {
    EXPECT_TRUE(Is(Parse(bytes).status(), kInvalid)) << bytes.substr(0, 20);
  }
}

TEST(ManifestTest, DepthAndNumberOfValuesAreBounded) {
  std::string deep = "{\"x\": ";
  for (int i = 0; i < 1'000'000; ++i) deep += "{\"x\":";
  EXPECT_THAT(Parse(deep).status().message(), HasSubstr("nested too deep"));
  const std::string wide = "{\"x\": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}";
  EXPECT_THAT(ParseWithin(wide, 20).status().message(), HasSubstr("too many values"));
  EXPECT_TRUE(ParseWithin(kGolden, 200).ok());
  EXPECT_FALSE(ParseWithin(kGolden, 50).ok());
}

// Any damage is a named failure or an equal document, never a crash.
TEST(ManifestTest, DamagedBytesHaveAName) {
  std::mt19937 chance(7);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes(kGolden);
    const size_t at = chance() % bytes.size();
    if (i % 3 == 0) bytes.resize(at);
    if (i % 3 == 1) bytes[at] = static_cast<char>(bytes[at] ^ (1 << (chance() % 8)));
    if (i % 3 == 2) bytes.erase(at, 1 + chance() % 20);
    const auto parsed = Parse(bytes);
    if (parsed.ok()) {
      EXPECT_TRUE(Parse(ToBytes(*parsed)).ok());
    } else {
      EXPECT_TRUE(Is(parsed.status(), kInvalid) || Is(parsed.status(), kNewer)) << parsed.status();
    }
  }
}

TEST(ManifestTest, InconsistenciesAreFound) {
  Manifest manifest = Golden();
  manifest.row_count = 8;
  manifest.part_count = 3;
  EXPECT_THAT(Inconsistencies(manifest),
              ElementsAre(HasSubstr("row_count is 8, the committed parts have 7"),
                          HasSubstr("part_count is 3, there are 2")));
  manifest = Golden();
  manifest.parts[1].part_id = 1;
  manifest.parts[1].path = manifest.parts[0].path;
  EXPECT_THAT(Inconsistencies(manifest),
              ElementsAre(HasSubstr("part 1 is there twice"), HasSubstr("path of another")));
  manifest = Golden();
  manifest.parts[0].path = "manifest.json";
  EXPECT_THAT(Inconsistencies(manifest), ElementsAre(HasSubstr("cannot be at")));
  manifest = Golden();
  manifest.parts[0].rows = INT64_MAX;
  EXPECT_THAT(Inconsistencies(manifest), ElementsAre(HasSubstr("more than can be counted")));
  manifest = Golden();
  manifest.status = "";
  EXPECT_EQ(Inconsistencies(manifest).size(), 1U);
  manifest = Golden();
  manifest.parts.assign(1000, manifest.parts[0]);
  EXPECT_EQ(Inconsistencies(manifest).size(), 20U);
}

TEST(ManifestTest, TheMarkerIsTheFingerprintOfTheBytes) {
  const std::string body = SuccessBody(kGolden);
  EXPECT_EQ(body, FingerprintText(Xxh3(kGolden)) + "\n");
  EXPECT_EQ(ParseSuccessBody(body), FingerprintText(Xxh3(kGolden)));
  EXPECT_NE(SuccessBody(std::string(kGolden) + " "), body);
  for (const char* bad :
       {"", "\n", "xxh3:0123456789abcdef", "xxh3:0123456789ABCDEF\n", "xxh3:0123456789abcde\n",
        "xxh3:0123456789abcdef\r\n", "xxh4:0123456789abcdef\n", "xxh3:0123456789abcdef\n\n"}) {
    EXPECT_FALSE(ParseSuccessBody(bad).has_value()) << bad;
  }
}

TEST(ManifestTest, KeysOfTheBooks) {
  EXPECT_EQ(RunManifestKey("orders_1"), "manifests/orders_1.json");
  EXPECT_EQ(kManifestKey, "manifest.json");
  EXPECT_EQ(kSuccessKey, "_SUCCESS");
}

}  // namespace
}  // namespace rivet::manifest
