#include <algorithm>
#include <utility>

#include "config/bind_internal.h"
#include "config/faults.h"
#include "config/words_internal.h"
#include "types/faults.h"
#include "types/override.h"

namespace rivet::config {
namespace {

constexpr int64_t kTargetRowGroupMb = 32;

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

// One byte that cannot be mistaken for a quote or the end of a line.
bool IsDelimiter(std::string_view text) {
  return text.size() == 1 && std::string_view("\"\r\n").find(text[0]) == std::string_view::npos &&
         static_cast<unsigned char>(text[0]) < 0x80;
}

void CheckCsvText(const Loading& loading, const Keys& csv, const CsvKeys& bound) {
  const Node* delimiter = csv.Usable("delimiter");
  if (delimiter != nullptr && !IsDelimiter(*bound.delimiter)) {
    loading.Add(kValueOutOfRange, csv, "delimiter",
                csv.spot().KeyPath("delimiter") +
                    " must be one byte, not a quote and not a line break, not " +
                    Quoted(delimiter->shown()),
                {"for a tab write \"\\t\""});
    return;
  }
  const Node* null_value = csv.Usable("null_value");
  if (null_value == nullptr) return;
  const std::string forbidden = "\"\r\n" + bound.delimiter.value_or(",");
  if (bound.null_value->find_first_of(forbidden) == std::string::npos) return;
  loading.Add(kValueOutOfRange, csv, "null_value",
              csv.spot().KeyPath("null_value") +
                  " must be without delimiter, quote and line break, as it is never quoted, not " +
                  Quoted(null_value->shown()));
}

void BindCsv(const Loading& loading, const Keys& keys, Export* item) {
  const Keys csv = keys.Below("csv");
  CsvKeys& bound = item->csv;
  bound.delimiter = csv.Text("delimiter");
  if (bound.delimiter == "\\t") bound.delimiter = "\t";
  bound.null_value = csv.Text("null_value");
  bound.quote = csv.Text("quote");
  bound.line_ending = csv.Text("line_ending");
  bound.binary = csv.Text("binary");
  bound.nested = csv.Text("nested");
  bound.float_special = csv.Text("float_special");
  bound.compression = csv.Text("compression");
  if (csv.Usable("header") != nullptr) bound.header = csv.Flag("header");
  bound.escape_formulas = csv.Flag("escape_formulas");
  if (csv.mapping() != nullptr) CheckCsvText(loading, csv, bound);
}

// What one format ignores of the other's keys. A default meant for the others says nothing.
void CheckFormat(const Loading& loading, const Keys& keys, const Export& item) {
  if (keys.Usable("format") == nullptr) return;
  const Entry* csv = keys.Find("csv");
  if (item.format != "csv") {
    if (csv == nullptr || csv->inherited) return;
    return loading.Add(kValueConflict, keys, "csv",
                       Quoted("csv") + " belongs to `format: csv`, but " + keys.spot().Label() +
                           " has `format: " + item.format + "`",
                       {"set `format: csv` or remove `csv`"});
  }
  const auto warn = [&](std::string rule, std::string_view key, const std::string& text) {
    if (!keys.Find(key)->inherited)
      loading.Warn(std::move(rule), keys.MarkOf(key), keys.spot().Label() + ": " + text);
  };
  if (item.has_parquet) warn("parquet-ignored", "parquet", "parquet has no effect on CSV files");
  for (const std::string_view key : {"compression_profile", "compression", "compression_level"}) {
    const auto value = keys.Text(key);
    if (!value || *value == "none") continue;
    return warn("csv-compression-ignored", key,
                std::string(key) + " has no effect on CSV files, they stay plain; " +
                    "set csv.compression to gzip or zstd");
  }
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

}  // namespace

void BindFiles(const Loading& loading, const Keys& keys, Export* item) {
  item->format = keys.TextOr("format", item->format);
  BindCompression(loading, keys, item);
  BindParquet(loading, keys, item);
  BindCsv(loading, keys, item);
  CheckFormat(loading, keys, *item);
  item->skip_empty = keys.Flag("skip_empty");
  BindSize(loading, keys, item);
  const Keys meta = keys.Below("meta_columns");
  item->meta = {.exported_at = meta.Flag("exported_at"), .row_hash = meta.Flag("row_hash")};
  BindColumns(loading, keys, item);
}

}  // namespace rivet::config
