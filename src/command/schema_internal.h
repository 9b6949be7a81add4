#pragma once

#include <string>
#include <string_view>

#include "command/json_internal.h"
#include "config/fields.h"

namespace rivet::command {

// The JSON Schema (draft 2020-12) of rivet.yaml, made from the declarations of config/fields.h.
Json ConfigSchema();

// What several keys of a section decide together, as members of `allOf`; empty for most sections.
Json RulesOf(const config::Section& section);

// What more is known of a key's text than its kind: a pattern, lengths. Null for most keys.
Json FormOf(const config::Section& section, const config::Field& field);

// Every failure this program has a code for: code, class, exit, remedy; sorted by code.
std::string ErrorsText();
Json ErrorsJson();

}  // namespace rivet::command
