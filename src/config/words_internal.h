#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rivet::config {

// `512MB`, `1.5 gb`, `1048576`: bytes, powers of 1024. Empty for anything else, for zero and beyond
// 1 PiB.
std::optional<int64_t> ParseSize(std::string_view text);
inline constexpr std::string_view kSizeForms =
    "a number with B, KB, MB or GB, such as 512MB or 1.5GB, above zero";

// A decimal whole number with an optional sign; never octal. Beyond 64 bits: the nearest one that
// fits.
std::optional<int64_t> ParseWhole(std::string_view text);
// Whether it is such a number and had to be clamped.
bool IsBeyond64Bits(std::string_view text);

// A finite number in decimal, `2`, `-0.5`, `1e3`.
std::optional<double> ParseNumber(std::string_view text);

// [A-Za-z_][A-Za-z0-9_]*
bool IsIdentifier(std::string_view text);
// `name` or `schema.name` of identifiers.
bool IsTableName(std::string_view text);

// Empty when valid; else the byte where it is not UTF-8.
std::optional<size_t> InvalidUtf8At(std::string_view text);

// An unknown `{token}` of a destination path; empty when all are known. `{partition}` is known
// where the export is partitioned.
std::optional<std::string> UnknownToken(std::string_view path, bool partitioned = false);
inline constexpr std::string_view kPlaceholderTokens = "{date}, {export}, {table} and {run_id}";

// The sentence "did you mean `x`?", or empty.
std::string DidYouMean(const std::string& word, const std::vector<std::string>& valid);

}  // namespace rivet::config
