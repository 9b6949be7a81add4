#include "config/faults.h"
#include "config/fields.h"

namespace rivet::config {
namespace {

using enum FieldKind;

constexpr Word kRowGroupStrategies[] = {{"auto"}, {"fixed_rows"}, {"fixed_memory"}};
constexpr Word kDriftActions[] = {{"warn"}, {"continue"}, {"fail"}};
constexpr Word kUnsupported[] = {{"fail"}, {"text"}, {"skip"}};
constexpr Word kLossy[] = {{"fail"}, {"warn"}, {"allow"}};
constexpr Word kQuotes[] = {{"minimal"}, {"all"}};
constexpr Word kLineEndings[] = {{"lf"}, {"crlf"}};
constexpr Word kCsvBinary[] = {{"hex"}, {"base64"}};
constexpr Word kCsvNested[] = {{"fail"}, {"json"}};
constexpr Word kCsvFloats[] = {{"names"}, {"empty"}, {"fail"}};
constexpr Word kCsvCompressions[] = {{"none"}, {"gzip"}, {"zstd"}};

constexpr int64_t kGroupRowsMax = 1'000'000'000;

constexpr Field kParquetFields[] = {
    {.name = "row_group_strategy",
     .kind = kWord,
     .doc = "What ends a row group: bytes (`auto`, `fixed_memory`) or rows (`fixed_rows`).",
     .available = true,
     .words = kRowGroupStrategies,
     .preset = "auto"},
    {.name = "row_group_rows",
     .kind = kInt,
     .doc = "Rows of a group; required by `fixed_rows`, ignored otherwise, with a warning.",
     .available = true,
     .minimum = 1,
     .maximum = kGroupRowsMax,
     .example = "1000000"},
    {.name = "target_row_group_mb",
     .kind = kInt,
     .doc = "Megabytes of Arrow data a group aims at.",
     .available = true,
     .minimum = 1,
     .maximum = kMegabytesMax,
     .example = "64",
     .preset = "32"},
    {.name = "max_row_group_mb",
     .kind = kInt,
     .doc = "Upper bound of a group; not below the aim.",
     .available = true,
     .minimum = 1,
     .maximum = kMegabytesMax,
     .example = "256"},
};

constexpr Field kMetaColumnsFields[] = {
    {.name = "exported_at",
     .kind = kBool,
     .doc = "Append `_rivet_exported_at`, a UTC timestamp ([types](types.md)).",
     .available = true,
     .preset = "false"},
    {.name = "row_hash",
     .kind = kBool,
     .doc = "Append `_rivet_row_hash`, 64 bits over the row ([the row hash](row-hash.md)).",
     .available = true,
     .preset = "false"},
};

constexpr Field kQualityFields[] = {
    {.name = "row_count_min", .kind = kInt, .doc = "Fewer rows fail the run."},
    {.name = "row_count_max", .kind = kInt, .doc = "More rows fail the run."},
    {.name = "null_ratio_max",
     .kind = kNumberMap,
     .doc = "Largest share of NULLs, by column.",
     .maximum = 1},
    {.name = "unique_columns", .kind = kTextList, .doc = "Columns without duplicates."},
    {.name = "unique_max_entries",
     .kind = kInt,
     .doc = "Stop tracking a column at this many distinct values.",
     .minimum = 1},
};

constexpr Field kCsvFields[] = {
    {.name = "delimiter",
     .doc = "What stands between cells: one byte, not a quote and not a line break; `\\t` is a "
            "tab.",
     .available = true,
     .example = "\";\"",
     .preset = ","},
    {.name = "null_value",
     .doc = "Text of NULL, never quoted, so without delimiter, quote and line break. An empty "
            "string is always `\"\"`.",
     .available = true,
     .example = "\"\\\\N\"",
     .preset = "empty"},
    {.name = "header",
     .kind = kBool,
     .doc = "Begin with a line of column names.",
     .available = true,
     .preset = "true"},
    {.name = "quote",
     .kind = kWord,
     .doc = "Which cells are quoted: those that must be, or all.",
     .available = true,
     .words = kQuotes,
     .preset = "minimal"},
    {.name = "line_ending",
     .kind = kWord,
     .doc = "End of a line.",
     .available = true,
     .words = kLineEndings,
     .preset = "lf"},
    {.name = "binary",
     .kind = kWord,
     .doc = "Form of binary cells.",
     .available = true,
     .words = kCsvBinary,
     .preset = "hex"},
    {.name = "nested",
     .kind = kWord,
     .doc = "Lists: refused before the first row, or written as JSON.",
     .available = true,
     .words = kCsvNested,
     .preset = "fail"},
    {.name = "float_special",
     .kind = kWord,
     .doc =
         "NaN and infinity in floats: by name, as an empty cell (which then reads like NULL), or "
         "the run stops and names the column.",
     .available = true,
     .words = kCsvFloats,
     .preset = "names"},
    {.name = "escape_formulas",
     .kind = kBool,
     .doc = "An apostrophe before cells that a spreadsheet would run: a leading `=`, `+`, `-` or "
            "`@`.",
     .available = true,
     .preset = "false"},
    {.name = "compression",
     .kind = kWord,
     .doc = "Compress whole files: `.csv.gz`, `.csv.zst`.",
     .available = true,
     .words = kCsvCompressions,
     .preset = "none"},
};

constexpr Field kTypePolicyFields[] = {
    {.name = "unsupported",
     .kind = kWord,
     .doc = "Columns whose type has no form in the file.",
     .words = kUnsupported,
     .preset = "fail"},
    {.name = "lossy",
     .kind = kWord,
     .doc = "Columns that lose something in the file.",
     .words = kLossy,
     .preset = "fail"},
};

constexpr Field kSchemaDriftFields[] = {
    {.name = "ignore", .kind = kTextList, .doc = "Columns that may change."},
    {.name = "on_added",
     .kind = kWord,
     .doc = "A new column.",
     .words = kDriftActions,
     .preset = "on_schema_drift"},
    {.name = "on_removed",
     .kind = kWord,
     .doc = "A column that is gone.",
     .words = kDriftActions,
     .preset = "on_schema_drift"},
    {.name = "on_retyped",
     .kind = kWord,
     .doc = "A column of another type.",
     .words = kDriftActions,
     .preset = "on_schema_drift"},
};

}  // namespace

constinit const Section kParquetSection{.name = "parquet", .fields = kParquetFields};
constinit const Section kMetaColumnsSection{.name = "meta_columns", .fields = kMetaColumnsFields};
constinit const Section kCsvSection{.name = "csv", .fields = kCsvFields};
constinit const Section kQualitySection{.name = "quality", .fields = kQualityFields};
constinit const Section kTypePolicySection{.name = "type_policy", .fields = kTypePolicyFields};
constinit const Section kSchemaDriftSection{.name = "schema_drift", .fields = kSchemaDriftFields};

}  // namespace rivet::config
