#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/relation.h"
#include "model/value_policies.h"

namespace rivet::types {

// Gives each column the actions that its values can come to need, and makes a column the server's
// own text where one of them is kText, as the override to text does. `engine`: of ServerFacts.
// `overrides` are those of `columns:`, applied already: a column named there keeps its type.
void ApplyPolicies(const model::ValuePolicies& policies, std::string_view engine,
                   const std::map<std::string, std::string>& overrides,
                   std::vector<model::Column>* columns);

}  // namespace rivet::types
