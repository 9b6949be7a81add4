// Texts that come out of the ledger: keys of windows, times, owners of leases. Each is refused, or
// means a value whose own text means the same value.
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <string>

#include "base/status.h"
#include "base/time_text.h"
#include "input.h"
#include "state/ledger.h"
#include "types/faults.h"
#include "types/schema.h"
#include "types/text.h"

namespace {

using rivet::Check;
using rivet::model::LogicalType;
using rivet::model::TypeKind;

LogicalType Type(TypeKind kind, int precision = 0, int scale = 0) {
  return {.kind = kind, .precision = precision, .scale = scale, .tag = {}, .element = nullptr};
}

// Without what says nothing: a plus, zeros in front, the sign of nothing, capitals of digits.
std::string Normal(std::string text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.erase(0, 1);
  if (text.ends_with('.')) text.pop_back();
  text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
  for (char& c : text) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool zero =
      text.empty() || text[0] == '-' || text.find_first_not_of("0.") == std::string::npos;
  return negative && !zero ? "-" + text : text;
}

void CheckKey(const LogicalType& type, const std::string& text) {
  const auto scalar = rivet::types::KeyFromText(type, text);
  if (!scalar.ok()) {
    Check(rivet::Is(scalar.status(), rivet::types::kKeyText), "a key is refused by name");
    return;
  }
  Check((*scalar)->type->Equals(*rivet::types::ArrowType(type)),
        "a key has the type of its column");
  const auto written = rivet::types::KeyText(**scalar);
  Check(written.ok(), "a key has a text");
  const auto again = rivet::types::KeyFromText(type, *written);
  Check(again.ok() && (*again)->Equals(**scalar), "the text of a key means the key");
  Check(*rivet::types::KeyText(**again) == *written, "a key has one text");
  if (type.kind == TypeKind::kText) return Check(*written == text, "a text is its own key");
  const bool exponent =
      type.kind == TypeKind::kDecimal && text.find_first_of("eE") != std::string::npos;
  Check(exponent || Normal(*written) == Normal(text), "a key is what its text says");
}

void CheckTime(const std::string& text) {
  const auto time = rivet::ParseRfc3339(text);
  if (!time) return;
  Check(rivet::ParseRfc3339(rivet::Rfc3339(*time)) == time, "a time reads back");
}

void CheckOwner(const std::string& text) {
  const rivet::state::Owner owner = rivet::state::OwnerFromText(text);
  if (owner.host.empty()) return;
  const std::string written = rivet::state::ToText(owner);
  const rivet::state::Owner again = rivet::state::OwnerFromText(written);
  Check(again.host == owner.host && again.boot_id == owner.boot_id && again.pid == owner.pid &&
            again.pid_started == owner.pid_started && again.token == owner.token,
        "an owner reads back");
  Check(!rivet::state::Describe(owner).empty(), "an owner has words");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const LogicalType kTypes[] = {Type(TypeKind::kInt16),
                                       Type(TypeKind::kInt32),
                                       Type(TypeKind::kInt64),
                                       Type(TypeKind::kUInt64),
                                       Type(TypeKind::kDecimal, 5),
                                       Type(TypeKind::kDecimal, 12, 2),
                                       Type(TypeKind::kDecimal, 38, 38),
                                       Type(TypeKind::kDecimal, 76, 30),
                                       Type(TypeKind::kDate),
                                       Type(TypeKind::kTimestamp),
                                       Type(TypeKind::kTimestampTz),
                                       Type(TypeKind::kUuid),
                                       Type(TypeKind::kBinary),
                                       Type(TypeKind::kText)};
  rivet::fuzz::Input input(bytes, size);
  const LogicalType& type = kTypes[input.Below(std::size(kTypes))];
  const std::string text(input.Rest());
  CheckKey(type, text);
  CheckTime(text);
  CheckOwner(text);
  return 0;
}
