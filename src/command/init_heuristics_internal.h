#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/facts.h"
#include "model/plan.h"

namespace rivet::command {

// Rows above which a table is cut into chunks.
inline constexpr int64_t kChunkThreshold = 100'000;

// What `meta_columns` appends; a run refuses a table that has such a column of its own.
inline constexpr std::string_view kExportedAtColumn = "_rivet_exported_at";
inline constexpr std::string_view kRowHashColumn = "_rivet_row_hash";

bool IsInteger(const model::LogicalType& type);

struct RowGuess {
  int64_t rows = 0;
  bool analysed = true;  // false: no statistics; rows come from the relation's size, or are unknown
};
// The catalog's estimate; without one, the relation's size by the width of a row.
RowGuess GuessRows(const model::TableFacts& facts);

// The integer column that chunks can be cut on along an index: the first of the primary key, else
// of another unique key. Views and foreign tables have none.
std::optional<std::string> ChunkColumnOf(const model::TableFacts& facts);

// The column whose unique index of its own can be walked page by page; its values may be of any
// ordered type.
std::optional<std::string> KeysetColumnOf(const model::TableFacts& facts);

struct KeyRange {
  int64_t min = 0, max = 0;
};

// How one table is best exported.
struct Suggestion {
  model::Mode mode = model::Mode::kFull;
  bool keyset = false;  // chunk_column goes into chunk_by_key
  std::string chunk_column;
  int64_t chunk_size = 0;
  int64_t parallel = 1;                                      // 1 is not written
  int64_t target_row_group_mb = 0;                           // 0: no parquet block
  std::vector<std::pair<std::string, std::string>> columns;  // name -> decimal(p,s)
  std::vector<std::string> review;                           // numerics without a precision
  bool exported_at = true, row_hash = true;  // false: the table has a column of that name itself
  std::string why;                           // the comment above mode
};

// What --mode asks for.
enum class ModeWish { kBest, kFull, kChunked, kKeyset };

// `range`: of the chunk column, where it could be asked; widens chunks of sparse keys. `cores`: of
// this machine. A wish that the table has no key for is not met: `why` says so.
Suggestion Suggest(const model::TableFacts& facts, const std::optional<KeyRange>& range, int cores,
                   ModeWish wish = ModeWish::kBest);

}  // namespace rivet::command
