#include "format/csv/special_floats_internal.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/util/checked_cast.h>

#include <cmath>

#include "format/format.h"
#include "model/batch.h"
#include "types/text.h"

namespace rivet::format::csv {
namespace {

using arrow::internal::checked_cast;
using ArrayPtr = std::shared_ptr<arrow::Array>;

template <typename Floats>
bool IsSpecial(const Floats& floats, int64_t row) {
  return !std::isfinite(floats.Value(row)) && !floats.IsNull(row);
}

template <typename Floats>
int64_t FirstSpecial(const Floats& floats) {
  int64_t row = 0;
  while (row < floats.length() && !IsSpecial(floats, row)) ++row;
  return row;
}

template <typename Floats>
Result<ArrayPtr> WithNulls(const Floats& floats) {
  using Builder = typename arrow::TypeTraits<typename Floats::TypeClass>::BuilderType;
  Builder builder(floats.type(), model::Pool());
  ARROW_RETURN_NOT_OK(builder.Reserve(floats.length()));
  for (int64_t row = 0; row < floats.length(); ++row) {
    if (floats.IsNull(row) || IsSpecial(floats, row)) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(floats.Value(row));
    }
  }
  return builder.Finish();
}

// As `visit` wants it, given the array as what it is; null where it holds no floats.
template <typename Visit>
Result<ArrayPtr> VisitFloats(const ArrayPtr& array, Visit visit) {
  if (array->type_id() == arrow::Type::FLOAT)
    return visit(checked_cast<const arrow::FloatArray&>(*array));
  if (array->type_id() == arrow::Type::DOUBLE)
    return visit(checked_cast<const arrow::DoubleArray&>(*array));
  return nullptr;
}

Status Refuse(const std::string& column, const ArrayPtr& array) {
  const auto refuse = [&](const auto& floats) -> Result<ArrayPtr> {
    const int64_t row = FirstSpecial(floats);
    if (row == floats.length()) return nullptr;
    std::string value;
    ARROW_RETURN_NOT_OK(types::AppendText(floats, row, &value));
    return WithHint(Fail(kEncode, "csv: `" + column + "` holds " + value +
                                      ", which no number stands for; csv.float_special is `fail`"),
                    "`csv: { float_special: names }` writes its name, `empty` an empty cell.");
  };
  return VisitFloats(array, refuse).status();
}

}  // namespace

Result<ArrayPtr> TreatSpecialFloats(const std::string& column, const ArrayPtr& array,
                                    model::FloatSpecial special) {
  if (special == model::FloatSpecial::kNames) return array;
  const bool is_list = array->type_id() == arrow::Type::LIST;
  if (special == model::FloatSpecial::kFail) {
    if (!is_list) {
      ARROW_RETURN_NOT_OK(Refuse(column, array));
      return array;
    }
    // Only the elements that the rows hold: others may lie around them.
    ARROW_ASSIGN_OR_RAISE(const auto elements,
                          checked_cast<const arrow::ListArray&>(*array).Flatten(model::Pool()));
    ARROW_RETURN_NOT_OK(Refuse(column, elements));
    return array;
  }
  const auto clear = [](const auto& floats) -> Result<ArrayPtr> {
    return FirstSpecial(floats) == floats.length() ? nullptr : WithNulls(floats);
  };
  if (!is_list) {
    ARROW_ASSIGN_OR_RAISE(auto cleared, VisitFloats(array, clear));
    return cleared == nullptr ? array : cleared;
  }
  const auto& lists = checked_cast<const arrow::ListArray&>(*array);
  ARROW_ASSIGN_OR_RAISE(const auto elements, VisitFloats(lists.values(), clear));
  if (elements == nullptr) return array;
  return std::make_shared<arrow::ListArray>(lists.type(), lists.length(), lists.value_offsets(),
                                            elements, lists.null_bitmap(), lists.null_count(),
                                            lists.offset());
}

}  // namespace rivet::format::csv
