#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/settings.h"

namespace arrow {
class RecordBatch;
class Schema;
namespace io {
class OutputStream;
}
}  // namespace arrow

namespace rivet::format {

inline constexpr FaultCode kEncode{
    "RIVET_FORMAT_ENCODE", FaultClass::kPermanent,
    "The value or type has no form in this file format; override the column to text."};

inline constexpr FaultCode kUnreadable{
    "RIVET_FORMAT_UNREADABLE", FaultClass::kIntegrity,
    "The file is damaged or not of this format; export its rows again."};

struct FileFacts {
  int64_t rows = 0;
  int64_t bytes = 0;  // of the finished file
};

// One file. Used by one thread. Dropped without Finish(), it is not a file (the bytes it may still
// write go to a private staging file that is removed).
class FileWriter {
 public:
  virtual ~FileWriter() = default;
  virtual Status Write(const arrow::RecordBatch& batch) = 0;
  // Bytes that have reached the stream plus a fair estimate of what is buffered: what max_file_size
  // compares.
  virtual int64_t bytes_written() const = 0;
  virtual Result<FileFacts> Finish() = 0;
};

// Hints per column of the schema, by position.
struct ColumnHint {
  bool hardly_repeats = false;  // a dictionary would only cost
};

struct Driver {
  std::string_view name;  // what exports[].format says
  // Of a file's name, without its leading dot: `parquet`, `csv.gz`.
  std::string (*extension)(const model::FormatSettings& settings);
  // Whether the format can hold rows of this schema: asked before the first row is read.
  Status (*check)(const arrow::Schema& schema, const model::FormatSettings& settings);
  Result<std::unique_ptr<FileWriter>> (*open)(
      const std::shared_ptr<arrow::Schema>& schema, const std::vector<ColumnHint>& hints,
      const std::shared_ptr<arrow::io::OutputStream>& stream,
      const model::FormatSettings& settings);
  // Rows of a finished file as its own footer or content says; the file is untrusted.
  Result<int64_t> (*count_rows)(const std::string& path, const model::FormatSettings& settings);
};

}  // namespace rivet::format
