#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command/completions_internal.h"
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
// The code of that name; null where there is none.
const FaultCode* CodeNamed(std::string_view name);
Json ErrorsJson();

// The command line: every command with its own flags, arguments and what is below it; flags that
// are valid everywhere stand at the program itself, which is the first.
Json CliJson(const std::vector<ShellCommand>& commands, const std::string& version);

}  // namespace rivet::command
