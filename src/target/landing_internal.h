#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "target/target.h"

// What the tables of warehouses are written with.
namespace rivet::target {

inline constexpr std::string_view kSaidAsText = "override it to text to keep every digit";

Landing Plain(std::string type);
Landing Warned(std::string type, std::string note);
Landing NoPlaceFor(std::string note);
// The column is loaded as `staged` and cast afterwards.
Landing ByCast(Landing landing, std::string staged, std::string cast);
// Adds a note, and the standing where it is worse; what fails has no type any more.
void AddNote(Standing standing, std::string_view note, Landing* landing);

// NUMERIC(12, 2)
std::string WithDigits(std::string_view name, const model::LogicalType& type);

// A cast with the column, or a piece of SQL, in the place of `{}`.
std::string Applied(std::string_view cast, std::string_view column);

// Dates and timestamps of PostgreSQL reach from 4713 BC to 294276 AD; MySQL's end at 9999.
bool HasAnyYear(const Facts& facts);

// Of `varchar(12)`, `character(3)`: 12. Empty where the type has no length of its own.
std::optional<int64_t> LengthOf(std::string_view native_type);

// How CSV files hold bytes: the cast of hexadecimal or of base64 text.
std::string_view BytesCast(const Facts& facts, std::string_view hex, std::string_view base64);

// The same judgement of a list's elements.
Landing LandElement(const Facts& facts, Landing (*land)(const Facts&));

// The text in quotes of that kind, those inside doubled.
std::string Doubled(std::string_view text, char quote);
// The same with a backslash before quotes and backslashes, and line breaks written as \n.
std::string Escaped(std::string_view text, char quote);

}  // namespace rivet::target
