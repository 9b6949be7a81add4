// manifest.json and _SUCCESS as bytes from outside: refused by name, or a manifest whose own bytes
// read back to the same bytes and whose paths stay below the prefix.
#include "manifest/manifest.h"

#include <string>
#include <string_view>

#include "base/status.h"

namespace {

using rivet::Check;

bool StaysBelow(const std::string& path) {
  return ("/" + path + "/").find("/../") == std::string::npos && !path.starts_with('/') &&
         path.find('\0') == std::string::npos && !path.empty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  namespace manifest = rivet::manifest;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto fingerprint = manifest::ParseSuccessBody(text))
    Check(*fingerprint + "\n" == text, "a fingerprint is the body without its line end");
  const auto parsed = manifest::Parse(text);
  if (!parsed.ok()) {
    Check(rivet::Is(parsed.status(), manifest::kInvalid) ||
              rivet::Is(parsed.status(), manifest::kNewer),
          "a manifest is refused by name");
    return 0;
  }
  for (const auto& part : parsed->parts) {
    Check(StaysBelow(part.path), "a part lies below the prefix");
    Check(part.rows >= 0 && part.bytes >= 0 && part.part_id >= 1 && part.unit_index >= 0,
          "a part counts from its least");
  }
  Check(manifest::Inconsistencies(*parsed).size() <= 20, "at most 20 inconsistencies are told");
  const std::string written = manifest::ToBytes(*parsed);
  const auto again = manifest::Parse(written);
  Check(again.ok(), "what we write we read");
  Check(manifest::ToBytes(*again) == written, "the same manifest gives the same bytes");
  const auto body = manifest::ParseSuccessBody(manifest::SuccessBody(written));
  Check(body.has_value(), "our own _SUCCESS is one");
  return 0;
}
