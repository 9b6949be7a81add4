#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "config/bind_internal.h"
#include "config/faults.h"
#include "config/words_internal.h"
#include "types/faults.h"
#include "types/override.h"

namespace rivet::config {
namespace {

constexpr size_t kNameBytesMax = 150;  // part names add a stamp, a unit and a token, and end at 255
constexpr int64_t kTargetRowGroupMb = 128;

// What makes a name unfit for a file and a key of the state; empty when it is fine.
std::string NameBroken(const std::string& name) {
  if (name.empty()) return "is empty";
  if (name.front() == '.') return "begins with a point";
  if (name.find_first_of("/\\") != std::string::npos) return "has a slash in it";
  if (name.find("..") != std::string::npos) return "has `..` in it";
  const bool control =
      std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (control) return "has a control character in it";
  if (name.size() > kNameBytesMax)
    return "is longer than " + std::to_string(kNameBytesMax) + " bytes";
  return {};
}

void BindName(const Loading& loading, const Keys& keys, Export* item) {
  const Node* node = keys.Usable("name");
  if (node == nullptr) return;
  item->name = node->text;
  const std::string broken = NameBroken(node->text);
  if (broken.empty()) return;
  loading.Add(kPathUnsafe, keys, "name", keys.spot().KeyPath("name") + " " + broken,
              {"the name is part of file names and the key of the state: letters, digits, `_` and "
               "`-` are best"});
}

void BindWhat(const Loading& loading, const Keys& keys, Export* item) {
  std::vector<std::string> set;
  for (const std::string_view key : {"table", "query", "query_file"}) {
    if (keys.Has(key)) set.push_back("`" + std::string(key) + "`");
  }
  if (set.size() != 1) {
    loading.Add(kExportSourceInvalid, keys, "name",
                set.empty() ? keys.spot().Label() + " has none of `table`, `query` and `query_file`"
                            : keys.spot().Label() + " has " + Enumerate(set, "and") +
                                  ", and needs exactly one");
  }
  item->table = keys.TextOr("table", "");
  const Node* table = keys.Usable("table");
  if (table != nullptr && !IsTableName(table->text)) {
    loading.Add(kExportSourceInvalid, keys, "table",
                keys.spot().KeyPath("table") +
                    " must be `name` or `schema.name` of letters, digits and `_`, not " +
                    Quoted(table->shown()),
                {"a name that needs quotes goes into `query`: SELECT * FROM \"Odd Name\""});
  }
  item->query = keys.TextOr("query", "");
  if (keys.Usable("query") != nullptr &&
      item->query.find_first_not_of(" \t\r\n") == std::string::npos) {
    loading.Add(kExportSourceInvalid, keys, "query", keys.spot().KeyPath("query") + " is empty");
  }
  item->query_file = keys.TextOr("query_file", "");
  if (keys.Has("query_file")) item->query = ReadQueryFile(loading, keys);
}

void CheckLevel(const Loading& loading, const Keys& keys, const Export& item) {
  const auto level = keys.Int("compression_level");
  if (!level || (keys.Has("compression") && keys.Usable("compression") == nullptr)) return;
  const std::string codec = item.compression.value_or("zstd");
  const std::string path = keys.spot().KeyPath("compression_level");
  const std::string written = Quoted(keys.Usable("compression_level")->shown());
  if (codec == "zstd" && (*level < 1 || *level > 22)) {
    loading.Add(kValueOutOfRange, keys, "compression_level",
                path + " must be from 1 to 22 for zstd, not " + written);
  } else if (codec == "gzip" && *level > 10) {
    loading.Add(kValueOutOfRange, keys, "compression_level",
                path + " must be from 0 to 10 for gzip, not " + written);
  } else if (codec != "zstd" && codec != "gzip") {
    loading.Add(kValueOutOfRange, keys, "compression_level",
                path + " has no meaning for `compression: " + codec +
                    "`: only zstd (1 to 22) and gzip (0 to 10) have "
                    "levels");
  }
}

void BindCompression(const Loading& loading, const Keys& keys, Export* item) {
  item->compression = keys.Text("compression");
  item->compression_profile = keys.Text("compression_profile");
  CheckLevel(loading, keys, *item);
  if (const auto level = keys.Int("compression_level")) {
    item->compression_level = static_cast<int>(std::min<int64_t>(*level, 22));
  }
  if (item->compression_profile && (item->compression || item->compression_level)) {
    loading.Warn(
        "profile-hides-compression", keys.MarkOf("compression_profile"),
        keys.spot().Label() + ": compression_profile wins over compression and compression_level");
  }
}

void BindParquet(const Loading& loading, const Keys& keys, Export* item) {
  const Keys parquet = keys.Below("parquet");
  item->has_parquet = parquet.mapping() != nullptr;
  ParquetKeys& bound = item->parquet;
  bound.row_group_strategy = parquet.Text("row_group_strategy");
  bound.row_group_rows = parquet.Int("row_group_rows");
  bound.target_row_group_mb = parquet.Int("target_row_group_mb");
  bound.max_row_group_mb = parquet.Int("max_row_group_mb");
  const bool fixed = bound.row_group_strategy == "fixed_rows";
  if (fixed && !parquet.Has("row_group_rows")) {
    loading.Add(kValueConflict, parquet, "row_group_strategy",
                parquet.spot().KeyPath("row_group_strategy") +
                    " is `fixed_rows`, but `row_group_rows` is not set",
                {"add `row_group_rows: 1000000`"});
  }
  const bool strategy_known =
      !parquet.Has("row_group_strategy") || bound.row_group_strategy.has_value();
  if (!fixed && strategy_known && bound.row_group_rows) {
    loading.Warn("row-group-rows-ignored", parquet.MarkOf("row_group_rows"),
                 parquet.spot().Label() +
                     ": row_group_rows counts only with row_group_strategy: fixed_rows");
  }
  const int64_t target = bound.target_row_group_mb.value_or(kTargetRowGroupMb);
  if (!fixed && bound.max_row_group_mb && *bound.max_row_group_mb < target) {
    loading.Add(kValueConflict, parquet, "max_row_group_mb",
                parquet.spot().KeyPath("max_row_group_mb") + " (" +
                    std::to_string(*bound.max_row_group_mb) + ") is below `target_row_group_mb` (" +
                    std::to_string(target) + (bound.target_row_group_mb ? ")" : ", the default)"));
  }
}

void BindCsv(const Keys& keys, Export* item) {
  const Keys csv = keys.Below("csv");
  CsvKeys& bound = item->csv;
  bound.delimiter = csv.Text("delimiter");
  bound.null_value = csv.Text("null_value");
  bound.quote = csv.Text("quote");
  bound.line_ending = csv.Text("line_ending");
  bound.binary = csv.Text("binary");
  bound.nested = csv.Text("nested");
  bound.compression = csv.Text("compression");
  if (csv.Has("header")) bound.header = csv.Flag("header");
  bound.escape_formulas = csv.Flag("escape_formulas");
}

void BindSize(const Loading& loading, const Keys& keys, Export* item) {
  const Node* node = keys.Usable("max_file_size");
  if (node == nullptr) return;
  item->max_file_bytes = ParseSize(node->text);
  if (item->max_file_bytes) return;
  loading.problems->Add(kValueOutOfRange, node->mark,
                        keys.spot().KeyPath("max_file_size") + " must be " +
                            std::string(kSizeForms) + ", not " + Quoted(node->shown()),
                        {}, item->name);
}

void BindColumns(const Loading& loading, const Keys& keys, Export* item) {
  const Keys columns = keys.Below("columns");
  if (columns.mapping() == nullptr) return;
  for (const Entry& entry : columns.mapping()->entries) {
    if (entry.value.unusable || entry.value.kind != Node::Kind::kScalar) continue;
    item->columns[entry.key] = entry.value.text;
    const auto type = types::ParseOverride(entry.value.text);
    if (type.ok()) continue;
    const bool later = Is(type.status(), types::kOverrideUnavailable);
    const std::string reason = entry.value.substituted
                                   ? Quoted(entry.value.written) + " gives no type word"
                                   : type.status().message();
    loading.problems->Add(later ? kNotAvailable : kColumnOverrideInvalid, entry.value.mark,
                          columns.spot().KeyPath(entry.key) + ": " + reason, {}, item->name);
  }
}

void BindChunks(const Loading& loading, const Keys& keys, Export* item) {
  item->mode =
      keys.TextOr("mode", "full") == "chunked" ? model::Mode::kChunked : model::Mode::kFull;
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
  if (keys.Usable("chunk_column") != nullptr && item->chunk_column.empty()) {
    loading.Add(kModeSettingInvalid, keys, "chunk_column",
                keys.spot().KeyPath("chunk_column") + " is empty",
                {"name an integer column, or leave the key out with `table`"});
  }
  const bool mode_is_known = !keys.Has("mode") || keys.Usable("mode") != nullptr;
  if (!mode_is_known) return;
  if (item->mode == model::Mode::kChunked) {
    if (keys.Has("chunk_column") || keys.Has("chunk_by_key") || keys.Has("table")) return;
    loading.Add(
        kModeSettingInvalid, keys, "mode",
        keys.spot().Label() +
            " has `mode: chunked`, but nothing to cut on: neither `chunk_column` nor `table`",
        {"add `chunk_column: id`, an integer column of the query",
         "or use `table`, whose primary key is found by itself", "or `mode: full`"});
  } else if (item->parallel > 1) {
    loading.Warn("parallel-no-effect", keys.MarkOf("parallel"),
                 keys.spot().Label() + ": parallel has no effect in mode full");
  }
}

void BindDestination(const Loading& loading, const Keys& keys, Export* item) {
  const Keys destination = keys.Below("destination");
  if (destination.mapping() == nullptr) return;
  item->destination.type = destination.TextOr("type", "");
  item->destination.path = destination.TextOr("path", "");
  if (item->destination.type == "local" && !destination.Has("path")) {
    loading.Add(kMissingKey, destination, "path",
                destination.spot().KeyPath("path") + " is missing",
                {"add `path: " + ExampleOf(*FindField(kDestinationSection, "path")) + "`"});
  }
  const Node* path = destination.Usable("path");
  if (path == nullptr) return;
  if (path->text.empty()) {
    loading.Add(kDestinationInvalid, destination, "path",
                destination.spot().KeyPath("path") + " is empty",
                {"write `.` for the config's own folder"});
  }
  const auto token = UnknownToken(path->text);
  if (!token) return;
  std::vector<std::string> hints;
  const std::string shown = path->substituted ? Quoted(path->written) : Quoted(*token);
  const std::string nearest = DidYouMean(*token, {"{date}", "{export}", "{table}", "{run_id}"});
  if (!path->substituted && !nearest.empty()) hints.push_back(nearest);
  loading.Add(kDestinationInvalid, destination, "path",
              destination.spot().KeyPath("path") + " has an unknown token: " + shown +
                  "; known are " + std::string(kPlaceholderTokens),
              std::move(hints));
}

}  // namespace

Export BindExport(const Loading& loading, const Keys& keys) {
  Export item;
  const Mark mark = keys.mapping()->mark;
  item.place = Place{loading.file, mark.line, mark.column};
  BindName(loading, keys, &item);
  BindWhat(loading, keys, &item);
  item.format = keys.TextOr("format", item.format);
  BindCompression(loading, keys, &item);
  BindParquet(loading, keys, &item);
  BindCsv(keys, &item);
  item.skip_empty = keys.Flag("skip_empty");
  BindSize(loading, keys, &item);
  const Keys meta = keys.Below("meta_columns");
  item.meta = {.exported_at = meta.Flag("exported_at"), .row_hash = meta.Flag("row_hash")};
  BindColumns(loading, keys, &item);
  item.tuning = BindTuning(loading, keys.Below("tuning"));
  BindChunks(loading, keys, &item);
  BindDestination(loading, keys, &item);
  return item;
}

}  // namespace rivet::config
