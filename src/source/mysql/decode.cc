#include "source/mysql/decode.h"

#include <arrow/api.h>

#include <algorithm>
#include <utility>

#include "source/faults.h"
#include "source/mysql/decode_internal.h"
#include "source/row_key.h"
#include "types/schema.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::ResultColumn;

constexpr int64_t kRoomMin = 64;
// The NULL bitmap of a row leaves its first two bits out.
constexpr size_t kBitmapOffset = 2;

int8_t WidthOf(int type) {
  using namespace client::mysql;
  switch (type) {
    case kNullType:
      return 0;
    case kTinyType:
      return 1;
    case kShortType:
    case kYearType:
      return 2;
    case kLongType:
    case kInt24Type:
    case kFloatType:
      return 4;
    case kLongLongType:
    case kDoubleType:
      return 8;
    default:
      return -1;
  }
}

// A length-encoded integer; false when it is cut off, or the mark of something else.
bool TakeLength(const uint8_t** data, const uint8_t* end, int64_t* length) {
  const uint8_t first = *(*data)++;
  constexpr uint8_t kTwoBytes = 0xfc, kThreeBytes = 0xfd, kEightBytes = 0xfe;
  if (first < 0xfb) {
    *length = first;
    return true;
  }
  const int64_t bytes = first == kTwoBytes     ? 2
                        : first == kThreeBytes ? 3
                        : first == kEightBytes ? 8
                                               : 0;
  if (bytes == 0 || end - *data < bytes) return false;
  uint64_t value = 0;
  std::memcpy(&value, *data, static_cast<size_t>(bytes));
  *data += bytes;
  *length = static_cast<int64_t>(value);
  return *length >= 0;
}

}  // namespace

Status FailLength(const FieldRules& rules, int64_t size) {
  return FailWire(rules, "value of " + std::to_string(size) + " bytes");
}

RowCutter::RowCutter(const std::vector<ResultColumn>& wire) : fields_(wire.size()) {
  for (const ResultColumn& column : wire) widths_.push_back(WidthOf(column.type));
}

Status RowCutter::Cut(const uint8_t* row, int64_t size) {
  const uint8_t* const end = row + size;
  const size_t bitmap_bytes = (widths_.size() + 7 + kBitmapOffset) / 8;
  if (size < static_cast<int64_t>(1 + bitmap_bytes) || row[0] != 0)
    return Fail(kWire, "the server sent a row that is none");
  const uint8_t* const nulls = row + 1;
  const uint8_t* at = nulls + bitmap_bytes;
  for (size_t i = 0; i < widths_.size(); ++i) {
    const size_t bit = i + kBitmapOffset;
    if ((nulls[bit / 8] >> (bit % 8) & 1) != 0) {
      fields_[i] = Field{};
      continue;
    }
    int64_t length = widths_[i];
    if (length < 0 && (at >= end || !TakeLength(&at, end, &length)))
      return Fail(kWire, "a row ends within the length of a value");
    if (end - at < length) return Fail(kWire, "a row ends within a value");
    fields_[i] = Field{at, length};
    at += length;
  }
  if (at != end) return Fail(kWire, "a row has bytes behind its last value");
  return Status::OK();
}

Result<std::unique_ptr<BatchBuilder>> BatchBuilder::Make(
    const std::vector<model::Column>& columns, const std::vector<model::KeyColumn>& row_key,
    const std::vector<ResultColumn>& wire, int64_t value_bytes_max,
    std::vector<model::AlteredCounts>* altered) {
  if (wire.size() < columns.size()) {
    return Fail(kDrift, "the result has " + std::to_string(wire.size()) +
                            " columns, the plan has " + std::to_string(columns.size()));
  }
  std::unique_ptr<BatchBuilder> builder(new BatchBuilder(wire));
  builder->schema_ = types::SchemaOf(columns);
  builder->columns_ = columns;
  builder->row_key_ = PlacesOf(row_key, columns);
  builder->value_bytes_max_ = value_bytes_max;
  // Readers keep the places: the entries do not move afterwards.
  if (altered != nullptr) altered->assign(columns.size(), {});
  for (size_t i = 0; i < columns.size(); ++i) {
    const FieldRules rules =
        RulesOf(columns[i], value_bytes_max, altered == nullptr ? nullptr : &(*altered)[i]);
    ARROW_ASSIGN_OR_RAISE(auto reader, MakeFieldReader(columns[i].type, wire[i], rules));
    builder->readers_.push_back(std::move(reader));
  }
  return builder;
}

Status BatchBuilder::Expect(int64_t rows) {
  if (rows <= room_) return Status::OK();
  for (const auto& reader : readers_) ARROW_RETURN_NOT_OK(reader->Reserve(rows));
  room_ = rows;
  return Status::OK();
}

Status BatchBuilder::Append(const uint8_t* row, int64_t size) {
  if (room_ == 0) ARROW_RETURN_NOT_OK(Expect(std::max(kRoomMin, rows_)));
  ARROW_RETURN_NOT_OK(cutter_.Cut(row, size));
  const Field* field = cutter_.fields().data();
  for (const auto& reader : readers_) {
    if (Status status = reader->Append(*field++); !status.ok()) return WithRow(std::move(status));
  }
  bytes_ += size;
  ++rows_;
  --room_;
  return Status::OK();
}

Status BatchBuilder::WithRow(Status status) const {
  return WithRowKey(std::move(status), columns_, row_key_,
                    [this](size_t column) { return OneValue(column); });
}

Result<std::shared_ptr<arrow::Array>> BatchBuilder::OneValue(size_t column) const {
  const model::Column& facts = columns_[column];
  // Shown, not delivered: nothing is altered here, and nothing counted.
  const FieldRules rules{facts.name, facts.native_type, value_bytes_max_};
  ARROW_ASSIGN_OR_RAISE(const auto reader, MakeFieldReader(facts.type, wire_[column], rules));
  ARROW_RETURN_NOT_OK(reader->Reserve(1));
  ARROW_RETURN_NOT_OK(reader->Append(cutter_.fields()[column]));
  return reader->Finish();
}

// Columns before the one that failed are in `done`; those behind it end here.
Status BatchBuilder::WithBadRow(Status status, int64_t row,
                                const std::vector<std::shared_ptr<arrow::Array>>& done) const {
  if (row < 0) return status;
  return WithRowKey(std::move(status), columns_, row_key_,
                    [&](size_t column) -> Result<std::shared_ptr<arrow::Array>> {
                      if (column < done.size()) return done[column]->Slice(row, 1);
                      ARROW_ASSIGN_OR_RAISE(const auto array, readers_[column]->Finish());
                      return array->Slice(row, 1);
                    });
}

Result<std::shared_ptr<arrow::RecordBatch>> BatchBuilder::Finish() {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  arrays.reserve(readers_.size());
  for (const auto& reader : readers_) {
    auto array = reader->Finish();
    if (!array.ok()) return WithBadRow(array.status(), reader->bad_row(), arrays);
    arrays.push_back(std::move(*array));
  }
  room_ = 0;
  bytes_ = 0;
  return arrow::RecordBatch::Make(schema_, std::exchange(rows_, 0), std::move(arrays));
}

}  // namespace rivet::source::mysql
