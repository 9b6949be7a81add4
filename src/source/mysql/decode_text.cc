// Text, json, labels and bytes: kept as they are, text checked to be UTF-8.
#include <arrow/api.h>
#include <arrow/extension_type.h>
#include <arrow/util/utf8.h>

#include <algorithm>
#include <limits>

#include "model/batch.h"
#include "source/mysql/decode_internal.h"
#include "types/schema.h"

namespace rivet::source::mysql {
namespace {

// 32-bit offsets reach this far. Batches are cut long before; one row is at most 1 GB on the wire.
constexpr int64_t kColumnBytesMax = std::numeric_limits<int32_t>::max() - 1;
// Never reserved ahead for more than this: rows differ, and a page may be cut short.
constexpr int64_t kReserveBytesMax = 64 << 20;

// True when the whole is valid and no value starts inside a character: then each value is valid.
bool IsUtf8(const arrow::BinaryArray& values) {
  const uint8_t* data = values.raw_data();
  const int32_t* offsets = values.raw_value_offsets();
  const int32_t begin = offsets[0], end = offsets[values.length()];
  if (begin == end) return true;
  if (!arrow::util::ValidateUTF8(data + begin, end - begin)) return false;
  return std::none_of(offsets, offsets + values.length(), [&](int32_t offset) {
    return offset < end && (data[offset] & 0xC0) == 0x80;
  });
}

Status CheckUtf8(const arrow::BinaryArray& values, const FieldRules& rules) {
  if (IsUtf8(values)) return Status::OK();
  for (int64_t row = 0; row < values.length(); ++row) {
    const std::string_view value = values.GetView(row);
    if (!arrow::util::ValidateUTF8(value)) return FailValue(rules, value, "is not UTF-8");
  }
  return FailWire(rules, "text is not UTF-8");
}

template <typename Builder>
class TextReader : public FieldReader {
 public:
  TextReader(std::shared_ptr<arrow::DataType> wrapped, const FieldRules& rules)
      : rules_(rules), builder_(model::Pool()), wrapped_(std::move(wrapped)) {
    static const bool ready = (arrow::util::InitializeUTF8(), true);
    Check(ready, "UTF-8 tables");
  }

  Status Reserve(int64_t rows) override {
    ARROW_RETURN_NOT_OK(builder_.Reserve(rows));
    if (builder_.length() > 0 || bytes_per_row_ == 0) return Status::OK();
    constexpr double kMargin = 1.0625;
    const double bytes = bytes_per_row_ * static_cast<double>(rows) * kMargin;
    return builder_.ReserveData(std::min<int64_t>(kReserveBytesMax, static_cast<int64_t>(bytes)));
  }

  Status Append(Field field) override {
    if (field.size == kNull) {
      builder_.UnsafeAppendNull();
      return Status::OK();
    }
    if (rules_.value_bytes_max > 0 && field.size > rules_.value_bytes_max)
      return FailTooLarge(rules_, field.size);
    const int64_t used = builder_.value_data_length();
    if (builder_.value_data_capacity() - used < field.size) {
      if (used + field.size > kColumnBytesMax) return FailTooLarge(rules_, used + field.size);
      ARROW_RETURN_NOT_OK(builder_.ReserveData(field.size));
    }
    builder_.UnsafeAppend(field.data, static_cast<int32_t>(field.size));
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override {
    const int64_t rows = builder_.length(), bytes = builder_.value_data_length();
    if (rows > 0) bytes_per_row_ = static_cast<double>(bytes) / static_cast<double>(rows);
    std::shared_ptr<arrow::Array> array;
    ARROW_RETURN_NOT_OK(builder_.Finish(&array));
    if constexpr (std::is_same_v<Builder, arrow::StringBuilder>) {
      ARROW_RETURN_NOT_OK(CheckUtf8(static_cast<const arrow::BinaryArray&>(*array), rules_));
    }
    if (wrapped_ == nullptr) return array;
    return arrow::ExtensionType::WrapArray(wrapped_, array);
  }

 private:
  const FieldRules rules_;
  Builder builder_;
  const std::shared_ptr<arrow::DataType> wrapped_;  // of json
  double bytes_per_row_ = 0;
};

}  // namespace

std::unique_ptr<FieldReader> MakeTextReader(const model::LogicalType& type,
                                            const FieldRules& rules) {
  if (type.kind == model::TypeKind::kBinary)
    return std::make_unique<TextReader<arrow::BinaryBuilder>>(nullptr, rules);
  auto arrow_type = types::ArrowType(type);
  if (arrow_type->id() != arrow::Type::EXTENSION) arrow_type = nullptr;
  return std::make_unique<TextReader<arrow::StringBuilder>>(std::move(arrow_type), rules);
}

}  // namespace rivet::source::mysql
