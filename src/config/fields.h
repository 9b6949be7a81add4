#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rivet::config {

// The one declaration of every key of rivet.yaml. Unknown-key detection, nearest key, misplacement,
// type and range checks, required keys, the JSON schema and the tables of docs/config.md are all
// read from here. Tables are constant data: any thread may read them.

enum class FieldKind {
  kText,
  kInt,
  kNumber,
  kBool,
  kWord,  // one of `words`
  kTextList,
  kWordList,
  kTextMap,      // free keys, text values
  kNumberMap,    // free keys, numbers in the range
  kSection,      // a mapping with the keys of `section`
  kSectionList,  // a list of such mappings
};

// A word an enumeration knows; a word of a later version is refused by name.
struct Word {
  std::string_view name;
  bool available = true;
};

struct Section;

struct Field {
  std::string_view name;
  FieldKind kind = FieldKind::kText;
  std::string_view doc = {};
  bool available = false;
  bool required = false;
  bool secret = false;  // its value is never quoted
  bool off_is_fine =
      false;             // `false` asks for nothing, so it is accepted before the feature exists
  bool partial = false;  // a section whose required keys may stand elsewhere
  int64_t minimum = 0;
  int64_t maximum = std::numeric_limits<int64_t>::max();
  std::span<const Word> words = {};
  const Section* section = nullptr;
  // Words of the section's chooser this key belongs to, separated by blanks; empty: to all.
  std::string_view only_with = {};
  std::string_view example = {};  // for messages; empty: made from the kind
  std::string_view preset = {};   // what stands when nothing is written, for people
  // The failure of a number outside the range, where it is not kValueOutOfRange.
  const FaultCode* range_code = nullptr;
};

struct Section {
  std::string_view name;
  std::span<const Field> fields;
  // The key whose word decides which others are valid (`mode`, `type`), the word that stands when
  // it is absent, and the failure of a key that does not belong to the word.
  std::string_view chooser = {};
  std::string_view chooser_default = {};
  const FaultCode* chooser_code = nullptr;
};

inline constexpr int64_t kParallelMax = 64;
inline constexpr int64_t kMegabytesMax = 1 << 20;
inline constexpr size_t kExportsMax = 10'000;

extern const Section kRootSection;
extern const Section kSourceSection;
extern const Section kTlsSection;
extern const Section kTuningSection;
extern const Section kExportSection;
extern const Section kParquetSection;
extern const Section kMetaColumnsSection;
extern const Section kDestinationSection;
extern const Section kCsvSection;
extern const Section kQualitySection;
extern const Section kSchemaDriftSection;
extern const Section kTypePolicySection;

const Field* FindField(const Section& section, std::string_view name);
std::string ExampleOf(const Field& field);
bool ListHas(std::string_view blank_separated, std::string_view word);

// Every place a section has in the file: `source.tuning`, `exports[].tuning`; the root's path is
// empty. What `defaults` may hold is that of `exports[]` and not listed again.
struct Home {
  const Section* section;
  std::string path;
  bool available;
};
const std::vector<Home>& Homes();

}  // namespace rivet::config
