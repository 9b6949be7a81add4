#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <arrow/util/io_util.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "format/csv/codec_internal.h"
#include "format/csv/count_internal.h"
#include "format/format.h"
#include "model/batch.h"

namespace rivet::format::csv {
namespace {

constexpr int64_t kReadBytes = 256 << 10;

// The name of a published file says how it was written; a staged one has no such name yet.
model::Compression CompressionOf(const std::string& path, const model::CsvSettings& settings) {
  if (path.ends_with(".csv")) return model::Compression::kNone;
  if (path.ends_with(".csv.gz")) return model::Compression::kGzip;
  if (path.ends_with(".csv.zst")) return model::Compression::kZstd;
  return settings.compression;
}

Status Torn(const std::string& path, const std::string& why) {
  return Fail(kUnreadable, "csv: " + path + ": " + why);
}

// What a codec says of its input is the file's fault; a disk that cannot be read is not.
Status Named(const std::string& path, const Status& status) {
  if (status.ok() || CodeOf(status) != nullptr || status.IsOutOfMemory()) return status;
  if (arrow::internal::ErrnoFromStatus(status) != 0) return status;
  return Torn(path, status.message());
}

Status CountAll(arrow::io::InputStream* stream, RecordCounter* counter) {
  ARROW_ASSIGN_OR_RAISE(const auto buffer, arrow::AllocateBuffer(kReadBytes, model::Pool()));
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const int64_t got, stream->Read(kReadBytes, buffer->mutable_data()));
    if (got == 0) return Status::OK();
    counter->Add({reinterpret_cast<const char*>(buffer->data()), static_cast<size_t>(got)});
  }
}

}  // namespace

void RecordCounter::Add(std::string_view piece) {
  if (piece.empty()) return;
  bytes_ += static_cast<int64_t>(piece.size());
  last_ = piece.back();
  while (!piece.empty()) {
    const void* found = std::memchr(piece.data(), '"', piece.size());
    const size_t length = found == nullptr
                              ? piece.size()
                              : static_cast<size_t>(static_cast<const char*>(found) - piece.data());
    if (!quoted_) records_ += std::count(piece.begin(), piece.begin() + length, '\n');
    if (found == nullptr) return;
    quoted_ = !quoted_;
    piece.remove_prefix(length + 1);
  }
}

Result<int64_t> CountRows(const std::string& path, const model::CsvSettings& settings) {
  ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path, model::Pool()));
  const model::Compression compression = CompressionOf(path, settings);
  RecordCounter counter;
  if (compression == model::Compression::kNone) {
    ARROW_RETURN_NOT_OK(CountAll(file.get(), &counter));
  } else {
    ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
    if (size == 0) return Torn(path, "nothing, not even an empty compressed file");
    ARROW_ASSIGN_OR_RAISE(const auto codec, CodecOf(compression));
    ARROW_ASSIGN_OR_RAISE(const auto stream,
                          arrow::io::CompressedInputStream::Make(codec.get(), file, model::Pool()));
    ARROW_RETURN_NOT_OK(Named(path, CountAll(stream.get(), &counter)));
  }
  if (!counter.at_end()) return Torn(path, "ends within a record");
  const int64_t rows = counter.records() - (settings.header ? 1 : 0);
  if (rows < 0) return Torn(path, "has no line of names");
  return rows;
}

}  // namespace rivet::format::csv
