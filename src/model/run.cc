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

}  // namespace rivet::model
