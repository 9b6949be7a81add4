// Arrays of every type that has a reader, as lists of the depth that the column declares.
#include <arrow/api.h>
#include <arrow/buffer_builder.h>

#include <limits>
#include <utility>
#include <vector>

#include "model/batch.h"
#include "source/faults.h"
#include "source/postgres/decode_internal.h"
#include "types/schema.h"
#include "types/text.h"

namespace rivet::source::postgres {
namespace {

using model::LogicalType;
using model::TypeKind;

constexpr int32_t kHeaderSize = 12;    // dimensions, has-null flag, element oid
constexpr int32_t kDimensionSize = 8;  // length, lower bound
constexpr int32_t kLengthSize = 4;     // before each element
constexpr int64_t kElementsMax = std::numeric_limits<int32_t>::max() - 1;

// `type`, or what the innermost list of it holds.
const LogicalType* LeafOf(const LogicalType& type) {
  const LogicalType* leaf = &type;
  while (leaf != nullptr && leaf->kind == TypeKind::kList) leaf = leaf->element.get();
  return leaf;
}

LogicalType ListOf(const LogicalType& leaf, size_t depth) {
  LogicalType list = leaf;
  for (size_t i = 0; i < depth; ++i) {
    list = LogicalType{.kind = TypeKind::kList,
                       .tag = {},
                       .element = std::make_shared<const LogicalType>(std::move(list))};
  }
  return list;
}

// The lists of one depth: those of the column itself first, which alone may be NULL.
struct Level {
  explicit Level(std::shared_ptr<arrow::DataType> list_type)
      : type(std::move(list_type)), offsets(model::Pool()) {}
  std::shared_ptr<arrow::DataType> type;
  arrow::TypedBufferBuilder<int32_t> offsets;
  int64_t children = 0;
};

class ListReader : public FieldReader {
 public:
  ListReader(const LogicalType& type, std::unique_ptr<FieldReader> element, const ColumnForm& form,
             const FieldRules& rules)
      : leaf_(*LeafOf(type)),
        element_(std::move(element)),
        form_(form),
        rules_(rules),
        valid_(model::Pool()) {
    for (const LogicalType* list = &type; list->kind == TypeKind::kList; list = list->element.get())
      levels_.emplace_back(types::ArrowType(*list));
  }

  Status Reserve(int64_t rows) override {
    ARROW_RETURN_NOT_OK(levels_.front().offsets.Reserve(rows + 1));
    return valid_.Reserve(rows);
  }

  Status Append(Field field) override {
    levels_.front().offsets.UnsafeAppend(static_cast<int32_t>(levels_.front().children));
    valid_.UnsafeAppend(field.size != kNull);
    if (field.size == kNull) return Status::OK();
    if (rules_.value_bytes_max > 0 && field.size > rules_.value_bytes_max) {
      return FailTooLarge(rules_, field.size);
    }
    if (field.size < kHeaderSize) return FailSize(field.size);
    const uint32_t dimensions = LoadBig32(field.data), oid = LoadBig32(field.data + 8);
    if (form_.element_oid != 0 && oid != form_.element_oid) {
      return FailWire(rules_, "array of elements of oid " + std::to_string(oid));
    }
    if (dimensions == 0) {
      if (field.size == kHeaderSize) return Status::OK();
      return FailLength(rules_, "empty array", field.size, kHeaderSize);
    }
    if (dimensions > kDimensionsMax)
      return FailWire(rules_, "array of " + std::to_string(dimensions) + " dimensions");
    const int32_t header = kHeaderSize + static_cast<int32_t>(dimensions) * kDimensionSize;
    if (field.size < header) return FailSize(field.size);
    if (dimensions != levels_.size()) return RefuseDepth(field, dimensions);
    const uint8_t* lengths = field.data + kHeaderSize;
    ARROW_ASSIGN_OR_RAISE(const int64_t count, CountElements(lengths, field.size - header));
    ARROW_RETURN_NOT_OK(AppendLists(lengths));
    return AppendElements(field.data + header, field.size - header, count);
  }

  int64_t bounds_lost() const override { return bounds_lost_; }

  Result<std::shared_ptr<arrow::Array>> Finish() override {
    const int64_t nulls = valid_.false_count();
    ARROW_ASSIGN_OR_RAISE(auto valid, valid_.Finish());
    if (nulls == 0) valid = nullptr;
    ARROW_ASSIGN_OR_RAISE(auto values, element_->Finish());
    for (size_t depth = levels_.size(); depth-- > 0;) {
      Level& level = levels_[depth];
      ARROW_RETURN_NOT_OK(
          level.offsets.Append(static_cast<int32_t>(std::exchange(level.children, 0))));
      const int64_t lists = level.offsets.length() - 1;
      ARROW_ASSIGN_OR_RAISE(auto offsets, level.offsets.Finish());
      const bool outer = depth == 0;
      values = std::make_shared<arrow::ListArray>(level.type, lists, offsets, values,
                                                  outer ? valid : nullptr, outer ? nulls : 0);
    }
    return values;
  }

