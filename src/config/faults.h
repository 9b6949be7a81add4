#pragma once

#include "base/status.h"

namespace rivet::config {

inline constexpr FaultCode kFileUnreadable{"RIVET_CONFIG_FILE_UNREADABLE", FaultClass::kUsage,
                                           "Check the path, or make a config with `rivet init`."};
inline constexpr FaultCode kYamlInvalid{"RIVET_CONFIG_YAML_INVALID", FaultClass::kUsage,
                                        "Correct the YAML at the place named."};
inline constexpr FaultCode kSecretUnset{
    "RIVET_CONFIG_SECRET_UNSET", FaultClass::kUsage,
    "Set the variable, pass --param NAME=VALUE, or write ${NAME:-default}."};
inline constexpr FaultCode kUnknownKey{"RIVET_CONFIG_UNKNOWN_KEY", FaultClass::kUsage,
                                       "Use one of the valid keys."};
inline constexpr FaultCode kMisplacedKey{"RIVET_CONFIG_MISPLACED_KEY", FaultClass::kUsage,
                                         "Move the key to the section it belongs to."};
inline constexpr FaultCode kNotAvailable{
    "RIVET_CONFIG_NOT_AVAILABLE", FaultClass::kUsage,
    "Leave the key out: this version does not have the feature yet."};
inline constexpr FaultCode kValueType{"RIVET_CONFIG_VALUE_TYPE", FaultClass::kUsage,
                                      "Write a value of the type named."};
inline constexpr FaultCode kValueOutOfRange{"RIVET_CONFIG_VALUE_OUT_OF_RANGE", FaultClass::kUsage,
                                            "Use a value in the range named."};
inline constexpr FaultCode kValueConflict{"RIVET_CONFIG_VALUE_CONFLICT", FaultClass::kUsage,
                                          "Keep one of the keys named."};
inline constexpr FaultCode kMissingKey{"RIVET_CONFIG_MISSING_KEY", FaultClass::kUsage,
                                       "Add the key named."};
inline constexpr FaultCode kNoExports{"RIVET_CONFIG_NO_EXPORTS", FaultClass::kUsage,
                                      "Declare at least one export."};
inline constexpr FaultCode kDuplicateExport{"RIVET_CONFIG_DUPLICATE_EXPORT", FaultClass::kUsage,
                                            "Give each export its own name; state is keyed by it."};
inline constexpr FaultCode kExportSourceInvalid{"RIVET_CONFIG_EXPORT_SOURCE_INVALID",
                                                FaultClass::kUsage,
                                                "Set exactly one of table, query and query_file."};
inline constexpr FaultCode kSourceConnectionInvalid{
    "RIVET_CONFIG_SOURCE_CONNECTION_INVALID", FaultClass::kUsage,
    "Name the connection in one style, preferably url_env."};
inline constexpr FaultCode kModeSettingInvalid{"RIVET_CONFIG_MODE_SETTING_INVALID",
                                               FaultClass::kUsage, "Change the mode or the key."};
inline constexpr FaultCode kDestinationInvalid{"RIVET_CONFIG_DESTINATION_INVALID",
                                               FaultClass::kUsage,
                                               "Use the keys of that destination type."};
inline constexpr FaultCode kDestinationAuthInvalid{
    "RIVET_CONFIG_DESTINATION_AUTH_INVALID", FaultClass::kUsage,
    "Name one source of credentials, and all of its keys."};
inline constexpr FaultCode kStdoutUnsupported{
    "RIVET_CONFIG_STDOUT_UNSUPPORTED", FaultClass::kUsage,
    "Write one file of one export to standard output, or use a folder."};
inline constexpr FaultCode kSharedPrefix{
    "RIVET_CONFIG_SHARED_PREFIX", FaultClass::kUsage,
    "Put {export} into the path, or run the exports one by one with --export."};
inline constexpr FaultCode kPathUnsafe{"RIVET_CONFIG_PATH_UNSAFE", FaultClass::kUsage,
                                       "Use a relative path that stays below the config's folder."};
inline constexpr FaultCode kColumnOverrideInvalid{"RIVET_CONFIG_COLUMN_OVERRIDE_INVALID",
                                                  FaultClass::kUsage, "Use one of the type words."};
inline constexpr FaultCode kUnknownExport{"RIVET_CONFIG_UNKNOWN_EXPORT", FaultClass::kUsage,
                                          "Use one of the declared export names."};
inline constexpr FaultCode kParamInvalid{"RIVET_CLI_PARAM_INVALID", FaultClass::kUsage,
                                         "Write --param NAME=VALUE."};

}  // namespace rivet::config
