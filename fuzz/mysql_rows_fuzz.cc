// Rows of MySQL's binary protocol cut into their fields: those that a plain reading gives, inside
// the row, or a refusal by name.
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "input.h"
#include "slow.h"
#include "source/faults.h"
#include "source/mysql/decode.h"

namespace {

using rivet::Check;
using rivet::fuzz::Integer;
using namespace rivet::client::mysql;
namespace mysql = rivet::source::mysql;

struct WireKind {
  int type, width;  // negative: a length comes first
};
constexpr WireKind kWires[] = {
    {kNullType, 0},  {kTinyType, 1},        {kShortType, 2},      {kYearType, 2},   {kLongType, 4},
    {kInt24Type, 4}, {kFloatType, 4},       {kLongLongType, 8},   {kDoubleType, 8}, {kDateType, -1},
    {kTimeType, -1}, {kNewDecimalType, -1}, {kVarStringType, -1}, {kBlobType, -1},  {kBitType, -1}};

using Values = std::vector<std::optional<std::string>>;

std::optional<size_t> TakeLength(std::string_view* rest) {
  if (rest->empty()) return std::nullopt;
  const auto first = static_cast<uint8_t>(rest->front());
  rest->remove_prefix(1);
  if (first < 0xfb) return first;
  const size_t bytes = first == 0xfc ? 2 : first == 0xfd ? 3 : first == 0xfe ? 8 : 0;
  if (bytes == 0 || rest->size() < bytes) return std::nullopt;
  const std::string_view little = rest->substr(0, bytes);
  rest->remove_prefix(bytes);
  const __int128 length = Integer(std::string(little.rbegin(), little.rend()), false);
  if (length > static_cast<__int128>(rest->size())) return std::nullopt;
  return static_cast<size_t>(length);
}

std::optional<Values> Plain(std::string_view row, const std::vector<WireKind>& wires) {
  const size_t bitmap_bytes = (wires.size() + 9) / 8;
  if (row.size() < 1 + bitmap_bytes || row[0] != 0) return std::nullopt;
  const std::string_view nulls = row.substr(1, bitmap_bytes);
  std::string_view rest = row.substr(1 + bitmap_bytes);
  Values values;
  for (size_t i = 0; i < wires.size(); ++i) {
    if ((nulls[(i + 2) / 8] >> ((i + 2) % 8) & 1) != 0) {
      values.emplace_back();
      continue;
    }
    auto size = wires[i].width < 0 ? TakeLength(&rest)
                                   : std::optional<size_t>(static_cast<size_t>(wires[i].width));
    if (!size || *size > rest.size()) return std::nullopt;
    values.emplace_back(rest.substr(0, *size));
    rest.remove_prefix(*size);
  }
  return rest.empty() ? std::optional(values) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  rivet::fuzz::Input input(bytes, size);
  std::vector<WireKind> wires;
  std::vector<ResultColumn> columns(1 + input.Below(20));
  for (ResultColumn& column : columns) {
    wires.push_back(kWires[input.Below(std::size(kWires))]);
    column.type = wires.back().type;
  }
  const rivet::fuzz::Exact row(input.Rest());
  const auto expected = Plain({reinterpret_cast<const char*>(row.data()), row.size()}, wires);
  mysql::RowCutter cutter(columns);
  const rivet::Status status = cutter.Cut(row.data(), static_cast<int64_t>(row.size()));
  Check(status.ok() == expected.has_value(), "a row is cut where it can be, and nowhere else");
  if (!status.ok()) {
    Check(rivet::Is(status, rivet::source::kWire), "a row is refused by name");
    return 0;
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const mysql::Field& field = cutter.fields()[i];
    Check((field.size == mysql::kNull) == !(*expected)[i], "NULL is NULL");
    if (field.size == mysql::kNull) continue;
    const std::string found(reinterpret_cast<const char*>(field.data),
                            static_cast<size_t>(field.size));
    Check(found == *(*expected)[i], "a field is its bytes");
  }
  return 0;
}
