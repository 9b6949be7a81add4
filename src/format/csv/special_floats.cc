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

// The same lists, however deep, with what `visit` makes of the floats in them; null where it makes
// nothing.
template <typename Visit>
Result<ArrayPtr> VisitInside(const ArrayPtr& array, Visit visit) {
  if (array->type_id() != arrow::Type::LIST) return VisitFloats(array, visit);
  const auto& lists = checked_cast<const arrow::ListArray&>(*array);
  ARROW_ASSIGN_OR_RAISE(const auto elements, VisitInside(lists.values(), visit));
  if (elements == nullptr) return nullptr;
  return std::make_shared<arrow::ListArray>(lists.type(), lists.length(), lists.value_offsets(),
                                            elements, lists.null_bitmap(), lists.null_count(),
                                            lists.offset());
}

}  // namespace

Result<ArrayPtr> TreatSpecialFloats(const std::string& column, const ArrayPtr& array,
                                    model::FloatSpecial special) {
  if (special == model::FloatSpecial::kNames) return array;
  if (special == model::FloatSpecial::kFail) {
    ArrayPtr elements = array;
    // Only the elements that the rows hold: others may lie around them.
    while (elements->type_id() == arrow::Type::LIST) {
      ARROW_ASSIGN_OR_RAISE(
          elements, checked_cast<const arrow::ListArray&>(*elements).Flatten(model::Pool()));
    }
    ARROW_RETURN_NOT_OK(Refuse(column, elements));
    return array;
  }
  const auto clear = [](const auto& floats) -> Result<ArrayPtr> {
    return FirstSpecial(floats) == floats.length() ? nullptr : WithNulls(floats);
  };
  ARROW_ASSIGN_OR_RAISE(auto cleared, VisitInside(array, clear));
  return cleared == nullptr ? array : cleared;
}

}  // namespace rivet::format::csv
