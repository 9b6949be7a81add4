#include <algorithm>
#include <cctype>
#include <iterator>

#include "target/ddl_internal.h"
#include "target/faults.h"
#include "target/landing_internal.h"
#include "target/warehouses_internal.h"

namespace rivet::target {
namespace {

using model::TypeKind;

constexpr size_t kNameBytesMax = 300;
constexpr int kNumericScaleMax = 9;
constexpr int kNumericWholeMax = 29;
constexpr int kBigNumericScaleMax = 38;
constexpr int kBigNumericWholeMax = 38;
constexpr std::string_view kYears = "years outside 0001 to 9999 are refused";

std::string Quote(std::string_view name) { return Escaped(name, '`'); }
std::string Literal(std::string_view text) { return Escaped(text, '\''); }

bool IsPlainName(std::string_view name) {
  const auto letter = [](char c) {
    return c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0;
  };
  return letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
           return letter(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
         });
}

bool HasReservedPrefix(std::string_view name) {
  constexpr std::string_view kPrefixes[] = {"_TABLE_",        "_FILE_",   "_PARTITION",
                                            "_ROW_TIMESTAMP", "__ROOT__", "_COLIDENTIFIER"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes), [&](std::string_view prefix) {
    return name.size() >= prefix.size() &&
           std::equal(prefix.begin(), prefix.end(), name.begin(), [](char wanted, char c) {
             return wanted == std::toupper(static_cast<unsigned char>(c));
           });
  });
}

NameFlaw JudgeName(std::string_view name) {
  if (name.empty()) return {Standing::kFail, "a column needs a name: give it one with AS"};
  if (name.size() > kNameBytesMax)
    return {Standing::kFail, "names have 300 characters at most: shorten it with AS"};
  if (HasReservedPrefix(name))
    return {Standing::kFail, "names that begin so are BigQuery's own: rename it with AS"};
  if (IsPlainName(name)) return {};
  constexpr std::string_view kNever = "!\"$()*,./;?@[\\]^`{}~";
  const bool never = std::any_of(name.begin(), name.end(), [&](char c) {
    return static_cast<unsigned char>(c) < 0x20 || kNever.find(c) != std::string_view::npos;
  });
  if (never)
    return {Standing::kFail, "the name has characters that BigQuery refuses: rename it with AS"};
  return {Standing::kWarn,
          "the name needs flexible column names: only a load with "
          "column_name_character_map = 'V2' keeps it"};
}

// What a load without a table makes of it, too.
Landing Decimal(const Facts& facts) {
  const model::LogicalType& type = facts.column.type;
  const int whole = type.precision - type.scale;
  if (type.scale <= kNumericScaleMax && whole <= kNumericWholeMax)
    return Plain(WithDigits("NUMERIC", type));
  if (type.scale <= kBigNumericScaleMax && whole <= kBigNumericWholeMax)
    return Plain(WithDigits("BIGNUMERIC", type));
  constexpr std::string_view kLimit =
      "BIGNUMERIC ends at 38 digits before the point and 38 behind it: ";
  if (facts.csv()) return Warned("STRING", std::string(kLimit) + "kept as text");
  return NoPlaceFor(std::string(kLimit) + std::string(kSaidAsText));
}

Landing Dated(const Facts& facts, Landing landing) {
  if (HasAnyYear(facts)) AddNote(Standing::kWarn, kYears, &landing);
  return landing;
}

Landing Unsigned(const Facts& facts) {
  if (facts.csv()) return Plain("NUMERIC(20, 0)");
  return Warned("INT64",
                "values above 9223372036854775807 do not fit: override it to "
                "decimal(20,0), which becomes NUMERIC");
}

Landing Naive(const Facts& facts) {
  Landing landing = Plain("DATETIME");
  if (!facts.csv()) {
    landing.autoload = "TIMESTAMP or DATETIME";
    AddNote(Standing::kWarn,
            "without a table the loader's version decides between TIMESTAMP and DATETIME: make the "
            "table first",
            &landing);
  }
  return Dated(facts, std::move(landing));
}

Landing Json(const Facts& facts) {
  Landing landing = Warned("JSON",
                           "not the text as it is: numbers that no 64-bit type holds may "
                           "be refused, of repeated keys one stays");
  if (!facts.csv()) {
    landing.autoload = "BYTES or STRING";
    AddNote(Standing::kWarn, "without a table it becomes BYTES or STRING, for PARSE_JSON",
            &landing);
  }
  return landing;
}

Landing Uuid(const Facts& facts) {
  if (facts.csv()) return Plain("STRING");
  Landing landing = Warned("STRING", "loaded as BYTES and written as text afterwards");
  landing.autoload = "BYTES";
  return ByCast(std::move(landing), "BYTES",
                R"(REGEXP_REPLACE(TO_HEX({}), r'^(.{8})(.{4})(.{4})(.{4})(.{12})$', )"
                R"(r'\1-\2-\3-\4-\5'))");
}

