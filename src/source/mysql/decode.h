#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "client/mysql/wire.h"
#include "model/query.h"
#include "source/value_fault.h"

namespace arrow {
class Array;
class RecordBatch;
class Schema;
}  // namespace arrow

namespace rivet::source::mysql {

// One value on the wire: `size` bytes at `data`, or NULL when size is kNull.
struct Field {
  const uint8_t* data = nullptr;
  int64_t size = -1;
};
inline constexpr int64_t kNull = -1;

// Turns wire values of one column into one Arrow array after another. Chosen once per column; used
// by one thread. Errors: kWire for bytes that do not follow the protocol, kValue for a value
// without an exact form, kValueTooLarge. After an error the reader is not used again.
class FieldReader {
 public:
  virtual ~FieldReader() = default;
  // Room for `rows` more values; Append may only be called with room.
  virtual Status Reserve(int64_t rows) = 0;
  virtual Status Append(Field field) = 0;
  // The values so far; the reader starts anew.
  virtual Result<std::shared_ptr<arrow::Array>> Finish() = 0;
  // Which of its values made Finish fail; negative: not known.
  virtual int64_t bad_row() const { return -1; }
};

// kDrift when values of `wire` cannot become values of `type`.
Result<std::unique_ptr<FieldReader>> MakeFieldReader(const model::LogicalType& type,
                                                     const client::mysql::ResultColumn& wire,
                                                     const FieldRules& rules);

// Takes one row of the binary protocol apart. Knows no types beyond their widths.
class RowCutter {
 public:
  explicit RowCutter(const std::vector<client::mysql::ResultColumn>& wire);
  // Fills fields(), whose pointers live as long as the row's bytes. kWire.
  Status Cut(const uint8_t* row, int64_t size);
  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<int8_t> widths_;  // negative: a length comes first
  std::vector<Field> fields_;
};

// Rows of one result into record batches of the plan's schema. Used by one thread.
class BatchBuilder {
 public:
  // `wire`: at least as many as `columns`; what is more is cut but not kept. `row_key`:
  // what names a row in errors of its values; may be empty. `altered`: where values that a policy
  // altered are counted, one entry a column; it outlives the builder. Null: none is.
  static Result<std::unique_ptr<BatchBuilder>> Make(
      const std::vector<model::Column>& columns, const std::vector<model::KeyColumn>& row_key,
      const std::vector<client::mysql::ResultColumn>& wire, int64_t value_bytes_max,
      std::vector<model::AlteredCounts>* altered = nullptr);
  // How many rows will likely come: builders get room for them at once, and text columns for the
  // bytes that as many rows of the last batch had.
  Status Expect(int64_t rows);
  Status Append(const uint8_t* row, int64_t size);
  // Of the row that was appended last, while its bytes live.
  const std::vector<Field>& fields() const { return cutter_.fields(); }
  // A failure of a value of that row, with the row's key.
  Status WithRow(Status status) const;
  // Never null; may have no rows.
  Result<std::shared_ptr<arrow::RecordBatch>> Finish();

  int64_t rows() const { return rows_; }
  // Wire bytes of the rows so far.
  int64_t bytes() const { return bytes_; }
  const std::shared_ptr<arrow::Schema>& schema() const { return schema_; }

 private:
  explicit BatchBuilder(const std::vector<client::mysql::ResultColumn>& wire)
      : wire_(wire), cutter_(wire) {}
  Result<std::shared_ptr<arrow::Array>> OneValue(size_t column) const;
  Status WithBadRow(Status status, int64_t row,
                    const std::vector<std::shared_ptr<arrow::Array>>& done) const;

  std::vector<model::Column> columns_;
  std::vector<size_t> row_key_;  // places in columns_
  int64_t value_bytes_max_ = 0;
  std::vector<client::mysql::ResultColumn> wire_;
  RowCutter cutter_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<FieldReader>> readers_;
  int64_t rows_ = 0, bytes_ = 0, room_ = 0;
};

}  // namespace rivet::source::mysql
