#include "format/parquet/parquet.h"

#include <arrow/io/file.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <algorithm>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "format/parquet/dictionary_internal.h"
#include "format/parquet/group_tap_internal.h"
#include "format/parquet/row_cutter_internal.h"
#include "model/batch.h"

namespace rivet::format::parquet {
namespace {

// Rows looked at before the properties of the file are settled, and the bytes of Arrow data they
// may take.
// Each column holds one page before it is compressed: of many wide columns, pages of 1 MiB would be
// most of the memory.
constexpr int64_t kPageBytes = 256 << 10;
constexpr int64_t kSampleRows = 8192;
constexpr int64_t kSampleBytes = 4LL << 20;
constexpr int kZstdLevel = 3;
constexpr int kGzipLevel = 6;
constexpr int64_t kFooterReadBytes = 64 << 10;

// A failure without a name is Parquet's or the disk's: the first kind gets ours.
Status Named(const FaultCode& code, const Status& status) {
  if (status.ok() || CodeOf(status) != nullptr || status.IsIOError() || status.IsOutOfMemory())
    return status;
  return Fail(code, "parquet: " + status.message(), status.CodeAsString());
}

// Runs `body`, which may throw what Parquet throws; gives what it gives.
template <typename Body>
auto Guarded(const FaultCode& code, Body body) -> decltype(body()) {
  try {
    auto result = body();
    if (result.ok()) return result;
    if constexpr (std::is_same_v<decltype(result), Status>) {
      return Named(code, result);
    } else {
      return Named(code, result.status());
    }
  } catch (const ::parquet::ParquetStatusException& failure) {
    return Named(code, failure.status());
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("parquet: no memory");
  } catch (const std::exception& failure) {
    return Fail(code, std::string("parquet: ") + failure.what());
  }
}

::parquet::Compression::type CodecOf(model::Compression compression) {
  switch (compression) {
    case model::Compression::kZstd:
      return ::parquet::Compression::ZSTD;
    case model::Compression::kSnappy:
      return ::parquet::Compression::SNAPPY;
    case model::Compression::kGzip:
      return ::parquet::Compression::GZIP;
    case model::Compression::kLz4:
      return ::parquet::Compression::LZ4;  // Parquet's LZ4_RAW; LZ4_HADOOP is the old framing
    case model::Compression::kNone:
      return ::parquet::Compression::UNCOMPRESSED;
  }
  return ::parquet::Compression::UNCOMPRESSED;
}

std::shared_ptr<::parquet::WriterProperties> PropertiesOf(
    const std::shared_ptr<::arrow::Schema>& schema, const model::FormatSettings& settings,
    const std::vector<bool>& needs_no_dictionary) {
  ::parquet::WriterProperties::Builder builder;
  builder.memory_pool(model::Pool())->created_by("rivet");
  builder.enable_store_decimal_as_integer()->enable_write_page_index();
  builder.max_row_group_length(settings.row_group_rows)->data_pagesize(kPageBytes);
  builder.compression(CodecOf(settings.compression));
  // Other codecs refuse a level, and only at their first page.
  if (settings.compression == model::Compression::kZstd) {
    builder.compression_level(settings.compression_level.value_or(kZstdLevel));
  } else if (settings.compression == model::Compression::kGzip) {
    builder.compression_level(settings.compression_level.value_or(kGzipLevel));
  }
  for (int i = 0; i < schema->num_fields(); ++i) {
    if (needs_no_dictionary[i]) builder.disable_dictionary(LeafPath(schema, i));
  }
  return builder.build();
}

class ParquetFile : public FileWriter {
 public:
  ParquetFile(std::shared_ptr<::arrow::Schema> schema, std::vector<ColumnHint> hints,
              std::shared_ptr<::arrow::io::OutputStream> stream,
              const model::FormatSettings& settings)
      : schema_(std::move(schema)),
        hints_(std::move(hints)),
        stream_(std::move(stream)),
        settings_(settings),
        cutter_(schema_, settings.row_group_rows, settings.row_group_bytes) {}

  Status Write(const ::arrow::RecordBatch& batch) override {
    ARROW_RETURN_NOT_OK(failure_);
    return Remember(Guarded(kEncode, [&] { return WriteBatch(batch); }));
  }

  int64_t bytes_written() const override {
    const int64_t flushed = stream_->Tell().ValueOr(0);
    if (writer_ == nullptr) return flushed + sample_bytes_;
    const auto buffered = writer_->buffered();
    // Open pages shrink about as the finished ones did.
    return flushed + buffered.encoded + buffered.open * EncodedPercent(flushed) / 100;
  }

  Result<FileFacts> Finish() override {
    ARROW_RETURN_NOT_OK(failure_);
    ARROW_RETURN_NOT_OK(Remember(Guarded(kEncode, [this] { return Close(); })));
    failure_ = Fail(kInternalBug, "the file is finished");
    return facts_;
  }

 private:
  // A file that met an error stays broken: what Parquet would still write is not the whole of the
  // rows.
  Status Remember(Status status) {
    if (!status.ok()) failure_ = status;
    return status;
  }

  Status WriteBatch(const ::arrow::RecordBatch& batch) {
    if (!batch.schema()->Equals(*schema_, /*check_metadata=*/false)) {
      return Fail(kInternalBug, "a batch of another schema than the file's");
    }
    cutter_.Add(batch);
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const auto piece, cutter_.Next());
      if (!piece) return Status::OK();
      ARROW_RETURN_NOT_OK(Take(*piece));
    }
  }

