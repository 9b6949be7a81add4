#include "types/column_warnings.h"

#include <algorithm>

namespace rivet::types {
namespace {

using model::TypeKind;

// PostgreSQL's, fixed for good; they tell a domain's base type too.
constexpr uint32_t kBpcharOid = 1042;
constexpr uint32_t kMoneyOid = 790;

bool IsDated(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
}

void WarnOfPostgres(const model::Column& column, std::vector<std::string>* warnings) {
  const TypeKind kind = column.type.kind;
  if (column.native_oid == kBpcharOid && kind == TypeKind::kText)
    warnings->push_back("padded with blanks to its length, as the server keeps it");
  if (column.native_oid == kMoneyOid) {
    warnings->push_back(kind == TypeKind::kDecimal
                            ? "the currency is not in the file"
                            : "text as lc_monetary of the server writes it, currency included");
  }
  if (IsDated(kind)) warnings->push_back("infinity has no form in a column of dates");
  if (kind == TypeKind::kTime) warnings->push_back("24:00:00 has no form in a column of times");
  if (kind == TypeKind::kList) warnings->push_back("lower bounds other than 1 are not kept");
}

void WarnOfMysql(const model::Column& column, std::vector<std::string>* warnings) {
  const TypeKind kind = column.type.kind;
  if (kind == TypeKind::kBool && column.native_type.starts_with("tinyint(1)"))
    warnings->push_back("values other than 0 and 1 are no bool: override it to int16");
  if (IsDated(kind)) warnings->push_back("zero dates, where sql_mode allows them, are no dates");
  if (kind == TypeKind::kTime)
    warnings->push_back("times below 00:00:00 or from 24:00:00 on are no times of a day");
}

}  // namespace

std::vector<std::vector<std::string>> ColumnWarnings(const std::vector<model::Column>& columns,
                                                     std::string_view engine) {
  const auto zoned = std::find_if(columns.begin(), columns.end(), [](const model::Column& column) {
    return column.type.kind == TypeKind::kTimestampTz;
  });
  std::vector<std::vector<std::string>> all;
  for (const model::Column& column : columns) {
    std::vector<std::string>& warnings = all.emplace_back();
    if (engine == "postgres") {
      WarnOfPostgres(column, &warnings);
    } else {
      WarnOfMysql(column, &warnings);
    }
    if (column.type.kind == TypeKind::kTimestamp && zoned != columns.end())
      warnings.push_back("of no time zone, beside columns that have one ('" + zoned->name + "')");
  }
  return all;
}

}  // namespace rivet::types
