#include "base/status.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace rivet {
namespace {

constexpr const char* kDetailType = "rivet::Fault";

class FaultDetail : public arrow::StatusDetail {
 public:
  explicit FaultDetail(std::vector<Fault> faults) : faults_(std::move(faults)) {}
  const char* type_id() const override { return kDetailType; }
  std::string ToString() const override {
    const Fault& first = faults_.front();
    std::string text(first.code == nullptr ? std::string_view("unnamed") : first.code->name);
    if (!first.cause.empty()) text += ", " + first.cause;
    return text;
  }
  const std::vector<Fault>& faults() const { return faults_; }

 private:
  std::vector<Fault> faults_;
};

const FaultDetail* DetailOf(const Status& status) {
  if (status.ok() || status.detail() == nullptr) return nullptr;
  if (std::string_view(status.detail()->type_id()) != kDetailType) return nullptr;
  return static_cast<const FaultDetail*>(status.detail().get());
}

Status Make(std::vector<Fault> faults) {
  std::string message = faults.front().message;
  return Status(arrow::StatusCode::UnknownError, std::move(message),
                std::make_shared<FaultDetail>(std::move(faults)));
}

template <typename Change>
Status Changed(const Status& status, Change change) {
  if (status.ok()) return status;
  auto faults = FaultsOf(status);
  for (Fault& fault : faults) change(fault);
  return Make(std::move(faults));
}

}  // namespace

Status Fail(const FaultCode& code, std::string message, std::string cause) {
  Fault fault;
  fault.code = &code;
  fault.message = std::move(message);
  fault.cause = std::move(cause);
  return Make({std::move(fault)});
}

Status Fail(Fault fault) { return Make({std::move(fault)}); }

Status FailAll(std::vector<Status> problems) {
  Check(!problems.empty(), "FailAll needs a problem");
  std::vector<Fault> faults;
  for (const Status& problem : problems) {
    for (Fault& fault : FaultsOf(problem)) faults.push_back(std::move(fault));
  }
  return Make(std::move(faults));
}

Status WithExport(Status status, std::string_view export_name) {
  return Changed(status, [&](Fault& fault) {
    if (fault.export_name.empty()) fault.export_name = export_name;
  });
}

Status WithHint(Status status, std::string hint) {
  return Changed(status, [&](Fault& fault) { fault.hints.push_back(hint); });
}

Status WithContext(Status status, std::string_view context) {
  return Changed(
      status, [&](Fault& fault) { fault.message = std::string(context) + ": " + fault.message; });
}

const FaultCode* CodeOf(const Status& status) {
  const FaultDetail* detail = DetailOf(status);
  return detail == nullptr ? nullptr : detail->faults().front().code;
}

std::vector<Fault> FaultsOf(const Status& status) {
  if (status.ok()) return {};
  if (const FaultDetail* detail = DetailOf(status)) return detail->faults();
  Fault fault;
  fault.message = status.message();
  fault.cause = status.CodeAsString();
  return {std::move(fault)};
}

Fault FaultOf(const Status& status) {
  auto faults = FaultsOf(status);
  return faults.empty() ? Fault{} : std::move(faults.front());
}

bool Is(const Status& status, const FaultCode& code) { return CodeOf(status) == &code; }

FaultClass ClassOf(const Status& status) {
  if (const FaultCode* code = CodeOf(status)) return code->fault_class;
  if (status.IsIOError() || status.IsOutOfMemory() || status.IsCapacityError()) {
    return FaultClass::kPermanent;
  }
  return FaultClass::kInternal;
}

bool IsRetryable(const Status& status) {
  const FaultClass fault_class = ClassOf(status);
  return fault_class == FaultClass::kTemporary || fault_class == FaultClass::kThrottled;
}

int ExitCodeOf(FaultClass fault_class) {
  switch (fault_class) {
    case FaultClass::kUsage:
      return 2;
    case FaultClass::kPermanent:
      return 1;
    case FaultClass::kIntegrity:
      return 3;
    case FaultClass::kDrift:
      return 4;
    case FaultClass::kTemporary:
    case FaultClass::kThrottled:
      return 75;
    case FaultClass::kStopped:
      return 130;
    case FaultClass::kInternal:
      return 70;
  }
  return 70;
}

int WorseExitCode(int a, int b) {
  constexpr int kOrder[] = {70, 3, 1, 4, 2, 75, 143, 130, 0};
  for (int code : kOrder) {
    if (a == code || b == code) return code;
  }
  return 70;
}

void Check(bool condition, std::string_view what) {
  if (condition) return;
  std::fprintf(stderr, "rivet: internal check failed: %.*s\n", static_cast<int>(what.size()),
               what.data());
  std::abort();
}

}  // namespace rivet
