// PostgreSQL's binary values into Arrow arrays, a family of decoders at a time: time per value, and
// wire bytes per second.
#include <arrow/array.h>
#include <benchmark/benchmark.h>

#include <string>

#include "source/postgres/decode.h"
#include "wire_values.h"

namespace rivet::bench {
namespace {

using model::Column;
using model::TypeKind;
namespace postgres = source::postgres;

Column Scalar(TypeKind kind, uint32_t oid, int precision = 0, int scale = 0) {
  Column column;
  column.name = "c";
  column.native_type = "native";
  column.native_oid = oid;
  column.type.kind = kind;
  column.type.precision = precision;
  column.type.scale = scale;
  return column;
}

Column ListOf(const Column& element, uint32_t array_oid) {
  Column column = Scalar(TypeKind::kList, array_oid);
  column.type.element = std::make_shared<const model::LogicalType>(element.type);
  return column;
}

Status DecodeAll(postgres::FieldReader& reader, const WireValues& values) {
  ARROW_RETURN_NOT_OK(reader.Reserve(kValues));
  for (int i = 0; i < kValues; ++i)
    ARROW_RETURN_NOT_OK(reader.Append({values.at(i), static_cast<int32_t>(values.size(i))}));
  return reader.Finish().status();
}

template <typename Make>
void Decode(benchmark::State& state, const Column& column, const Make& make) {
  const WireValues values(make);
  auto reader = postgres::MakeFieldReader(column.type, postgres::FormOf(column),
                                          {column.name, column.native_type, 0});
  Status status = reader.status();
  for (auto _ : state) {
    if (status.ok()) status = DecodeAll(**reader, values);
    if (!status.ok()) {
      state.SkipWithError(status.ToString().c_str());
      break;
    }
  }
  state.SetItemsProcessed(state.iterations() * kValues);
  state.SetBytesProcessed(state.iterations() * values.bytes());
}

// numeric: `groups` of four digits, half of them before the point, which has `scale` digits behind.
std::string Numeric(Numbers& numbers, int groups, int scale) {
  std::string bytes = BigEndian(groups, 2) + BigEndian(groups - 1 - (scale + 3) / 4, 2) +
                      BigEndian(numbers.Below(2) * 0x4000, 2) + BigEndian(scale, 2);
  for (int i = 0; i < groups; ++i) {
    uint64_t group = 1 + numbers.Below(9998);
    // The last group has only as many digits as are left of the scale.
    if (i == groups - 1 && scale % 4 != 0) group -= group % (scale % 4 == 2 ? 100 : 1000);
    bytes += BigEndian(group, 2);
  }
  return bytes;
}

// A list of one dimension without NULLs.
template <typename Make>
std::string List(Numbers& numbers, uint32_t oid, int elements, const Make& make) {
  std::string bytes = BigEndian(1, 4) + BigEndian(0, 4) + BigEndian(oid, 4) +
                      BigEndian(elements, 4) + BigEndian(1, 4);
  for (int i = 0; i < elements; ++i) {
    const std::string element = make(numbers);
    bytes += BigEndian(element.size(), 4) + element;
  }
  return bytes;
}

std::string Bool(Numbers& numbers) { return BigEndian(numbers.Below(2), 1); }
std::string Int2(Numbers& numbers) { return BigEndian(numbers.Next(), 2); }
std::string Int4(Numbers& numbers) { return BigEndian(numbers.Next(), 4); }
std::string Int8(Numbers& numbers) { return BigEndian(numbers.Next(), 8); }
// Within a century.
std::string Stamp(Numbers& numbers) { return BigEndian(numbers.Below(3'000'000'000'000'000), 8); }
std::string Uuid(Numbers& numbers) { return Int8(numbers) + Int8(numbers); }
std::string Word(Numbers& numbers) { return Letters(numbers, 8 + numbers.Below(17)); }

#define RIVET_DECODE(name, column, make)                              \
  void name(benchmark::State& state) { Decode(state, column, make); } \
  BENCHMARK(name)

RIVET_DECODE(Boolean, Scalar(TypeKind::kBool, postgres::kBoolOid), Bool);
RIVET_DECODE(Smallint, Scalar(TypeKind::kInt16, postgres::kInt2Oid), Int2);
RIVET_DECODE(Integer, Scalar(TypeKind::kInt32, postgres::kInt4Oid), Int4);
RIVET_DECODE(Bigint, Scalar(TypeKind::kInt64, postgres::kInt8Oid), Int8);
RIVET_DECODE(DoublePrecision, Scalar(TypeKind::kFloat64, postgres::kFloat8Oid), Int8);
RIVET_DECODE(Numeric_12_2, Scalar(TypeKind::kDecimal, postgres::kNumericOid, 12, 2),
             [](Numbers& numbers) { return Numeric(numbers, 3, 2); });
RIVET_DECODE(Numeric_38_10, Scalar(TypeKind::kDecimal, postgres::kNumericOid, 38, 10),
             [](Numbers& numbers) { return Numeric(numbers, 9, 10); });
RIVET_DECODE(Numeric_65_30, Scalar(TypeKind::kDecimal, postgres::kNumericOid, 65, 30),
             [](Numbers& numbers) { return Numeric(numbers, 16, 30); });
RIVET_DECODE(Date, Scalar(TypeKind::kDate, postgres::kDateOid),
             [](Numbers& numbers) { return BigEndian(numbers.Below(36'500), 4); });
RIVET_DECODE(Time, Scalar(TypeKind::kTime, postgres::kTimeOid),
             [](Numbers& numbers) { return BigEndian(numbers.Below(86'400'000'000), 8); });
RIVET_DECODE(Timestamp, Scalar(TypeKind::kTimestamp, postgres::kTimestampOid), Stamp);
RIVET_DECODE(TimestampTz, Scalar(TypeKind::kTimestampTz, postgres::kTimestampTzOid), Stamp);
RIVET_DECODE(UuidValue, Scalar(TypeKind::kUuid, postgres::kUuidOid), Uuid);
RIVET_DECODE(TextShort, Scalar(TypeKind::kText, postgres::kTextOid), Word);
RIVET_DECODE(TextKilobyte, Scalar(TypeKind::kText, postgres::kTextOid),
             [](Numbers& numbers) { return Letters(numbers, 1024); });
RIVET_DECODE(Jsonb, Scalar(TypeKind::kJson, postgres::kJsonbOid), [](Numbers& numbers) {
  return '\x01' + ("{\"name\": \"" + Word(numbers) + "\", \"n\": " + Digits(numbers, 6) + "}");
});
RIVET_DECODE(Bytea, Scalar(TypeKind::kBinary, postgres::kByteaOid), Uuid);
RIVET_DECODE(IntegerList, ListOf(Scalar(TypeKind::kInt32, postgres::kInt4Oid), 1007),
             [](Numbers& numbers) { return List(numbers, postgres::kInt4Oid, 8, Int4); });
RIVET_DECODE(TextList, ListOf(Scalar(TypeKind::kText, postgres::kTextOid), 1009),
             [](Numbers& numbers) { return List(numbers, postgres::kTextOid, 4, Word); });

}  // namespace
}  // namespace rivet::bench
