#pragma once

#include "config/fields.h"

namespace rivet::config {

// Keys that both `source` and `exports[]` have: what becomes of values that a file cannot hold as
// they are. The export's own word wins.

inline constexpr Word kInfinityWords[] = {{"fail"}, {"null"}, {"clamp"}, {"text"}};
inline constexpr Word kSpecialWords[] = {{"fail"}, {"null"}, {"text"}};
inline constexpr Word kUtf8Words[] = {
    {"fail"}, {"replace"}, {.name = "binary", .available = false}};
inline constexpr Word kNullabilityWords[] = {{"always_optional"}, {"catalog"}};
inline constexpr Word kNestedWords[] = {{"text"}, {"struct"}};
inline constexpr Word kTinyintWords[] = {{"bool"}, {"int16"}};
inline constexpr Word kDedupeWords[] = {{"fail"}, {"suffix"}};

inline constexpr Field kUnboundedNumericField{
    .name = "unbounded_numeric",
    .doc = "Numeric columns without a precision: `text`, `fail` or `decimal(p,s)`.",
    .example = "text",
    .preset = "text"};
inline constexpr Field kInfinityField{
    .name = "infinity",
    .kind = FieldKind::kWord,
    .doc = "Infinite dates and timestamps ([special values](special-values.md)).",
    .available = true,
    .words = kInfinityWords,
    .preset = "fail"};
inline constexpr Field kZeroDateField{.name = "zero_date",
                                      .kind = FieldKind::kWord,
                                      .doc = "Dates with zero parts and impossible dates.",
                                      .available = true,
                                      .words = kSpecialWords,
                                      .preset = "fail"};
inline constexpr Field kNumericSpecialField{.name = "numeric_special",
                                            .kind = FieldKind::kWord,
                                            .doc = "NaN and infinity in numeric columns.",
                                            .available = true,
                                            .words = kSpecialWords,
                                            .preset = "fail"};
inline constexpr Field kOutOfRangeField{.name = "out_of_range",
                                        .kind = FieldKind::kWord,
                                        .doc = "Timestamps beyond 64-bit microseconds.",
                                        .available = true,
                                        .words = kSpecialWords,
                                        .preset = "fail"};
inline constexpr Field kTimeRangeField{.name = "time_range",
                                       .kind = FieldKind::kWord,
                                       .doc = "Times outside the day.",
                                       .available = true,
                                       .words = kSpecialWords,
                                       .preset = "fail"};
inline constexpr Field kInvalidUtf8Field{.name = "invalid_utf8",
                                         .kind = FieldKind::kWord,
                                         .doc = "Text with bytes that are no character.",
                                         .available = true,
                                         .words = kUtf8Words,
                                         .preset = "fail"};
inline constexpr Field kNullabilityField{.name = "nullability",
                                         .kind = FieldKind::kWord,
                                         .doc = "Whether NOT NULL of the catalog reaches the file.",
                                         .words = kNullabilityWords,
                                         .preset = "always_optional"};
inline constexpr Field kNestedField{.name = "nested",
                                    .kind = FieldKind::kWord,
                                    .doc = "Composites, ranges and hstore.",
                                    .words = kNestedWords,
                                    .preset = "text"};
inline constexpr Field kTinyint1Field{.name = "tinyint1",
                                      .kind = FieldKind::kWord,
                                      .doc = "MySQL's `tinyint(1)`.",
                                      .words = kTinyintWords,
                                      .preset = "bool"};
inline constexpr Field kTrimCharField{.name = "trim_char",
                                      .kind = FieldKind::kBool,
                                      .doc = "Drop the padding of `char(n)`.",
                                      .off_is_fine = true,
                                      .preset = "false"};
inline constexpr Field kDedupeColumnsField{.name = "dedupe_columns",
                                           .kind = FieldKind::kWord,
                                           .doc = "Result columns of one name.",
                                           .words = kDedupeWords,
                                           .preset = "fail"};
inline constexpr Field kAssumeTimezoneField{.name = "assume_timezone",
                                            .doc = "IANA zone of timestamps without one.",
                                            .example = "Europe/Berlin"};

}  // namespace rivet::config
