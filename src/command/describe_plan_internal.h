#pragma once

#include <string>

#include "model/plan.h"

namespace rivet::command {

// The plan for people: mode, strategy, chunks, how each is read, where files go. Ends with a line
// feed.
std::string PlanText(const model::Plan& plan);

// `pages along (id), at most 10 000 rows each`, `physical blocks of the table`, `cursor`.
std::string ReadShape(const model::Plan& plan);

// `chunk 3 [200001..300000]`
std::string UnitName(const model::Unit& unit);

}  // namespace rivet::command
