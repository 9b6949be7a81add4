#include "command/init_heuristics_internal.h"

#include <algorithm>

#include "plan/plan.h"
#include "report/report.h"

namespace rivet::command {
namespace {

constexpr int64_t kRowOverheadBytes = 28;  // tuple header and line pointer
constexpr int64_t kTwoWorkersFrom = 500'000;
constexpr int64_t kFourWorkersFrom = 5'000'000;
constexpr int64_t kRowGroupMb = 32;
// Windows are cut on the key's range. This many times more of them than the rows ask for is still
// no matter; above it most windows would be empty, so they are made wider.
constexpr double kSparseFactor = 4.0;

// What a value of this type takes, where the catalog has not counted.
int64_t TypicalBytes(const model::LogicalType& type) {
  switch (type.kind) {
    case model::TypeKind::kBool:
      return 1;
    case model::TypeKind::kInt16:
      return 2;
    case model::TypeKind::kInt32:
    case model::TypeKind::kFloat32:
    case model::TypeKind::kDate:
      return 4;
    case model::TypeKind::kInt64:
    case model::TypeKind::kFloat64:
    case model::TypeKind::kTime:
    case model::TypeKind::kTimestamp:
    case model::TypeKind::kTimestampTz:
      return 8;
    case model::TypeKind::kDecimal:
    case model::TypeKind::kUuid:
    case model::TypeKind::kEnum:
    case model::TypeKind::kInterval:
      return 16;
    default:
      return 32;
  }
}

bool IsBareNumeric(const model::Column& column) {
  return column.type.kind != model::TypeKind::kDecimal &&
         (column.native_type == "numeric" || column.native_type == "decimal");
}

int64_t ChunkSize(int64_t rows) {
  if (rows < 1'000'000) return 100'000;
  if (rows < 10'000'000) return 250'000;
  if (rows < 100'000'000) return 1'000'000;
  return 2'500'000;
}

// As many windows as the rows ask for, over keys with holes. Rounded up to two digits: people read
// it.
int64_t WidenedSize(int64_t size, int64_t rows, const KeyRange& range) {
  const double span = static_cast<double>(range.max) - static_cast<double>(range.min) + 1.0;
  const double windows = std::max(1.0, static_cast<double>(rows) / static_cast<double>(size));
  if (span / static_cast<double>(size) <= windows * kSparseFactor) return size;
  const double wanted = std::min(span / windows, 4e18);
  int64_t unit = 1;
  while (static_cast<double>(unit) * 100.0 <= wanted) unit *= 10;
  return static_cast<int64_t>(wanted / static_cast<double>(unit) + 1.0) * unit;
}

int64_t ParallelOf(int64_t rows, int cores) {
  if (rows < kTwoWorkersFrom) return 1;
  // On two cores a third reader only takes memory from the first two.
  return rows < kFourWorkersFrom || cores < 4 ? 2 : 4;
}

std::string EstimateText(const RowGuess& guess) {
  if (guess.rows < 0) return "not analysed, size unknown";
  return "~" + report::RowsWord(guess.rows) + (guess.analysed ? "" : " by its size (not analysed)");
}

void SetColumns(const model::TableFacts& facts, Suggestion* suggestion) {
  for (const model::Column& column : facts.columns) {
    if (column.name == kExportedAtColumn) suggestion->exported_at = false;
    if (column.name == kRowHashColumn) suggestion->row_hash = false;
    if (column.type.kind == model::TypeKind::kDecimal) {
      suggestion->columns.emplace_back(column.name,
                                       "decimal(" + std::to_string(column.type.precision) + "," +
                                           std::to_string(column.type.scale) + ")");
    } else if (IsBareNumeric(column)) {
      suggestion->review.push_back(column.name);
    }
  }
}

void SetChunks(const std::string& column, const RowGuess& guess,
               const std::optional<KeyRange>& range, int cores, Suggestion* suggestion) {
  suggestion->mode = model::Mode::kChunked;
  suggestion->chunk_column = column;
  suggestion->chunk_size = ChunkSize(guess.rows);
  suggestion->parallel = ParallelOf(guess.rows, cores);
  suggestion->why +=
      " (chunked above " + report::CountWord(kChunkThreshold) + "): chunks of its integer key";
  if (!range) return;
  const int64_t size = WidenedSize(suggestion->chunk_size, guess.rows, *range);
  if (size != suggestion->chunk_size) {
    suggestion->why += ", wide ones because the keys from " + std::to_string(range->min) + " to " +
                       std::to_string(range->max) + " have holes";
    suggestion->chunk_size = size;
  }
}

void SetKeyset(const std::string& column, const RowGuess& guess, Suggestion* suggestion) {
  suggestion->mode = model::Mode::kChunked;
  suggestion->keyset = true;
  suggestion->chunk_column = column;
  suggestion->chunk_size = ChunkSize(guess.rows);
  suggestion->why += " (chunked above " + report::CountWord(kChunkThreshold) +
                     "): pages along its unique key, which is no integer";
}

bool IsStored(const model::TableFacts& facts) {
  return facts.kind == model::RelationKind::kTable ||
         facts.kind == model::RelationKind::kPartitioned;
}

}  // namespace

bool IsInteger(const model::LogicalType& type) {
  return type.kind == model::TypeKind::kInt16 || type.kind == model::TypeKind::kInt32 ||
         type.kind == model::TypeKind::kInt64 || type.kind == model::TypeKind::kUInt64;
}

RowGuess GuessRows(const model::TableFacts& facts) {
  // Servers before 14 say 0 where nobody has counted.
  const bool uncounted = facts.row_estimate < 0 || (facts.row_estimate == 0 && facts.bytes > 0);
  if (!uncounted) return {facts.row_estimate, true};
  if (facts.bytes < 0) return {-1, false};
  int64_t width = facts.row_bytes;
  if (width <= 0) {
    width = 0;
    for (const model::Column& column : facts.columns) width += TypicalBytes(column.type);
  }
  return {facts.bytes / std::max<int64_t>(1, width + kRowOverheadBytes), false};
}

std::optional<std::string> ChunkColumnOf(const model::TableFacts& facts) {
  if (!IsStored(facts)) return std::nullopt;
  const auto leading = [&](const model::IndexFacts& index) -> std::optional<std::string> {
    if (!index.usable || !index.unique || index.columns.empty()) return std::nullopt;
    for (const model::Column& column : facts.columns) {
      if (column.name == index.columns.front() && column.not_null && IsInteger(column.type))
        return column.name;
    }
    return std::nullopt;
  };
  for (const bool primary : {true, false}) {
    for (const model::IndexFacts& index : facts.indexes) {
      if (index.primary != primary) continue;
      if (const auto column = leading(index)) return column;
    }
  }
  return std::nullopt;
}

std::optional<std::string> KeysetColumnOf(const model::TableFacts& facts) {
  if (!IsStored(facts)) return std::nullopt;
  std::optional<std::string> found;
  for (const model::IndexFacts& index : facts.indexes) {
    if (!index.usable || !index.unique || index.columns.size() != 1) continue;
    for (const model::Column& column : facts.columns) {
      const bool walks =
          column.name == index.columns.front() && column.not_null && plan::IsPageable(column);
      if (walks && (!found || index.primary)) found = column.name;
    }
  }
  return found;
}

Suggestion Suggest(const model::TableFacts& facts, const std::optional<KeyRange>& range, int cores,
                   ModeWish wish) {
  Suggestion suggestion;
  const RowGuess guess = GuessRows(facts);
  const bool wants_range = wish == ModeWish::kBest || wish == ModeWish::kChunked;
  const bool wants_pages = wish != ModeWish::kFull;
  const std::optional<std::string> column = wants_range ? ChunkColumnOf(facts) : std::nullopt;
  const std::optional<std::string> key = wants_pages ? KeysetColumnOf(facts) : std::nullopt;
  suggestion.why = EstimateText(guess);
  const bool large = guess.rows > kChunkThreshold;
  const bool cut = large || wish == ModeWish::kChunked || wish == ModeWish::kKeyset;
  if (wish == ModeWish::kFull) {
    suggestion.why += ": read as one, as asked";
  } else if (cut && column) {
    SetChunks(*column, guess, range, cores, &suggestion);
  } else if (cut && key) {
    SetKeyset(*key, guess, &suggestion);
  } else if (cut) {
    suggestion.why += facts.kind == model::RelationKind::kView
                          ? ", a view: read as one"
                          : ", no unique key of one column to cut on: read as one";
  } else {
    suggestion.why += " (chunked above " + report::CountWord(kChunkThreshold) + "): read as one";
  }
  if (large) suggestion.target_row_group_mb = kRowGroupMb;
  SetColumns(facts, &suggestion);
  return suggestion;
}

}  // namespace rivet::command
