#include "source/postgres/read_pages.h"

#include <charconv>
#include <string_view>

#include "source/faults.h"
#include "source/postgres/decode_internal.h"

namespace rivet::source::postgres {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

std::string UuidText(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

Result<std::string> KeyTextOf(Wire wire, const std::string& bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto sized = [&](size_t size) {
    return bytes.size() == size
               ? Status::OK()
               : Fail(kWire, "page key of " + std::to_string(bytes.size()) + " bytes");
  };
  switch (wire) {
    case Wire::kInt2:
      ARROW_RETURN_NOT_OK(sized(2));
      return std::to_string(static_cast<int16_t>(LoadBig16(data)));
    case Wire::kInt4:
      ARROW_RETURN_NOT_OK(sized(4));
      return std::to_string(static_cast<int32_t>(LoadBig32(data)));
    case Wire::kUnsigned4:
      ARROW_RETURN_NOT_OK(sized(4));
      return std::to_string(LoadBig32(data));
    case Wire::kInt8:
      ARROW_RETURN_NOT_OK(sized(8));
      return std::to_string(static_cast<int64_t>(LoadBig64(data)));
    case Wire::kUuid:
      ARROW_RETURN_NOT_OK(sized(16));
      return UuidText(bytes);
    default:
      return bytes;
  }
}

}  // namespace

Status RowTaker::Take(const Field* row, BatchBuilder& rows) {
  if (shape_.guarded && row[shape_.guard_field()].size != kNull)
    return RefuseLarge(row[shape_.guard_field()]);
  ARROW_RETURN_NOT_OK(rows.Append(row));
  for (size_t i = 0; i < shape_.keys.size(); ++i) {
    const Field& field = row[shape_.keys[i].field];
    last_key_[i].null = field.size == kNull;
    if (field.size > 0) {
      last_key_[i].bytes.assign(reinterpret_cast<const char*>(field.data),
                                static_cast<size_t>(field.size));
    } else {
      last_key_[i].bytes.clear();
    }
  }
  return Status::OK();
}

Status RowTaker::RefuseLarge(Field guard) const {
  const char* text = reinterpret_cast<const char*>(guard.data);
  const char* end = text + guard.size;
  size_t column = 0;
  int64_t size = 0;
  const auto index = std::from_chars(text, end, column);
  if (index.ec != std::errc() || index.ptr == end || *index.ptr != ':' ||
      column >= query_.columns.size() ||
      std::from_chars(index.ptr + 1, end, size).ec != std::errc()) {
    return Fail(kWire, "the length of a value was not answered");
  }
  const model::Column& wide = query_.columns[column];
  return FailTooLarge({wide.name, wide.native_type, query_.limits.value_bytes_max}, size);
}

Result<std::vector<std::string>> RowTaker::LastKey() const {
  std::vector<std::string> texts;
  for (size_t i = 0; i < last_key_.size(); ++i) {
    if (last_key_[i].null) {
      return Fail(kNullChunkKey, "page key \"" + query_.page_key[i].name + "\" is NULL");
    }
    ARROW_ASSIGN_OR_RAISE(std::string text, KeyTextOf(shape_.keys[i].wire, last_key_[i].bytes));
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace rivet::source::postgres
