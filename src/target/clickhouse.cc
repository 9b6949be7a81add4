#include "target/ddl_internal.h"
#include "target/landing_internal.h"
#include "target/warehouses_internal.h"

namespace rivet::target {
namespace {

using model::TypeKind;

constexpr std::string_view kYears =
    "days outside 1900-01-01 to 2299-12-31 are refused; version 26 takes the years 0 to 9999";

std::string Quote(std::string_view name) { return Escaped(name, '`'); }
std::string Literal(std::string_view text) { return Escaped(text, '\''); }

NameFlaw JudgeName(std::string_view name) {
  if (name.empty()) return {Standing::kFail, "a column needs a name: give it one with AS"};
  return {};
}

// MySQL's timestamp ends in 2038.
Landing Stamped(const Facts& facts) {
  Landing landing = Plain("DateTime64(6, 'UTC')");
  const bool short_years =
      facts.column.type.kind == TypeKind::kTimestampTz && facts.engine != "postgres";
  if (!short_years) AddNote(Standing::kWarn, kYears, &landing);
  return landing;
}

Landing Naive(const Facts& facts) {
  Landing landing = Stamped(facts);
  AddNote(Standing::kWarn, "declared as UTC, so that its digits do not follow the server's zone",
          &landing);
  return landing;
}

Landing Time(const Facts& facts) {
  if (facts.csv()) return Warned("String", "no type for a time of day: kept as text");
  return Warned("DateTime64(6, 'UTC')", "no type for a time of day: it becomes one on 1970-01-01");
}

Landing Json(const Facts& facts) {
  Landing landing =
      Warned("String", "the text as it is: the type JSON of version 25 takes objects only");
  if (!facts.csv()) landing.autoload = "JSON, before version 25 String";
  return landing;
}

Landing Uuid(const Facts& facts) {
  if (facts.csv()) return Plain("UUID");
  Landing landing = Warned("UUID",
                           "the file's column is FixedString(16) before version 25, so it "
                           "is read as that and cast");
  landing.autoload = "UUID, before version 25 FixedString(16)";
  return ByCast(std::move(landing), "FixedString(16)", "toUUID(UUIDNumToString({}))");
}

Landing Bytes(const Facts& facts) {
  if (!facts.csv()) return Plain("String");
  return ByCast(Plain("String"), "String",
                std::string(BytesCast(facts, "unhex({})", "base64Decode({})")));
}

Landing Scalar(const Facts& facts);

Landing List(const Facts& facts) {
  if (facts.csv()) return Warned("String", "a CSV file holds lists as JSON arrays");
  const bool nested = facts.column.type.element->kind == TypeKind::kList;
  Landing list = LandElement(facts, nested ? &List : &Scalar);
  const auto array = [nested](const std::string& element) {
    return nested ? "Array(" + element + ")" : "Array(Nullable(" + element + "))";
  };
  list.type = array(list.type);
  list.autoload.clear();
  if (!list.cast.empty()) {
    list.staged = array(list.staged);
    list.cast = "arrayMap(item -> " + Applied(list.cast, "item") + ", {})";
  }
  if (!nested) AddNote(Standing::kWarn, "a NULL list becomes an empty one", &list);
  return list;
}

Landing Scalar(const Facts& facts) {
  switch (facts.column.type.kind) {
    case TypeKind::kBool:
      return Plain("Bool");
    case TypeKind::kInt16:
      return Plain("Int16");
    case TypeKind::kInt32:
      return Plain("Int32");
    case TypeKind::kInt64:
      return Plain("Int64");
    case TypeKind::kUInt64:
      return Plain("UInt64");
    case TypeKind::kFloat32:
      return Plain("Float32");
    case TypeKind::kFloat64:
      return Plain("Float64");
    case TypeKind::kDecimal:
      return Plain(WithDigits("Decimal", facts.column.type));
    case TypeKind::kDate:
      return Warned("Date32", std::string(kYears));
    case TypeKind::kTime:
      return Time(facts);
    case TypeKind::kTimestamp:
      return Naive(facts);
    case TypeKind::kTimestampTz:
      return Stamped(facts);
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kInterval:
    case TypeKind::kServerText:
      return Plain("String");
    case TypeKind::kJson:
      return Json(facts);
    case TypeKind::kUuid:
      return Uuid(facts);
    case TypeKind::kBinary:
      return Bytes(facts);
    case TypeKind::kList:
      return List(facts);
  }
  Check(false, "every kind lands in ClickHouse");
  return {};
}

Landing Land(const Facts& facts) {
  Landing landing = Scalar(facts);
  const bool array = facts.column.type.kind == TypeKind::kList && !facts.csv();
  if (array || landing.type.empty()) return landing;  // no array can be NULL
  landing.type = "Nullable(" + landing.type + ")";
  if (!landing.staged.empty()) landing.staged = "Nullable(" + landing.staged + ")";
  return landing;
}

// What the reader is told of the file: a type for each column that is read.
std::string Structure(const Delivery& delivery, const Columns& columns) {
  const bool csv = delivery.format.format == "csv";
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (!csv && !columns.has_place(i)) continue;
    if (!text.empty()) text += ", ";
    text += columns.Quoted(i) + " " + columns.StagedType(i, "Nullable(String)");
  }
  return Literal(text);
}

std::string Settings(const Delivery& delivery) {
  if (delivery.format.format != "csv") return "";
  const model::CsvSettings& csv = delivery.format.csv;
  return "\nSETTINGS format_csv_delimiter = " + Literal(std::string(1, csv.delimiter)) +
         ", format_csv_null_representation = " + Literal(csv.null_value) +
         ", date_time_input_format = 'best_effort'";
}

Result<std::string> Statements(const Target& target, const Delivery& delivery,
                               const std::vector<Landing>& landings) {
  const Columns columns(target, delivery, landings);
  const bool csv = delivery.format.format == "csv";
  const std::string format =
      csv ? (delivery.format.csv.header ? "CSVWithNames" : "CSV") : "Parquet";
  const std::string folder = delivery.folder.empty() ? "/folder" : delivery.folder;
  return FilesComment(delivery, folder) +
         "-- file() is for clickhouse-local and for a server's user_files; in a bucket it is s3(), "
         "gcs() or azureBlobStorage().\n" +
         columns.CreateTable("CREATE TABLE", columns.Table(),
                             "\nENGINE = MergeTree ORDER BY tuple()") +
         "INSERT INTO " + columns.Table() + "\nSELECT\n" + columns.Selected() + "\nFROM file('" +
         std::string(kFilesVariable) + "*." + delivery.extension + "', '" + format + "',\n  " +
         Structure(delivery, columns) + ")" + Settings(delivery) + ";\n";
}

}  // namespace

constinit const Target kClickHouse{"clickhouse", "",         "ClickHouse", /*folds_case=*/false,
                                   &Quote,       &JudgeName, &Land,        &Statements};

}  // namespace rivet::target
