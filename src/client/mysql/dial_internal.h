#pragma once

#include <stop_token>
#include <string>

#include "base/status.h"
#include "base/world.h"
#include "client/mysql/connection.h"

namespace rivet::client::mysql {

// `host:port`, or the socket's path: for messages.
std::string TargetOf(const OpenSettings& settings);

// What the library's own number and text come to, with its hints.
Status FaultFrom(const FaultCodes& codes, unsigned number, std::string message);

// The library's own end of patience within a statement; the watch is earlier.
inline constexpr unsigned kSecondsOfADay = 86'400;

// A connected and authenticated handle, encrypted as the settings ask. A read or a write of it
// waits for `patience_s` at most.
Result<Handle> Dial(World& world, const OpenSettings& settings, const FaultCodes& codes,
                    const std::stop_token& stop, unsigned patience_s = kSecondsOfADay);

}  // namespace rivet::client::mysql
