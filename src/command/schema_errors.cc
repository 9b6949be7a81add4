#include <algorithm>
#include <string>
#include <vector>

#include "base/file_faults.h"
#include "base/status.h"
#include "command/command.h"
#include "command/faults_internal.h"
#include "command/schema_internal.h"
#include "command/shared_internal.h"
#include "config/faults.h"
#include "destination/destination.h"
#include "engine/drivers.h"
#include "engine/engine.h"
#include "format/format.h"
#include "manifest/manifest.h"
#include "plan/plan.h"
#include "report/child.h"
#include "source/faults.h"
#include "state/ledger.h"
#include "target/faults.h"
#include "transform/faults.h"
#include "types/faults.h"

namespace rivet::command {
namespace {

// All of them: tests/live/test_schema.py compares this list with the tree.
constexpr const FaultCode* kCodes[] = {
    &kVerdict,
    &kProcessLost,
    &report::kProcessFailed,
    &kFileExists,
    &kNotAvailableYet,
    &config::kParamInvalid,
    &kCliUsage,
    &config::kColumnOverrideInvalid,
    &config::kDestinationAuthInvalid,
    &config::kDestinationInvalid,
    &config::kDuplicateExport,
    &config::kExportSourceInvalid,
    &config::kFileUnreadable,
    &config::kMisplacedKey,
    &config::kMissingKey,
    &config::kModeSettingInvalid,
    &config::kNotAvailable,
    &engine::kNoDriver,
    &config::kNoExports,
    &config::kPathUnsafe,
    &config::kSecretUnset,
    &config::kSharedPrefix,
    &config::kSourceConnectionInvalid,
    &config::kStdoutUnsupported,
    &config::kUnknownExport,
    &config::kUnknownKey,
    &config::kValueConflict,
    &config::kValueOutOfRange,
    &config::kValueType,
    &config::kYamlInvalid,
    &destination::kAbsent,
    &destination::kChanged,
    &destination::kNameTaken,
    &destination::kNotKept,
    &engine::kMarkerPresent,
    &destination::kUnsafeKey,
    &kDiskFull,
    &kFileError,
    &kPipeClosed,
    &format::kEncode,
    &format::kUnreadable,
    &kInternalBug,
    &plan::kBadChunkColumn,
    &plan::kBadUnitKeys,
    &engine::kPlanChanged,
    &plan::kMetaColumnClash,
    &plan::kNoChunkColumn,
    &plan::kTooManyUnits,
    &engine::kSourceDiffers,
    &engine::kUnitsFailed,
    &source::kAuth,
    &source::kCancelled,
    &source::kCapacity,
    &source::kConflict,
    &source::kConnection,
    &source::kDenied,
    &source::kDrift,
    &source::kMissing,
    &kNothingFound,
    &source::kNullChunkKey,
    &source::kResources,
    &source::kConnectionSettings,
    &source::kSql,
    &source::kTimeout,
    &source::kTls,
    &source::kWire,
    &state::kStateBusy,
    &state::kStateCorrupt,
    &state::kStateError,
    &state::kStateForeign,
    &state::kLeaseLost,
    &state::kLocked,
    &engine::kNeverRan,
    &state::kStateNewer,
    &engine::kRunInProgress,
    &kStopRequested,
    &target::kFileNotLoaded,
    &transform::kMetaColumnTaken,
    &types::kColumnNames,
    &types::kKeyText,
    &types::kLossy,
    &types::kOverrideColumn,
    &types::kOverrideUnavailable,
    &types::kOverrideWord,
    &target::kNoPlace,
    &source::kTypeUnsupported,
    &source::kValue,
    &engine::kVerifyFailed,
    &manifest::kInvalid,
    &manifest::kNewer,
    &engine::kNotVerified,
    &engine::kRowsDiffer,
    &source::kValueTooLarge,
};

std::string_view NameOf(FaultClass fault_class) {
  switch (fault_class) {
    case FaultClass::kUsage:
      return "usage";
    case FaultClass::kPermanent:
      return "permanent";
    case FaultClass::kIntegrity:
      return "integrity";
    case FaultClass::kDrift:
      return "drift";
    case FaultClass::kTemporary:
      return "temporary";
    case FaultClass::kThrottled:
      return "throttled";
    case FaultClass::kStopped:
      return "stopped";
    case FaultClass::kInternal:
      return "internal";
  }
  return "internal";
}

std::vector<const FaultCode*> Sorted() {
  std::vector<const FaultCode*> codes(std::begin(kCodes), std::end(kCodes));
  std::sort(codes.begin(), codes.end(),
            [](const FaultCode* a, const FaultCode* b) { return a->name < b->name; });
  return codes;
}

}  // namespace

const FaultCode* CodeNamed(std::string_view name) {
  const auto found = std::find_if(std::begin(kCodes), std::end(kCodes),
                                  [&](const FaultCode* code) { return code->name == name; });
  return found == std::end(kCodes) ? nullptr : *found;
}

std::string ErrorsText() {
  std::vector<std::vector<std::string>> rows;
  for (const FaultCode* code : Sorted()) {
    rows.push_back({std::string(code->name), std::string(NameOf(code->fault_class)),
                    std::to_string(ExitCodeOf(code->fault_class)), std::string(code->remedy)});
  }
  return TableText({"CODE", "CLASS", "EXIT", "REMEDY"}, rows);
}

Json ErrorsJson() {
  Json list = Json::array();
  for (const FaultCode* code : Sorted()) {
    list.push_back({{"code", std::string(code->name)},
                    {"class", std::string(NameOf(code->fault_class))},
                    {"exit", ExitCodeOf(code->fault_class)},
                    {"remedy", std::string(code->remedy)}});
  }
  return list;
}

}  // namespace rivet::command
