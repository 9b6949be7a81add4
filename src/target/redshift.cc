#include <algorithm>
#include <iterator>

#include "target/ddl_internal.h"
#include "target/faults.h"
#include "target/landing_internal.h"
#include "target/warehouses_internal.h"

namespace rivet::target {
namespace {

using model::TypeKind;

constexpr size_t kNameBytesMax = 127;
constexpr int kDigitsMax = 38;
constexpr int kScaleMax = 37;
constexpr int64_t kTextBytesMax = 65'535;
constexpr int64_t kBytesMax = 16'777'216;
constexpr int64_t kUtf8BytesMax = 4;
constexpr std::string_view kTooLong = "values above 65535 bytes are refused";

std::string Quote(std::string_view name) { return Doubled(name, '"'); }
std::string Literal(std::string_view text) { return Doubled(text, '\''); }

NameFlaw JudgeName(std::string_view name) {
  if (name.empty()) return {Standing::kFail, "a column needs a name: give it one with AS"};
  if (name.size() > kNameBytesMax)
    return {Standing::kFail, "names have 127 bytes at most: shorten it with AS"};
  return {};
}

std::string Varchar(int64_t bytes) { return "VARCHAR(" + std::to_string(bytes) + ")"; }

Landing Decimal(const Facts& facts) {
  const model::LogicalType& type = facts.column.type;
  if (type.precision <= kDigitsMax && type.scale <= kScaleMax)
    return Plain(WithDigits("DECIMAL", type));
  constexpr std::string_view kLimit = "DECIMAL ends at 38 digits, 37 of them behind the point: ";
  if (facts.csv()) return Warned(Varchar(kTextBytesMax), std::string(kLimit) + "kept as text");
  return NoPlaceFor(std::string(kLimit) + std::string(kSaidAsText));
}

Landing Unsigned(const Facts& facts) {
  if (facts.csv()) return Plain("DECIMAL(20, 0)");
  return Warned("BIGINT",
                "values above 9223372036854775807 do not fit: override it to decimal(20,0)");
}

Landing Text(const Facts& facts) {
  const auto length = LengthOf(facts.column.native_type);
  if (length && *length <= kTextBytesMax / kUtf8BytesMax)
    return Plain(Varchar(*length * kUtf8BytesMax));
  return Warned(Varchar(kTextBytesMax), std::string(kTooLong));
}

Landing ServerText(const Facts& facts) {
  constexpr std::string_view kLong[] = {"xml",    "tsvector",  "tsquery", "jsonpath",
                                        "varbit", "composite", "hstore",  "numeric",
                                        "path",   "polygon",   "bit"};
  const std::string& tag = facts.column.type.tag;
  const bool is_long = std::find(std::begin(kLong), std::end(kLong), tag) != std::end(kLong) ||
                       tag.ends_with("[]") || tag.ends_with("multirange");
  Landing landing = Plain(Varchar(kTextBytesMax));
  if (is_long) AddNote(Standing::kWarn, kTooLong, &landing);
  return landing;
}

Landing Json() {
  return ByCast(Warned("SUPER", std::string(kTooLong) +
                                    "; there is no JSON: of repeated keys SUPER keeps one, and "
                                    "numbers not as they are written"),
                Varchar(kTextBytesMax), "JSON_PARSE({})");
}

Landing Zoned(const Facts& facts) {
  if (facts.csv()) return Plain("TIMESTAMPTZ");
  return ByCast(Warned("TIMESTAMPTZ", "COPY makes a TIMESTAMP of it, which is cast afterwards"),
                "TIMESTAMP", "{} AT TIME ZONE 'UTC'");
}

Landing Bytes(const Facts& facts) {
  if (facts.csv() && facts.format.csv.binary_base64)
    return NoPlaceFor("COPY reads bytes as hexadecimal: write the files with csv.binary: hex");
  const auto length = LengthOf(facts.column.native_type);
  const int64_t bytes = length ? std::min(*length, kBytesMax) : kBytesMax;
  return Plain("VARBYTE(" + std::to_string(bytes) + ")");
}

Landing Land(const Facts& facts);

Landing List(const Facts& facts) {
  if (facts.csv()) {
    return ByCast(
        Warned("SUPER", "a CSV file holds lists as JSON arrays; " + std::string(kTooLong)),
        Varchar(kTextBytesMax), "JSON_PARSE({})");
  }
  const Landing element = LandElement(facts, &Land);
  if (element.standing == Standing::kFail) return element;
  return Warned("SUPER", "there are no lists: COPY with SERIALIZETOJSON makes a SUPER of it");
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
      return Unsigned(facts);
    case TypeKind::kFloat32:
      return Plain("REAL");
    case TypeKind::kFloat64:
      return Plain("DOUBLE PRECISION");
    case TypeKind::kDecimal:
      return Decimal(facts);
    case TypeKind::kDate:
      return Plain("DATE");
    case TypeKind::kTime:
      if (facts.csv()) return Plain("TIME");
      return NoPlaceFor("COPY takes no time of day out of Parquet: override it to text");
    case TypeKind::kTimestamp:
      return Plain("TIMESTAMP");
    case TypeKind::kTimestampTz:
      return Zoned(facts);
    case TypeKind::kText:
      return Text(facts);
    case TypeKind::kEnum:
    case TypeKind::kInterval:
      return Plain(Varchar(kTextBytesMax));
    case TypeKind::kServerText:
      return ServerText(facts);
    case TypeKind::kJson:
      return Json();
    case TypeKind::kUuid:
      if (facts.csv()) return Plain("VARCHAR(36)");
      return NoPlaceFor("COPY takes no 16-byte values out of Parquet: override it to text");
    case TypeKind::kBinary:
      return Bytes(facts);
    case TypeKind::kList:
      return List(facts);
  }
  Check(false, "every kind lands in Redshift");
  return {};
}

std::string CsvFormat(const model::CsvSettings& csv) {
  std::string text = "FORMAT AS CSV DELIMITER " + Literal(std::string(1, csv.delimiter)) +
                     " IGNOREHEADER " + (csv.header ? "1" : "0") + " NULL AS " +
                     Literal(csv.null_value) + " DATEFORMAT 'auto' TIMEFORMAT 'auto'";
  if (csv.compression == model::Compression::kGzip) text += " GZIP";
  if (csv.compression == model::Compression::kZstd) text += " ZSTD";
  return text;
}

std::string Copy(const Delivery& delivery, const Columns& columns, const std::string& table) {
  const bool csv = delivery.format.format == "csv";
  std::string text = "COPY " + table + "\nFROM '" + std::string(kFilesVariable) +
                     "'\nIAM_ROLE default\n" +
                     (csv ? CsvFormat(delivery.format.csv) : "FORMAT AS PARQUET");
  if (!csv && columns.any_list()) text += " SERIALIZETOJSON";
  return text + ";\n";
}

Result<std::string> Statements(const Target& target, const Delivery& delivery,
                               const std::vector<Landing>& landings) {
  const Columns columns(target, delivery, landings);
  std::string text = FilesComment(delivery, "s3://bucket/folder");
  if (delivery.format.format == "csv" && delivery.format.csv.null_value.empty())
    text += "-- NULL and an empty text cannot be told apart unless csv.null_value is set.\n";
  const std::string table = columns.CreateTable("CREATE TABLE", columns.Table(), "");
  if (!columns.any_cast()) return text + table + Copy(delivery, columns, columns.Table());
  return text + columns.CreateStage("CREATE TABLE", columns.Stage()) +
         Copy(delivery, columns, columns.Stage()) + table + columns.FromStage(columns.Stage());
}

}  // namespace

constinit const Target kRedshift{"redshift", "",         "Redshift", /*folds_case=*/true,
                                 &Quote,     &JudgeName, &Land,      &Statements};

}  // namespace rivet::target
