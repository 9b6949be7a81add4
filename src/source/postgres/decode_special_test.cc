#include <arrow/api.h>
#include <gtest/gtest.h>

#include "source/faults.h"
#include "source/postgres/decode_test_common.h"

// Special values under the policies of their columns.
namespace rivet::source::postgres {
namespace {

using model::TypeKind;

// A value of a column under a policy: its text, `NULL`, or the failure; and how often it was
// counted.
struct Landing {
  Result<std::string> text;
  model::AlteredCounts counts{};
  int64_t counted = 0;
};
Landing LandingOf(model::Column column, std::string_view hex, model::SpecialValue what,
                  model::PolicyAction action) {
  column.policies.Set(what, action);
  const std::string bytes = FromHex(hex);
  std::vector<model::AlteredCounts> counts;
  const auto decoded = [&]() -> Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(auto builder, BatchBuilder::Make({column}, {}, kValueMax, &counts));
    const Field row{reinterpret_cast<const uint8_t*>(bytes.data()),
                    static_cast<int32_t>(bytes.size())};
    ARROW_RETURN_NOT_OK(builder->Append(&row));
    ARROW_ASSIGN_OR_RAISE(const auto batch, builder->Finish());
    if (batch->column(0)->IsNull(0)) return "NULL";
    std::string text;
    ARROW_RETURN_NOT_OK(types::AppendText(*batch->column(0), 0, &text));
    return text;
  };
  Landing landing{decoded()};
  landing.counts = counts.at(0);
  landing.counted = landing.counts[static_cast<size_t>(what)];
  return landing;
}

TEST(Policies, SpecialValuesLandAsThePolicySaysAndAreCounted) {
  using enum model::PolicyAction;
  using enum model::SpecialValue;
  const model::Column date = ColumnOf(TypeKind::kDate, kDateOid),
                      stamp = ColumnOf(TypeKind::kTimestamp, kTimestampOid),
                      clock = ColumnOf(TypeKind::kTime, kTimeOid),
                      span = ColumnOf(TypeKind::kInterval, kIntervalOid);
  model::Column number = ColumnOf(TypeKind::kDecimal, kNumericOid);
  number.type.precision = 10;
  number.type.scale = 2;
  struct Case {
    model::Column column;
    const char* hex;
    model::SpecialValue what;
    model::PolicyAction action;
    const char* text;
  };
  const Case cases[] = {
      {date, "7fffffff", kInfinity, kNull, "NULL"},
      {date, "7fffffff", kInfinity, kClamp, "9999-12-31"},
      {date, "80000000", kInfinity, kClamp, "0001-01-01"},
      {stamp, "7fffffffffffffff", kInfinity, kNull, "NULL"},
      {stamp, "7fffffffffffffff", kInfinity, kClamp, "9999-12-31T23:59:59.999999"},
      {stamp, "8000000000000000", kInfinity, kClamp, "0001-01-01T00:00:00.000000"},
      {stamp, "7ffffffffffffffe", kOutOfRange, kNull, "NULL"},
      {clock, "000000141dd76000", kTimeRange, kNull, "NULL"},
      {span, "7fffffffffffffff7fffffff7fffffff", kInfinity, kNull, "NULL"},
      {span, "80000000000000008000000080000000", kInfinity, kNull, "NULL"},
      {number, "00000000c0000000", kNumericSpecial, kNull, "NULL"},
      {number, "00000000d0000000", kNumericSpecial, kNull, "NULL"},
      {number, "00000000f0000000", kNumericSpecial, kNull, "NULL"},
      {ListOf(TypeKind::kDate, 1182),
       "0000000100000000"
       "0000043a"
       "0000000100000001"
       "000000047fffffff",
       kInfinity, kClamp, "[\"9999-12-31\"]"},
  };
  for (const Case& one : cases) {
    const Landing landing = LandingOf(one.column, one.hex, one.what, one.action);
    EXPECT_TRUE(landing.text.ok()) << landing.text.status();
    EXPECT_EQ(landing.text.ValueOr(""), one.text) << one.hex;
    EXPECT_EQ(landing.counted, 1) << one.hex;
  }
}

TEST(Policies, EachKindNeedsItsOwnAndPlainValuesAreNotCounted) {
  using enum model::PolicyAction;
  using enum model::SpecialValue;
  const model::Column stamp = ColumnOf(TypeKind::kTimestamp, kTimestampOid);
  const Landing other = LandingOf(stamp, "7fffffffffffffff", kOutOfRange, kNull);
  EXPECT_TRUE(Is(other.text.status(), kValue));
  EXPECT_EQ(other.counts, model::AlteredCounts{});
  const Fault fault = FaultOf(other.text.status());
  ASSERT_FALSE(fault.hints.empty());
  EXPECT_NE(fault.hints[0].find("`infinity: null`"), std::string::npos) << fault.hints[0];
  const Landing plain = LandingOf(stamp, "0000000000000001", kInfinity, kNull);
  EXPECT_EQ(plain.text.ValueOr(""), "2000-01-01T00:00:00.000001");
  EXPECT_EQ(plain.counts, model::AlteredCounts{});
}

TEST(Policies, NothingIsAlteredWhereNobodyCounts) {
  model::Column date = ColumnOf(TypeKind::kDate, kDateOid);
  date.policies.Set(model::SpecialValue::kInfinity, model::PolicyAction::kNull);
  const auto builder = *BatchBuilder::Make({date}, {}, kValueMax);
  const std::string infinity = FromHex("7fffffff");
  const Field row{reinterpret_cast<const uint8_t*>(infinity.data()), 4};
  EXPECT_TRUE(Is(builder->Append(&row), kValue));
}

TEST(BatchBuilder, TextThatIsNoneIsToldWithTheKeyOfItsRow) {
  model::Column id = ColumnOf(TypeKind::kInt32, kInt4Oid),
                note = ColumnOf(TypeKind::kText, kTextOid);
  id.name = "id";
  note.name = "note";
  const std::vector<model::KeyColumn> key = {{"id", id.type, "integer"}};
  for (const bool key_first : {true, false}) {
    const std::vector<model::Column> columns =
        key_first ? std::vector{id, note} : std::vector{note, id};
    auto builder = *BatchBuilder::Make(columns, key, 0);
    const std::string texts[] = {"fine", "\xFF"},
                      ids[] = {FromHex("00000005"), FromHex("00000007")};
    for (size_t i = 0; i < 2; ++i) {
      const Field number{reinterpret_cast<const uint8_t*>(ids[i].data()), 4};
      const Field text{reinterpret_cast<const uint8_t*>(texts[i].data()),
                       static_cast<int32_t>(texts[i].size())};
      const Field row[] = {key_first ? number : text, key_first ? text : number};
      ASSERT_TRUE(builder->Append(row).ok());
    }
    const Status status = builder->Finish().status();
    EXPECT_TRUE(FaultOf(status).message.starts_with("row with \"id\" = '7': column \"note\""))
        << status;
  }
}

}  // namespace
}  // namespace rivet::source::postgres
