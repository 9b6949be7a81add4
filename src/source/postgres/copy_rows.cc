#include "source/postgres/copy_rows.h"

#include <string_view>

#include "source/faults.h"
#include "source/postgres/decode_internal.h"

namespace rivet::source::postgres {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr int64_t kHeaderSize = 19;  // signature, flags, length of the extension
constexpr int64_t kExtensionMax = 1 << 16;
constexpr uint32_t kCriticalFlags = 0xFFFF0000;
constexpr int kTrailer = -1;

Status Broken(std::string what) { return Fail(kWire, "COPY data: " + std::move(what)); }

}  // namespace

void CopyRows::Push(const uint8_t* data, int64_t size) {
  if (size_ == 0) {
    data_ = data;
    size_ = size;
    in_carry_ = false;
    return;
  }
  carry_.append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  data_ = reinterpret_cast<const uint8_t*>(carry_.data());
  size_ = static_cast<int64_t>(carry_.size());
}

void CopyRows::Keep() {
  if (size_ == 0) return;
  if (in_carry_) {
    carry_.erase(0, carry_.size() - static_cast<size_t>(size_));
  } else {
    carry_.assign(reinterpret_cast<const char*>(data_), static_cast<size_t>(size_));
  }
  in_carry_ = true;
  data_ = reinterpret_cast<const uint8_t*>(carry_.data());
}

Status CopyRows::TakeHeader() {
  if (size_ < kHeaderSize) return Status::OK();
  if (std::string_view(reinterpret_cast<const char*>(data_), kSignature.size()) != kSignature) {
    return Broken("the signature is missing");
  }
  if ((LoadBig32(data_ + 11) & kCriticalFlags) != 0) return Broken("flags that are not known");
  const int64_t extension = LoadBig32(data_ + 15);
  if (extension > kExtensionMax)
    return Broken("header extension of " + std::to_string(extension) + " bytes");
  if (size_ < kHeaderSize + extension) return Status::OK();
  data_ += kHeaderSize + extension;
  size_ -= kHeaderSize + extension;
  header_seen_ = true;
  return Status::OK();
}

Status CopyRows::Next(Field* row, bool* got) {
  *got = false;
  ARROW_RETURN_NOT_OK(Take(row, got));
  if (!*got) Keep();
  return Status::OK();
}

Status CopyRows::Take(Field* row, bool* got) {
  if (!header_seen_) {
    ARROW_RETURN_NOT_OK(TakeHeader());
    if (!header_seen_) return Status::OK();
  }
  if (size_ < 2) return Status::OK();
  const int count = static_cast<int16_t>(LoadBig16(data_));
  if (trailer_seen_) return Broken("bytes after the end");
  if (count == kTrailer) {
    trailer_seen_ = true;
    data_ += 2;
    size_ -= 2;
    return size_ == 0 ? Status::OK() : Broken("bytes after the end");
  }
  if (count != static_cast<int>(fields_)) {
    return Broken("row of " + std::to_string(count) + " fields, " + std::to_string(fields_) +
                  " expected");
  }
  const uint8_t* at = data_ + 2;
  int64_t left = size_ - 2;
  for (size_t i = 0; i < fields_; ++i) {
    if (left < 4) return Status::OK();
    const auto length = static_cast<int32_t>(LoadBig32(at));
    at += 4;
    left -= 4;
    if (length < kNull) return Broken("field of " + std::to_string(length) + " bytes");
    row[i] = {at, length};
    if (length == kNull) continue;
    if (length > left) return Status::OK();
    at += length;
    left -= length;
  }
  data_ = at;
  size_ = left;
  *got = true;
  return Status::OK();
}

Status CopyRows::End() const {
  if (!header_seen_) return Broken("the header is missing");
  if (!trailer_seen_ || size_ != 0) return Broken("it ends within a row");
  return Status::OK();
}

}  // namespace rivet::source::postgres
