#include "target/ddl_internal.h"
#include "target/landing_internal.h"
#include "target/warehouses_internal.h"

namespace rivet::target {
namespace {

using model::TypeKind;

constexpr size_t kNameBytesMax = 255;
constexpr int kDigitsMax = 38;
constexpr int kScaleMax = 37;
constexpr std::string_view kYears = "years outside 0001 to 9999 are refused or shown wrong";

std::string Quote(std::string_view name) { return Doubled(name, '"'); }
std::string Literal(std::string_view text) { return Escaped(text, '\''); }

NameFlaw JudgeName(std::string_view name) {
  if (name.empty()) return {Standing::kFail, "a column needs a name: give it one with AS"};
  if (name.size() > kNameBytesMax)
    return {Standing::kFail, "names have 255 characters at most: shorten it with AS"};
  return {};
}

Landing Decimal(const Facts& facts) {
  const model::LogicalType& type = facts.column.type;
  if (type.precision <= kDigitsMax && type.scale <= kScaleMax)
    return Plain(WithDigits("NUMBER", type));
  constexpr std::string_view kLimit = "NUMBER ends at 38 digits, 37 of them behind the point: ";
  if (facts.csv()) return Warned("VARCHAR", std::string(kLimit) + "kept as text");
  return NoPlaceFor(std::string(kLimit) + std::string(kSaidAsText));
}

Landing Dated(const Facts& facts, Landing landing) {
  if (HasAnyYear(facts)) AddNote(Standing::kWarn, kYears, &landing);
  return landing;
}

// A Parquet column without a zone is read as the number it is.
Landing RawMicros(const Facts& facts, std::string type, std::string cast) {
  if (facts.csv()) return Dated(facts, Plain(std::move(type)));
  Landing landing = Warned(std::move(type), "loaded as microseconds and cast afterwards");
  landing.autoload = "NUMBER of microseconds";
  return Dated(facts, ByCast(std::move(landing), "NUMBER(38, 0)", std::move(cast)));
}

Landing Zoned(const Facts& facts) {
  Landing landing = Plain("TIMESTAMP_TZ(6)");
  if (!facts.csv()) {
    AddNote(Standing::kWarn,
            "shifted unless the session's TIMEZONE is UTC, which the statements set", &landing);
  }
  return Dated(facts, std::move(landing));
}

Landing Unsigned(const Facts& facts) {
  if (facts.csv()) return Plain("NUMBER(20, 0)");
  return Warned("NUMBER(20, 0)",
                "values above 9223372036854775807 are refused: override it to decimal(20,0)");
}

Landing Json() {
  Landing landing = Warned("VARIANT",
                           "not the text as it is: repeated keys are refused, numbers "
                           "beyond 38 digits become floats");
  landing.autoload = "VARCHAR";
  return ByCast(std::move(landing), "VARCHAR", "PARSE_JSON({})");
}

Landing Uuid(const Facts& facts) {
  if (facts.csv()) return Plain("VARCHAR(36)");
  Landing landing = Warned("VARCHAR(36)", "loaded as BINARY and written as text afterwards");
  landing.autoload = "BINARY";
  return ByCast(std::move(landing), "BINARY(16)",
                R"(REGEXP_REPLACE(HEX_ENCODE({}, 0), '^(.{8})(.{4})(.{4})(.{4})(.{12})$', )"
                R"('\\1-\\2-\\3-\\4-\\5'))");
}

Landing Land(const Facts& facts);

Landing List(const Facts& facts) {
  if (facts.csv())
    return ByCast(Warned("ARRAY", "a CSV file holds lists as JSON arrays"), "VARCHAR",
                  "PARSE_JSON({})");
  const Landing element = LandElement(facts, &Land);
  if (element.standing == Standing::kFail) return element;
  Landing list = Warned("ARRAY", "elements are VARIANT");
  if (!element.cast.empty()) {
    AddNote(Standing::kWarn, "each of them as the file holds it: cast it where you read it", &list);
  }
  return list;
}

Landing Bytes(const Facts& facts) {
  if (facts.csv()) return Plain("BINARY");
  Landing landing = Warned("BINARY", "needs BINARY_AS_TEXT = FALSE, which the statements set");
  landing.autoload = "VARCHAR";
  return landing;
}

Landing Land(const Facts& facts) {
  switch (facts.column.type.kind) {
    case TypeKind::kBool:
      return Plain("BOOLEAN");
    case TypeKind::kInt16:
      return Plain("NUMBER(5, 0)");
    case TypeKind::kInt32:
      return Plain("NUMBER(10, 0)");
    case TypeKind::kInt64:
      return Plain("NUMBER(19, 0)");
    case TypeKind::kUInt64:
      return Unsigned(facts);
    case TypeKind::kFloat32:
    case TypeKind::kFloat64:
      return Plain("FLOAT");
    case TypeKind::kDecimal:
      return Decimal(facts);
    case TypeKind::kDate:
      return Dated(facts, Plain("DATE"));
    case TypeKind::kTime:
      return RawMicros(facts, "TIME(6)", "TIME_FROM_PARTS(0, 0, 0, {} * 1000)");
    case TypeKind::kTimestamp:
      return RawMicros(facts, "TIMESTAMP_NTZ(6)", "TO_TIMESTAMP_NTZ({}, 6)");
    case TypeKind::kTimestampTz:
      return Zoned(facts);
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kInterval:
    case TypeKind::kServerText:
      return Plain("VARCHAR");
    case TypeKind::kJson:
      return Json();
    case TypeKind::kUuid:
      return Uuid(facts);
    case TypeKind::kBinary:
      return Bytes(facts);
    case TypeKind::kList:
      return List(facts);
  }
  Check(false, "every kind lands in Snowflake");
  return {};
}

std::string CsvFormat(const model::CsvSettings& csv) {
  std::string text = "TYPE = CSV FIELD_DELIMITER = " + Literal(std::string(1, csv.delimiter)) +
                     R"( FIELD_OPTIONALLY_ENCLOSED_BY = '"' SKIP_HEADER = )" +
                     (csv.header ? "1" : "0") + " ESCAPE_UNENCLOSED_FIELD = NONE";
  text += " EMPTY_FIELD_AS_NULL = TRUE NULL_IF = (";
  if (!csv.null_value.empty()) text += Literal(csv.null_value);
  return text + std::string(") BINARY_FORMAT = ") + (csv.binary_base64 ? "BASE64" : "HEX");
}

std::string Copy(const Delivery& delivery, const std::string& table) {
  const bool csv = delivery.format.format == "csv";
  return "COPY INTO " + table + "\nFROM '@" + std::string(kFilesVariable) + "'\nFILE_FORMAT = (" +
         (csv ? CsvFormat(delivery.format.csv) : "TYPE = PARQUET BINARY_AS_TEXT = FALSE") + ")" +
         (csv ? "" : "\nMATCH_BY_COLUMN_NAME = CASE_SENSITIVE") + ";\n";
}

Result<std::string> Statements(const Target& target, const Delivery& delivery,
                               const std::vector<Landing>& landings) {
  const Columns columns(target, delivery, landings);
  const std::string begin =
      FilesComment(delivery, "stage/folder") + "ALTER SESSION SET TIMEZONE = 'UTC';\n";
  const std::string table = columns.CreateTable("CREATE TABLE", columns.Table(), "");
  if (!columns.any_cast()) return begin + table + Copy(delivery, columns.Table());
  return begin + columns.CreateStage("CREATE TEMPORARY TABLE", columns.Stage()) +
         Copy(delivery, columns.Stage()) + table + columns.FromStage(columns.Stage());
}

}  // namespace

constinit const Target kSnowflake{"snowflake", "",         "Snowflake", /*folds_case=*/false,
                                  &Quote,      &JudgeName, &Land,       &Statements};

}  // namespace rivet::target
