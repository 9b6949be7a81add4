#include "format/csv/csv.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/io/compressed.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/compression.h>

#include <algorithm>
#include <utility>

#include "format/csv/cells_internal.h"
#include "format/csv/codec_internal.h"
#include "format/csv/count_internal.h"
#include "format/csv/special_floats_internal.h"
#include "model/batch.h"
#include "types/text.h"

namespace rivet::format::csv {
namespace {

using arrow::internal::checked_cast;

constexpr int kZstdLevel = 3;
constexpr int kGzipLevel = 6;
// Text goes on in pieces of exactly this size, however the rows were cut into batches: what a codec
// makes of them depends on it.
constexpr size_t kPieceBytes = 256 << 10;
// One enormous cell must not keep its memory until the end of the file.
constexpr size_t kKeptBytes = 4 << 20;
// Below this much output a codec's ratio says little.
constexpr int64_t kRatioBytes = 64 << 10;
constexpr int64_t kRatioGuess = 4;

// A column of the schema, and of the batch that is being written.
struct BoundColumn {
  CellForm form = CellForm::kNone;
  std::shared_ptr<arrow::Array> array;
  const arrow::StringArray* text = nullptr;   // kText
  const arrow::BinaryArray* bytes = nullptr;  // kBinary
  bool has_nulls = false;
};

class CsvFile : public FileWriter {
 public:
  CsvFile(std::shared_ptr<arrow::Schema> schema, std::shared_ptr<arrow::io::OutputStream> stream,
          const model::CsvSettings& settings)
      : schema_(std::move(schema)),
        stream_(std::move(stream)),
        settings_(settings),
        cells_(settings, schema_->num_fields() == 1) {
    for (const auto& field : schema_->fields())
      columns_.emplace_back().form = FormOf(*field->type());
    buffer_.reserve(kPieceBytes + (kPieceBytes >> 2));
  }

  // A codec would write its last bytes when it is destroyed.
  ~CsvFile() override {
    if (compressed_ != nullptr && !compressed_->closed())
      static_cast<void>(compressed_->Abort().ok());
  }

  Status Open() {
    if (settings_.compression != model::Compression::kNone) {
      ARROW_ASSIGN_OR_RAISE(codec_, CodecOf(settings_.compression));
      ARROW_ASSIGN_OR_RAISE(compressed_, arrow::io::CompressedOutputStream::Make(
                                             codec_.get(), stream_, model::Pool()));
    }
    if (settings_.header) {
      for (int i = 0; i < schema_->num_fields(); ++i) {
        if (i > 0) buffer_ += settings_.delimiter;
        cells_.AppendText(schema_->field(i)->name(), &buffer_);
      }
      EndLine();
    }
    return Status::OK();
  }

  Status Write(const arrow::RecordBatch& batch) override {
    ARROW_RETURN_NOT_OK(failure_);
    return Remember(WriteRows(batch));
  }

  int64_t bytes_written() const override {
    const int64_t out = stream_->Tell().ValueOr(0);
    const auto waiting = static_cast<int64_t>(buffer_.size());
    if (compressed_ == nullptr) return out + waiting;
    // A codec holds back some of what it was given.
    const int64_t text = passed_on_ + waiting;
    if (out < kRatioBytes) return std::clamp(text / kRatioGuess, out, kRatioBytes);
    return static_cast<int64_t>(static_cast<double>(text) * static_cast<double>(out) /
                                static_cast<double>(passed_on_));
  }

  Result<FileFacts> Finish() override {
    ARROW_RETURN_NOT_OK(failure_);
    ARROW_RETURN_NOT_OK(Remember(Close()));
    failure_ = Fail(kInternalBug, "the file is finished");
    return facts_;
  }

 private:
  // A file that met an error stays broken: what could still be written is not the whole of the
  // rows.
  Status Remember(Status status) {
    if (!status.ok()) failure_ = status;
    return status;
  }

