#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "model/settings.h"

namespace arrow {
class Schema;
namespace io {
class OutputStream;
}
}  // namespace arrow
namespace parquet {
class RowGroupWriter;
class WriterProperties;
namespace arrow {
class FileWriter;
}
}  // namespace parquet

namespace rivet::format::parquet {

// An open Parquet file and a view of the row group that Arrow's writer keeps in memory, which it
// does not show. Used by one thread. May throw what Parquet throws: the writer in parquet.cc
// catches it.
class TappedWriter {
 public:
  static Result<std::unique_ptr<TappedWriter>> Open(
      const std::shared_ptr<::arrow::Schema>& schema,
      const std::shared_ptr<::arrow::io::OutputStream>& stream,
      const std::shared_ptr<::parquet::WriterProperties>& properties);
  ~TappedWriter();

  ::parquet::arrow::FileWriter& file() { return *file_; }

  struct Buffered {
    int64_t encoded = 0;  // pages that are compressed and wait for the end of their row group
    int64_t open = 0;     // values of pages that are not full yet, as they are
  };
  Buffered buffered() const;

 private:
  class Tap;
  TappedWriter() = default;
  std::shared_ptr<::parquet::RowGroupWriter*> group_;  // null inside: no row group is open
  std::unique_ptr<::parquet::arrow::FileWriter> file_;
};

}  // namespace rivet::format::parquet
