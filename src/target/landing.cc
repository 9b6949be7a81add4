#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "target/landing_internal.h"

namespace rivet::target {

using model::TypeKind;

Landing Plain(std::string type) {
  Landing landing;
  landing.type = std::move(type);
  return landing;
}

Landing Warned(std::string type, std::string note) {
  Landing landing = Plain(std::move(type));
  AddNote(Standing::kWarn, note, &landing);
  return landing;
}

Landing NoPlaceFor(std::string note) {
  Landing landing;
  AddNote(Standing::kFail, note, &landing);
  return landing;
}

Landing ByCast(Landing landing, std::string staged, std::string cast) {
  landing.staged = std::move(staged);
  landing.cast = std::move(cast);
  return landing;
}

void AddNote(Standing standing, std::string_view note, Landing* landing) {
  if (note.empty()) return;
  landing->standing = std::max(landing->standing, standing);
  if (!landing->note.empty()) landing->note += "; ";
  landing->note += note;
  if (landing->standing == Standing::kFail) landing->type.clear();
}

std::string WithDigits(std::string_view name, const model::LogicalType& type) {
  return std::string(name) + "(" + std::to_string(type.precision) + ", " +
         std::to_string(type.scale) + ")";
}

std::string Applied(std::string_view cast, std::string_view column) {
  std::string text(cast);
  for (size_t at = text.find("{}"); at != std::string::npos; at = text.find("{}", at)) {
    text.replace(at, 2, column);
    at += column.size();
  }
  return text;
}

bool HasAnyYear(const Facts& facts) {
  const TypeKind kind = facts.column.type.kind;
  const bool dated =
      kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
  return dated && facts.engine == "postgres";
}

std::optional<int64_t> LengthOf(std::string_view native_type) {
  const size_t open = native_type.find('(');
  if (open == std::string_view::npos) return std::nullopt;
  const std::string_view name = native_type.substr(0, open);
  constexpr std::string_view kNames[] = {"char",   "varchar",   "character", "character varying",
                                         "binary", "varbinary", "bpchar"};
  if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames))
    return std::nullopt;
  int64_t length = 0;
  const char* const end = native_type.data() + native_type.size();
  const auto [stop, error] = std::from_chars(native_type.data() + open + 1, end, length);
  if (error != std::errc() || stop == end || *stop != ')' || length <= 0) return std::nullopt;
  return length;
}

std::string_view BytesCast(const Facts& facts, std::string_view hex, std::string_view base64) {
  return facts.format.csv.binary_base64 ? base64 : hex;
}

Landing LandElement(const Facts& facts, Landing (*land)(const Facts&)) {
  model::Column element = facts.column;
  Check(element.type.element != nullptr, "a list type has an element type");
  element.type = model::LogicalType(*element.type.element);
  // The array's own name says nothing of its elements' length.
  element.native_type.clear();
  return land({element, facts.engine, facts.format});
}

std::string Doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += c;
    out += c;
  }
  return out + quote;
}

std::string Escaped(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == quote || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + quote;
}

}  // namespace rivet::target
