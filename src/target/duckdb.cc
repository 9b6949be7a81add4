#include "target/ddl_internal.h"
#include "target/landing_internal.h"
#include "target/warehouses_internal.h"

namespace rivet::target {
namespace {

using model::TypeKind;

constexpr int kDigitsMax = 38;

std::string Quote(std::string_view name) { return Doubled(name, '"'); }
std::string Literal(std::string_view text) { return Doubled(text, '\''); }

NameFlaw JudgeName(std::string_view name) {
  if (name.empty()) return {Standing::kFail, "a column needs a name: give it one with AS"};
  return {};
}

Landing Decimal(const Facts& facts) {
  if (facts.column.type.precision <= kDigitsMax)
    return Plain(WithDigits("DECIMAL", facts.column.type));
  if (facts.csv()) return Warned("VARCHAR", "DECIMAL ends at 38 digits: kept as text");
  return Warned("DOUBLE",
                "DECIMAL ends at 38 digits, and DuckDB reads the file's column as DOUBLE "
                "without a word: " +
                    std::string(kSaidAsText));
}

// CSV files write a sign before years beyond 9999, which DuckDB does not read.
Landing Dated(const Facts& facts, std::string type) {
  Landing landing = Plain(std::move(type));
  if (!facts.csv() || !HasAnyYear(facts)) return landing;
  const std::string cast = "CAST(ltrim({}, '+') AS " + landing.type + ")";
  return ByCast(std::move(landing), "VARCHAR", cast);
}

Landing Land(const Facts& facts) {
  switch (facts.column.type.kind) {
    case TypeKind::kBool:
      return Plain("BOOLEAN");
    case TypeKind::kInt16:
      return Plain("SMALLINT");
    case TypeKind::kInt32:
      return Plain("INTEGER");
    case TypeKind::kInt64:
      return Plain("BIGINT");
    case TypeKind::kUInt64:
      return Plain("UBIGINT");
    case TypeKind::kFloat32:
      return Plain("FLOAT");
    case TypeKind::kFloat64:
      return Plain("DOUBLE");
    case TypeKind::kDecimal:
      return Decimal(facts);
    case TypeKind::kDate:
      return Dated(facts, "DATE");
    case TypeKind::kTime:
      return Plain("TIME");
    case TypeKind::kTimestamp:
      return Dated(facts, "TIMESTAMP");
    case TypeKind::kTimestampTz:
      return Dated(facts, "TIMESTAMP WITH TIME ZONE");
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kInterval:
    case TypeKind::kServerText:
      return Plain("VARCHAR");
    case TypeKind::kJson:
      return Plain("JSON");
    case TypeKind::kUuid:
      return Plain("UUID");
    case TypeKind::kBinary:
      if (!facts.csv()) return Plain("BLOB");
      return ByCast(Plain("BLOB"), "VARCHAR",
                    std::string(BytesCast(facts, "from_hex({})", "from_base64({})")));
    case TypeKind::kList: {
      if (facts.csv()) return Warned("JSON", "a CSV file holds lists as JSON arrays");
      Landing list = LandElement(facts, &Land);
      list.type += "[]";
      return list;
    }
  }
  Check(false, "every kind lands in DuckDB");
  return {};
}

// The parts of the last run, as its manifest names them: a glob would take what older runs and
// retries left.
std::string Files(const Delivery& delivery) {
  if (delivery.folder.empty()) {
    return "-- <FILES> is the file that standard output went to.\nSET VARIABLE rivet_files = "
           "['<FILES>'];\n";
  }
  std::string text;
  const auto has = [&](std::string_view token) {
    return delivery.folder.find(token) != std::string::npos;
  };
  if (has("{date}"))
    text += "-- Put the UTC day when the run began, as 2026-01-31, in the place of {date}.\n";
  if (has("{run_id}")) text += "-- Put the run's id in the place of {run_id}.\n";
  return text + "SET VARIABLE rivet_files = (\n  SELECT list(" + Literal(delivery.folder + "/") +
         " || part.path ORDER BY part.part_id)\n  FROM (\n    SELECT unnest(parts) AS part\n    "
         "FROM read_json(" +
         Literal(delivery.folder + "/manifest.json") +
         ",\n      columns = {parts: 'STRUCT(part_id BIGINT, path VARCHAR, status VARCHAR)[]'})\n  "
         ")\n  WHERE part.status = 'committed'\n);\n";
}

std::string CsvReader(const Delivery& delivery, const Columns& columns) {
  const model::CsvSettings& csv = delivery.format.csv;
  std::string text = "read_csv(getvariable('rivet_files'), auto_detect = false, header = ";
  text += csv.header ? "true" : "false";
  text += ", delim = " + Literal(std::string(1, csv.delimiter)) +
          R"(, quote = '"', escape = '"', nullstr = )" + Literal(csv.null_value) +
          ", allow_quoted_nulls = false, new_line = '" + (csv.crlf ? R"(\r\n)" : R"(\n)") + "'";
  if (csv.compression == model::Compression::kGzip) text += ", compression = 'gzip'";
  if (csv.compression == model::Compression::kZstd) text += ", compression = 'zstd'";
  text += ",\n  columns = {";
  for (size_t i = 0; i < columns.size(); ++i) {
    text += (i == 0 ? "\n    " : ",\n    ") + Literal(delivery.columns[i].name) + ": " +
            Literal(columns.StagedType(i, "VARCHAR"));
  }
  return text + "\n  })";
}

Result<std::string> Statements(const Target& target, const Delivery& delivery,
                               const std::vector<Landing>& landings) {
  const Columns columns(target, delivery, landings);
  const std::string reader =
      delivery.format.format == "csv"
          ? CsvReader(delivery, columns)
          : "read_parquet(getvariable('rivet_files'), hive_partitioning = false)";
  return columns.CreateTable("CREATE TABLE", columns.Table(), "") + Files(delivery) +
         "INSERT INTO " + columns.Table() + "\nSELECT\n" + columns.Selected() + "\nFROM " + reader +
         ";\n";
}

}  // namespace

constinit const Target kDuckDb{"duckdb", "",         "DuckDB", /*folds_case=*/true,
                               &Quote,   &JudgeName, &Land,    &Statements};

}  // namespace rivet::target
