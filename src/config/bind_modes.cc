#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "config/bind_internal.h"
#include "config/faults.h"

namespace rivet::config {
namespace {

// A column's name must not be empty: that is no way to say "none".
void CheckColumnName(const Loading& loading, const Keys& keys, std::string_view key) {
  const Node* node = keys.Usable(key);
  if (node == nullptr || !node->text.empty()) return;
  loading.Add(kModeSettingInvalid, keys, key, keys.spot().KeyPath(key) + " is empty",
              {"name a column, or leave the key out"});
}

// Two keys of which one would be ignored. Told at the later one of the pair.
void Conflict(const Loading& loading, const Keys& keys, std::string_view first,
              std::string_view second, std::string_view why) {
  const Mark a = keys.MarkOf(first), b = keys.MarkOf(second);
  const bool in_order = std::pair(a.line, a.column) <= std::pair(b.line, b.column);
  loading.Add(kValueConflict, keys, in_order ? second : first,
              keys.spot().Label() + " has `" + std::string(first) + "` and `" +
                  std::string(second) + "`: " + std::string(why),
              {"keep one of the two"});
}

bool IsSet(const Keys& keys, std::string_view key) {
  return keys.Usable(key) != nullptr && !(key == "chunk_dense" && !keys.Flag(key));
}

void CheckStrategy(const Loading& loading, const Keys& keys) {
  constexpr std::string_view kStrategies[] = {"chunk_count", "chunk_dense", "chunk_by_days",
                                              "chunk_by_key"};
  std::vector<std::string_view> set;
  for (const std::string_view key : kStrategies) {
    if (IsSet(keys, key)) set.push_back(key);
  }
  for (size_t i = 1; i < set.size(); ++i)
    Conflict(loading, keys, set[i - 1], set[i], "each is a way to cut of its own");
  if (IsSet(keys, "chunk_by_key") && IsSet(keys, "chunk_column"))
    Conflict(loading, keys, "chunk_by_key", "chunk_column", "pages follow one key only");
  for (const std::string_view key : {"chunk_size", "chunk_count"}) {
    if (IsSet(keys, "chunk_size_memory_mb") && IsSet(keys, key))
      Conflict(loading, keys, "chunk_size_memory_mb", key, "one of them would be ignored");
  }
  for (const std::string_view key : {"chunk_by_key", "chunk_size_memory_mb"}) {
    if (!IsSet(keys, key) || keys.Has("table")) continue;
    loading.Add(kModeSettingInvalid, keys, key,
                Quoted(key) +
                    " needs `table`: the catalog knows keys and row widths of tables, "
                    "not of queries, and " +
                    keys.spot().Label() + " has none",
                {key == "chunk_by_key" ? "name the table, or cut the query by `chunk_column`"
                                       : "name the table, or write `chunk_size`"});
  }
}

void CheckChunked(const Loading& loading, const Keys& keys) {
  CheckStrategy(loading, keys);
  if (keys.Has("chunk_column") || keys.Has("chunk_by_key") || keys.Has("table")) return;
  loading.Add(kModeSettingInvalid, keys, "mode",
              keys.spot().Label() +
                  " has `mode: chunked`, but nothing to cut on: neither `chunk_column` nor "
                  "`chunk_by_key` nor `table`",
              {"add `chunk_column: id`, a column of the query",
               "or use `table`, whose primary key is found by itself, or with `chunk_by_key`",
               "or `mode: full`"});
}

void CheckIncremental(const Loading& loading, const Keys& keys) {
  if (!keys.Has("cursor_column")) {
    loading.Add(kModeSettingInvalid, keys, "mode",
                keys.spot().Label() + " has `mode: incremental`, but no `cursor_column`",
                {"add `cursor_column: changed_at`, the column that grows with every change"});
  } else {
    loading.Add(kNotAvailable, keys, "cursor_column",
                "`cursor_column` is not available yet, in " + keys.spot().Label());
  }
  const bool mode_known =
      !keys.Has("incremental_cursor_mode") || keys.Usable("incremental_cursor_mode") != nullptr;
  const bool coalesce = keys.TextOr("incremental_cursor_mode", "") == "coalesce";
  const bool fallback = keys.Has("cursor_fallback_column");
  if (!mode_known || coalesce == fallback) return;
  loading.Add(kModeSettingInvalid, keys,
              coalesce ? "incremental_cursor_mode" : "cursor_fallback_column",
              coalesce ? "`incremental_cursor_mode: coalesce` needs `cursor_fallback_column`, the "
                         "second column"
                       : "`cursor_fallback_column` counts only with `incremental_cursor_mode: "
                         "coalesce`",
              {"set both keys or neither"});
}

void CheckTimeWindow(const Loading& loading, const Keys& keys) {
  for (const std::string_view key : {"time_column", "days_window"}) {
    if (keys.Has(key)) continue;
    loading.Add(
        kModeSettingInvalid, keys, "mode",
        keys.spot().Label() + " has `mode: time_window`, but no `" + std::string(key) + "`",
        {"add `" + std::string(key) + ": " + ExampleOf(*FindField(kExportSection, key)) + "`"});
  }
}

// The fewest workers of the governor cannot be more than there are. A limit for all exports, at
// the source, is measured only where an export says how many it wants.
void CheckFewest(const Loading& loading, const Keys& keys, const Export& item) {
  if (keys.Has("parallel") && keys.Usable("parallel") == nullptr) return;
  const Keys tuning = keys.Below("tuning");
  const auto own = tuning.Int("min_parallel");
  const auto fewest = own ? own : loading.source_min_parallel;
  if (!fewest || *fewest <= item.parallel || (!own && !keys.Has("parallel"))) return;
  loading.Add(kValueConflict, own ? tuning : keys, own ? "min_parallel" : "parallel",
              "`min_parallel` (" + std::to_string(*fewest) + ") is above `parallel` (" +
                  std::to_string(item.parallel) + ") of " + keys.spot().Label(),
              {"lower `min_parallel` or raise `parallel`"});
}

void WarnIgnored(const Loading& loading, const Keys& keys, const Export& item,
                 const std::string& mode) {
  const Entry* parallel = keys.Find("parallel");
  if (mode != "chunked" && item.parallel > 1 && !parallel->inherited) {
    loading.Warn("parallel-no-effect", keys.MarkOf("parallel"),
                 keys.spot().Label() + ": parallel has no effect in mode " + mode);
  }
  const Entry* cursor = keys.Find("cursor_column");
  if (mode != "incremental" && keys.Usable("cursor_column") != nullptr && !cursor->inherited) {
    loading.Warn("cursor-ignored", keys.MarkOf("cursor_column"),
                 keys.spot().Label() + ": cursor_column has no effect in mode " + mode);
  }
}

}  // namespace

void BindMode(const Loading& loading, const Keys& keys, Export* item) {
  const std::string mode = keys.TextOr("mode", "full");
  item->mode = mode == "chunked" ? model::Mode::kChunked : model::Mode::kFull;
  item->chunk_column = keys.TextOr("chunk_column", "");
  item->chunk_size = keys.Int("chunk_size");
  item->parallel = keys.Int("parallel").value_or(1);
  item->chunk_count = keys.Int("chunk_count");
  item->chunk_by_days = keys.Int("chunk_by_days");
  item->chunk_size_memory_mb = keys.Int("chunk_size_memory_mb");
  item->chunk_dense = keys.Flag("chunk_dense");
  item->chunk_by_key = keys.TextOr("chunk_by_key", "");
  item->chunk_checkpoint = keys.Flag("chunk_checkpoint");
  item->chunk_max_attempts = keys.Int("chunk_max_attempts");
  for (const std::string_view key :
       {"chunk_column", "chunk_by_key", "cursor_column", "cursor_fallback_column",
        "cursor_tiebreak_column", "time_column", "partition_by"})
    CheckColumnName(loading, keys, key);
  if (keys.Has("mode") && keys.Usable("mode") == nullptr) return;
  if (mode == "chunked") CheckChunked(loading, keys);
  if (mode == "incremental") CheckIncremental(loading, keys);
  if (mode == "time_window") CheckTimeWindow(loading, keys);
  CheckFewest(loading, keys, *item);
  WarnIgnored(loading, keys, *item, mode);
}

}  // namespace rivet::config
