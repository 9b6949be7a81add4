#include "config/faults.h"
#include "config/fields_internal.h"

namespace rivet::config {
namespace {

using enum FieldKind;

constexpr Word kModes[] = {{"full"}, {"chunked"}, {"incremental", false}, {"time_window", false}};
constexpr Word kFormats[] = {{"parquet"}, {"csv", false}};
constexpr Word kCompressions[] = {{"zstd"}, {"snappy"}, {"gzip"}, {"lz4"}, {"none"}};
constexpr Word kCompressionProfiles[] = {{"none"}, {"fast"}, {"balanced"}, {"compact"}};
constexpr Word kRowGroupStrategies[] = {{"auto"}, {"fixed_rows"}, {"fixed_memory"}};
constexpr Word kDestinationTypes[] = {
    {"local"}, {"s3", false}, {"gcs", false}, {"azure", false}, {"stdout", false}};
constexpr Word kDriftActions[] = {{"warn"}, {"continue"}, {"fail"}};
constexpr Word kCursorModes[] = {{"single_column"}, {"coalesce"}};
constexpr Word kTimeColumnTypes[] = {{"timestamp"}, {"unix"}};
constexpr Word kNullCursor[] = {{"warn"}, {"fail"}, {"include"}};
constexpr Word kInitial[] = {{"single"}, {"chunked"}};
constexpr Word kCursorUpper[] = {{"safe"}, {"max"}};
constexpr Word kSnapshots[] = {{"per_chunk"}, {"shared"}};
constexpr Word kGranularities[] = {{"day"}, {"month"}, {"year"}};
constexpr Word kCastErrors[] = {{"fail"}, {"null"}};
constexpr Word kOnExisting[] = {{"append"}, {"fail"}, {"new_prefix"}};
constexpr Word kUnsupported[] = {{"fail"}, {"text"}, {"skip"}};
constexpr Word kLossy[] = {{"fail"}, {"warn"}, {"allow"}};
constexpr Word kQuotes[] = {{"minimal"}, {"all"}};
constexpr Word kLineEndings[] = {{"lf"}, {"crlf"}};
constexpr Word kCsvBinary[] = {{"hex"}, {"base64"}};
constexpr Word kCsvNested[] = {{"fail"}, {"json"}};
constexpr Word kCsvCompressions[] = {{"none"}, {"gzip"}, {"zstd"}};

constexpr int64_t kMegabytesMax = 1 << 20;
constexpr int64_t kChunkSizeMax = 1'000'000'000'000'000;
constexpr int64_t kAttemptsMax = 101;  // the most retries a profile may name, and the first attempt

constexpr Field kParquetFields[] = {
    {.name = "row_group_strategy", .kind = kWord, .doc = "What ends a row group.", .available = true,
     .words = kRowGroupStrategies},
    {.name = "row_group_rows", .kind = kInt, .doc = "Rows of a group with fixed_rows.", .available = true,
     .minimum = 1, .maximum = 1'000'000'000, .example = "1000000"},
    {.name = "target_row_group_mb", .kind = kInt, .doc = "Aim of the other strategies.", .available = true,
     .minimum = 1, .maximum = kMegabytesMax, .example = "128"},
    {.name = "max_row_group_mb", .kind = kInt, .doc = "Upper bound; not below the aim.", .available = true,
     .minimum = 1, .maximum = kMegabytesMax, .example = "256"},
};

constexpr Field kMetaColumnsFields[] = {
    {.name = "exported_at", .kind = kBool, .doc = "Append _rivet_exported_at.", .available = true},
    {.name = "row_hash", .kind = kBool, .doc = "Append _rivet_row_hash.", .available = true},
};

constexpr Field kQualityFields[] = {
    {.name = "row_count_min", .kind = kInt, .doc = "Fewer rows fail."},
    {.name = "row_count_max", .kind = kInt, .doc = "More rows fail."},
    {.name = "null_ratio_max", .kind = kNumberMap, .doc = "Largest share of NULLs by column."},
    {.name = "unique_columns", .kind = kTextList, .doc = "Columns without duplicates."},
    {.name = "unique_max_entries", .kind = kInt, .doc = "Stop tracking at this many.", .minimum = 1},
};

constexpr Field kDestinationFields[] = {
    {.name = "type", .kind = kWord, .doc = "Where files go.", .available = true, .required = true,
     .words = kDestinationTypes},
    {.name = "path", .doc = "Folder, made when missing; relative to the config's folder.", .available = true,
     .only_with = "local", .example = "./out/{export}"},
    {.name = "bucket", .doc = "Bucket or container.", .only_with = "s3 gcs azure"},
    {.name = "prefix", .doc = "Leading part of every key.", .only_with = "s3 gcs azure"},
    {.name = "region", .doc = "Region of the bucket.", .only_with = "s3"},
    {.name = "endpoint", .doc = "Custom service URL.", .only_with = "s3 gcs azure"},
    {.name = "access_key_env", .doc = "Variable of the key id.", .secret = true, .only_with = "s3"},
    {.name = "secret_key_env", .doc = "Variable of the secret key.", .secret = true, .only_with = "s3"},
    {.name = "session_token_env", .doc = "Variable of the session token.", .secret = true, .only_with = "s3"},
    {.name = "aws_profile", .doc = "Profile of the shared files.", .only_with = "s3"},
    {.name = "credentials_file", .doc = "Service account JSON.", .only_with = "gcs"},
    {.name = "account_name", .doc = "Storage account.", .only_with = "azure"},
    {.name = "account_key_env", .doc = "Variable of the account key.", .secret = true, .only_with = "azure"},
    {.name = "sas_token_env", .doc = "Variable of a SAS.", .secret = true, .only_with = "azure"},
    {.name = "allow_anonymous", .kind = kBool, .doc = "Unsigned requests.", .off_is_fine = true,
     .only_with = "s3 gcs azure"},
    {.name = "on_existing", .kind = kWord, .doc = "What files already there mean.", .words = kOnExisting},
    {.name = "sse", .doc = "Encryption at rest.", .only_with = "s3"},
    {.name = "kms_key_id", .doc = "Key of that encryption.", .only_with = "s3"},
    {.name = "acl", .doc = "Access list of new objects.", .only_with = "s3"},
    {.name = "storage_class", .doc = "Storage class of new objects.", .only_with = "s3 gcs"},
    {.name = "access_tier", .doc = "Tier of new blobs.", .only_with = "azure"},
    {.name = "tags", .kind = kTextMap, .doc = "Tags of new objects.", .only_with = "s3 gcs azure"},
    {.name = "allow_http", .kind = kBool, .doc = "Endpoints without TLS.", .off_is_fine = true,
     .only_with = "s3 gcs azure"},
    {.name = "ca_file", .doc = "PEM bundle of a private CA.", .only_with = "s3 gcs azure"},
};

constexpr Field kCsvFields[] = {
    {.name = "delimiter", .doc = "Between cells."},
    {.name = "null_value", .doc = "Text of NULL."},
    {.name = "header", .kind = kBool, .doc = "Write the line of names."},
    {.name = "quote", .kind = kWord, .doc = "Which cells are quoted.", .words = kQuotes},
    {.name = "line_ending", .kind = kWord, .doc = "End of a line.", .words = kLineEndings},
    {.name = "binary", .kind = kWord, .doc = "Form of binary cells.", .words = kCsvBinary},
    {.name = "nested", .kind = kWord, .doc = "Form of lists.", .words = kCsvNested},
    {.name = "float_special", .doc = "Form of NaN and infinity."},
    {.name = "escape_formulas", .kind = kBool, .doc = "Disarm spreadsheet formulas."},
    {.name = "compression", .kind = kWord, .doc = "Compress whole files.", .words = kCsvCompressions},
};
constexpr Section kCsvSection{.name = "csv", .fields = kCsvFields};

constexpr Field kTypePolicyFields[] = {
    {.name = "unsupported", .kind = kWord, .doc = "Columns without a type.", .words = kUnsupported},
    {.name = "lossy", .kind = kWord, .doc = "Columns that lose something.", .words = kLossy},
};
constexpr Section kTypePolicySection{.name = "type_policy", .fields = kTypePolicyFields};

constexpr Field kSchemaDriftFields[] = {
    {.name = "ignore", .kind = kTextList, .doc = "Columns that may change."},
    {.name = "on_added", .kind = kWord, .doc = "A new column.", .words = kDriftActions},
    {.name = "on_removed", .kind = kWord, .doc = "A missing column.", .words = kDriftActions},
    {.name = "on_retyped", .kind = kWord, .doc = "A column of another type.", .words = kDriftActions},
};
constexpr Section kSchemaDriftSection{.name = "schema_drift", .fields = kSchemaDriftFields};

constexpr Field kExportFields[] = {
    {.name = "name", .doc = "Unique; key of all state, part of file names.", .available = true, .required = true,
     .example = "orders"},
    {.name = "table", .doc = "name or schema.name: all columns of that table.", .available = true,
     .example = "public.orders"},
    {.name = "query", .doc = "A SELECT, run as given.", .available = true,
     .example = "\"SELECT id, total FROM orders\""},
    {.name = "query_file", .doc = "File with the SELECT, below the config's folder.", .available = true,
     .example = "sql/orders.sql"},
    {.name = "mode", .kind = kWord, .doc = "How the rows are read.", .available = true, .words = kModes},
    {.name = "format", .kind = kWord, .doc = "What files are made.", .available = true, .required = true,
     .words = kFormats},
    {.name = "destination", .kind = kSection, .doc = "Where files go.", .available = true, .required = true,
     .section = &kDestinationSection, .example = "{ type: local, path: \"./out/{export}\" }"},
    {.name = "compression", .kind = kWord, .doc = "Codec.", .available = true, .words = kCompressions},
    {.name = "compression_level", .kind = kInt, .doc = "zstd 1 to 22, gzip 0 to 10.", .available = true,
     .example = "3"},
    {.name = "compression_profile", .kind = kWord, .doc = "Codec and level by one word; wins over both.",
     .available = true, .words = kCompressionProfiles},
    {.name = "parquet", .kind = kSection, .doc = "Row groups.", .available = true, .section = &kParquetSection},
    {.name = "skip_empty", .kind = kBool, .doc = "No rows: status skipped, no manifest.", .available = true},
    {.name = "max_file_size", .doc = "Start a new part above this size.", .available = true, .example = "512MB"},
    {.name = "meta_columns", .kind = kSection, .doc = "Columns Rivet appends.", .available = true,
     .section = &kMetaColumnsSection},
    {.name = "columns", .kind = kTextMap, .doc = "Result column to type word.", .available = true},
    {.name = "tuning", .kind = kSection, .doc = "How hard the source is leaned on.", .available = true,
     .section = &kTuningSection},
    {.name = "source_group", .doc = "Shared host or replica; advice for planning.", .available = true},
    {.name = "reconcile_required", .kind = kBool, .doc = "Advice for planning.", .available = true},
    {.name = "parallel", .kind = kInt, .doc = "Windows read at the same time.", .available = true, .minimum = 1,
     .maximum = kParallelMax, .example = "4"},
    {.name = "chunk_column", .doc = "Column windows are cut on.", .available = true, .only_with = "chunked",
     .example = "id"},
    {.name = "chunk_size", .kind = kInt, .doc = "Width of a window in key units.", .available = true, .minimum = 1,
     .maximum = kChunkSizeMax, .only_with = "chunked", .example = "100000"},
    {.name = "chunk_checkpoint", .kind = kBool, .doc = "Keep progress by window, for --resume.", .available = true,
     .only_with = "chunked"},
    {.name = "chunk_max_attempts", .kind = kInt, .doc = "Attempts of one window.", .available = true, .minimum = 1,
     .maximum = kAttemptsMax, .only_with = "chunked", .example = "4"},
    {.name = "chunk_count", .kind = kInt, .doc = "Cut into this many windows.", .minimum = 1,
     .only_with = "chunked"},
    {.name = "chunk_dense", .kind = kBool, .doc = "Cut on the row number.", .off_is_fine = true,
     .only_with = "chunked"},
    {.name = "chunk_by_days", .kind = kInt, .doc = "Windows of so many days.", .minimum = 1,
     .only_with = "chunked"},
    {.name = "chunk_size_memory_mb", .kind = kInt, .doc = "Width of windows from the row's width.", .minimum = 1,
     .only_with = "chunked"},
    {.name = "chunk_by_key", .doc = "Pages after the last key.", .only_with = "chunked"},
    {.name = "snapshot", .kind = kWord, .doc = "One picture by window or by run.", .words = kSnapshots,
     .only_with = "chunked"},
    // Accepted in every mode once it exists: a mode is often changed for one run.
    {.name = "cursor_column", .doc = "Progress column."},
    {.name = "incremental_cursor_mode", .kind = kWord, .doc = "One column or two.", .words = kCursorModes,
     .only_with = "incremental"},
    {.name = "cursor_fallback_column", .doc = "Second column of coalesce.", .only_with = "incremental"},
    {.name = "on_null_cursor", .kind = kWord, .doc = "Rows without a cursor.", .words = kNullCursor,
     .only_with = "incremental"},
    {.name = "cursor_lag_s", .kind = kInt, .doc = "Stay behind the clock.", .only_with = "incremental"},
    {.name = "cursor_overlap_s", .kind = kInt, .doc = "Read again.", .only_with = "incremental"},
    {.name = "cursor_tiebreak_column", .doc = "Order of equal cursors.", .only_with = "incremental"},
    {.name = "cursor_upper", .kind = kWord, .doc = "How far a run reads.", .words = kCursorUpper,
     .only_with = "incremental"},
    {.name = "cursor_wait_s", .kind = kInt, .doc = "Wait for open writers.", .only_with = "incremental"},
    {.name = "initial", .kind = kWord, .doc = "How the first load reads.", .words = kInitial,
     .only_with = "incremental"},
    {.name = "time_column", .doc = "Filter column.", .only_with = "time_window"},
    {.name = "time_column_type", .kind = kWord, .doc = "What it holds.", .words = kTimeColumnTypes,
     .only_with = "time_window"},
    {.name = "days_window", .kind = kInt, .doc = "Days back.", .minimum = 1, .only_with = "time_window"},
    {.name = "quality", .kind = kSection, .doc = "Checks of the rows.", .section = &kQualitySection},
    {.name = "on_schema_drift", .kind = kWord, .doc = "A changed schema.", .words = kDriftActions},
    {.name = "shape_drift_warn_factor", .kind = kNumber, .doc = "Cells that grew."},
    {.name = "schema_drift", .kind = kSection, .doc = "Drift by kind.", .section = &kSchemaDriftSection},
    {.name = "tables", .kind = kTextList, .doc = "Patterns: one export by table."},
    {.name = "exclude", .kind = kTextList, .doc = "Patterns left out."},
    {.name = "partition_by", .doc = "Column of Hive-style folders."},
    {.name = "partition_granularity", .kind = kWord, .doc = "Width of a folder.", .words = kGranularities},
    {.name = "write_empty", .kind = kBool, .doc = "No rows: one file with the schema.", .off_is_fine = true},
    {.name = "csv", .kind = kSection, .doc = "Form of CSV files.", .section = &kCsvSection},
    {.name = "type_policy", .kind = kSection, .doc = "Strictness of types.", .section = &kTypePolicySection},
    {.name = "on_cast_error", .kind = kWord, .doc = "A cell that cannot be read.", .words = kCastErrors},
    {.name = "unbounded_numeric", .doc = "Numeric without precision: text, fail, decimal(p,s)."},
    {.name = "infinity", .doc = "What an infinite date or time becomes."},
    {.name = "zero_date", .doc = "What a zero date becomes."},
    {.name = "numeric_special", .doc = "What NaN and infinity in numeric become."},
    {.name = "out_of_range", .doc = "What a timestamp beyond 64 bits becomes."},
    {.name = "time_range", .doc = "What a time outside the day becomes."},
    {.name = "invalid_utf8", .doc = "What text that is not UTF-8 becomes."},
    {.name = "nullability", .doc = "Where NOT NULL of the files comes from."},
    {.name = "nested", .doc = "How composites are written."},
    {.name = "tinyint1", .doc = "How tinyint(1) is read."},
    {.name = "trim_char", .kind = kBool, .doc = "Drop the padding of char(n).", .off_is_fine = true},
    {.name = "dedupe_columns", .doc = "Rename repeated column names."},
    {.name = "assume_timezone", .doc = "Zone of naive timestamps."},
};

}  // namespace

constinit const Section kParquetSection{.name = "parquet", .fields = kParquetFields};
constinit const Section kMetaColumnsSection{.name = "meta_columns", .fields = kMetaColumnsFields};
constinit const Section kQualitySection{.name = "quality", .fields = kQualityFields};
constinit const Section kDestinationSection{.name = "destination",
                                            .fields = kDestinationFields,
                                            .chooser = "type",
                                            .chooser_code = &kDestinationInvalid};
constinit const Section kExportSection{.name = "exports",
                                       .fields = kExportFields,
                                       .chooser = "mode",
                                       .chooser_default = "full",
                                       .chooser_code = &kModeSettingInvalid};

}  // namespace rivet::config