Landing Bytes(const Facts& facts) {
  if (!facts.csv() || facts.format.csv.binary_base64) return Plain("BYTES");
  return ByCast(Plain("BYTES"), "STRING", "FROM_HEX({})");
}

Landing Land(const Facts& facts);

Landing List(const Facts& facts) {
  if (facts.csv()) return Warned("JSON", "a CSV file holds lists as JSON arrays");
  if (facts.column.type.element->kind == TypeKind::kList)
    return NoPlaceFor("BigQuery has no lists of lists: override it to text");
  Landing list = LandElement(facts, &Land);
  if (list.standing == Standing::kFail) return list;
  list.type = "ARRAY<" + list.type + ">";
  if (!list.cast.empty()) {
    list.staged = "ARRAY<" + list.staged + ">";
    list.cast = "ARRAY(SELECT " + Applied(list.cast, "item") +
                " FROM UNNEST({}) AS item WITH OFFSET AS place ORDER BY place)";
  }
  list.autoload = "RECORD without enable_list_inference";
  AddNote(Standing::kWarn, "a NULL list becomes an empty one, and NULL elements are refused",
          &list);
  return list;
}

Landing Land(const Facts& facts) {
  switch (facts.column.type.kind) {
    case TypeKind::kBool:
      return Plain("BOOL");
    case TypeKind::kInt16:
    case TypeKind::kInt32:
    case TypeKind::kInt64:
      return Plain("INT64");
    case TypeKind::kUInt64:
      return Unsigned(facts);
    case TypeKind::kFloat32:
    case TypeKind::kFloat64:
      return Plain("FLOAT64");
    case TypeKind::kDecimal:
      return Decimal(facts);
    case TypeKind::kDate:
      return Dated(facts, Plain("DATE"));
    case TypeKind::kTime:
      return Plain("TIME");
    case TypeKind::kTimestamp:
      return Naive(facts);
    case TypeKind::kTimestampTz:
      return Dated(facts, Plain("TIMESTAMP"));
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kInterval:
    case TypeKind::kServerText:
      return Plain("STRING");
    case TypeKind::kJson:
      return Json(facts);
    case TypeKind::kUuid:
      return Uuid(facts);
    case TypeKind::kBinary:
      return Bytes(facts);
    case TypeKind::kList:
      return List(facts);
  }
  Check(false, "every kind lands in BigQuery");
  return {};
}

bool NeedsFlexibleNames(const Delivery& delivery) {
  return std::any_of(delivery.columns.begin(), delivery.columns.end(), [](const auto& column) {
    return JudgeName(column.name).standing == Standing::kWarn;
  });
}

std::string CsvOptions(const model::CsvSettings& csv) {
  std::string text = ",\n  allow_quoted_newlines = true,\n  skip_leading_rows = ";
  text += csv.header ? "1" : "0";
  if (csv.delimiter != ',')
    text += ",\n  field_delimiter = " + Literal(std::string(1, csv.delimiter));
  if (!csv.null_value.empty()) text += ",\n  null_marker = " + Literal(csv.null_value);
  return text;
}

std::string Load(const Delivery& delivery, const Columns& columns, const std::string& table) {
  const bool csv = delivery.format.format == "csv";
  std::string text = "LOAD DATA INTO " + table + "\nFROM FILES (\n  format = '" +
                     (csv ? "CSV" : "PARQUET") + "',\n  uris = ['" + std::string(kFilesVariable) +
                     "*." + delivery.extension + "']";
  if (csv) text += CsvOptions(delivery.format.csv);
  if (!csv && columns.any_list()) text += ",\n  enable_list_inference = true";
  if (NeedsFlexibleNames(delivery)) text += ",\n  column_name_character_map = 'V2'";
  return text + "\n);\n";
}

Result<std::string> Statements(const Target& target, const Delivery& delivery,
                               const std::vector<Landing>& landings) {
  if (delivery.format.csv.compression == model::Compression::kZstd) {
    return Fail(kFileNotLoaded, "BigQuery loads CSV files as they are or by gzip, not by zstd");
  }
  const Columns columns(target, delivery, landings);
  std::string text = FilesComment(delivery, "gs://bucket/folder");
  const std::string table = columns.CreateTable("CREATE TABLE", columns.Table(), "");
  if (!columns.any_cast()) return text + table + Load(delivery, columns, columns.Table());
  text += columns.CreateStage("CREATE TABLE", columns.Stage()) +
          Load(delivery, columns, columns.Stage());
  return text + table + columns.FromStage(columns.Stage());
}

}  // namespace

constinit const Target kBigQuery{"bigquery", "bq",       "BigQuery", /*folds_case=*/true,
                                 &Quote,     &JudgeName, &Land,      &Statements};

}  // namespace rivet::target
