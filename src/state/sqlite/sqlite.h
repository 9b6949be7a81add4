#pragma once

#include "state/ledger.h"

// The ledger in one file, `.rivet_state.db` beside the config.
namespace rivet::state::sqlite {

const Driver& driver();

}  // namespace rivet::state::sqlite
