#include <string>

#include "engine/engine.h"

namespace rivet::engine {
namespace {

constexpr std::string_view kProbeBytes = "rivet doctor: a probe, to be removed\n";

Status WriteAndReadBack(destination::Destination& destination, const std::string& key) {
  ARROW_RETURN_NOT_OK(destination.PutBytes(kProbeBytes, key, std::nullopt));
  ARROW_ASSIGN_OR_RAISE(const auto head, destination.Head(key));
  if (!head) return Fail(destination::kAbsent, "the probe is not there after it was written");
  ARROW_ASSIGN_OR_RAISE(const std::string bytes,
                        destination.GetBytes(key, static_cast<int64_t>(kProbeBytes.size()) * 2));
  if (bytes != kProbeBytes)
    return Fail(destination::kChanged, "the probe does not read back as it was written");
  // What manifest and marker rely on.
  const Status again = destination.PutBytes(kProbeBytes, key, std::nullopt);
  if (Is(again, destination::kNameTaken)) return Status::OK();
  if (!again.ok()) return again;
  return Fail(destination::kChanged, "the destination replaces objects that it must not replace");
}

}  // namespace

Status ProbeDestination(World& world, destination::Destination& destination) {
  ARROW_RETURN_NOT_OK(destination.Prepare());
  // Two doctors at once have two names.
  const std::string key = std::string(destination::kProbePrefix) + "-" + RandomToken(world);
  const Status probed = WriteAndReadBack(destination, key);
  const Status removed = destination.RemoveProbe(key);
  if (!probed.ok()) return probed;
  return removed.ok() ? removed : WithContext(removed, "the probe is left behind");
}

}  // namespace rivet::engine
