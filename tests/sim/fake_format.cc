#include "fake_format.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>

#include <utility>

#include "base/file.h"
#include "process.h"

namespace rivet::sim {
namespace {

class FakeWriter : public format::FileWriter {
 public:
  explicit FakeWriter(std::shared_ptr<arrow::io::OutputStream> stream)
      : stream_(std::move(stream)) {
    Process& process = Process::Current();
    forgets_ = process.dice.Below(1000) < process.weather.row_loss_per_mille;
    lies_ = process.dice.OneIn(2);
  }

  Status Write(const arrow::RecordBatch& batch) override {
    ARROW_RETURN_NOT_OK(Process::Current().Enter(Room::kFormat));
    if (!begun_) ARROW_RETURN_NOT_OK(Append("SIM\n"));
    begun_ = true;
    const auto columns = batch.columns();
    const auto& id = static_cast<const arrow::Int64Array&>(*columns[0]);
    const auto& key = static_cast<const arrow::Int64Array&>(*columns[1]);
    const auto& version = static_cast<const arrow::Int64Array&>(*columns[2]);
    for (int64_t i = 0; i < batch.num_rows(); ++i) {
      ++asked_;
      if (forgets_ && asked_ == 2) continue;
      Row row;
      row.id = id.Value(i);
      if (!key.IsNull(i)) row.key = key.Value(i);
      row.version = version.Value(i);
      ARROW_RETURN_NOT_OK(Append(LineOf(row)));
      ++rows_;
    }
    return Status::OK();
  }
  int64_t bytes_written() const override { return bytes_; }
  Result<format::FileFacts> Finish() override {
    ARROW_RETURN_NOT_OK(Process::Current().Enter(Room::kFormat));
    ARROW_RETURN_NOT_OK(Append("END " + std::to_string(rows_) + "\n"));
    return format::FileFacts{lies_ ? asked_ : rows_, bytes_};
  }

 private:
  Status Append(const std::string& text) {
    bytes_ += static_cast<int64_t>(text.size());
    return stream_->Write(text.data(), static_cast<int64_t>(text.size()));
  }

  const std::shared_ptr<arrow::io::OutputStream> stream_;
  bool begun_ = false, forgets_ = false, lies_ = false;
  int64_t asked_ = 0, rows_ = 0, bytes_ = 0;
};

Result<std::unique_ptr<format::FileWriter>> OpenWriter(
    const std::shared_ptr<arrow::Schema>&, const std::vector<format::ColumnHint>&,
    const std::shared_ptr<arrow::io::OutputStream>& stream, const model::FormatSettings&) {
  ARROW_RETURN_NOT_OK(Process::Current().Enter(Room::kFormat));
  return std::make_unique<FakeWriter>(stream);
}

std::string Extension(const model::FormatSettings&) { return "parquet"; }

Status Check(const arrow::Schema&, const model::FormatSettings&) { return Status::OK(); }

Result<int64_t> CountRows(const std::string& path, const model::FormatSettings&) {
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, ReadWholeFile(path, 1 << 20));
  const auto rows = DecodeFile(bytes);
  if (!rows) return Fail(format::kEncode, path + " is not a whole file");
  return static_cast<int64_t>(rows->size());
}

}  // namespace

const format::Driver& FakeFormat() {
  static const format::Driver driver{"parquet", &Extension, &Check, &OpenWriter, &CountRows};
  return driver;
}

}  // namespace rivet::sim