  Status WriteRows(const arrow::RecordBatch& batch) {
    if (!batch.schema()->Equals(*schema_, /*check_metadata=*/false))
      return Fail(kInternalBug, "a batch of another schema than the file's");
    ARROW_RETURN_NOT_OK(Bind(batch));
    const int64_t rows = batch.num_rows();
    for (int64_t row = 0; row < rows; ++row) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) buffer_ += settings_.delimiter;
        ARROW_RETURN_NOT_OK(AppendCell(i, row));
      }
      EndLine();
      if (buffer_.size() >= kPieceBytes) ARROW_RETURN_NOT_OK(PassOn());
    }
    facts_.rows += rows;
    return Status::OK();
  }

  Status Bind(const arrow::RecordBatch& batch) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      BoundColumn& column = columns_[i];
      ARROW_ASSIGN_OR_RAISE(
          column.array,
          TreatSpecialFloats(schema_->field(static_cast<int>(i))->name(),
                             batch.column(static_cast<int>(i)), settings_.float_special));
      column.has_nulls = column.array->null_count() > 0;
      if (column.form == CellForm::kText) {
        if (column.array->type_id() == arrow::Type::EXTENSION)
          column.array = checked_cast<const arrow::ExtensionArray&>(*column.array).storage();
        column.text = checked_cast<const arrow::StringArray*>(column.array.get());
      } else if (column.form == CellForm::kBinary) {
        column.bytes = checked_cast<const arrow::BinaryArray*>(column.array.get());
      }
    }
    return Status::OK();
  }

  Status AppendCell(size_t index, int64_t row) {
    const BoundColumn& column = columns_[index];
    if (column.has_nulls && column.array->IsNull(row)) {
      return cells_.AppendNull(column.form, &buffer_) ? Status::OK() : FailNull(index);
    }
    const size_t start = buffer_.size();
    switch (column.form) {
      case CellForm::kText:
        cells_.AppendText(column.text->GetView(row), &buffer_);
        return Status::OK();
      case CellForm::kBinary:
        if (settings_.binary_base64) {
          cells_.AppendBase64(column.bytes->GetView(row), &buffer_);
        } else {
          ARROW_RETURN_NOT_OK(types::AppendText(*column.array, row, &buffer_));
        }
        break;
      case CellForm::kPlain:
        ARROW_RETURN_NOT_OK(types::AppendText(*column.array, row, &buffer_));
        break;
      case CellForm::kList:
        json_.clear();
        ARROW_RETURN_NOT_OK(types::AppendText(*column.array, row, &json_));
        cells_.AppendText(json_, &buffer_);
        return Status::OK();
      case CellForm::kNone:
        return Fail(kInternalBug, "a column that no cell can hold");
    }
    cells_.Seal(start, &buffer_);
    return Status::OK();
  }

  Status FailNull(size_t index) const {
    return WithHint(
        Fail(kEncode,
             "csv: NULL in `" + schema_->field(static_cast<int>(index))->name() +
                 "`, the only column: its line would be empty, and readers pass over empty "
                 "lines"),
        "Set csv.null_value, for example to \"\\\\N\", or add a column.");
  }

  void EndLine() {
    if (settings_.crlf) buffer_ += '\r';
    buffer_ += '\n';
  }

  arrow::io::OutputStream* sink() const {
    return compressed_ != nullptr ? compressed_.get() : stream_.get();
  }

  Status PassOn() {
    size_t at = 0;
    for (; buffer_.size() - at >= kPieceBytes; at += kPieceBytes) {
      ARROW_RETURN_NOT_OK(sink()->Write(buffer_.data() + at, kPieceBytes));
    }
    passed_on_ += static_cast<int64_t>(at);
    buffer_.erase(0, at);
    if (buffer_.capacity() > kKeptBytes) buffer_.shrink_to_fit();
    return Status::OK();
  }

  Status Close() {
    ARROW_RETURN_NOT_OK(PassOn());
    ARROW_RETURN_NOT_OK(sink()->Write(buffer_.data(), static_cast<int64_t>(buffer_.size())));
    if (compressed_ != nullptr) {
      ARROW_RETURN_NOT_OK(compressed_->Close());  // and the stream below it
    } else {
      ARROW_RETURN_NOT_OK(stream_->Close());
    }
    buffer_.clear();
    ARROW_ASSIGN_OR_RAISE(facts_.bytes, stream_->Tell());
    return Status::OK();
  }

  const std::shared_ptr<arrow::Schema> schema_;
  const std::shared_ptr<arrow::io::OutputStream> stream_;
  const model::CsvSettings settings_;
  Cells cells_;
  std::vector<BoundColumn> columns_;
  std::unique_ptr<arrow::util::Codec> codec_;  // outlives the stream that uses it
  std::shared_ptr<arrow::io::CompressedOutputStream> compressed_;
  std::string buffer_, json_;
  int64_t passed_on_ = 0;
  FileFacts facts_;
  Status failure_;
};

