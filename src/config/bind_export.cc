#include <algorithm>
#include <utility>

#include "config/bind_internal.h"
#include "config/faults.h"
#include "config/words_internal.h"
#include "types/override.h"

namespace rivet::config {
namespace {

constexpr size_t kNameBytesMax = 150;  // part names add a stamp, a unit and a token, and end at 255

// What makes a name unfit for a file and a key of the state; empty when it is fine.
std::string NameBroken(const std::string& name) {
  if (name.empty()) return "is empty";
  if (name.front() == '.') return "begins with a point";
  if (name.find_first_of("/\\") != std::string::npos) return "has a slash in it";
  if (name.find("..") != std::string::npos) return "has `..` in it";
  const bool control =
      std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (control) return "has a control character in it";
  if (name.size() > kNameBytesMax)
    return "is longer than " + std::to_string(kNameBytesMax) + " bytes";
  return {};
}

void BindName(const Loading& loading, const Keys& keys, Export* item) {
  const Node* node = keys.Usable("name");
  if (node == nullptr) return;
  item->name = node->text;
  const std::string broken = NameBroken(node->text);
  if (broken.empty()) return;
  loading.Add(kPathUnsafe, keys, "name", keys.spot().KeyPath("name") + " " + broken,
              {"the name is part of file names and the key of the state: letters, digits, `_` and "
               "`-` are best"});
}

void BindWhat(const Loading& loading, const Keys& keys, Export* item) {
  std::vector<std::string> set;
  for (const std::string_view key : {"table", "query", "query_file"}) {
    if (keys.Has(key)) set.push_back("`" + std::string(key) + "`");
  }
  // `tables` is refused by itself and would be the fourth way.
  if (set.size() != 1 && !(set.empty() && keys.Has("tables"))) {
    loading.Add(kExportSourceInvalid, keys, "name",
                set.empty() ? keys.spot().Label() + " has none of `table`, `query` and `query_file`"
                            : keys.spot().Label() + " has " + Enumerate(set, "and") +
                                  ", and needs exactly one");
  }
  item->table = keys.TextOr("table", "");
  const Node* table = keys.Usable("table");
  if (table != nullptr && !IsTableName(table->text)) {
    loading.Add(kExportSourceInvalid, keys, "table",
                keys.spot().KeyPath("table") +
                    " must be `name` or `schema.name` of letters, digits and `_`, not " +
                    Quoted(table->shown()),
                {"a name that needs quotes goes into `query`: SELECT * FROM \"Odd Name\""});
  }
  item->query = keys.TextOr("query", "");
  if (keys.Usable("query") != nullptr &&
      item->query.find_first_not_of(" \t\r\n") == std::string::npos) {
    loading.Add(kExportSourceInvalid, keys, "query", keys.spot().KeyPath("query") + " is empty");
  }
  item->query_file = keys.TextOr("query_file", "");
  if (keys.Has("query_file")) item->query = ReadQueryFile(loading, keys);
}

void CheckQuality(const Loading& loading, const Keys& keys) {
  const Keys quality = keys.Below("quality");
  const auto least = quality.Int("row_count_min"), most = quality.Int("row_count_max");
  if (!least || !most || *least <= *most) return;
  loading.Add(kValueOutOfRange, quality, "row_count_max",
              quality.spot().KeyPath("row_count_max") + " (" + std::to_string(*most) +
                  ") is below `row_count_min` (" + std::to_string(*least) + ")");
}

}  // namespace

void CheckUnboundedNumeric(const Loading& loading, const Keys& keys) {
  const Node* node = keys.Usable("unbounded_numeric");
  if (node == nullptr || node->text == "text" || node->text == "fail") return;
  const bool decimal = node->text.starts_with("decimal(") && types::ParseOverride(node->text).ok();
  if (decimal) return;
  loading.problems->Add(kValueOutOfRange, node->mark,
                        keys.spot().KeyPath("unbounded_numeric") +
                            " must be text, fail or decimal(p,s), not " + Quoted(node->shown()),
                        {}, keys.spot().export_name);
}

Export BindExport(const Loading& loading, const Keys& keys) {
  Export item;
  const Mark mark = keys.mapping()->mark;
  item.place = Place{loading.file, mark.line, mark.column};
  BindName(loading, keys, &item);
  BindWhat(loading, keys, &item);
  BindFiles(loading, keys, &item);
  item.tuning = BindTuning(loading, keys.Below("tuning"));
  item.policies = BindPolicies(keys);
  BindMode(loading, keys, &item);
  BindDestination(loading, keys, &item);
  CheckQuality(loading, keys);
  CheckUnboundedNumeric(loading, keys);
  return item;
}

}  // namespace rivet::config
