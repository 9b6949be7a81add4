#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/status.h"
#include "model/plan.h"
#include "model/settings.h"
#include "model/value_policies.h"

namespace rivet::config {

// rivet.yaml as typed values: what the user wrote, unset where nothing was written. Resolution of
// defaults and precedence is done by the functions below, never by readers of these structs.

struct TuningKeys {
  std::optional<std::string> profile;
  std::optional<int64_t> batch_size, batch_size_memory_mb, throttle_ms, statement_timeout_s,
      lock_timeout_s, max_retries, retry_backoff_ms, memory_threshold_mb, max_value_mb;
};

// `zero_date: null` and its like, unset where nothing was written.
using PolicyKeys = std::map<model::SpecialValue, model::PolicyAction>;

struct Tls {
  std::string mode = "verify-full";  // disable, require, verify-ca, verify-full
  std::string ca_file;               // as written; relative to the config's folder
  bool accept_invalid_certs = false;
  bool accept_invalid_hostnames = false;
};

struct Source {
  std::string type;  // postgres, mysql
  // One style is set: url, url_env, url_file, or host+user+database with at most one of password,
  // password_env and password_file.
  std::optional<Secret> url;
  std::string url_env, url_file;
  std::string host, user, database;
  std::optional<int> port;
  std::optional<Secret> password;
  std::string password_env;
  std::string password_file;  // as written; relative to the config's folder
  std::string environment;    // local, replica, production or empty
  TuningKeys tuning;
  PolicyKeys policies;
  std::optional<Tls> tls;
};

struct ParquetKeys {
  std::optional<std::string> row_group_strategy;  // auto, fixed_rows, fixed_memory
  std::optional<int64_t> row_group_rows, target_row_group_mb, max_row_group_mb;
};

// `csv:`; unset where nothing was written. Resolved by ResolveFormat.
struct CsvKeys {
  std::optional<std::string> delimiter, null_value, quote, line_ending, binary, nested, compression;
  std::optional<std::string> float_special;
  std::optional<bool> header, escape_formulas;
};

struct Destination {
  std::string type;  // local, stdout
  std::string path;  // as written, placeholders inside; empty for stdout
};

struct Export {
  std::string name;
  Place place;  // of the export in the file
  // Exactly one of the three; query_file was read and checked at load, its text is in `query`.
  std::string table, query, query_file;
  model::Mode mode = model::Mode::kFull;
  std::string format = "parquet";
  std::optional<std::string> compression, compression_profile;
  std::optional<int> compression_level;
  ParquetKeys parquet;
  bool has_parquet = false;
  CsvKeys csv;
  bool skip_empty = false;
  std::optional<int64_t> max_file_bytes;
  model::MetaColumns meta;
  std::map<std::string, std::string> columns;  // result column -> type word, checked at load
  TuningKeys tuning;
  PolicyKeys policies;
  std::string chunk_column;
  std::optional<int64_t> chunk_size, chunk_count, chunk_by_days, chunk_size_memory_mb;
  bool chunk_dense = false;
  std::string chunk_by_key;
  int64_t parallel = 1;
  bool chunk_checkpoint = false;
  std::optional<int64_t> chunk_max_attempts;
  Destination destination;
};

struct Warning {
  std::string
      rule;  // stable id of config specification §15: plaintext-secret, parallel-no-effect …
  std::string message;
  Place place;
};

struct Config {
  std::string path;    // as given; `-` for standard input
  std::string folder;  // absolute: what relative paths are relative to
  Source source;
  bool parallel_exports = false;           // exports on threads of one process
  bool parallel_export_processes = false;  // one process each; wins over the one above
  std::vector<Export> exports;
  std::string state_path;  // absolute; empty: `.rivet_state.db` in the folder
  std::vector<Warning> warnings;

  // kUnknownExport with the declared names and the nearest one.
  Result<const Export*> Find(const std::string& export_name) const;
};

struct LoadOptions {
  std::map<std::string, std::string> params;  // --param
  // Which environment is read; empty function = the process's. For tests.
  const char* (*get_env)(const char*) = nullptr;
};

// A config as it was read: for whoever hands it on to another process, which may then not find
// another one. It may hold passwords.
struct ConfigText {
  std::string path;  // as given; `-` for standard input
  Secret text;
};
Result<ConfigText> ReadText(const std::string& path);

// Reads, parses, substitutes, binds and checks. Every problem found (up to 20) is in the failure,
// each with file, line and column. Opens no connection; reads no secret from the environment except
// through ${…}.
Result<Config> Load(const std::string& path, const LoadOptions& options);
Result<Config> Load(const ConfigText& source, const LoadOptions& options);
// The same over text, for tests and fuzzing. `folder` stands for the config's folder.
Result<Config> LoadText(const std::string& text, const std::string& name, const std::string& folder,
                        const LoadOptions& options);

// Whether these exports may run in one invocation: two that write to one folder (kSharedPrefix) and
// two that write to standard output may not (kStdoutUnsupported), nor may one that writes there
// while `at_once` (exports run at the same time) or `json` (the summary goes there) is asked for.
struct Together {
  bool at_once = false;
  bool json = false;
};
Status CheckTogether(const Config& config, const std::vector<const Export*>& chosen,
                     const Together& together);

// --param words -> map. kParamInvalid without `=`.
Result<std::map<std::string, std::string>> ParseParams(const std::vector<std::string>& words);

// What a `password_file` holds, without one line break at its end; `folder` is the config's, which
// relative paths count from. For the clients, when they connect.
Result<Secret> ReadPasswordFile(const std::string& folder, const std::string& path);

// Export field, else source field, else profile; the label says where the profile came from.
model::Tuning ResolveTuning(const Source& source, const Export& item);
// Key by key: the export's word, else the source's, else fail.
model::ValuePolicies ResolvePolicies(const Source& source, const Export& item);
// compression_profile, else compression and level, else zstd 3; row groups by §6.1. `row_bytes`:
// the schema's estimate or the catalog's width, for rows per group.
model::FormatSettings ResolveFormat(const Export& item, int64_t row_bytes);
// `-` for stdout; else absolute, `{date}` `{export}` `{table}` `{run_id}` still inside.
std::string DestinationRoot(const Config& config, const Export& item);
// Fills the placeholders. `date` is the UTC day of the run's start.
std::string FillPlaceholders(const std::string& root, const std::string& export_name,
                             const std::string& run_id, const std::string& date);

// The valid key nearest to `word` (edit distance with transpositions, specification §12), or empty.
std::string NearestWord(const std::string& word, const std::vector<std::string>& valid);

}  // namespace rivet::config
