#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"

namespace rivet::config {

// A valid config whose only export is lines 2 to 6; `lines` follow, keys of the export in column 5.
inline std::string InExport(const std::string& lines) {
  return "source: { type: postgres, url_env: DB }\n"
         "exports:\n"
         "  - name: orders\n"
         "    table: shop.orders\n"
         "    format: parquet\n"
         "    destination: { type: local, path: ./out }\n" +
         lines;
}

// A valid config whose source ends in line 4; `lines` follow, keys of the source in column 3.
inline std::string InSource(const std::string& lines) {
  return "exports: [{ name: orders, table: t, format: parquet, destination: { type: local, path: "
         "./out } }]\n"
         "source:\n"
         "  type: postgres\n"
         "  url_env: DB\n" +
         lines;
}

// The same with the connection in `lines`, from line 4.
inline std::string InConnection(const std::string& lines) {
  return "exports: [{ name: orders, table: t, format: parquet, destination: { type: local, path: "
         "./out } }]\n"
         "source:\n"
         "  type: postgres\n" +
         lines;
}

inline const char* TestEnvironment(const char* name) {
  static const std::map<std::string, std::string> values = {{"SET", "value"},
                                                            {"EMPTY", ""},
                                                            {"PORT", "6432"},
                                                            {"TRICKY", "a: b\n\"c\" 'd' #"},
                                                            {"OCTAL", "010"},
                                                            {"TRUE", "true"},
                                                            {"SECRET", "canary-s3cret"},
                                                            {"HOST", "db.internal"},
                                                            {"QUOTE", "O'Neil"},
                                                            {"SLASH", "a\\'b"}};
  const auto found = values.find(name);
  return found == values.end() ? nullptr : found->second.c_str();
}

inline LoadOptions TestOptions(std::map<std::string, std::string> params = {}) {
  LoadOptions options;
  options.params = std::move(params);
  options.get_env = TestEnvironment;
  return options;
}

inline Result<Config> LoadTest(const std::string& text, const std::string& folder = "/nowhere") {
  return LoadText(text, "rivet.yaml", folder, TestOptions());
}

// As a reader sees it: `CODE line:column message | hint | hint`.
inline std::string Shown(const Fault& fault) {
  std::string text = fault.code == nullptr ? "unnamed" : std::string(fault.code->name);
  if (fault.place)
    text += " " + std::to_string(fault.place->line) + ":" + std::to_string(fault.place->column);
  text += " " + fault.message;
  for (const std::string& hint : fault.hints) text += " | " + hint;
  return text;
}

inline std::string Shown(const Status& status) {
  std::string text;
  for (const Fault& fault : FaultsOf(status)) text += Shown(fault) + "\n";
  return text.empty() ? "OK" : text;
}

}  // namespace rivet::config
