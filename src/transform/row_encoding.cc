#include <arrow/array.h>
#include <arrow/array/array_nested.h>
#include <arrow/type.h>
#include <arrow/util/checked_cast.h>

#include "transform/row_encoding_internal.h"
#include "types/text.h"

namespace rivet::transform {
namespace {

using arrow::internal::checked_cast;

constexpr char kNullTag = 0;
constexpr char kValueTag = 1;
constexpr char kListTag = 2;
constexpr size_t kNumberBytes = 8;
constexpr size_t kTagAndNumberBytes = 1 + kNumberBytes;

void PutNumber(uint64_t number, char* at) {
  for (size_t i = 0; i < kNumberBytes; ++i) at[i] = static_cast<char>(number >> (8 * i));
}

void AppendNumber(uint64_t number, std::string* out) {
  char bytes[kNumberBytes];
  PutNumber(number, bytes);
  out->append(bytes, kNumberBytes);
}

Status AppendCell(const arrow::Array& array, int64_t row, std::string* out) {
  if (array.IsNull(row)) {
    *out += kNullTag;
    return Status::OK();
  }
  if (array.type_id() == arrow::Type::LIST) {
    const auto& lists = checked_cast<const arrow::ListArray&>(array);
    const arrow::Array& elements = *lists.values();
    *out += kListTag;
    AppendNumber(static_cast<uint64_t>(lists.value_length(row)), out);
    for (int64_t i = lists.value_offset(row); i < lists.value_offset(row + 1); ++i)
      ARROW_RETURN_NOT_OK(AppendCell(elements, i, out));
    return Status::OK();
  }
  const size_t tag_at = out->size();
  out->append(kTagAndNumberBytes, kValueTag);  // the number is known when the text is written
  ARROW_RETURN_NOT_OK(types::AppendText(array, row, out));
  PutNumber(out->size() - tag_at - kTagAndNumberBytes, out->data() + tag_at + 1);
  return Status::OK();
}

}  // namespace

Status AppendRowBytes(const arrow::ArrayVector& columns, int64_t row, std::string* out) {
  AppendNumber(columns.size(), out);
  for (const auto& column : columns) ARROW_RETURN_NOT_OK(AppendCell(*column, row, out));
  return Status::OK();
}

}  // namespace rivet::transform
