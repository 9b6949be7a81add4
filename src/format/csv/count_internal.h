#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "model/settings.h"

namespace rivet::format::csv {

// Counts the records of CSV text that comes in pieces: line ends outside quotes. The delimiter does
// not matter, because every quote of ours opens, closes or is doubled.
class RecordCounter {
 public:
  void Add(std::string_view piece);
  int64_t records() const { return records_; }
  // Whether the text ends where a record does.
  bool at_end() const { return !quoted_ && (last_ == '\n' || bytes_ == 0); }
  int64_t bytes() const { return bytes_; }

 private:
  int64_t records_ = 0, bytes_ = 0;
  bool quoted_ = false;
  char last_ = '\n';
};

// Rows of a finished file, its header not counted. A file that is torn, in the compression or in a
// record, is kUnreadable.
Result<int64_t> CountRows(const std::string& path, const model::CsvSettings& settings);

}  // namespace rivet::format::csv
