#include "target/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "target/faults.h"

namespace rivet::target {
namespace {

using model::TypeKind;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

model::Column ColumnOf(TypeKind kind, int precision = 0, int scale = 0) {
  model::Column column;
  column.name = "c";
  column.native_type = "native";
  column.type.kind = kind;
  column.type.precision = precision;
  column.type.scale = scale;
  return column;
}

model::Column ListOf(const model::Column& element) {
  model::Column list = ColumnOf(TypeKind::kList);
  list.type.element = std::make_shared<const model::LogicalType>(element.type);
  return list;
}

Landing LandIn(std::string_view target, const model::Column& column,
               std::string_view engine = "mysql", const std::string& format = "parquet") {
  model::FormatSettings settings;
  settings.format = format;
  return LandAll(*FindTarget(target), {column}, engine, settings).front();
}

// `warn NUMERIC(20, 0)`
std::string Said(const Landing& landing) {
  return std::string(ToString(landing.standing)) + " " + landing.type;
}
std::string Said(std::string_view target, const model::Column& column,
                 std::string_view engine = "mysql", const std::string& format = "parquet") {
  return Said(LandIn(target, column, engine, format));
}

TEST(Targets, AreFoundByNameAndAlias) {
  EXPECT_THAT(Targets(), SizeIs(5));
  for (const Target* target : Targets()) EXPECT_EQ(FindTarget(target->name), target);
  EXPECT_EQ(FindTarget("bq"), FindTarget("bigquery"));
  EXPECT_EQ(FindTarget("bigqueri"), nullptr);
  EXPECT_EQ(FindTarget(""), nullptr);
  EXPECT_THAT(TargetWords(), AllOf(SizeIs(6), Contains("bq"), Contains("redshift")));
}

// Every kind, in the same order: what the specification's table of warehouses says.
TEST(Targets, LandEveryScalar) {
  struct Line {
    TypeKind kind;
    const char *duckdb, *bigquery, *snowflake, *clickhouse, *redshift;
  };
  constexpr Line kLines[] = {
      {TypeKind::kBool, "ok BOOLEAN", "ok BOOL", "ok BOOLEAN", "ok Nullable(Bool)", "ok BOOLEAN"},
      {TypeKind::kInt16, "ok SMALLINT", "ok INT64", "ok NUMBER(5, 0)", "ok Nullable(Int16)",
       "ok SMALLINT"},
      {TypeKind::kInt32, "ok INTEGER", "ok INT64", "ok NUMBER(10, 0)", "ok Nullable(Int32)",
       "ok INTEGER"},
      {TypeKind::kInt64, "ok BIGINT", "ok INT64", "ok NUMBER(19, 0)", "ok Nullable(Int64)",
       "ok BIGINT"},
      {TypeKind::kUInt64, "ok UBIGINT", "warn INT64", "warn NUMBER(20, 0)", "ok Nullable(UInt64)",
       "warn BIGINT"},
      {TypeKind::kFloat32, "ok FLOAT", "ok FLOAT64", "ok FLOAT", "ok Nullable(Float32)", "ok REAL"},
      {TypeKind::kFloat64, "ok DOUBLE", "ok FLOAT64", "ok FLOAT", "ok Nullable(Float64)",
       "ok DOUBLE PRECISION"},
      {TypeKind::kDate, "ok DATE", "ok DATE", "ok DATE", "warn Nullable(Date32)", "ok DATE"},
      {TypeKind::kTime, "ok TIME", "ok TIME", "warn TIME(6)", "warn Nullable(DateTime64(6, 'UTC'))",
       "fail "},
      {TypeKind::kTimestamp, "ok TIMESTAMP", "warn DATETIME", "warn TIMESTAMP_NTZ(6)",
       "warn Nullable(DateTime64(6, 'UTC'))", "ok TIMESTAMP"},
      {TypeKind::kTimestampTz, "ok TIMESTAMP WITH TIME ZONE", "ok TIMESTAMP",
       "warn TIMESTAMP_TZ(6)", "ok Nullable(DateTime64(6, 'UTC'))", "warn TIMESTAMPTZ"},
      {TypeKind::kText, "ok VARCHAR", "ok STRING", "ok VARCHAR", "ok Nullable(String)",
       "warn VARCHAR(65535)"},
      {TypeKind::kEnum, "ok VARCHAR", "ok STRING", "ok VARCHAR", "ok Nullable(String)",
       "ok VARCHAR(65535)"},
      {TypeKind::kServerText, "ok VARCHAR", "ok STRING", "ok VARCHAR", "ok Nullable(String)",
       "ok VARCHAR(65535)"},
      {TypeKind::kInterval, "ok VARCHAR", "ok STRING", "ok VARCHAR", "ok Nullable(String)",
       "ok VARCHAR(65535)"},
      {TypeKind::kBinary, "ok BLOB", "ok BYTES", "warn BINARY", "ok Nullable(String)",
       "ok VARBYTE(16777216)"},
      {TypeKind::kJson, "ok JSON", "warn JSON", "warn VARIANT", "warn Nullable(String)",
       "warn SUPER"},
      {TypeKind::kUuid, "ok UUID", "warn STRING", "warn VARCHAR(36)", "warn Nullable(UUID)",
       "fail "},
  };
  for (const Line& line : kLines) {
    const model::Column column = ColumnOf(line.kind);
    SCOPED_TRACE(model::ToString(column.type));
    EXPECT_EQ(Said("duckdb", column), line.duckdb);
    EXPECT_EQ(Said("bigquery", column), line.bigquery);
    EXPECT_EQ(Said("snowflake", column), line.snowflake);
    EXPECT_EQ(Said("clickhouse", column), line.clickhouse);
    EXPECT_EQ(Said("redshift", column), line.redshift);
  }
}

// What does not simply arrive says why.
TEST(Targets, EveryWarningHasANote) {
  for (const Target* target : Targets()) {
    for (int kind = 0; kind < static_cast<int>(TypeKind::kList); ++kind) {
      for (const char* engine : {"postgres", "mariadb"}) {
        const model::Column column = ColumnOf(static_cast<TypeKind>(kind), 76, 38);
        for (const model::Column& one : {column, ListOf(column)}) {
          const Landing landing = LandIn(target->name, one, engine);
          EXPECT_EQ(landing.standing == Standing::kOk, landing.note.empty());
          EXPECT_EQ(landing.standing == Standing::kFail, landing.type.empty());
          EXPECT_EQ(landing.cast.empty(), landing.staged.empty());
        }
      }
    }
  }
}

TEST(Targets, UnsignedNumbersFitOnlyWhereTheyAreText) {
  const model::Column column = ColumnOf(TypeKind::kUInt64);
  EXPECT_THAT(LandIn("bigquery", column).note, HasSubstr("decimal(20,0)"));
  EXPECT_EQ(Said("bigquery", column, "mysql", "csv"), "ok NUMERIC(20, 0)");
  EXPECT_EQ(Said("snowflake", column, "mysql", "csv"), "ok NUMBER(20, 0)");
  EXPECT_EQ(Said("redshift", column, "mysql", "csv"), "ok DECIMAL(20, 0)");
}

// NUMERIC: 29 digits before the point, 9 behind it. BIGNUMERIC: 38 and 38.
TEST(Targets, DecimalsOfBigQuery) {
  const auto said = [](int precision, int scale) {
    return Said("bigquery", ColumnOf(TypeKind::kDecimal, precision, scale));
  };
  EXPECT_EQ(said(38, 9), "ok NUMERIC(38, 9)");
  EXPECT_EQ(said(29, 0), "ok NUMERIC(29, 0)");
  EXPECT_EQ(said(30, 0), "ok BIGNUMERIC(30, 0)");
  EXPECT_EQ(said(12, 10), "ok BIGNUMERIC(12, 10)");
  EXPECT_EQ(said(76, 38), "ok BIGNUMERIC(76, 38)");
  EXPECT_EQ(said(39, 0), "fail ");
  EXPECT_EQ(said(65, 30), "ok BIGNUMERIC(65, 30)");
  EXPECT_EQ(said(40, 39), "fail ");
  EXPECT_EQ(Said("bigquery", ColumnOf(TypeKind::kDecimal, 39, 0), "mysql", "csv"), "warn STRING");
}

TEST(Targets, DecimalsElsewhere) {
  const auto said = [](std::string_view target, int precision, int scale) {
    return Said(target, ColumnOf(TypeKind::kDecimal, precision, scale));
  };
  EXPECT_EQ(said("duckdb", 38, 38), "ok DECIMAL(38, 38)");
  EXPECT_EQ(said("duckdb", 39, 0), "warn DOUBLE");
  EXPECT_EQ(Said("duckdb", ColumnOf(TypeKind::kDecimal, 39, 0), "mysql", "csv"), "warn VARCHAR");
  EXPECT_EQ(said("snowflake", 38, 37), "ok NUMBER(38, 37)");
  EXPECT_EQ(said("snowflake", 38, 38), "fail ");
  EXPECT_EQ(said("snowflake", 39, 2), "fail ");
  EXPECT_EQ(said("redshift", 38, 37), "ok DECIMAL(38, 37)");
  EXPECT_EQ(said("redshift", 38, 38), "fail ");
  EXPECT_EQ(said("redshift", 39, 2), "fail ");
  EXPECT_EQ(said("clickhouse", 76, 76), "ok Nullable(Decimal(76, 76))");
}

TEST(Targets, YearsOfPostgresReachBeyondWarehouses) {
  for (const TypeKind kind : {TypeKind::kDate, TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
    const model::Column column = ColumnOf(kind);
    for (const char* target : {"bigquery", "snowflake"}) {
      EXPECT_THAT(LandIn(target, column, "postgres").note, HasSubstr("0001 to 9999"));
      EXPECT_EQ(LandIn(target, column, "postgres").standing, Standing::kWarn);
      EXPECT_THAT(LandIn(target, column, "mariadb").note, Not(HasSubstr("0001 to 9999")));
    }
    EXPECT_THAT(LandIn("clickhouse", column, "postgres").note, HasSubstr("2299"));
    EXPECT_EQ(LandIn("duckdb", column, "postgres").standing, Standing::kOk);
  }
}

TEST(Targets, TextOfRedshiftHasTheLengthOfItsColumn) {
  model::Column column = ColumnOf(TypeKind::kText);
  column.native_type = "character varying(9)";
  EXPECT_EQ(Said("redshift", column, "postgres"), "ok VARCHAR(36)");
  column.native_type = "varchar(16384)";
  EXPECT_EQ(Said("redshift", column), "warn VARCHAR(65535)");
  column.native_type = "text";
  EXPECT_EQ(Said("redshift", column), "warn VARCHAR(65535)");
  column = ColumnOf(TypeKind::kBinary);
  column.native_type = "varbinary(40)";
  EXPECT_EQ(Said("redshift", column), "ok VARBYTE(40)");
}

TEST(Targets, Lists) {
  const model::Column times = ListOf(ColumnOf(TypeKind::kTime));
  const model::Column uuids = ListOf(ColumnOf(TypeKind::kUuid));
  const model::Column nested = ListOf(ListOf(ColumnOf(TypeKind::kInt32)));
  EXPECT_EQ(Said("duckdb", uuids), "ok UUID[]");
  EXPECT_EQ(Said("duckdb", nested), "ok INTEGER[][]");
  EXPECT_EQ(Said("duckdb", ListOf(ColumnOf(TypeKind::kDecimal, 39, 0))), "warn DOUBLE[]");
  EXPECT_EQ(Said("bigquery", times), "warn ARRAY<TIME>");
  EXPECT_THAT(LandIn("bigquery", times).note, HasSubstr("NULL elements"));
  EXPECT_THAT(LandIn("bigquery", uuids).cast, HasSubstr("UNNEST({})"));
  EXPECT_EQ(LandIn("bigquery", uuids).staged, "ARRAY<BYTES>");
  EXPECT_EQ(Said("bigquery", nested), "fail ");
  EXPECT_EQ(Said("bigquery", ListOf(ColumnOf(TypeKind::kDecimal, 39, 0))), "fail ");
  EXPECT_EQ(Said("snowflake", times), "warn ARRAY");
  EXPECT_EQ(Said("clickhouse", nested), "warn Array(Array(Nullable(Int32)))");
  EXPECT_EQ(LandIn("clickhouse", uuids).staged, "Array(Nullable(FixedString(16)))");
  EXPECT_EQ(Said("redshift", nested), "warn SUPER");
  EXPECT_EQ(Said("redshift", times), "fail ");
  for (const Target* target : Targets()) {
    EXPECT_EQ(LandIn(target->name, nested, "mysql", "csv").standing, Standing::kWarn);
    EXPECT_THAT(LandIn(target->name, nested, "mysql", "csv").note, HasSubstr("JSON arrays"));
  }
}

TEST(Targets, BytesOfCsvFilesAreText) {
  const model::Column column = ColumnOf(TypeKind::kBinary);
  model::FormatSettings settings;
  settings.format = "csv";
  const auto cast = [&](std::string_view target) {
    return LandAll(*FindTarget(target), {column}, "mysql", settings).front();
  };
  EXPECT_EQ(cast("duckdb").cast, "from_hex({})");
  EXPECT_EQ(cast("bigquery").cast, "FROM_HEX({})");
  EXPECT_EQ(cast("redshift").cast, "");
  settings.csv.binary_base64 = true;
  EXPECT_EQ(cast("duckdb").cast, "from_base64({})");
  EXPECT_EQ(cast("bigquery").cast, "");
  EXPECT_EQ(cast("redshift").standing, Standing::kFail);
}

TEST(Names, ThatATargetRefuses) {
  const auto standing = [](std::string_view target, const std::string& name) {
    return FindTarget(target)->judge_name(name).standing;
  };
  for (const Target* target : Targets()) {
    EXPECT_EQ(standing(target->name, ""), Standing::kFail) << target->name;
    EXPECT_EQ(standing(target->name, "id"), Standing::kOk) << target->name;
  }
  EXPECT_EQ(standing("bigquery", "?column?"), Standing::kFail);
  EXPECT_EQ(standing("bigquery", "_table_x"), Standing::kFail);
  EXPECT_EQ(standing("bigquery", "prénom"), Standing::kWarn);
  EXPECT_EQ(standing("bigquery", "first name"), Standing::kWarn);
  EXPECT_EQ(standing("bigquery", "2nd"), Standing::kWarn);
  EXPECT_EQ(standing("bigquery", "_rivet_row_hash"), Standing::kOk);
  EXPECT_EQ(standing("duckdb", "?column?"), Standing::kOk);
  EXPECT_EQ(standing("redshift", std::string(128, 'n')), Standing::kFail);
  EXPECT_EQ(standing("snowflake", std::string(256, 'n')), Standing::kFail);
}

TEST(Names, ThatDifferInCaseOnly) {
  std::vector<model::Column> columns(2, ColumnOf(TypeKind::kInt32));
  columns[0].name = "id";
  columns[1].name = "ID";
  for (const Target* target : Targets()) {
    const auto landings = LandAll(*target, columns, "postgres", {});
    EXPECT_EQ(landings[0].standing, Standing::kOk) << target->name;
    EXPECT_EQ(landings[1].standing, target->folds_case ? Standing::kFail : Standing::kOk);
    EXPECT_EQ(RefuseFailures(*target, columns, landings).ok(), !target->folds_case);
  }
}

TEST(Names, AreQuotedAsEachTargetWants) {
  const auto quote = [](std::string_view target, std::string_view name) {
    return FindTarget(target)->quote(name);
  };
  EXPECT_EQ(quote("duckdb", "a\"b`\\"), "\"a\"\"b`\\\"");
  EXPECT_EQ(quote("snowflake", "a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quote("redshift", "a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quote("bigquery", "a`b\\"), "`a\\`b\\\\`");
  EXPECT_EQ(quote("clickhouse", "a`b\\\n"), "`a\\`b\\\\\\n`");
}

Delivery OrdersOf(const std::string& format) {
  Delivery delivery;
  delivery.export_name = "orders";
  delivery.from = "table public.orders";
  delivery.engine = "postgres";
  delivery.columns = {ColumnOf(TypeKind::kInt64), ColumnOf(TypeKind::kTime),
                      ColumnOf(TypeKind::kDecimal, 40, 39)};
  delivery.columns[0].name = "id";
  delivery.columns[1].name = "it's \"at\"";
  delivery.columns[2].name = "rate";
  delivery.format.format = format;
  delivery.extension = format;
  delivery.folder = "/data/it's/{date}";
  return delivery;
}

std::string DdlOf(std::string_view target, const Delivery& delivery) {
  const auto ddl = Ddl(*FindTarget(target), delivery);
  EXPECT_TRUE(ddl.ok()) << ddl.status().ToString();
  return ddl.ValueOr("");
}

TEST(Ddl, OfDuckDbReadsWhatTheManifestNames) {
  EXPECT_EQ(DdlOf("duckdb", OrdersOf("parquet")),
            R"(-- orders: table public.orders as Parquet for DuckDB
CREATE TABLE "orders" (
  "id" BIGINT,
  "it's ""at""" TIME,
  "rate" DOUBLE
);
-- Put the UTC day when the run began, as 2026-01-31, in the place of {date}.
SET VARIABLE rivet_files = (
  SELECT list('/data/it''s/{date}/' || part.path ORDER BY part.part_id)
  FROM (
    SELECT unnest(parts) AS part
    FROM read_json('/data/it''s/{date}/manifest.json',
      columns = {parts: 'STRUCT(part_id BIGINT, path VARCHAR, status VARCHAR)[]'})
  )
  WHERE part.status = 'committed'
);
INSERT INTO "orders"
SELECT
  "id",
  "it's ""at""",
  "rate"
FROM read_parquet(getvariable('rivet_files'), hive_partitioning = false);
)");
}

TEST(Ddl, OfSnowflakeCastsWhatItLoaded) {
  const std::string ddl = DdlOf("snowflake", OrdersOf("parquet"));
  EXPECT_THAT(ddl, HasSubstr("--   rate (decimal(40,39)): NUMBER ends at 38 digits"));
  EXPECT_THAT(ddl,
              HasSubstr("CREATE TEMPORARY TABLE \"orders_loading\" (\n  \"id\" NUMBER(19, 0),\n"
                        "  \"it's \"\"at\"\"\" NUMBER(38, 0)\n);\n"));
  EXPECT_THAT(ddl, HasSubstr("  TIME_FROM_PARTS(0, 0, 0, \"it's \"\"at\"\"\" * 1000) AS \"it's "
                             "\"\"at\"\"\"\nFROM \"orders_loading\";\nDROP TABLE"));
}

TEST(Ddl, OfColumnsThatHaveNoPlace) {
  Delivery delivery = OrdersOf("parquet");
  delivery.columns.erase(delivery.columns.begin());
  delivery.columns[0].name = "line\nbreak";
  const std::string ddl = DdlOf("redshift", delivery);
  EXPECT_THAT(ddl, AllOf(HasSubstr("-- Nothing is left to load."), HasSubstr("line?break"),
                         Not(HasSubstr("COPY \""))));
}

TEST(Ddl, NamesFilesThatATargetDoesNotLoad) {
  Delivery delivery = OrdersOf("csv");
  delivery.format.csv.compression = model::Compression::kZstd;
  delivery.extension = "csv.zst";
  const auto ddl = Ddl(*FindTarget("bigquery"), delivery);
  EXPECT_TRUE(Is(ddl.status(), kFileNotLoaded)) << ddl.status().ToString();
  EXPECT_THAT(DdlOf("duckdb", delivery), HasSubstr("compression = 'zstd'"));
  EXPECT_THAT(DdlOf("redshift", delivery), HasSubstr(" ZSTD;"));
}

TEST(Ddl, OfCsvFilesFollowsTheirSettings) {
  Delivery delivery = OrdersOf("csv");
  delivery.format.csv.delimiter = ';';
  delivery.format.csv.null_value = "\\N";
  delivery.format.csv.header = false;
  EXPECT_THAT(DdlOf("duckdb", delivery),
              AllOf(HasSubstr("delim = ';'"), HasSubstr("nullstr = '\\N'"),
                    HasSubstr("header = false"), HasSubstr("'rate': 'VARCHAR'")));
  EXPECT_THAT(DdlOf("bigquery", delivery),
              AllOf(HasSubstr("field_delimiter = ';'"), HasSubstr("null_marker = '\\\\N'"),
                    HasSubstr("skip_leading_rows = 0")));
  EXPECT_THAT(DdlOf("snowflake", delivery),
              AllOf(HasSubstr("FIELD_DELIMITER = ';'"), HasSubstr("NULL_IF = ('\\\\N')")));
  EXPECT_THAT(DdlOf("clickhouse", delivery),
              AllOf(HasSubstr("format_csv_delimiter = ';'"), HasSubstr("'CSV',")));
  EXPECT_THAT(DdlOf("redshift", delivery),
              AllOf(HasSubstr("DELIMITER ';'"), HasSubstr("NULL AS '\\N'")));
}

}  // namespace
}  // namespace rivet::target
