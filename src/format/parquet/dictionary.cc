#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/checked_cast.h>

#include <bit>
#include <functional>
#include <string_view>

#include "format/parquet/dictionary_internal.h"

namespace rivet::format::parquet {
namespace {

using arrow::internal::checked_cast;

// Fewer new values than one in so many rows make a dictionary that stays small whatever comes.
constexpr int64_t kRareNewValue = 16;

// Distinct values by their hashes. Two values of one hash count once, which this estimate can bear.
class DistinctCounter {
 public:
  explicit DistinctCounter(int64_t values_max)
      : slots_(std::bit_ceil(static_cast<uint64_t>(values_max) * 2 + 2)),
        mask_(slots_.size() - 1) {}

  void Add(std::string_view value) {
    const uint64_t hash = std::hash<std::string_view>{}(value) | 1;  // 0 marks a free slot
    ++values_;
    for (uint64_t slot = hash >> 1 & mask_;; slot = (slot + 1) & mask_) {
      if (slots_[slot] == hash) return;
      if (slots_[slot] == 0) {
        slots_[slot] = hash;
        ++distinct_;
        return;
      }
    }
  }
  int64_t values() const { return values_; }
  int64_t distinct() const { return distinct_; }

 private:
  std::vector<uint64_t> slots_;
  uint64_t mask_;
  int64_t values_ = 0, distinct_ = 0;
};

// The values that Parquet stores for a column: what is inside lists and extension types.
std::shared_ptr<arrow::Array> Leaf(std::shared_ptr<arrow::Array> array) {
  while (true) {
    if (array->type_id() == arrow::Type::EXTENSION) {
      array = checked_cast<const arrow::ExtensionArray&>(*array).storage();
    } else if (array->type_id() == arrow::Type::LIST) {
      const auto& lists = checked_cast<const arrow::ListArray&>(*array);
      const int64_t first = lists.length() == 0 ? 0 : lists.value_offset(0);
      const int64_t last = lists.length() == 0 ? 0 : lists.value_offset(lists.length());
      array = lists.values()->Slice(first, last - first);
    } else {
      return array;
    }
  }
}

std::string_view ValueOf(const arrow::Array& array, int64_t row) {
  if (array.type_id() == arrow::Type::STRING || array.type_id() == arrow::Type::BINARY) {
    return checked_cast<const arrow::BinaryArray&>(array).GetView(row);
  }
  const int64_t width = array.type()->byte_width();
  const auto* values = reinterpret_cast<const char*>(array.data()->buffers[1]->data());
  return {values + (array.offset() + row) * width, static_cast<size_t>(width)};
}

bool HardlyRepeats(const arrow::ArrayVector& leaves) {
  int64_t values_max = 0;
  for (const auto& leaf : leaves) values_max += leaf->length() - leaf->null_count();
  DistinctCounter counter(values_max);
  int64_t in_first_half = 0;
  for (const auto& leaf : leaves) {
    for (int64_t row = 0; row < leaf->length(); ++row) {
      if (leaf->IsNull(row)) continue;
      counter.Add(ValueOf(*leaf, row));
      if (counter.values() == values_max / 2) in_first_half = counter.distinct();
      if (counter.distinct() > values_max / 2) return true;
    }
  }
  // A foreign key in the order of its parent repeats nearby, yet its dictionary grows with the
  // rows.
  const int64_t in_second_half = counter.distinct() - in_first_half;
  return counter.distinct() > values_max / kRareNewValue && in_second_half * 10 > in_first_half * 9;
}

}  // namespace

std::string LeafPath(const std::shared_ptr<arrow::Schema>& schema, int column) {
  std::string path = schema->field(column)->name();
  const arrow::DataType* type = schema->field(column)->type().get();
  while (type->id() == arrow::Type::LIST) {
    path += ".list.element";
    type = checked_cast<const arrow::ListType&>(*type).value_type().get();
  }
  return path;
}

std::vector<bool> NeedsNoDictionary(
    const std::shared_ptr<arrow::Schema>& schema, const std::vector<ColumnHint>& hints,
    const std::vector<std::shared_ptr<arrow::RecordBatch>>& sample) {
  std::vector<bool> needless(schema->num_fields(), false);
  for (int i = 0; i < schema->num_fields(); ++i) {
    if (static_cast<size_t>(i) < hints.size() && hints[i].hardly_repeats) {
      needless[i] = true;
      continue;
    }
    arrow::ArrayVector leaves;
    for (const auto& batch : sample) leaves.push_back(Leaf(batch->column(i)));
    if (leaves.empty()) continue;
    needless[i] = leaves.front()->type_id() == arrow::Type::BOOL || HardlyRepeats(leaves);
  }
  return needless;
}

}  // namespace rivet::format::parquet
