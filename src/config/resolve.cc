#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/file.h"
#include "config/config.h"
#include "config/faults.h"

namespace rivet::config {
namespace {

struct Profile {
  std::string_view name;
  int64_t batch_size, throttle_ms, statement_timeout_s, max_retries, retry_backoff_ms,
      lock_timeout_s, memory_threshold_mb, max_value_mb, statement_target_ms;
};

constexpr Profile kProfiles[] = {
    {"fast", 50'000, 0, 0, 1, 1'000, 0, 0, 256, 100},
    {"balanced", 10'000, 50, 300, 3, 2'000, 30, 4'096, 256, 40},
    {"safe", 2'000, 500, 120, 5, 5'000, 10, 2'048, 256, 20},
};
constexpr size_t kBalanced = 1;

// Rows of a statement that is bounded in bytes.
constexpr int64_t kMemoryBatchRowsMax = 500'000;

// A writer holds its row group's encoded pages: measured with zstd 3 on wide rows, 128 MiB of Arrow
// data cost 105 MB of peak memory for the process, 64 MiB 84, 32 MiB 68, with files of the same
// size.
constexpr int64_t kTargetRowGroupMb = 32;
constexpr int64_t kGroupRowsMin = 1'000;
constexpr int64_t kGroupRowsMax = 10'000'000;
constexpr int kZstdLevel = 3;
constexpr int kGzipLevel = 6;
constexpr int kGzipLevelMax = 9;
constexpr int kCompactLevel = 9;
// With fixed_rows nothing but this ends a group early: no file needs a larger one, and memory has
// an end.
constexpr int64_t kFixedRowsBytesMax = 1LL << 30;

struct ChosenProfile {
  const Profile* profile;
  std::string label;
};

const Profile* ProfileNamed(std::string_view name) {
  for (const Profile& profile : kProfiles) {
    if (profile.name == name) return &profile;
  }
  return &kProfiles[kBalanced];
}

ChosenProfile ChooseProfile(const Source& source, const Export& item) {
  const auto chosen = [](std::string_view name, const std::string& from) {
    const Profile* profile = ProfileNamed(name);
    return ChosenProfile{profile, std::string(profile->name) + " (" + from + ")"};
  };
  if (item.tuning.profile) return chosen(*item.tuning.profile, "set on the export");
  if (source.tuning.profile) return chosen(*source.tuning.profile, "set on the source");
  const std::string from_environment = "default for environment: " + source.environment;
  if (source.environment == "local") return chosen("fast", from_environment);
  if (!source.environment.empty()) return chosen("balanced", from_environment);
  return chosen("balanced", "default");
}

int64_t Pick(const std::optional<int64_t>& item, const std::optional<int64_t>& source,
             int64_t profile) {
  return item.value_or(source.value_or(profile));
}

// Rows or bytes by statement are one setting: whoever sets either replaces both.
void ResolveBatch(const Source& source, const Export& item, const Profile& profile,
                  model::Tuning* tuning) {
  const bool own = item.tuning.batch_size || item.tuning.batch_size_memory_mb;
  const TuningKeys& keys = own ? item.tuning : source.tuning;
  tuning->batch_size_memory_mb = keys.batch_size_memory_mb;
  tuning->batch_size = keys.batch_size.value_or(keys.batch_size_memory_mb ? kMemoryBatchRowsMax
                                                                          : profile.batch_size);
}

void ResolveCompression(const Export& item, model::FormatSettings* settings) {
  using model::Compression;
  const auto set = [&](Compression compression, std::optional<int> level) {
    settings->compression = compression;
    settings->compression_level = level;
  };
  if (item.compression_profile) {
    const std::string& profile = *item.compression_profile;
    if (profile == "none") return set(Compression::kNone, std::nullopt);
    if (profile == "fast") return set(Compression::kSnappy, std::nullopt);
    return set(Compression::kZstd, profile == "compact" ? kCompactLevel : kZstdLevel);
  }
  const std::string codec = item.compression.value_or("zstd");
  if (codec == "none") return set(Compression::kNone, std::nullopt);
  if (codec == "snappy") return set(Compression::kSnappy, std::nullopt);
  if (codec == "lz4") return set(Compression::kLz4, std::nullopt);
  if (codec == "gzip")
    return set(Compression::kGzip,
               std::min(item.compression_level.value_or(kGzipLevel), kGzipLevelMax));
  set(Compression::kZstd, item.compression_level.value_or(kZstdLevel));
}

model::CsvSettings ResolveCsv(const CsvKeys& keys) {
  model::CsvSettings csv;
  if (keys.delimiter && keys.delimiter->size() == 1) csv.delimiter = keys.delimiter->front();
  csv.null_value = keys.null_value.value_or("");
  csv.header = keys.header.value_or(true);
  csv.quote_all = keys.quote == "all";
  csv.crlf = keys.line_ending == "crlf";
  csv.binary_base64 = keys.binary == "base64";
  csv.nested_json = keys.nested == "json";
  if (keys.float_special == "empty") csv.float_special = model::FloatSpecial::kEmpty;
  if (keys.float_special == "fail") csv.float_special = model::FloatSpecial::kFail;
  csv.escape_formulas = keys.escape_formulas.value_or(false);
  if (keys.compression == "gzip") csv.compression = model::Compression::kGzip;
  if (keys.compression == "zstd") csv.compression = model::Compression::kZstd;
  return csv;
}

void ResolveRowGroups(const ParquetKeys& keys, int64_t row_bytes, model::FormatSettings* settings) {
  if (keys.row_group_strategy == "fixed_rows") {
    settings->row_group_rows = keys.row_group_rows.value_or(settings->row_group_rows);
    settings->row_group_bytes =
        keys.max_row_group_mb ? *keys.max_row_group_mb << 20 : kFixedRowsBytesMax;
    return;
  }
  const int64_t width = std::max<int64_t>(row_bytes, 1);
  const int64_t target = keys.target_row_group_mb.value_or(kTargetRowGroupMb) << 20;
  settings->row_group_rows = std::clamp(target / width, kGroupRowsMin, kGroupRowsMax);
  settings->row_group_bytes = target;
  if (!keys.max_row_group_mb) return;
  // The estimate may be too small: then a group grows past the aim, but not past this.
  const int64_t most = *keys.max_row_group_mb << 20;
  settings->row_group_rows =
      std::min(settings->row_group_rows, std::max(most / width, kGroupRowsMin));
  settings->row_group_bytes = most;
}

}  // namespace

model::Tuning ResolveTuning(const Source& source, const Export& item) {
  const auto [profile, label] = ChooseProfile(source, item);
  const TuningKeys& own = item.tuning;
  const TuningKeys& shared = source.tuning;
  model::Tuning tuning;
  tuning.label = label;
  tuning.profile = profile->name;
  ResolveBatch(source, item, *profile, &tuning);
  tuning.throttle_ms = Pick(own.throttle_ms, shared.throttle_ms, profile->throttle_ms);
  tuning.throttle_is_explicit = own.throttle_ms.has_value() || shared.throttle_ms.has_value();
  tuning.statement_timeout_s =
      Pick(own.statement_timeout_s, shared.statement_timeout_s, profile->statement_timeout_s);
  tuning.lock_timeout_s = Pick(own.lock_timeout_s, shared.lock_timeout_s, profile->lock_timeout_s);
  tuning.max_retries = Pick(own.max_retries, shared.max_retries, profile->max_retries);
  tuning.retry_backoff_ms =
      Pick(own.retry_backoff_ms, shared.retry_backoff_ms, profile->retry_backoff_ms);
  tuning.memory_threshold_mb =
      Pick(own.memory_threshold_mb, shared.memory_threshold_mb, profile->memory_threshold_mb);
  tuning.max_value_mb = Pick(own.max_value_mb, shared.max_value_mb, profile->max_value_mb);
  tuning.statement_target_ms = profile->statement_target_ms;
  return tuning;
}

model::ValuePolicies ResolvePolicies(const Source& source, const Export& item) {
  model::ValuePolicies policies;
  for (const auto& [what, action] : source.policies) policies.Set(what, action);
  for (const auto& [what, action] : item.policies) policies.Set(what, action);
  return policies;
}

model::FormatSettings ResolveFormat(const Export& item, int64_t row_bytes) {
  model::FormatSettings settings;
  settings.format = item.format;
  if (item.format == "csv") {
    settings.csv = ResolveCsv(item.csv);
    settings.compression = settings.csv.compression;  // `compression` itself is for Parquet
    return settings;
  }
  ResolveCompression(item, &settings);
  if (item.has_parquet) ResolveRowGroups(item.parquet, row_bytes, &settings);
  return settings;
}

Result<Secret> ReadPasswordFile(const std::string& folder, const std::string& path) {
  constexpr int64_t kPasswordBytesMax = 64 << 10;
  const std::string whole = (std::filesystem::path(folder) / path).string();
  auto text = ReadWholeFile(whole, kPasswordBytesMax);
  if (!text.ok()) {
    const Fault fault = FaultOf(text.status());
    return Fail(kFileUnreadable, "source.password_file: " + fault.message, fault.cause);
  }
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  return Secret(*std::move(text));
}

std::string DestinationRoot(const Config& config, const Export& item) {
  if (item.destination.type == "stdout") return "-";
  const std::filesystem::path root = std::filesystem::path(config.folder) / item.destination.path;
  std::string text = root.lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

std::string FillPlaceholders(const std::string& root, const std::string& export_name,
                             const std::string& run_id, const std::string& date) {
  const std::pair<std::string_view, const std::string&> values[] = {
      {"{date}", date}, {"{export}", export_name}, {"{table}", export_name}, {"{run_id}", run_id}};
  std::string filled;
  // One pass: what is put in is not looked at again.
  for (size_t at = 0; at < root.size();) {
    const std::string_view rest = std::string_view(root).substr(at);
    const auto token = std::find_if(std::begin(values), std::end(values), [&](const auto& value) {
      return rest.starts_with(value.first);
    });
    if (token == std::end(values)) {
      filled += root[at++];
    } else {
      filled += token->second;
      at += token->first.size();
    }
  }
  return filled;
}

}  // namespace rivet::config