Status CheckSettings(const model::CsvSettings& csv) {
  const std::string special = std::string("\"\r\n") + csv.delimiter;
  if (special.find(csv.delimiter) < 3)
    return Fail(kEncode, "csv: the delimiter is a quote or a line end");
  if (csv.null_value.find_first_of(special) != std::string::npos)
    return Fail(kEncode, "csv: null_value holds the delimiter, a quote or a line end");
  return CodecOf(csv.compression).status();
}

std::string Extension(const model::FormatSettings& settings) {
  if (settings.csv.compression == model::Compression::kGzip) return "csv.gz";
  if (settings.csv.compression == model::Compression::kZstd) return "csv.zst";
  return "csv";
}

Status Check(const arrow::Schema& schema, const model::FormatSettings& settings) {
  ARROW_RETURN_NOT_OK(CheckSettings(settings.csv));
  if (schema.num_fields() == 0) return Fail(kEncode, "csv: there are no columns");
  std::vector<Status> problems;
  for (const auto& field : schema.fields()) {
    const CellForm form = FormOf(*field->type());
    const std::string what = "csv: column `" + field->name() + "` of type " +
                             field->type()->ToString() + " has no form in CSV";
    if (form == CellForm::kNone) problems.push_back(Fail(kEncode, what));
    if (form == CellForm::kList && !settings.csv.nested_json) {
      problems.push_back(
          WithHint(Fail(kEncode, what), "`csv: { nested: json }` writes lists as JSON text."));
    }
  }
  return problems.empty() ? Status::OK() : FailAll(std::move(problems));
}

Result<std::unique_ptr<FileWriter>> OpenFile(const std::shared_ptr<arrow::Schema>& schema,
                                             const std::vector<ColumnHint>&,
                                             const std::shared_ptr<arrow::io::OutputStream>& stream,
                                             const model::FormatSettings& settings) {
  ARROW_RETURN_NOT_OK(Check(*schema, settings));
  auto file = std::make_unique<CsvFile>(schema, stream, settings.csv);
  ARROW_RETURN_NOT_OK(file->Open());
  return file;
}

Result<int64_t> Count(const std::string& path, const model::FormatSettings& settings) {
  return CountRows(path, settings.csv);
}

constexpr Driver kDriver{"csv", Extension, Check, OpenFile, Count};

}  // namespace

Result<std::unique_ptr<arrow::util::Codec>> CodecOf(model::Compression compression) {
  switch (compression) {
    case model::Compression::kNone:
      return nullptr;
    case model::Compression::kGzip:
      return arrow::util::Codec::Create(arrow::Compression::GZIP, kGzipLevel);
    case model::Compression::kZstd:
      return arrow::util::Codec::Create(arrow::Compression::ZSTD, kZstdLevel);
    default:
      return Fail(kEncode, "csv: files are compressed with gzip or zstd only");
  }
}

const Driver& driver() { return kDriver; }

}  // namespace rivet::format::csv
