#pragma once

#include "base/status.h"

namespace rivet::source {

inline constexpr FaultCode kAuth{"RIVET_SOURCE_AUTH", FaultClass::kPermanent,
                                 "Check user, password and the server's access rules."};
inline constexpr FaultCode kDenied{"RIVET_SOURCE_DENIED", FaultClass::kPermanent,
                                   "Grant SELECT on the relation to the role Rivet connects as."};
inline constexpr FaultCode kMissing{
    "RIVET_SOURCE_MISSING", FaultClass::kPermanent,
    "Check the name of the table, column or database, and the schema."};
inline constexpr FaultCode kSql{
    "RIVET_SOURCE_SQL", FaultClass::kPermanent,
    "Run the statement in the database's own client to see the same error, and correct it."};
inline constexpr FaultCode kConnection{"RIVET_SOURCE_CONNECTION", FaultClass::kTemporary,
                                       "Check host, port and network; the run can be repeated."};
inline constexpr FaultCode kTls{"RIVET_SOURCE_TLS", FaultClass::kPermanent,
                                "Check the certificate, its host name and tls.ca_file."};
inline constexpr FaultCode kCapacity{
    "RIVET_SOURCE_CAPACITY", FaultClass::kThrottled,
    "The server has no free connection or is starting or stopping; try later."};
inline constexpr FaultCode kResources{"RIVET_SOURCE_RESOURCES", FaultClass::kThrottled,
                                      "The server ran out of memory or disk; try later."};
inline constexpr FaultCode kTimeout{
    "RIVET_SOURCE_TIMEOUT", FaultClass::kTemporary,
    "A statement or lock wait met its limit; raise it or try at a quieter time."};
inline constexpr FaultCode kConflict{
    "RIVET_SOURCE_CONFLICT", FaultClass::kTemporary,
    "Deadlock, serialization or recovery conflict; smaller chunks help."};
inline constexpr FaultCode kCancelled{"RIVET_SOURCE_CANCELLED", FaultClass::kPermanent,
                                      "Somebody cancelled the statement on the server."};
inline constexpr FaultCode kWire{
    "RIVET_SOURCE_WIRE", FaultClass::kPermanent,
    "The server sent bytes that do not follow its protocol; check what is between."};
inline constexpr FaultCode kValueTooLarge{"RIVET_VALUE_TOO_LARGE", FaultClass::kPermanent,
                                          "Raise tuning.max_value_mb, or leave the column out."};
inline constexpr FaultCode kValue{
    "RIVET_TYPE_VALUE", FaultClass::kPermanent,
    "The value has no exact form in the file; override the column to text."};
inline constexpr FaultCode kTypeUnsupported{
    "RIVET_TYPE_UNSUPPORTED", FaultClass::kPermanent,
    "Override the column to text, or leave it out of the query."};
inline constexpr FaultCode kDrift{"RIVET_SOURCE_DRIFT", FaultClass::kDrift,
                                  "The columns changed while the run was going on; run again."};
inline constexpr FaultCode kNullChunkKey{"RIVET_SOURCE_NULL_CHUNK_KEY", FaultClass::kPermanent,
                                         "Use a chunk column without NULLs."};
inline constexpr FaultCode kConnectionSettings{
    "RIVET_SOURCE_SETTINGS", FaultClass::kUsage,
    "Set the variable or file that the source section names."};

}  // namespace rivet::source
