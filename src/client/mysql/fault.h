#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rivet::client::mysql {

// What a failure of the server or of the way to it means, decided from its error number.
enum class FaultKind {
  kAuth,
  kDenied,
  kMissing,
  kSql,
  kConnection,
  kTls,
  kCapacity,
  kResources,
  kTimeout,
  kConflict,
  kWire,
  kDrift,
  kSettings,
};

// Numbers of the server (1000 and up, 3000 and up) and of the client library (2000 and 5000 and
// up). What is not known is kSql: it fails the same way again. `text` is looked at for one number
// only: a TLS handshake that was cut off is the network's doing, one that was refused is not.
FaultKind KindOf(unsigned number, std::string_view text);

// `errno 1045`, as it stands in Fault::cause.
std::string CauseOf(unsigned number);

// The codes failures are named with. Null is not allowed.
struct FaultCodes {
  const FaultCode* auth;
  const FaultCode* denied;
  const FaultCode* missing;
  const FaultCode* sql;
  const FaultCode* connection;
  const FaultCode* tls;
  const FaultCode* capacity;
  const FaultCode* resources;
  const FaultCode* timeout;
  const FaultCode* conflict;
  const FaultCode* wire;
  const FaultCode* drift;
  const FaultCode* settings;

  const FaultCode& operator[](FaultKind kind) const;
};

// Sentences for numbers whose code alone does not say what to do; may be empty.
std::vector<std::string> HintsOf(unsigned number);

}  // namespace rivet::client::mysql
