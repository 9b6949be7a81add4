// One-dimensional arrays of every type that has a reader.
#include <arrow/api.h>
#include <arrow/buffer_builder.h>

#include <limits>
#include <utility>

#include "model/batch.h"
#include "source/faults.h"
#include "source/postgres/decode_internal.h"
#include "types/schema.h"

namespace rivet::source::postgres {
namespace {

constexpr int32_t kHeaderSize = 12;    // dimensions, has-null flag, element oid
constexpr int32_t kDimensionSize = 8;  // length, lower bound
constexpr int32_t kLengthSize = 4;     // before each element
constexpr int64_t kElementsMax = std::numeric_limits<int32_t>::max() - 1;

class ListReader : public FieldReader {
 public:
  ListReader(std::shared_ptr<arrow::DataType> type, std::unique_ptr<FieldReader> element,
             uint32_t element_oid, const FieldRules& rules)
      : type_(std::move(type)),
        element_(std::move(element)),
        element_oid_(element_oid),
        rules_(rules),
        offsets_(model::Pool()),
        valid_(model::Pool()) {}

  Status Reserve(int64_t rows) override {
    ARROW_RETURN_NOT_OK(offsets_.Reserve(rows + 1));
    return valid_.Reserve(rows);
  }

  Status Append(Field field) override {
    offsets_.UnsafeAppend(static_cast<int32_t>(elements_));
    valid_.UnsafeAppend(field.size != kNull);
    if (field.size == kNull) return Status::OK();
    if (rules_.value_bytes_max > 0 && field.size > rules_.value_bytes_max) {
      return FailTooLarge(rules_, field.size);
    }
    if (field.size < kHeaderSize)
      return FailWire(rules_, "array of " + std::to_string(field.size) + " bytes");
    const uint32_t dimensions = LoadBig32(field.data), oid = LoadBig32(field.data + 8);
    if (element_oid_ != 0 && oid != element_oid_) {
      return FailWire(rules_, "array of elements of oid " + std::to_string(oid));
    }
    if (dimensions == 0) {
      if (field.size == kHeaderSize) return Status::OK();
      return FailLength(rules_, "empty array", field.size, kHeaderSize);
    }
    if (dimensions != 1) {
      return FailValue(rules_, "array of " + std::to_string(dimensions) + " dimensions",
                       "has no form as a list of one dimension");
    }
    if (field.size < kHeaderSize + kDimensionSize) {
      return FailWire(rules_, "array of " + std::to_string(field.size) + " bytes");
    }
    const auto count = static_cast<int32_t>(LoadBig32(field.data + kHeaderSize));
    return AppendElements(field.data + kHeaderSize + kDimensionSize,
                          field.size - kHeaderSize - kDimensionSize, count);
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override {
    ARROW_RETURN_NOT_OK(offsets_.Append(static_cast<int32_t>(std::exchange(elements_, 0))));
    const int64_t rows = valid_.length(), nulls = valid_.false_count();
    ARROW_ASSIGN_OR_RAISE(auto offsets, offsets_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto valid, valid_.Finish());
    ARROW_ASSIGN_OR_RAISE(auto elements, element_->Finish());
    if (nulls == 0) valid = nullptr;
    return std::make_shared<arrow::ListArray>(type_, rows, offsets, elements, valid, nulls);
  }

 private:
  Status AppendElements(const uint8_t* data, int32_t size, int32_t count) {
    // Each element has a length: a count the bytes cannot hold is refused before anything is
    // reserved for it.
    if (count < 0 || count > size / kLengthSize) {
      return FailWire(rules_, "array of " + std::to_string(count) + " elements in " +
                                  std::to_string(size) + " bytes");
    }
    if (elements_ + count > kElementsMax) return FailTooLarge(rules_, size);
    ARROW_RETURN_NOT_OK(element_->Reserve(count));
    for (int32_t i = 0; i < count; ++i) {
      if (size < kLengthSize) return FailWire(rules_, "array ends within an element");
      const auto length = static_cast<int32_t>(LoadBig32(data));
      data += kLengthSize;
      size -= kLengthSize;
      if (length < kNull || length > size) {
        return FailWire(rules_, "array element of " + std::to_string(length) + " bytes");
      }
      ARROW_RETURN_NOT_OK(element_->Append({data, length}));
      if (length == kNull) continue;
      data += length;
      size -= length;
    }
    if (size != 0) return FailWire(rules_, std::to_string(size) + " bytes after an array");
    elements_ += count;
    return Status::OK();
  }

  const std::shared_ptr<arrow::DataType> type_;
  const std::unique_ptr<FieldReader> element_;
  const uint32_t element_oid_;
  const FieldRules rules_;
  arrow::TypedBufferBuilder<int32_t> offsets_;
  arrow::TypedBufferBuilder<bool> valid_;
  int64_t elements_ = 0;
};

}  // namespace

Result<std::unique_ptr<FieldReader>> MakeListReader(const model::LogicalType& type,
                                                    const ColumnForm& form,
                                                    const FieldRules& rules) {
  if (type.element == nullptr || form.element_wire == Wire::kArray) {
    return Fail(kTypeUnsupported, "column \"" + rules.column + "\" (" + rules.native_type +
                                      ") is a list of something that has no file form");
  }
  ColumnForm element_form;
  element_form.wire = form.element_wire;
  ARROW_ASSIGN_OR_RAISE(auto element, MakeFieldReader(*type.element, element_form, rules));
  return std::unique_ptr<FieldReader>(
      new ListReader(types::ArrowType(type), std::move(element), form.element_oid, rules));
}

}  // namespace rivet::source::postgres
