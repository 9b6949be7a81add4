// What our CSV writer makes of any cells and settings, read by a small strict reader: the same
// cells again, NULL and the empty text kept apart, and as many records as the counter says.
#include <arrow/api.h>
#include <arrow/io/memory.h>

#include <bit>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/csv/count_internal.h"
#include "format/csv/csv.h"
#include "input.h"
#include "slow.h"

namespace {

using rivet::Check;
using rivet::fuzz::Input;
using rivet::model::CsvSettings;
using rivet::model::FloatSpecial;

enum class Kind { kText, kBytes, kInteger, kFloat, kTextList };

struct Cell {
  bool quoted = false;
  std::string text;
};

struct Column {
  Kind kind = Kind::kText;
  std::string name;
  std::vector<std::optional<std::string>> values;  // kInteger, kFloat: eight bytes
};

CsvSettings TakeSettings(Input* input) {
  constexpr std::string_view kDelimiters = ",;\t|. -x1";
  constexpr std::string_view kNulls[] = {"", "\\N", "NULL", "1", "NaN", " "};
  CsvSettings csv;
  csv.delimiter = kDelimiters[input->Below(kDelimiters.size())];
  csv.null_value = kNulls[input->Below(std::size(kNulls))];
  const uint8_t flags = input->Byte();
  csv.header = (flags & 1) != 0;
  csv.quote_all = (flags & 2) != 0;
  csv.crlf = (flags & 4) != 0;
  csv.binary_base64 = (flags & 8) != 0;
  csv.escape_formulas = (flags & 16) != 0;
  csv.nested_json = true;
  csv.float_special = static_cast<FloatSpecial>(input->Below(3));
  return csv;
}

std::vector<Column> TakeColumns(Input* input) {
  std::vector<Column> columns(1 + input->Below(4));
  for (Column& column : columns) {
    column.kind = static_cast<Kind>(input->Below(5));
    column.name = input->Bytes();
  }
  constexpr size_t kRowsMax = 64;
  for (size_t row = 0; row < kRowsMax && !input->empty(); ++row) {
    for (Column& column : columns) {
      if (input->Below(5) == 0) {
        column.values.emplace_back();
        continue;
      }
      const bool number = column.kind == Kind::kInteger || column.kind == Kind::kFloat;
      std::string value(number ? input->Take(8) : input->Bytes());
      if (number) value.resize(8, '\0');
      column.values.emplace_back(std::move(value));
    }
  }
  return columns;
}

int64_t Number(const std::string& bytes) {
  return static_cast<int64_t>(rivet::fuzz::Integer(bytes, true));
}
double Float(const std::string& bytes) { return std::bit_cast<double>(Number(bytes)); }

template <typename Builder, typename Of>
std::shared_ptr<arrow::Array> Build(const Column& column, Of of) {
  Builder builder;
  for (const auto& value : column.values)
    Check((value ? builder.Append(of(*value)) : builder.AppendNull()).ok(), "memory");
  return *builder.Finish();
}

std::shared_ptr<arrow::Array> ArrayOf(const Column& column) {
  const auto same = [](const std::string& value) { return value; };
  switch (column.kind) {
    case Kind::kText:
      return Build<arrow::StringBuilder>(column, same);
    case Kind::kBytes:
      return Build<arrow::BinaryBuilder>(column, same);
    case Kind::kInteger:
      return Build<arrow::Int64Builder>(column, Number);
    case Kind::kFloat:
      return Build<arrow::DoubleBuilder>(column, Float);
    case Kind::kTextList:
      break;
  }
  // Each byte an element, every fourth NULL.
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::StringBuilder>());
  auto& texts = static_cast<arrow::StringBuilder&>(*lists.value_builder());
  for (const auto& value : column.values) {
    Check((value ? lists.Append() : lists.AppendNull()).ok(), "memory");
    for (const char c : value.value_or(""))
      Check((c % 4 == 0 ? texts.AppendNull() : texts.Append(&c, 1)).ok(), "memory");
  }
  return *lists.Finish();
}

