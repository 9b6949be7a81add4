#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "source/postgres/decode.h"

namespace rivet::source::postgres {

// Splits the bytes of one COPY … (FORMAT binary) into rows. Knows no types. The server sends a row
// a message, but does not promise it: a row that spans messages is put together here. Errors:
// kWire.
class CopyRows {
 public:
  explicit CopyRows(size_t fields) : fields_(fields) {}

  // The next message. Its bytes must stay until Next says there is no further row; the start of a
  // row whose end is yet to come is kept.
  void Push(const uint8_t* data, int64_t size);
  // Fills `row` (as many fields as told) and sets `got`; the pointers live until the next Push.
  // When nothing whole is left, `got` is false.
  Status Next(Field* row, bool* got);
  // After the last message: was the trailer there, and nothing behind it?
  Status End() const;

 private:
  Status TakeHeader();
  Status Take(Field* row, bool* got);
  void Keep();

  size_t fields_;
  const uint8_t* data_ = nullptr;
  int64_t size_ = 0;
  std::string carry_;  // of a row whose end has not come
  bool in_carry_ = false;
  bool header_seen_ = false, trailer_seen_ = false;
};

}  // namespace rivet::source::postgres