  // Row groups are told apart before the sample is settled, so that they do not depend on it.
  Status Take(const RowCutter::Piece& piece) {
    Encode next{piece, cutter_.group_is_full(), cutter_.at_checkpoint()};
    if (next.ends_group) cutter_.StartGroup();
    if (writer_ != nullptr) return EncodePiece(next);
    sample_rows_ += piece.rows->num_rows();
    sample_bytes_ += piece.bytes;
    sample_.push_back(std::move(next));
    return sample_rows_ < kSampleRows && sample_bytes_ < kSampleBytes ? Status::OK() : Open();
  }

  Status Open() {
    std::vector<std::shared_ptr<::arrow::RecordBatch>> rows;
    for (const Encode& held : sample_) rows.push_back(held.piece.rows);
    const auto properties =
        PropertiesOf(schema_, settings_, NeedsNoDictionary(schema_, hints_, rows));
    rows.clear();
    ARROW_ASSIGN_OR_RAISE(writer_, TappedWriter::Open(schema_, stream_, properties));
    for (Encode& held : std::exchange(sample_, {})) {
      ARROW_RETURN_NOT_OK(EncodePiece(held));
      held.piece.rows = nullptr;
    }
    cutter_.AllowLongPieces();
    return Status::OK();
  }

  struct Encode {
    RowCutter::Piece piece;
    bool ends_group = false;
    bool at_checkpoint = false;
  };

  Status EncodePiece(const Encode& next) {
    if (std::exchange(group_ended_, false))
      ARROW_RETURN_NOT_OK(writer_->file().NewBufferedRowGroup());
    ARROW_RETURN_NOT_OK(writer_->file().WriteRecordBatch(*next.piece.rows));
    facts_.rows += next.piece.rows->num_rows();
    arrow_bytes_ += next.piece.bytes;
    group_ended_ = next.ends_group;
    // A group lives in memory until it ends. Data that hardly compresses ends it early, or it would
    // take more memory than the settings promise.
    if (!group_ended_ && next.at_checkpoint &&
        writer_->buffered().encoded > settings_.row_group_bytes / 2) {
      group_ended_ = true;
      cutter_.StartGroup();
    }
    return Status::OK();
  }

  Status Close() {
    ARROW_ASSIGN_OR_RAISE(const auto rest, cutter_.Rest());
    if (rest) ARROW_RETURN_NOT_OK(Take(*rest));
    if (writer_ == nullptr) ARROW_RETURN_NOT_OK(Open());
    ARROW_RETURN_NOT_OK(writer_->file().Close());
    ARROW_ASSIGN_OR_RAISE(facts_.bytes, stream_->Tell());
    return stream_->Close();
  }

  int64_t EncodedPercent(int64_t flushed) const {
    constexpr int64_t kGuess = 50;
    const auto buffered = writer_->buffered();
    const int64_t paged = arrow_bytes_ - buffered.open;
    if (paged <= 0) return kGuess;
    return std::clamp<int64_t>((flushed + buffered.encoded) * 100 / paged, 1, 100);
  }

  const std::shared_ptr<::arrow::Schema> schema_;
  const std::vector<ColumnHint> hints_;
  const std::shared_ptr<::arrow::io::OutputStream> stream_;
  const model::FormatSettings settings_;
  RowCutter cutter_;

  std::vector<Encode> sample_;  // until the properties are settled
  int64_t sample_rows_ = 0, sample_bytes_ = 0;

  std::unique_ptr<TappedWriter> writer_;
  bool group_ended_ = false;
  int64_t arrow_bytes_ = 0;
  FileFacts facts_;
  Status failure_;
};

Result<std::unique_ptr<FileWriter>> OpenFile(
    const std::shared_ptr<::arrow::Schema>& schema, const std::vector<ColumnHint>& hints,
    const std::shared_ptr<::arrow::io::OutputStream>& stream,
    const model::FormatSettings& settings) {
  return std::make_unique<ParquetFile>(schema, hints, stream, settings);
}

std::string Extension(const model::FormatSettings&) { return "parquet"; }

Status Check(const ::arrow::Schema&, const model::FormatSettings&) { return Status::OK(); }

Result<int64_t> CountRows(const std::string& path, const model::FormatSettings&) {
  return Guarded(kUnreadable, [&]() -> Result<int64_t> {
    ARROW_ASSIGN_OR_RAISE(const auto file, ::arrow::io::ReadableFile::Open(path, model::Pool()));
    ::parquet::ReaderProperties properties(model::Pool());
    properties.set_footer_read_size(kFooterReadBytes);
    const auto reader = ::parquet::ParquetFileReader::Open(file, properties);
    const auto metadata = reader->metadata();
    int64_t rows = 0;
    for (int i = 0; i < metadata->num_row_groups(); ++i) {
      const int64_t group_rows = metadata->RowGroup(i)->num_rows();
      if (group_rows < 0 || group_rows > metadata->num_rows())
        return Fail(kUnreadable, "parquet: a row group with an impossible number of rows");
      rows += group_rows;
    }
    if (rows != metadata->num_rows())
      return Fail(kUnreadable, "parquet: the row groups do not add up to the file's rows");
    return rows;
  });
}

constexpr Driver kDriver{"parquet", Extension, Check, OpenFile, CountRows};

}  // namespace

const Driver& driver() { return kDriver; }

}  // namespace rivet::format::parquet
