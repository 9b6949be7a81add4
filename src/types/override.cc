#include "types/override.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <optional>

#include "types/faults.h"

namespace rivet::types {
namespace {

using model::LogicalType;
using model::TypeKind;

constexpr int kPrecisionMax = 76;
constexpr int kListDepthMax = 8;
constexpr std::string_view kAcceptedWords =
    "bool, int2, int4, int8 (64 bits), float4, float8, decimal(p,s), text, binary, date, time, "
    "timestamp, "
    "timestamp_tz, json, uuid, enum, interval, list<T>, and their SQL names";

struct Word {
  std::string_view text;
  TypeKind kind;
};

constexpr Word kWords[] = {
    {"bool", TypeKind::kBool},
    {"boolean", TypeKind::kBool},
    {"int2", TypeKind::kInt16},
    {"smallint", TypeKind::kInt16},
    {"int16", TypeKind::kInt16},
    {"int4", TypeKind::kInt32},
    {"int", TypeKind::kInt32},
    {"integer", TypeKind::kInt32},
    {"int32", TypeKind::kInt32},
    {"int8", TypeKind::kInt64},
    {"bigint", TypeKind::kInt64},
    {"int64", TypeKind::kInt64},
    {"uint64", TypeKind::kUInt64},
    {"float4", TypeKind::kFloat32},
    {"real", TypeKind::kFloat32},
    {"float32", TypeKind::kFloat32},
    {"float8", TypeKind::kFloat64},
    {"double", TypeKind::kFloat64},
    {"double precision", TypeKind::kFloat64},
    {"float64", TypeKind::kFloat64},
    {"text", TypeKind::kText},
    {"string", TypeKind::kText},
    {"varchar", TypeKind::kText},
    {"char", TypeKind::kText},
    {"bpchar", TypeKind::kText},
    {"name", TypeKind::kText},
    {"binary", TypeKind::kBinary},
    {"bytea", TypeKind::kBinary},
    {"blob", TypeKind::kBinary},
    {"varbinary", TypeKind::kBinary},
    {"date", TypeKind::kDate},
    {"time", TypeKind::kTime},
    {"timestamp", TypeKind::kTimestamp},
    {"timestamp without time zone", TypeKind::kTimestamp},
    {"timestamp_tz", TypeKind::kTimestampTz},
    {"timestamptz", TypeKind::kTimestampTz},
    {"timestamp_utc", TypeKind::kTimestampTz},
    {"timestamp with time zone", TypeKind::kTimestampTz},
    {"json", TypeKind::kJson},
    {"jsonb", TypeKind::kJson},
    {"uuid", TypeKind::kUuid},
    {"enum", TypeKind::kEnum},
    {"interval", TypeKind::kInterval},
};

// Words of the specification whose types do not exist yet.
constexpr std::string_view kLaterWords[] = {"uint8", "uint16",      "uint32",      "wkb",
                                            "wkt",   "base64",      "hex",         "uuid_swapped",
                                            "int1",  "duration_us", "interval_us", "timestamp_ms"};

// Lower case, outer blanks gone, inner ones single: `Double  Precision` is a word too.
std::string Folded(std::string_view word) {
  std::string folded;
  for (const char c : word) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (blank && (folded.empty() || folded.back() == ' ')) continue;
    folded += blank ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<int> WholeNumber(std::string_view text) {
  text = Trimmed(text);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// What stands between the brackets of `name(…)`; null when the word does not have that shape.
std::optional<std::string_view> Inside(std::string_view word, std::string_view name, char open,
                                       char close) {
  if (!word.starts_with(name)) return std::nullopt;
  word = Trimmed(word.substr(name.size()));
  if (word.size() < 2 || word.front() != open || word.back() != close) return std::nullopt;
  return word.substr(1, word.size() - 2);
}

Result<LogicalType> Decimal(std::string_view numbers, std::string_view word) {
  const size_t comma = numbers.find(',');
  std::optional<int> precision, scale;
  if (comma != std::string_view::npos) {
    precision = WholeNumber(numbers.substr(0, comma));
    scale = WholeNumber(numbers.substr(comma + 1));
  }
  if (!precision || !scale || *precision < 1 || *precision > kPrecisionMax || *scale < 0 ||
      *scale > *precision) {
    return Fail(kOverrideWord, "'" + std::string(word) +
                                   "' needs a precision from 1 to 76 and a scale from 0 to " +
                                   "the precision, as in decimal(12,2)");
  }
  LogicalType type;
  type.kind = TypeKind::kDecimal;
  type.precision = *precision;
  type.scale = *scale;
  return type;
}

Result<LogicalType> ParseFolded(std::string_view word, int depth) {
  for (const Word& known : kWords) {
    if (known.text == word) return LogicalType{.kind = known.kind, .tag = {}, .element = nullptr};
  }
  for (const std::string_view name : {"decimal", "numeric"}) {
    if (const auto numbers = Inside(word, name, '(', ')')) return Decimal(*numbers, word);
    if (word == name) return Decimal("", word);
  }
  if (const auto inner = Inside(word, "list", '<', '>'); inner && depth < kListDepthMax) {
    ARROW_ASSIGN_OR_RAISE(LogicalType element, ParseFolded(Trimmed(*inner), depth + 1));
    return LogicalType{.kind = TypeKind::kList,
                       .tag = {},
                       .element = std::make_shared<const LogicalType>(std::move(element))};
  }
  if (std::find(std::begin(kLaterWords), std::end(kLaterWords), word) != std::end(kLaterWords)) {
    return Fail(kOverrideUnavailable,
                "the type word '" + std::string(word) + "' is not available yet");
  }
  return Fail(kOverrideWord, "unknown type word '" + std::string(word) + "'; accepted are " +
                                 std::string(kAcceptedWords));
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

Status NoSuchColumn(const std::string& name, const std::vector<model::Column>& columns) {
  Status missing = Fail(kOverrideColumn, "columns: the result has no column '" + name + "'");
  const std::string lower = LowerCase(name);
  const model::Column* nearest = nullptr;
  size_t nearest_distance = std::numeric_limits<size_t>::max();
  for (const model::Column& column : columns) {
    const std::string candidate = LowerCase(column.name);
    if (candidate == lower) {
      return WithHint(std::move(missing),
                      "Column names are case-sensitive here: write '" + column.name + "'.");
    }
    const size_t distance = EditDistance(candidate, lower);
    if (distance < nearest_distance) {
      nearest = &column;
      nearest_distance = distance;
    }
  }
  if (nearest == nullptr) return missing;
  return WithHint(std::move(missing), "The nearest column name is '" + nearest->name + "'.");
}

bool IsInteger(TypeKind kind) {
  return kind == TypeKind::kInt16 || kind == TypeKind::kInt32 || kind == TypeKind::kInt64 ||
         kind == TypeKind::kUInt64;
}

bool IsNumeric(const model::Column& column) {
  if (column.type.kind == TypeKind::kServerText) return column.type.tag == "numeric";
  // Few warehouses know unsigned integers: decimal(20,0) holds them all.
  if (IsInteger(column.type.kind)) {
    constexpr std::string_view kNatives[] = {"smallint", "int", "bigint", "tinyint", "mediumint"};
    return std::any_of(std::begin(kNatives), std::end(kNatives), [&](std::string_view native) {
      return column.native_type.starts_with(native);
    });
  }
  return column.type.kind == TypeKind::kDecimal && !IsMoney(column);
}

// Text that may be a uuid each, or MySQL's binary(16). PostgreSQL pads character(n).
bool MayHoldUuids(const model::Column& column) {
  if (column.type.kind == TypeKind::kBinary) return column.native_type == "binary(16)";
  return column.type.kind == TypeKind::kText &&
         (column.native_type.starts_with("text") || column.native_type.starts_with("char(") ||
          column.native_type.starts_with("varchar(") ||
          column.native_type.starts_with("character varying"));
}

// Whether drivers read the column as that type, each value checked, whatever its own type is.
bool IsReadAs(const model::Column& column, const LogicalType& wanted) {
  switch (wanted.kind) {
    case TypeKind::kDecimal:
      return IsNumeric(column);
    case TypeKind::kInt16:
      // MySQL's BOOLEAN is a number of a byte, and people keep other numbers in it.
      if (column.native_type.starts_with("tinyint(1)")) return true;
      [[fallthrough]];
    case TypeKind::kInt32:
    case TypeKind::kInt64:
    case TypeKind::kUInt64:
      return IsInteger(column.type.kind);
    case TypeKind::kFloat64:
      return column.type.kind == TypeKind::kFloat32;
    case TypeKind::kUuid:
      return MayHoldUuids(column);
    default:
      return false;
  }
}

const LogicalType& LeafOf(const LogicalType& type) {
  return type.kind == TypeKind::kList && type.element != nullptr ? LeafOf(*type.element) : type;
}

// Lists of the depth of `wanted` that hold `leaf`; null where `wanted` holds something else.
std::optional<LogicalType> WithLeaf(const LogicalType& wanted, const LogicalType& leaf) {
  if (wanted.kind != TypeKind::kList) {
    const bool server_text = wanted.kind == TypeKind::kText && leaf.kind == TypeKind::kServerText;
    return server_text || wanted == leaf ? std::optional(leaf) : std::nullopt;
  }
  auto element = WithLeaf(*wanted.element, leaf);
  if (!element) return std::nullopt;
  return LogicalType{.kind = TypeKind::kList,
                     .tag = {},
                     .element = std::make_shared<const LogicalType>(*std::move(element))};
}

Status ApplyOne(const LogicalType& wanted, const std::string& word, model::Column* column) {
  if (wanted == column->type) return Status::OK();
  if (wanted.kind == TypeKind::kText) {
    TakeServerText(column);
    return Status::OK();
  }
  // Arrays of any depth, and composites, as the server's JSON.
  if (wanted.kind == TypeKind::kJson &&
      (column->type.kind == TypeKind::kList || column->type.tag == model::kCompositeTag)) {
    column->type = wanted;
    return Status::OK();
  }
  // The server does not keep arrays to the depth that their column declares.
  if (wanted.kind == TypeKind::kList && column->type.kind == TypeKind::kList) {
    if (auto list = WithLeaf(wanted, LeafOf(column->type))) {
      column->type = *std::move(list);
      return Status::OK();
    }
  }
  if (IsReadAs(*column, wanted)) {
    column->type = wanted;
    return Status::OK();
  }
  return Fail(kOverrideUnavailable, "columns: reading column '" + column->name + "' (" +
                                        column->native_type + ") as '" + word +
                                        "' is not available yet");
}

}  // namespace

bool IsMoney(const model::Column& column) {
  constexpr uint32_t kMoneyOid = 790;
  return column.native_oid == kMoneyOid || column.native_element_oid == kMoneyOid;
}

Result<LogicalType> ParseOverride(std::string_view word) { return ParseFolded(Folded(word), 0); }

void TakeServerText(model::Column* column) {
  // A type that has no closer form already comes as the server's text; a composite comes as JSON.
  if (column->type.kind == TypeKind::kServerText && column->type.tag != model::kCompositeTag)
    return;
  column->type =
      LogicalType{.kind = TypeKind::kServerText, .tag = column->native_type, .element = nullptr};
}

Status ApplyOverrides(const std::map<std::string, std::string>& overrides,
                      std::vector<model::Column>* columns) {
  std::vector<Status> problems;
  for (const auto& [name, word] : overrides) {
    const auto column =
        std::find_if(columns->begin(), columns->end(),
                     [&name = name](const model::Column& item) { return item.name == name; });
    if (column == columns->end()) {
      problems.push_back(NoSuchColumn(name, *columns));
      continue;
    }
    const Result<LogicalType> wanted = ParseOverride(word);
    Status status = wanted.ok() ? ApplyOne(*wanted, word, &*column)
                                : WithContext(wanted.status(), "columns: column '" + name + "'");
    if (!status.ok()) problems.push_back(std::move(status));
  }
  return problems.empty() ? Status::OK() : FailAll(std::move(problems));
}

}  // namespace rivet::types
