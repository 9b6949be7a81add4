#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rivet::model {

enum class Compression { kZstd, kSnappy, kGzip, kLz4, kNone };
std::string_view ToString(Compression compression);

// What stands in a CSV file for NaN and the infinities: their names, nothing (as for NULL), or no
// file at all.
enum class FloatSpecial { kNames, kEmpty, kFail };
std::string_view ToString(FloatSpecial special);

// How CSV files are written (types specification §1, §2, §5).
struct CsvSettings {
  char delimiter = ',';
  std::string null_value;  // text of NULL; an empty string is always "" in quotes
  bool header = true;
  bool quote_all = false;      // else only where needed
  bool crlf = false;           // record ends; else LF
  bool binary_base64 = false;  // else lower-case hex
  bool nested_json = false;    // lists as JSON text; else they are refused
  FloatSpecial float_special = FloatSpecial::kNames;
  bool escape_formulas = false;                  // a leading = + - @ gets an apostrophe before it
  Compression compression = Compression::kNone;  // kNone, kGzip, kZstd
  bool operator==(const CsvSettings&) const = default;
};

// How a file is written: everything a format needs besides the schema. Part of the plan's
// fingerprint.
struct FormatSettings {
  std::string format = "parquet";
  Compression compression = Compression::kZstd;
  std::optional<int> compression_level;  // zstd 1..22, gzip 0..9
  // Row groups end at this many rows, or at this many bytes of Arrow data, whichever comes first.
  int64_t row_group_rows = 1'048'576;
  int64_t row_group_bytes = 32LL << 20;
  CsvSettings csv;  // counts where format is `csv`
};

// How hard we may lean on the source. Resolved: no field is unset.
struct Tuning {
  std::string label;  // `balanced (default)`
  std::string profile = "balanced";
  int64_t batch_size = 10'000;  // rows of one statement at most
  std::optional<int64_t> batch_size_memory_mb;
  int64_t throttle_ms = 50;
  bool throttle_is_explicit = false;  // written in the config: obeyed after each statement
  int64_t statement_timeout_s = 300;
  int64_t lock_timeout_s = 30;
  int64_t max_retries = 3;
  int64_t retry_backoff_ms = 2'000;
  int64_t memory_threshold_mb = 4'096;
  int64_t max_value_mb = 256;
  int64_t statement_target_ms = 40;  // the pacer's aim: fast 100, balanced 40, safe 20
};

struct MetaColumns {
  bool exported_at = false;
  bool row_hash = false;
};

}  // namespace rivet::model
