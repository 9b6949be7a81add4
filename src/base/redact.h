#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace rivet {

// The one redactor: every text on its way out of the process (log, error, ledger, manifest, report)
// passes it. It removes the secrets it was told and what looks like one: URL user-info,
// `password=`, `sig=`, `X-Amz-Signature=`, `Authorization:` … Idempotent; multi-byte text stays
// intact. Shared by all threads.
class Redactor {
 public:
  // Secrets under 3 bytes are not searched for: they would eat ordinary text.
  void Learn(const Secret& secret);
  std::string Apply(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Secret> known_;
};

}  // namespace rivet
