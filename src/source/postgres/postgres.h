#pragma once

#include "client/postgres/fault.h"
#include "source/source.h"

namespace rivet::source::postgres {

// The driver `postgres`: connects and gives a Session.
const Driver& driver();

// The codes which this source's failures carry.
const client::postgres::FaultCodes& Codes();

}  // namespace rivet::source::postgres