// Lines of cells; anything loose is a bug of the writer.
std::vector<std::vector<Cell>> Parse(const std::string& text, const CsvSettings& csv) {
  const std::string line_end = csv.crlf ? "\r\n" : "\n";
  std::vector<std::vector<Cell>> lines;
  std::vector<Cell> line;
  for (size_t at = 0; at < text.size();) {
    Cell cell;
    if (text[at] == '"') {
      cell.quoted = true;
      for (++at;; ++at) {
        Check(at < text.size(), "a quote is closed");
        if (text[at] == '"' && (at + 1 == text.size() || text[at + 1] != '"')) break;
        if (text[at] == '"') ++at;
        cell.text += text[at];
      }
      ++at;
    } else {
      for (; at < text.size() && text[at] != csv.delimiter && text[at] != '\n' && text[at] != '\r';
           ++at) {
        Check(text[at] != '"' && text[at] != '\0', "a bare cell has no quote and no NUL");
        cell.text += text[at];
      }
    }
    line.push_back(std::move(cell));
    if (at < text.size() && text[at] == csv.delimiter) {
      ++at;
      // The last cell of a line may be empty: a line end follows, or the text's end would be loose.
      Check(at < text.size(), "a line has an end");
      continue;
    }
    Check(text.compare(at, line_end.size(), line_end) == 0, "a cell ends at a delimiter or a line");
    at += line_end.size();
    lines.push_back(std::move(line));
    line.clear();
  }
  Check(line.empty(), "the text ends with a line");
  return lines;
}

