#pragma once

#include "client/mysql/fault.h"
#include "source/source.h"

namespace rivet::source::mysql {

// The driver `mysql`, for MySQL and MariaDB: connects and gives a Session.
const Driver& driver();

// The codes which this source's failures carry.
const client::mysql::FaultCodes& Codes();

}  // namespace rivet::source::mysql
