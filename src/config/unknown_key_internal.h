#pragma once

#include "config/fields.h"
#include "config/problems_internal.h"
#include "config/yaml_document_internal.h"

namespace rivet::config {

// Tells a key its section does not have: misplaced when another section has it, else unknown.
void TellUnknownKey(const Entry& entry, const Section& section, const Spot& spot,
                    Problems* problems);

}  // namespace rivet::config
