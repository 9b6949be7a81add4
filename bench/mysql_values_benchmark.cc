// Values of MySQL's binary rows into Arrow arrays, a family of decoders at a time: time per value,
// and wire bytes per second.
#include <arrow/array.h>
#include <benchmark/benchmark.h>

#include <string>

#include "source/mysql/decode.h"
#include "wire_values.h"

namespace rivet::bench {
namespace {

using client::mysql::ResultColumn;
using model::LogicalType;
using model::TypeKind;
namespace wire = client::mysql;
namespace mysql = source::mysql;

constexpr uint32_t kUtf8mb4 = 45;

LogicalType Type(TypeKind kind, int precision = 0, int scale = 0) {
  return {.kind = kind, .precision = precision, .scale = scale, .tag = {}, .element = nullptr};
}

ResultColumn Wire(int type, uint32_t flags = 0, uint32_t charset = wire::kBinaryCharset) {
  ResultColumn column;
  column.name = "c";
  column.type = type;
  column.flags = flags;
  column.charset = charset;
  return column;
}

Status DecodeAll(mysql::FieldReader& reader, const WireValues& values) {
  ARROW_RETURN_NOT_OK(reader.Reserve(kValues));
  for (int i = 0; i < kValues; ++i)
    ARROW_RETURN_NOT_OK(reader.Append({values.at(i), values.size(i)}));
  return reader.Finish().status();
}

template <typename Make>
void Decode(benchmark::State& state, const LogicalType& type, const ResultColumn& column,
            const Make& make) {
  const WireValues values(make);
  auto reader = mysql::MakeFieldReader(type, column, {"c", "native", 0});
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

std::string Int1(Numbers& numbers) { return LittleEndian(numbers.Next(), 1); }
std::string Int4(Numbers& numbers) { return LittleEndian(numbers.Next(), 4); }
std::string Int8(Numbers& numbers) { return LittleEndian(numbers.Next(), 8); }
std::string Day(Numbers& numbers) {
  return LittleEndian(1970 + numbers.Below(100), 2) + LittleEndian(1 + numbers.Below(12), 1) +
         LittleEndian(1 + numbers.Below(28), 1);
}
std::string Clock(Numbers& numbers) {
  return LittleEndian(numbers.Below(24), 1) + LittleEndian(numbers.Below(60), 1) +
         LittleEndian(numbers.Below(60), 1);
}
std::string Micros(Numbers& numbers) { return LittleEndian(1 + numbers.Below(999'999), 4); }
std::string Word(Numbers& numbers) { return Letters(numbers, 8 + numbers.Below(17)); }
std::string Decimal(Numbers& numbers, size_t whole, size_t scale) {
  return '1' + Digits(numbers, whole - 1) + '.' + Digits(numbers, scale);
}

#define RIVET_DECODE(name, type, column, make)                              \
  void name(benchmark::State& state) { Decode(state, type, column, make); } \
  BENCHMARK(name)

RIVET_DECODE(Tinyint, Type(TypeKind::kInt16), Wire(wire::kTinyType), Int1);
RIVET_DECODE(Integer, Type(TypeKind::kInt32), Wire(wire::kLongType), Int4);
RIVET_DECODE(Bigint, Type(TypeKind::kInt64), Wire(wire::kLongLongType), Int8);
RIVET_DECODE(BigintUnsigned, Type(TypeKind::kUInt64),
             Wire(wire::kLongLongType, wire::kUnsignedFlag), Int8);
RIVET_DECODE(Double, Type(TypeKind::kFloat64), Wire(wire::kDoubleType), Int8);
RIVET_DECODE(Decimal_12_2, Type(TypeKind::kDecimal, 12, 2), Wire(wire::kNewDecimalType),
             [](Numbers& numbers) { return Decimal(numbers, 8, 2); });
RIVET_DECODE(Decimal_38_10, Type(TypeKind::kDecimal, 38, 10), Wire(wire::kNewDecimalType),
             [](Numbers& numbers) { return Decimal(numbers, 26, 10); });
RIVET_DECODE(Decimal_65_30, Type(TypeKind::kDecimal, 65, 30), Wire(wire::kNewDecimalType),
             [](Numbers& numbers) { return Decimal(numbers, 35, 30); });
RIVET_DECODE(Date, Type(TypeKind::kDate), Wire(wire::kDateType), Day);
RIVET_DECODE(Datetime, Type(TypeKind::kTimestamp), Wire(wire::kDateTimeType),
             [](Numbers& numbers) { return Day(numbers) + Clock(numbers); });
RIVET_DECODE(DatetimeMicros, Type(TypeKind::kTimestamp), Wire(wire::kDateTimeType),
             [](Numbers& numbers) { return Day(numbers) + Clock(numbers) + Micros(numbers); });
RIVET_DECODE(Time, Type(TypeKind::kTime), Wire(wire::kTimeType), [](Numbers& numbers) {
  return LittleEndian(0, 1) + LittleEndian(0, 4) + Clock(numbers);
});
RIVET_DECODE(Bit, Type(TypeKind::kInt64), Wire(wire::kBitType, wire::kUnsignedFlag),
             [](Numbers& numbers) { return LittleEndian(numbers.Next(), 6); });
RIVET_DECODE(TextShort, Type(TypeKind::kText), Wire(wire::kVarStringType, 0, kUtf8mb4), Word);
RIVET_DECODE(TextKilobyte, Type(TypeKind::kText), Wire(wire::kVarStringType, 0, kUtf8mb4),
             [](Numbers& numbers) { return Letters(numbers, 1024); });
RIVET_DECODE(Blob, Type(TypeKind::kBinary), Wire(wire::kBlobType),
             [](Numbers& numbers) { return Int8(numbers) + Int8(numbers); });

}  // namespace
}  // namespace rivet::bench
