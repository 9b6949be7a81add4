#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "command/init_heuristics_internal.h"

namespace rivet::command {

// A scalar that reads back as exactly this text: plain where it cannot be taken for anything else,
// else in double quotes with escapes. `text` must be UTF-8.
std::string YamlScalar(std::string_view text);
// The same for a value: `${` is kept from substitution.
std::string YamlValue(std::string_view text);

bool IsUtf8(std::string_view text);
// What `table:` takes: [A-Za-z_][A-Za-z0-9_]*. Its case is kept: the source quotes names.
bool IsPlainName(std::string_view name);

// Names of exports and folders: letters, digits, `_`, `-`; never empty; not in `taken` (compared
// without case, as some file systems do), to which it is added.
std::string UniqueExportName(std::string_view relation, std::set<std::string>* taken);

// One export as it will be written.
struct ScaffoldExport {
  std::string name;
  std::string table, query;           // one of the two
  std::vector<std::string> comments;  // above the name
  Suggestion suggestion;
};

struct Scaffold {
  std::vector<std::string> header;       // comment lines
  std::string source_type;               // postgres, mysql
  std::string source_key, source_value;  // url_env: NAME
  std::vector<ScaffoldExport> exports;
  std::string tls_mode = {}, tls_ca = {};  // no mode: no `tls:` block
};

std::string ScaffoldText(const Scaffold& scaffold);

}  // namespace rivet::command
