#include "client/mysql/fault.h"

#include <algorithm>
#include <iterator>

namespace rivet::client::mysql {
namespace {

struct NumberKind {
  unsigned number;
  FaultKind kind;
};

constexpr unsigned kTlsNumber = 2026;

// Of the server, then of the client library; what is missing is kSql.
constexpr NumberKind kNumbers[] = {
    {1020, FaultKind::kConflict},   // the record changed since it was read
    {1021, FaultKind::kResources},  // disk full
    {1037, FaultKind::kResources},  // out of memory, out of sort memory
    {1038, FaultKind::kResources},
    {1040, FaultKind::kCapacity},  // too many connections
    {1041, FaultKind::kResources},
    {1042, FaultKind::kConnection},  // the server cannot resolve our address
    {1043, FaultKind::kWire},
    {1044, FaultKind::kDenied},
    {1045, FaultKind::kAuth},
    {1046, FaultKind::kMissing},  // no database selected
    {1049, FaultKind::kMissing},
    {1051, FaultKind::kMissing},
    {1053, FaultKind::kCapacity},  // shutting down
    {1054, FaultKind::kMissing},
    {1077, FaultKind::kCapacity},
    {1079, FaultKind::kCapacity},
    {1109, FaultKind::kMissing},
    {1114, FaultKind::kResources},  // a temporary table is full
    {1129, FaultKind::kAuth},       // host blocked
    {1130, FaultKind::kAuth},
    {1135, FaultKind::kResources},
    {1142, FaultKind::kDenied},
    {1143, FaultKind::kDenied},
    {1146, FaultKind::kMissing},
    {1152, FaultKind::kConnection},
    {1156, FaultKind::kWire},
    {1158, FaultKind::kConnection},
    {1159, FaultKind::kConnection},
    {1160, FaultKind::kConnection},
    {1161, FaultKind::kConnection},
    {1176, FaultKind::kDrift},  // the index that pages were planned along is gone
    {1184, FaultKind::kConnection},
    {1203, FaultKind::kCapacity},
    {1205, FaultKind::kTimeout},
    {1206, FaultKind::kResources},
    {1213, FaultKind::kConflict},
    {1226, FaultKind::kCapacity},
    {1227, FaultKind::kDenied},
    {1251, FaultKind::kAuth},
    {1275, FaultKind::kAuth},
    {1317, FaultKind::kTimeout},  // somebody's KILL QUERY, or a watchdog's
    {1345, FaultKind::kDenied},
    {1356, FaultKind::kDenied},  // a view whose tables are gone or may not be read
    {1370, FaultKind::kDenied},
    {1412, FaultKind::kConnection},  // the table was altered after the snapshot
    {1524, FaultKind::kAuth},
    {1615, FaultKind::kConnection},
    {1698, FaultKind::kAuth},
    {1820, FaultKind::kAuth},
    {1862, FaultKind::kAuth},
    {1927, FaultKind::kConnection},  // killed
    {1969, FaultKind::kTimeout},     // max_statement_time
    {3024, FaultKind::kTimeout},     // max_execution_time
    {3118, FaultKind::kAuth},        // account locked
    {3159, FaultKind::kTls},         // the server insists on TLS
    {4031, FaultKind::kConnection},  // idle for too long
    {4151, FaultKind::kAuth},
    {9001, FaultKind::kCapacity},  // a proxy without a free server
    {2001, FaultKind::kConnection},
    {2002, FaultKind::kConnection},
    {2003, FaultKind::kConnection},
    {2004, FaultKind::kConnection},
    {2005, FaultKind::kConnection},
    {2006, FaultKind::kConnection},
    {2007, FaultKind::kWire},
    {2008, FaultKind::kResources},
    {2012, FaultKind::kConnection},
    {2013, FaultKind::kConnection},
    {2014, FaultKind::kWire},
    {2019, FaultKind::kSettings},
    {kTlsNumber, FaultKind::kTls},
    {2027, FaultKind::kConnection},
    {2049, FaultKind::kAuth},
    {2055, FaultKind::kConnection},
    {2057, FaultKind::kDrift},  // other columns than when the statement was prepared
    {2059, FaultKind::kAuth},
    {2061, FaultKind::kAuth},
    {5004, FaultKind::kSettings},
    {5010, FaultKind::kAuth},  // a way to log in that we do not take part in
    {5012, FaultKind::kAuth},
    {5013, FaultKind::kConnection},
    {5014, FaultKind::kConnection},
};

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool WasCut(std::string_view text) {
  return Has(text, "unexpected eof") || Has(text, "Connection reset") || Has(text, "Broken pipe") ||
         Has(text, "timed out") || Has(text, "system call");
}

}  // namespace

FaultKind KindOf(unsigned number, std::string_view text) {
  if (number == kTlsNumber && WasCut(text)) return FaultKind::kConnection;
  const auto* found = std::find_if(std::begin(kNumbers), std::end(kNumbers),
                                   [&](const NumberKind& line) { return line.number == number; });
  return found == std::end(kNumbers) ? FaultKind::kSql : found->kind;
}

std::string CauseOf(unsigned number) { return "errno " + std::to_string(number); }

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
    case FaultKind::kWire:
      return *wire;
    case FaultKind::kDrift:
      return *drift;
    case FaultKind::kSettings:
      return *settings;
  }
  return *sql;
}

std::vector<std::string> HintsOf(unsigned number) {
  switch (number) {
    case 1153:
    case 2020:
      return {
          "A row is larger than max_allowed_packet; raise it on the server, or leave the wide "
          "column out."};
    case 1205:
      return {"Somebody holds a lock on the table; tuning.lock_timeout_s says how long to wait."};
    case 1317:
      return {"Somebody, or a watchdog of the server, ended the statement."};
    case 1412:
      return {"The table was altered while it was read; the run can be repeated."};
    case 1698:
      return {
          "This account logs in by the operating system's user; use an account with a "
          "password."};
    case 1792:
      return {"Rivet reads only: the query must not write."};
    case 2059:
    case 5012:
      return {
          "The plugin for the account's way to log in is not installed; MARIADB_PLUGIN_DIR says "
          "where to look for it."};
    case 3159:
      return {"Set source.tls, or ssl-mode=REQUIRED in the URL."};
    case 5010:
      return {
          "The account logs in by a way that sends the password in clear; give it "
          "caching_sha2_password, ed25519 or mysql_native_password."};
    default:
      return {};
  }
}

}  // namespace rivet::client::mysql
