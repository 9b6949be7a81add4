// A COPY stream in the binary format, cut into messages at any place: the same rows and the same
// verdict as a plain reading of the whole, and no byte read that is not there.
#include <string>
#include <vector>

#include "base/status.h"
#include "input.h"
#include "slow.h"
#include "source/faults.h"
#include "source/postgres/copy_rows.h"

namespace {

using rivet::Check;
using rivet::fuzz::Exact;
using rivet::source::postgres::CopyRows;
using rivet::source::postgres::Field;
using rivet::source::postgres::kNull;

// Fields as their length and bytes, NULL as a dash.
using Rows = std::vector<std::string>;

struct Outcome {
  bool whole = false;
  Rows rows;
  bool operator==(const Outcome&) const = default;
};

class Plain {
 public:
  Plain(std::string_view stream, size_t fields) : rest_(stream), fields_(fields) {}

  Outcome Read() {
    Outcome outcome;
    if (!Header()) return outcome;
    while (true) {
      __int128 count = 0;
      if (!Number(2, &count)) return outcome;
      if (count == -1) {
        outcome.whole = rest_.empty();
        return outcome;
      }
      if (count != static_cast<__int128>(fields_)) return outcome;
      std::string row;
      for (size_t i = 0; i < fields_; ++i) {
        if (!OneField(&row)) return outcome;
      }
      outcome.rows.push_back(row);
    }
  }

 private:
  bool Number(size_t size, __int128* number) {
    if (rest_.size() < size) return false;
    *number = rivet::fuzz::Integer(rest_.substr(0, size), true);
    rest_.remove_prefix(size);
    return true;
  }
  bool Header() {
    constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
    if (!rest_.starts_with(kSignature)) return false;
    rest_.remove_prefix(kSignature.size());
    __int128 flags = 0, extension = 0;
    if (!Number(4, &flags) || !Number(4, &extension)) return false;
    constexpr int kExtensionMax = 1 << 16;
    if (flags < 0 || flags >= 1 << 16 || extension < 0 || extension > kExtensionMax ||
        static_cast<size_t>(extension) > rest_.size())
      return false;
    rest_.remove_prefix(static_cast<size_t>(extension));
    return true;
  }
  bool OneField(std::string* row) {
    __int128 size = 0;
    if (!Number(4, &size) || size < -1) return false;
    if (size == -1) {
      *row += "-";
      return true;
    }
    if (static_cast<__int128>(rest_.size()) < size) return false;
    const auto bytes = rest_.substr(0, static_cast<size_t>(size));
    rest_.remove_prefix(bytes.size());
    *row += std::to_string(bytes.size()) + ":" + std::string(bytes);
    return true;
  }

  std::string_view rest_;
  const size_t fields_;
};

rivet::Status Split(std::string_view stream, size_t fields, std::string_view cuts, Rows* rows) {
  CopyRows copy(fields);
  std::vector<Field> row(fields);
  for (size_t message = 0; !stream.empty(); ++message) {
    // The rest in one when nothing says where to cut it.
    const size_t wanted =
        cuts.empty() ? stream.size() : 1 + static_cast<uint8_t>(cuts[message % cuts.size()]);
    const Exact piece(stream.substr(0, wanted));
    stream.remove_prefix(piece.size());
    copy.Push(piece.data(), static_cast<int64_t>(piece.size()));
    for (bool got = true;;) {
      ARROW_RETURN_NOT_OK(copy.Next(row.data(), &got));
      if (!got) break;
      std::string text;
      for (const Field& field : row) {
        text += field.size == kNull ? "-" : std::to_string(field.size) + ":";
        if (field.size > 0)
          text.append(reinterpret_cast<const char*>(field.data), static_cast<size_t>(field.size));
      }
      rows->push_back(text);
    }
  }
  return copy.End();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  rivet::fuzz::Input input(bytes, size);
  const size_t fields = 1 + input.Below(4);
  const std::string_view cuts = input.Take(input.Below(8));
  const std::string_view stream = input.Rest();
  const Outcome expected = Plain(stream, fields).Read();
  Outcome found;
  const rivet::Status status = Split(stream, fields, cuts, &found.rows);
  Check(status.ok() || rivet::Is(status, rivet::source::kWire), "a stream is refused by name");
  found.whole = status.ok();
  Check(found == expected, "rows are what a plain reading gives");
  return 0;
}
