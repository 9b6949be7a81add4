#pragma once

#include <string>
#include <string_view>

#include "model/settings.h"

namespace arrow {
class DataType;
}

namespace rivet::format::csv {

// How values of a type become a cell.
enum class CellForm {
  kNone,    // not at all
  kPlain,   // digits, letters, and the signs of numbers and times
  kText,    // any characters
  kBinary,  // hex or base64
  kList,    // JSON, where the settings allow it
};
CellForm FormOf(const arrow::DataType& type);

// Quotes, NULL and the escape of formulas: decided by the settings once, then done cell by cell.
class Cells {
 public:
  // `one_column`: a line holds one cell, which must not be an empty line.
  Cells(const model::CsvSettings& settings, bool one_column);

  // False where NULL would be taken for the empty text or the line for none at all: one column that
  // may hold empty cells, and no text for NULL.
  bool AppendNull(CellForm form, std::string* out) const;
  void AppendText(std::string_view text, std::string* out);
  void AppendBase64(std::string_view bytes, std::string* out) const;
  // What was appended since `start` is a cell of kPlain or kBinary: quotes it where that is needed.
  void Seal(size_t start, std::string* out) const {
    if (plain_needs_a_look_ || out->size() == start) SealSlowly(start, out);
  }

 private:
  bool NeedsQuotes(std::string_view cell) const;
  bool HasSpecial(std::string_view cell) const;
  void SealSlowly(size_t start, std::string* out) const;

  const model::CsvSettings settings_;
  const char delimiter_;
  const bool one_column_;
  bool plain_needs_a_look_;
  std::string escaped_;
};

}  // namespace rivet::format::csv
