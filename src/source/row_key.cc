#include "source/row_key.h"

#include <arrow/api.h>

#include <algorithm>
#include <string>
#include <utility>

#include "source/faults.h"
#include "source/value_fault.h"
#include "types/text.h"

namespace rivet::source {

std::vector<size_t> PlacesOf(const std::vector<model::KeyColumn>& key,
                             const std::vector<model::Column>& columns) {
  std::vector<size_t> places;
  for (const model::KeyColumn& part : key) {
    const auto found =
        std::find_if(columns.begin(), columns.end(),
                     [&](const model::Column& column) { return column.name == part.name; });
    if (found == columns.end()) return {};
    places.push_back(static_cast<size_t>(found - columns.begin()));
  }
  return places;
}

Status WithRowKey(Status status, const std::vector<model::Column>& columns,
                  const std::vector<size_t>& key, const OneValue& value) {
  if (key.empty() || !(Is(status, kValue) || Is(status, kValueTooLarge))) return status;
  std::string text;
  for (const size_t column : key) {
    const auto array = value(column);
    // The key itself may be what cannot be read.
    if (!array.ok() || (*array)->length() != 1 || (*array)->IsNull(0)) return status;
    std::string shown;
    if (!types::AppendText(**array, 0, &shown).ok()) return status;
    text +=
        (text.empty() ? "\"" : ", \"") + columns[column].name + "\" = '" + EscapeValue(shown) + "'";
  }
  return WithContext(std::move(status), "row with " + text);
}

}  // namespace rivet::source