 private:
  static int64_t LengthAt(const uint8_t* lengths, size_t dimension) {
    return static_cast<int32_t>(LoadBig32(lengths + dimension * kDimensionSize));
  }

  Status FailSize(int32_t size) const {
    return FailWire(rules_, "array of " + std::to_string(size) + " bytes");
  }

  // Each element has a length: a count the bytes cannot hold is refused before anything is reserved
  // for it.
  Result<int64_t> CountElements(const uint8_t* lengths, int32_t size) const {
    int64_t count = 1;
    for (size_t i = 0; i < levels_.size(); ++i) {
      const int64_t length = LengthAt(lengths, i);
      // An array of several dimensions that has none in one of them is sent as one of no dimension.
      const bool empty = length == 0 && levels_.size() > 1;
      if (length < 0 || empty || count * length > size / kLengthSize) {
        return FailWire(rules_, "array of " + std::to_string(length) + " elements in " +
                                    std::to_string(size) + " bytes");
      }
      count *= length;
    }
    if (levels_.back().children + count > kElementsMax) return FailTooLarge(rules_, size);
    return count;
  }

  Status AppendLists(const uint8_t* lengths) {
    int64_t lists = 1;
    bool moved = false;
    for (size_t depth = 0; depth < levels_.size(); ++depth) {
      Level& level = levels_[depth];
      const int64_t length = LengthAt(lengths, depth);
      // The offset of the column's own list is there already.
      if (depth > 0) ARROW_RETURN_NOT_OK(level.offsets.Reserve(lists));
      for (int64_t i = 0; i < lists; ++i) {
        if (depth > 0) level.offsets.UnsafeAppend(static_cast<int32_t>(level.children));
        level.children += length;
      }
      lists *= length;
      const auto bound = LoadBig32(lengths + depth * kDimensionSize + kLengthSize);
      moved = moved || static_cast<int32_t>(bound) != form_.lower_bound;
    }
    if (moved) ++bounds_lost_;
    return Status::OK();
  }

  Status AppendElements(const uint8_t* data, int32_t size, int64_t count) {
    ARROW_RETURN_NOT_OK(element_->Reserve(count));
    for (int64_t i = 0; i < count; ++i) {
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
    return Status::OK();
  }

  // The server does not hold a column to its declared depth. Away from the hot path: the value is
  // read at its own depth, to be shown.
  Status RefuseDepth(Field field, uint32_t dimensions) const {
    ARROW_ASSIGN_OR_RAISE(const auto reader,
                          MakeListReader(ListOf(leaf_, dimensions), form_, rules_));
    ARROW_RETURN_NOT_OK(reader->Reserve(1));
    ARROW_RETURN_NOT_OK(reader->Append(field));
    ARROW_ASSIGN_OR_RAISE(const auto value, reader->Finish());
    std::string text;
    ARROW_RETURN_NOT_OK(types::AppendText(*value, 0, &text));
    Status refused = FailValue(rules_, text,
                               "is an array of " + std::to_string(dimensions) +
                                   " dimensions in a column of " + std::to_string(levels_.size()));
    return WithHint(std::move(refused),
                    "`columns:` may say the depth, as in list<list<int4>>, or json where arrays "
                    "of different depth stand in one column.");
  }

  const LogicalType leaf_;
  std::vector<Level> levels_;
  const std::unique_ptr<FieldReader> element_;
  const ColumnForm form_;
  const FieldRules rules_;
  arrow::TypedBufferBuilder<bool> valid_;
  int64_t bounds_lost_ = 0;
};

}  // namespace

Result<std::unique_ptr<FieldReader>> MakeListReader(const LogicalType& type, const ColumnForm& form,
                                                    const FieldRules& rules) {
  const LogicalType* leaf = LeafOf(type);
  if (leaf == nullptr || leaf == &type || form.element_wire == Wire::kArray) {
    return Fail(kTypeUnsupported, "column \"" + rules.column + "\" (" + rules.native_type +
                                      ") is a list of something that has no file form");
  }
  ColumnForm element_form;
  element_form.wire = form.element_wire;
  ARROW_ASSIGN_OR_RAISE(auto element, MakeFieldReader(*leaf, element_form, rules));
  return std::unique_ptr<FieldReader>(new ListReader(type, std::move(element), form, rules));
}

}  // namespace rivet::source::postgres
