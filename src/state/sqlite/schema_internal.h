#pragma once

#include "state/sqlite/database_internal.h"

namespace rivet::state::sqlite {

inline constexpr int kSchemaVersion = 9;

// Brings any older file to kSchemaVersion, one transaction a version, and looks whether the tables
// are what that version says. A file that was killed in between is of one version or the other.
// kStateNewer, kStateCorrupt.
Status Migrate(Database& database);

}  // namespace rivet::state::sqlite
