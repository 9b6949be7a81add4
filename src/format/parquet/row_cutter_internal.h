#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/status.h"

namespace arrow {
class Array;
class RecordBatch;
class Schema;
}  // namespace arrow

namespace rivet::format::parquet {

// Bits of Arrow data in rows [offset, offset + rows) of an array: values and offsets, without
// validity and without what a buffer holds beyond them. Additive over rows, so it does not depend
// on how rows came in batches.
int64_t ValueBits(const arrow::Array& array, int64_t offset, int64_t rows);

// Cuts batches anew into pieces whose edges depend on the rows alone. The sizes of batches follow
// the pace of the server, and the writer closes its pages at the edges of what it is given: without
// this, two runs over the same rows would write different bytes. A piece is a slice of the batch
// wherever that is possible; what is left of a batch is copied, so that no batch lives longer than
// its Write. Used by one thread.
class RowCutter {
 public:
  struct Piece {
    std::shared_ptr<arrow::RecordBatch> rows;
    int64_t bytes = 0;  // of Arrow data
  };

  RowCutter(std::shared_ptr<arrow::Schema> schema, int64_t group_rows, int64_t group_bytes);

  // Takes the next batch; the one before has been used up (Next returned nothing).
  void Add(const arrow::RecordBatch& batch);
  // Nothing: the rest of the batch waits for more rows, and the batch may go.
  Result<std::optional<Piece>> Next();
  // At the end: what waits, or nothing.
  Result<std::optional<Piece>> Rest();

  // The piece that came last ends its row group: it reached the rows or the bytes of one.
  // StartGroup comes next.
  bool group_is_full() const {
    return rows_in_group_ >= group_rows_ || bits_in_group_ / 8 >= group_bytes_;
  }
  // The piece that came last ends at a point of the group that depends on the rows alone.
  bool at_checkpoint() const { return at_checkpoint_; }
  // Until it is said, a piece is one slice; afterwards neighbours may come together.
  void AllowLongPieces() { long_pieces_ = true; }
  // The next row starts a row group.
  void StartGroup();

 private:
  struct Step {
    int64_t rows = 0;
    int64_t bits = 0;
    bool ends_slice = false;
  };
  Step StepFrom(int64_t position) const;
  Result<Piece> Joined(int64_t rows, int64_t bits);
  Status KeepRest(int64_t bits);
  void Count(int64_t rows, int64_t bits);

  const std::shared_ptr<arrow::Schema> schema_;
  const int64_t group_rows_, group_bytes_;
  bool nested_ = false;

  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t position_ = 0;                                      // of the first row not handed out yet
  std::vector<std::shared_ptr<arrow::RecordBatch>> waiting_;  // own memory
  int64_t waiting_rows_ = 0, waiting_bits_ = 0;
  int64_t rows_in_group_ = 0, bits_in_group_ = 0;
  bool at_checkpoint_ = false;
  bool long_pieces_ = false;
};

}  // namespace rivet::format::parquet
