// Text, json, enum labels, "char" and bytea: bytes that are kept as they are.
#include <arrow/api.h>
#include <arrow/extension_type.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "model/batch.h"
#include "model/logical_type.h"
#include "source/faults.h"
#include "source/postgres/decode_internal.h"
#include "source/utf8.h"
#include "types/schema.h"

namespace rivet::source::postgres {
namespace {

// 32-bit offsets reach this far. Batches are cut long before; one row is at most 1 GB on the wire.
constexpr int64_t kColumnBytesMax = std::numeric_limits<int32_t>::max() - 1;
// Never reserved ahead for more than this: rows differ, and a page may be cut short.
constexpr int64_t kReserveBytesMax = 64 << 20;

class TextReader : public FieldReader {
 public:
  TextReader(Wire wire, bool json, const FieldRules& rules) : wire_(wire), rules_(rules) {
    if (wire == Wire::kBytes) {
      builder_ = std::make_unique<arrow::BinaryBuilder>(model::Pool());
    } else {
      builder_ = std::make_unique<arrow::StringBuilder>(model::Pool());
    }
    if (json) type_ = types::ArrowType({.kind = model::TypeKind::kJson, .tag = {}, .element = {}});
  }

  Status Reserve(int64_t rows) override {
    ARROW_RETURN_NOT_OK(builder_->Reserve(rows));
    if (builder_->length() > 0 || bytes_per_row_ == 0) return Status::OK();
    constexpr double kMargin = 1.0625;
    const double bytes = bytes_per_row_ * static_cast<double>(rows) * kMargin;
    return builder_->ReserveData(std::min<int64_t>(kReserveBytesMax, static_cast<int64_t>(bytes)));
  }

  Status Append(Field field) override {
    if (field.size == kNull) {
      builder_->UnsafeAppendNull();
      return Status::OK();
    }
    if (wire_ == Wire::kJsonb) ARROW_RETURN_NOT_OK(TakeVersion(&field));
    if (wire_ == Wire::kChar) return AppendChar(field);
    if (rules_.value_bytes_max > 0 && field.size > rules_.value_bytes_max) {
      return FailTooLarge(rules_, field.size);
    }
    return AppendBytes(field.data, field.size);
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override {
    const int64_t rows = builder_->length(), bytes = builder_->value_data_length();
    if (rows > 0) bytes_per_row_ = static_cast<double>(bytes) / static_cast<double>(rows);
    std::shared_ptr<arrow::Array> array;
    ARROW_RETURN_NOT_OK(builder_->Finish(&array));
    if (wire_ == Wire::kBytes) return array;
    ARROW_ASSIGN_OR_RAISE(array, TakeUtf8(std::move(array), rules_, &bad_row_));
    if (type_ == nullptr || type_->id() != arrow::Type::EXTENSION) return array;
    return arrow::ExtensionType::WrapArray(type_, array);
  }

  int64_t bad_row() const override { return bad_row_; }

 private:
  Status TakeVersion(Field* field) const {
    if (field->size < 1) return FailWire(rules_, "jsonb of 0 bytes");
    if (field->data[0] != 1)
      return FailWire(rules_, "jsonb of version " + std::to_string(field->data[0]));
    ++field->data;
    --field->size;
    return Status::OK();
  }

  // As the server prints it: nothing for zero, \ooo for what is not ASCII.
  Status AppendChar(Field field) {
    if (field.size != 1) return FailLength(rules_, "\"char\"", field.size, 1);
    const uint8_t byte = field.data[0];
    const uint8_t octal[] = {'\\', static_cast<uint8_t>('0' + (byte >> 6)),
                             static_cast<uint8_t>('0' + ((byte >> 3) & 7)),
                             static_cast<uint8_t>('0' + (byte & 7))};
    if (byte >= 0x80) return AppendBytes(octal, sizeof octal);
    return AppendBytes(&byte, byte == 0 ? 0 : 1);
  }

  Status AppendBytes(const uint8_t* data, int32_t size) {
    const int64_t used = builder_->value_data_length();
    if (builder_->value_data_capacity() - used < size) {
      if (used + size > kColumnBytesMax) return FailTooLarge(rules_, used + size);
      ARROW_RETURN_NOT_OK(builder_->ReserveData(size));
    }
    builder_->UnsafeAppend(data, size);
    return Status::OK();
  }

  const Wire wire_;
  const FieldRules rules_;
  std::unique_ptr<arrow::BinaryBuilder> builder_;
  std::shared_ptr<arrow::DataType> type_;  // of json
  double bytes_per_row_ = 0;
  int64_t bad_row_ = -1;
};

}  // namespace

std::unique_ptr<FieldReader> MakeTextReader(Wire wire, bool json, const FieldRules& rules) {
  return std::make_unique<TextReader>(wire, json, rules);
}

}  // namespace rivet::source::postgres
