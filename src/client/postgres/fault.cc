#include "client/postgres/fault.h"

#include <algorithm>
#include <iterator>

namespace rivet::client::postgres {
namespace {

struct StateKind {
  std::string_view state;  // five characters, or two for a whole class
  FaultKind kind;
};

// Single states first: the first line that matches counts. What is not here fails the same way
// again.
constexpr StateKind kStates[] = {
    {"08", FaultKind::kConnection},
    {"25P03", FaultKind::kConnection},  // idle in transaction for too long
    {"25P04", FaultKind::kConnection},  // transaction timeout (17+), which ends the session
    {"26000", FaultKind::kConnection},  // statement and cursor that vanish behind a pooler
    {"34000", FaultKind::kConnection},
    {"28", FaultKind::kAuth},
    {"3D000", FaultKind::kMissing},
    {"3F000", FaultKind::kMissing},
    {"40001", FaultKind::kConflict},
    {"40P01", FaultKind::kConflict},
    {"40003", FaultKind::kConnection},
    {"42501", FaultKind::kDenied},
    {"42P01", FaultKind::kMissing},
    {"42703", FaultKind::kMissing},
    {"53300", FaultKind::kCapacity},
    {"53", FaultKind::kResources},
    {"55P03", FaultKind::kTimeout},
    {"57014", FaultKind::kCancelled},
    {"57P01", FaultKind::kCapacity},
    {"57P02", FaultKind::kCapacity},
    {"57P03", FaultKind::kCapacity},
    {"57P04", FaultKind::kMissing},     // the database was dropped
    {"57P05", FaultKind::kConnection},  // idle session timeout
    {"58030", FaultKind::kConnection},
    {"72000", FaultKind::kConflict},  // snapshot too old
};

constexpr size_t kStateSize = 5;

bool IsStateChar(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

FaultKind KindOf(std::string_view sqlstate) {
  const auto* found =
      std::find_if(std::begin(kStates), std::end(kStates),
                   [&](const StateKind& line) { return sqlstate.starts_with(line.state); });
  return found == std::end(kStates) || sqlstate.size() != kStateSize ? FaultKind::kSql
                                                                     : found->kind;
}

FaultKind KindOfConnectText(std::string_view text) {
  // A handshake that is cut off is the network's doing; one that is refused is not.
  const bool cut = Has(text, "SSL SYSCALL") || Has(text, "unexpected eof") ||
                   Has(text, "closed the connection") || Has(text, "EOF detected");
  if (cut) return FaultKind::kConnection;
  if (Has(text, "SSL error") || Has(text, "certificate") || Has(text, "does not support SSL") ||
      Has(text, "private key file")) {
    return FaultKind::kTls;
  }
  if (Has(text, "no password supplied") || Has(text, "authentication method") ||
      Has(text, "SCRAM") || Has(text, "channel binding")) {
    return FaultKind::kAuth;
  }
  if (text.starts_with("invalid ") || Has(text, "definition of service") ||
      Has(text, "service file") || Has(text, "could not match")) {
    return FaultKind::kSettings;
  }
  return FaultKind::kConnection;
}

std::string SqlStateIn(std::string_view text) {
  // Two blanks, five characters, colon: libpq writes `<severity>:  <state>: <message>`.
  std::string state;
  constexpr std::string_view kLead = ":  ";
  for (size_t at = text.find(kLead); at != std::string_view::npos; at = text.find(kLead, at + 1)) {
    const std::string_view rest = text.substr(at + kLead.size());
    if (rest.size() <= kStateSize || rest[kStateSize] != ':') continue;
    const std::string_view word = rest.substr(0, kStateSize);
    if (std::all_of(word.begin(), word.end(), IsStateChar)) state = word;
  }
  return state;
}

const FaultCode& FaultCodes::operator[](FaultKind kind) const {
  switch (kind) {
    case FaultKind::kAuth:
      return *auth;
    case FaultKind::kDenied:
      return *denied;
    case FaultKind::kMissing:
      return *missing;
    case FaultKind::kSql:
      return *sql;
    case FaultKind::kConnection:
      return *connection;
    case FaultKind::kTls:
      return *tls;
    case FaultKind::kCapacity:
      return *capacity;
    case FaultKind::kResources:
      return *resources;
    case FaultKind::kTimeout:
      return *timeout;
    case FaultKind::kConflict:
      return *conflict;
    case FaultKind::kCancelled:
      return *cancelled;
    case FaultKind::kWire:
      return *wire;
    case FaultKind::kSettings:
      return *settings;
  }
  return *sql;
}

std::vector<std::string> HintsOf(std::string_view sqlstate) {
  if (sqlstate == "26000" || sqlstate == "34000") {
    return {
        "A connection pooler may have changed the server session: use transaction or session "
        "pooling, or connect "
        "to the server itself."};
  }
  if (sqlstate == "08P01") {
    return {
        "Behind a connection pooler this may be its mode: Rivet needs transaction or session "
        "pooling."};
  }
  if (sqlstate == "40001") {
    return {
        "On a standby this is replay taking rows away that the query still reads: smaller chunks, "
        "or a higher "
        "max_standby_streaming_delay."};
  }
  if (sqlstate == "55P03")
    return {"Somebody holds a lock on the relation; tuning.lock_timeout_s says how long to wait."};
  if (sqlstate == "25006") return {"Rivet reads only: the query must not write."};
  if (sqlstate == "25P03" || sqlstate == "25P04" || sqlstate == "57P05") {
    return {
        "A timeout that the role or the database sets ended the session; raise it for this role."};
  }
  return {};
}

}  // namespace rivet::client::postgres
