#pragma once

#include <string>

#include "model/plan.h"

namespace rivet::command {

// The plan for people: mode, strategy, chunks, how each is read, where files go. Ends with a line
// feed. `reconcile`: how rows are counted afterwards; empty: they are not.
std::string PlanText(const model::Plan& plan, const std::string& reconcile);

// `pages along (id), at most 10 000 rows each`, `physical blocks of the table`, `cursor`.
std::string ReadShape(const model::Plan& plan);
// `rows counted at the source along (id), chunk by chunk`.
std::string CountShape(const model::Plan& plan);

}  // namespace rivet::command
