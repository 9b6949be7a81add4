#include "source/postgres/decode.h"

#include <arrow/api.h>

#include <algorithm>
#include <utility>

#include "source/faults.h"
#include "source/postgres/decode_internal.h"
#include "source/row_key.h"
#include "types/schema.h"

namespace rivet::source::postgres {
namespace {

constexpr int64_t kRoomMin = 64;

}  // namespace

Status FailLength(const FieldRules& rules, std::string_view type, int32_t size, int32_t expected) {
  return FailWire(rules, std::string(type) + " of " + std::to_string(size) + " bytes, " +
                             std::to_string(expected) + " expected");
}

Result<std::unique_ptr<BatchBuilder>> BatchBuilder::Make(
    const std::vector<model::Column>& columns, const std::vector<model::KeyColumn>& row_key,
    int64_t value_bytes_max, std::vector<model::AlteredCounts>* altered) {
  std::unique_ptr<BatchBuilder> builder(new BatchBuilder);
  builder->schema_ = types::SchemaOf(columns);
  builder->columns_ = columns;
  builder->row_key_ = PlacesOf(row_key, columns);
  builder->value_bytes_max_ = value_bytes_max;
  // Readers keep the places: the entries do not move afterwards.
  if (altered != nullptr) altered->assign(columns.size(), {});
  for (size_t i = 0; i < columns.size(); ++i) {
    const model::Column& column = columns[i];
    const FieldRules rules =
        RulesOf(column, value_bytes_max, altered == nullptr ? nullptr : &(*altered)[i]);
    ARROW_ASSIGN_OR_RAISE(auto reader, MakeFieldReader(column.type, FormOf(column), rules));
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

Status BatchBuilder::Append(const Field* fields) {
  if (room_ == 0) ARROW_RETURN_NOT_OK(Expect(std::max(kRoomMin, rows_)));
  for (size_t i = 0; i < readers_.size(); ++i) {
    if (Status status = readers_[i]->Append(fields[i]); !status.ok()) {
      return WithRowKey(std::move(status), columns_, row_key_,
                        [&](size_t column) { return OneValue(column, fields[column]); });
    }
    bytes_ += std::max<int32_t>(0, fields[i].size);
  }
  ++rows_;
  --room_;
  return Status::OK();
}

Result<std::shared_ptr<arrow::Array>> BatchBuilder::OneValue(size_t column, Field field) const {
  const model::Column& facts = columns_[column];
  // Shown, not delivered: nothing is altered here, and nothing counted.
  const FieldRules rules{facts.name, facts.native_type, value_bytes_max_};
  ARROW_ASSIGN_OR_RAISE(const auto reader, MakeFieldReader(facts.type, FormOf(facts), rules));
  ARROW_RETURN_NOT_OK(reader->Reserve(1));
  ARROW_RETURN_NOT_OK(reader->Append(field));
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

}  // namespace rivet::source::postgres
