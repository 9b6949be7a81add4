// Text, json, labels and bytes: kept as they are, text checked to be UTF-8.
#include <arrow/api.h>
#include <arrow/extension_type.h>

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "model/batch.h"
#include "source/mysql/decode_internal.h"
#include "source/utf8.h"
#include "types/schema.h"

namespace rivet::source::mysql {
namespace {

// 32-bit offsets reach this far. Batches are cut long before; one row is at most 1 GB on the wire.
constexpr int64_t kColumnBytesMax = std::numeric_limits<int32_t>::max() - 1;
// Never reserved ahead for more than this: rows differ, and a page may be cut short.
constexpr int64_t kReserveBytesMax = 64 << 20;

template <typename Builder>
class TextReader : public FieldReader {
 public:
  TextReader(std::shared_ptr<arrow::DataType> wrapped, const FieldRules& rules)
      : rules_(rules), builder_(model::Pool()), wrapped_(std::move(wrapped)) {}

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
      ARROW_ASSIGN_OR_RAISE(array, TakeUtf8(std::move(array), rules_, &bad_row_));
    }
    if (wrapped_ == nullptr) return array;
    return arrow::ExtensionType::WrapArray(wrapped_, array);
  }

  int64_t bad_row() const override { return bad_row_; }

 private:
  const FieldRules rules_;
  Builder builder_;
  const std::shared_ptr<arrow::DataType> wrapped_;  // of json
  double bytes_per_row_ = 0;
  int64_t bad_row_ = -1;
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
