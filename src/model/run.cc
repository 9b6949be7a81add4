#include "model/run.h"

namespace rivet::model {

std::string_view ToString(RunStatus status) {
  switch (status) {
    case RunStatus::kRunning:
      return "running";
    case RunStatus::kSuccess:
      return "success";
    case RunStatus::kFailed:
      return "failed";
    case RunStatus::kSkipped:
      return "skipped";
    case RunStatus::kInterrupted:
      return "interrupted";
  }
  return "failed";
}

std::optional<RunStatus> RunStatusFrom(std::string_view word) {
  for (const RunStatus status : {RunStatus::kRunning, RunStatus::kSuccess, RunStatus::kFailed,
                                 RunStatus::kSkipped, RunStatus::kInterrupted}) {
    if (word == ToString(status)) return status;
  }
  return std::nullopt;
}

}  // namespace rivet::model