std::string Base64(const std::string& bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits, text;
  for (const char c : bytes) {
    for (int bit = 7; bit >= 0; --bit) bits += (c >> bit & 1) != 0 ? '1' : '0';
  }
  while (bits.size() % 6 != 0) bits += '0';
  for (size_t i = 0; i < bits.size(); i += 6)
    text += kDigits[std::strtoul(bits.substr(i, 6).c_str(), nullptr, 2)];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

// The elements again, of a JSON array of texts of one byte and nulls.
void CheckList(const std::string& value, std::string cell) {
  Check(cell.size() >= 2 && cell.front() == '[' && cell.back() == ']', "a list is in brackets");
  cell = cell.substr(1, cell.size() - 2);
  size_t at = 0;
  for (size_t i = 0; i < value.size(); ++i) {
    if (i > 0) Check(cell[at++] == ',', "elements have a comma between them");
    if (value[i] % 4 == 0) {
      Check(cell.compare(at, 4, "null") == 0, "a NULL element is null");
      at += 4;
      continue;
    }
    Check(at + 2 < cell.size() && cell[at] == '"', "an element is a JSON string");
    ++at;
    char c = cell[at++];
    if (c == '\\') {
      const char escape = cell[at++];
      constexpr std::string_view kEscapes = "\"\\bfnrt", kMeant = "\"\\\b\f\n\r\t";
      if (escape == 'u') {
        c = static_cast<char>(std::strtoul(cell.substr(at, 4).c_str(), nullptr, 16));
        at += 4;
      } else {
        Check(kEscapes.find(escape) != std::string_view::npos, "a known escape");
        c = kMeant[kEscapes.find(escape)];
      }
    }
    Check(c == value[i], "an element is itself");
    Check(cell[at++] == '"', "an element ends");
  }
  Check(at == cell.size(), "a list ends with its last element");
}

std::string Disarmed(const std::string& text, const CsvSettings& csv) {
  const bool formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
  return csv.escape_formulas && formula ? "'" + text : text;
}

bool IsNull(const Column& column, size_t row, const CsvSettings& csv) {
  const auto& value = column.values[row];
  return !value || (column.kind == Kind::kFloat && csv.float_special == FloatSpecial::kEmpty &&
                    !std::isfinite(Float(*value)));
}

void CheckCell(const Column& column, size_t row, bool alone, const Cell& cell,
               const CsvSettings& csv) {
  if (IsNull(column, row, csv)) {
    Check(cell.text == csv.null_value, "NULL is the text of NULL");
    Check(cell.quoted == (alone && csv.null_value.empty()), "NULL is bare, but for an empty line");
    return;
  }
  const std::string& value = *column.values[row];
  Check(cell.quoted || (cell.text != csv.null_value && !cell.text.empty()),
        "what reads like NULL is quoted");
  Check(cell.quoted || !csv.quote_all, "all cells are quoted where that is asked");
  switch (column.kind) {
    case Kind::kText:
      return Check(cell.text == Disarmed(value, csv), "a text is itself");
    case Kind::kBytes:
      return Check(cell.text == (csv.binary_base64 ? Base64(value) : rivet::fuzz::Hex(value)),
                   "bytes are their digits");
    case Kind::kInteger:
      return Check(cell.text == std::to_string(Number(value)), "a number is its digits");
    case Kind::kFloat:
      return Check(rivet::fuzz::ReadsBack(cell.text, Float(value)), "a float reads back");
    case Kind::kTextList:
      return CheckList(value, cell.text);
  }
}

// The writer must refuse: NULL in a single column that has no cell for it, or a special float.
bool MustFail(const std::vector<Column>& columns, const CsvSettings& csv) {
  for (const Column& column : columns) {
    for (size_t row = 0; row < column.values.size(); ++row) {
      const auto& value = column.values[row];
      if (value && column.kind == Kind::kFloat && csv.float_special == FloatSpecial::kFail &&
          !std::isfinite(Float(*value)))
        return true;
      const bool may_be_empty = column.kind == Kind::kText || column.kind == Kind::kBytes;
      if (!value && columns.size() == 1 && csv.null_value.empty() && may_be_empty) return true;
    }
  }
  return false;
}

void CheckCount(const std::string& text, size_t records, size_t piece) {
  rivet::format::csv::RecordCounter counter;
  for (size_t at = 0; at < text.size(); at += piece)
    counter.Add(std::string_view(text).substr(at, piece));
  Check(counter.at_end() && counter.records() == static_cast<int64_t>(records),
        "the counter counts what the reader reads");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  Input input(bytes, size);
  rivet::model::FormatSettings settings;
  settings.format = "csv";
  settings.csv = TakeSettings(&input);
  const size_t piece = 1 + input.Below(9);
  const std::vector<Column> columns = TakeColumns(&input);
  const CsvSettings& csv = settings.csv;
  if (csv.null_value.find(csv.delimiter) != std::string::npos) return 0;

  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const Column& column : columns) {
    arrays.push_back(ArrayOf(column));
    fields.push_back(arrow::field(column.name, arrays.back()->type()));
  }
  const size_t rows = columns.front().values.size();
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema(fields), static_cast<int64_t>(rows), arrays);
  const auto stream = *arrow::io::BufferOutputStream::Create();
  const auto writer = rivet::format::csv::driver().open(batch->schema(), {}, stream, settings);
  Check(writer.ok(), "the settings are good ones");
  const rivet::Status written = (*writer)->Write(*batch);
  Check(written.ok() != MustFail(columns, csv),
        "what no cell can hold is refused, and nothing else");
  if (!written.ok()) {
    Check(rivet::Is(written, rivet::format::kEncode), "a cell is refused by name");
    return 0;
  }
  Check((*writer)->Finish().ok(), "a file is finished");
  const std::string text = (*stream->Finish())->ToString();

  const auto lines = Parse(text, csv);
  const size_t head = csv.header ? 1 : 0;
  Check(lines.size() == rows + head, "each row is a record");
  CheckCount(text, lines.size(), piece);
  for (size_t i = 0; i < columns.size(); ++i) {
    for (const auto& line : lines)
      Check(line.size() == columns.size(), "each line has all columns");
    if (csv.header)
      Check(lines[0][i].text == Disarmed(columns[i].name, csv), "the header has the names");
    for (size_t row = 0; row < rows; ++row)
      CheckCell(columns[i], row, columns.size() == 1, lines[head + row][i], csv);
  }
  return 0;
}
