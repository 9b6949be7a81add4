#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/checked_cast.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "format/csv/cells_internal.h"

namespace rivet::format::csv {
namespace {

// Every byte that plain and binary cells are made of.
constexpr std::string_view kPlainBytes =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-.:/=";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
// What spreadsheets take for the beginning of a formula.
constexpr std::string_view kFormulaStarts = "=+-@\t\r";
// Ends the data for PostgreSQL's COPY where it stands alone on a line.
constexpr std::string_view kEndOfData = "\\.";

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

void AppendQuoted(std::string_view text, std::string* out) {
  *out += '"';
  while (!text.empty()) {
    const void* found = std::memchr(text.data(), '"', text.size());
    if (found == nullptr) break;
    const auto length = static_cast<size_t>(static_cast<const char*>(found) - text.data()) + 1;
    out->append(text.substr(0, length)) += '"';
    text.remove_prefix(length);
  }
  out->append(text) += '"';
}

}  // namespace

CellForm FormOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT64:
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
    case arrow::Type::DATE32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
      return CellForm::kPlain;
    case arrow::Type::STRING:
      return CellForm::kText;
    case arrow::Type::BINARY:
      return CellForm::kBinary;
    case arrow::Type::LIST:
      return FormOf(*type.field(0)->type()) == CellForm::kNone ? CellForm::kNone : CellForm::kList;
    case arrow::Type::EXTENSION: {
      const auto& extension = arrow::internal::checked_cast<const arrow::ExtensionType&>(type);
      if (extension.extension_name() == "arrow.uuid") return CellForm::kPlain;
      return extension.storage_id() == arrow::Type::STRING ? CellForm::kText : CellForm::kNone;
    }
    default:
      return CellForm::kNone;
  }
}

Cells::Cells(const model::CsvSettings& settings, bool one_column)
    : settings_(settings), delimiter_(settings.delimiter), one_column_(one_column) {
  const bool like_null = !settings_.null_value.empty() &&
                         settings_.null_value.find_first_not_of(kPlainBytes) == std::string::npos;
  plain_needs_a_look_ =
      settings_.quote_all || like_null || kPlainBytes.find(delimiter_) != std::string_view::npos;
}

bool Cells::AppendNull(CellForm form, std::string* out) const {
  if (one_column_ && settings_.null_value.empty()) {
    if (form == CellForm::kText || form == CellForm::kBinary) return false;
    // Readers pass over empty lines. No value of these types is an empty cell, so this is NULL.
    out->append("\"\"");
  } else {
    out->append(settings_.null_value);
  }
  return true;
}

void Cells::AppendText(std::string_view text, std::string* out) {
  if (settings_.escape_formulas && !text.empty() &&
      kFormulaStarts.find(text.front()) != std::string_view::npos) {
    escaped_.assign(1, '\'').append(text);
    text = escaped_;
  }
  if (settings_.quote_all || NeedsQuotes(text)) {
    AppendQuoted(text, out);
  } else {
    out->append(text);
  }
}

void Cells::AppendBase64(std::string_view bytes, std::string* out) const {
  const auto byte = [&](size_t i) {
    return i < bytes.size() ? static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])) : 0;
  };
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const uint32_t bits = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
    const size_t digits = std::min<size_t>(bytes.size() - at, 3) + 1;
    for (size_t i = 0; i < 4; ++i)
      *out += i < digits ? kBase64Digits[bits >> (18 - 6 * i) & 63] : '=';
  }
}

void Cells::SealSlowly(size_t start, std::string* out) const {
  const std::string_view cell = std::string_view(*out).substr(start);
  if (!settings_.quote_all && !NeedsQuotes(cell)) return;
  // Such cells hold no quotes to be doubled.
  out->insert(start, 1, '"');
  *out += '"';
}

bool Cells::NeedsQuotes(std::string_view cell) const {
  if (cell.empty() || IsBlank(cell.front()) || IsBlank(cell.back())) return true;
  if (cell == settings_.null_value || (one_column_ && cell == kEndOfData)) return true;
  return HasSpecial(cell);
}

bool Cells::HasSpecial(std::string_view cell) const {
  const auto special = [delimiter = delimiter_](char c) {
    return (c == delimiter) | (c == '"') | (c == '\n') | (c == '\r') | (c == '\0');
  };
  // Whole blocks without a branch inside, for the compiler to do at once.
  constexpr size_t kBlock = 16;
  const char* at = cell.data();
  size_t left = cell.size();
  for (; left >= kBlock; at += kBlock, left -= kBlock) {
    bool found = false;
    for (size_t i = 0; i < kBlock; ++i) found |= special(at[i]);
    if (found) return true;
  }
  return std::any_of(at, at + left, special);
}

}  // namespace rivet::format::csv
