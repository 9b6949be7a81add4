#include "types/column_warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rivet::types {
namespace {

using model::TypeKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

model::Column ColumnOf(TypeKind kind, const char* native, uint32_t oid = 0) {
  model::Column column;
  column.name = native;
  column.native_type = native;
  column.native_oid = oid;
  column.type.kind = kind;
  return column;
}

std::vector<std::string> WarningsOf(const model::Column& column, std::string_view engine) {
  return ColumnWarnings({column}, engine).front();
}

TEST(ColumnWarnings, OfPostgres) {
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kText, "label", 1042), "postgres"),
              ElementsAre(HasSubstr("padded")));
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kText, "text", 25), "postgres"), IsEmpty());
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kServerText, "money", 790), "postgres"),
              ElementsAre(HasSubstr("lc_monetary")));
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kDecimal, "money", 790), "postgres"),
              ElementsAre(HasSubstr("currency is not")));
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kDate, "date", 1082), "postgres"),
              ElementsAre(HasSubstr("infinity")));
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kTime, "time", 1083), "postgres"),
              ElementsAre(HasSubstr("24:00:00")));
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kList, "integer[]"), "postgres"),
              ElementsAre(HasSubstr("lower bounds")));
}

TEST(ColumnWarnings, OfMysql) {
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kBool, "tinyint(1)"), "mariadb"),
              ElementsAre(HasSubstr("int16")));
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kBool, "bit(1)"), "mysql"), IsEmpty());
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kDate, "date"), "mysql"),
              ElementsAre(HasSubstr("zero dates")));
  EXPECT_THAT(WarningsOf(ColumnOf(TypeKind::kTime, "time"), "mysql"),
              ElementsAre(HasSubstr("24:00:00")));
}

TEST(ColumnWarnings, OfTimesWithoutAZoneBesideOthersWithOne) {
  const model::Column naive = ColumnOf(TypeKind::kTimestamp, "made");
  const model::Column zoned = ColumnOf(TypeKind::kTimestampTz, "sent");
  const auto both = ColumnWarnings({naive, zoned}, "postgres");
  EXPECT_THAT(both[0], testing::Contains(HasSubstr("'sent'")));
  EXPECT_THAT(ColumnWarnings({naive}, "postgres")[0], ElementsAre(HasSubstr("infinity")));
}

}  // namespace
}  // namespace rivet::types
