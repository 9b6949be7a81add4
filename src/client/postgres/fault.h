#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

struct pg_result;

namespace rivet::client::postgres {

// What a failure of the server or of the way to it means, decided from SQLSTATE alone.
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
  kCancelled,
  kWire,
  kSettings,
};

// `sqlstate` has five characters; anything else is kSql. 57014 gives kCancelled: whether a timeout
// did it is known to the connection only.
FaultKind KindOf(std::string_view sqlstate);

// A failed connect without a SQLSTATE: libpq's own text, which is English unless the program calls
// setlocale.
FaultKind KindOfConnectText(std::string_view text);

// The SQLSTATE in the text of a failed connect (verbosity VERBOSE: `FATAL:  28P01: …`, whatever the
// language), the last one where several hosts were tried. Empty when there is none.
std::string SqlStateIn(std::string_view text);

// The codes failures are named with: a source and a ledger each have their own. Null is not
// allowed.
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
  const FaultCode* cancelled;
  const FaultCode* wire;
  const FaultCode* settings;

  const FaultCode& operator[](FaultKind kind) const;
};

// Sentences for states whose code alone does not say what to do (a vanished cursor behind a
// pooler); may be empty.
std::vector<std::string> HintsOf(std::string_view sqlstate);

}  // namespace rivet::client::postgres
