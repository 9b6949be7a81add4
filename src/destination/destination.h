#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/staged_file.h"
#include "base/status.h"
#include "base/world.h"
#include "config/config.h"

namespace rivet::destination {

inline constexpr FaultCode kNameTaken{
    "RIVET_DEST_NAME_TAKEN", FaultClass::kPermanent,
    "Another file has that name; nothing was replaced. Run again."};
inline constexpr FaultCode kChanged{
    "RIVET_DEST_CHANGED", FaultClass::kIntegrity,
    "Somebody else wrote this object meanwhile; find out who before going on."};
inline constexpr FaultCode kAbsent{"RIVET_DEST_ABSENT", FaultClass::kIntegrity,
                                   "The object is gone; find out who removed it."};
inline constexpr FaultCode kUnsafeKey{
    "RIVET_DEST_UNSAFE_KEY", FaultClass::kIntegrity,
    "The name leaves the destination's folder; the manifest or ledger was edited."};
inline constexpr FaultCode kNotKept{"RIVET_DEST_NOT_KEPT", FaultClass::kUsage,
                                    "Use a destination that keeps files."};

// Names of what doctor writes and removes again. Verification passes them over.
inline constexpr std::string_view kProbePrefix = ".rivet_doctor_probe";

struct Object {
  std::string key;  // relative to the prefix
  int64_t bytes = 0;
  std::string version;  // changes when the object does: what PutBytes may replace
};

struct Traits {
  bool publishes_atomically = true;
  bool can_list = true;
  // Bytes flow to their reader while they are made: nothing is staged, nothing can be taken back, a
  // unit is tried once, and there is no manifest and no marker. Only Stage, Put and uri do
  // something; whatever would look at an object is kNotKept.
  bool streams = false;
};

// A place that files go to: one resolved prefix. Keys are relative, never contain `..`, never start
// with `/`. Shared by all threads.
class Destination {
 public:
  virtual ~Destination() = default;
  virtual Traits traits() const = 0;
  virtual std::string uri() const = 0;  // file:///…
  // The folder parts are staged in: on the same device where the destination is local. Exists after
  // Prepare().
  virtual const std::string& staging_folder() const = 0;
  // A file for one part: below staging_folder(), or the stream itself where traits().streams.
  virtual Result<std::unique_ptr<StagedFile>> Stage(World& world, const std::string& run_id) {
    return StagedFile::Create(world, staging_folder(), run_id);
  }
  // Creates what must exist before the first Put.
  virtual Status Prepare() = 0;

  // Returns when the whole object is durable and visible; after a failure nothing is at that name.
  // Never replaces: a name that is taken is kNameTaken. Consumes the staged file.
  virtual Status Put(StagedFile& file, const std::string& key) = 0;
  // Manifest and markers: one request, all or nothing. Replaces only the version it names;
  // `replaces` empty = the name must be free (else kNameTaken); another version there = kChanged.
  virtual Status PutBytes(std::string_view bytes, const std::string& key,
                          const std::optional<Object>& replaces) = 0;
  virtual Result<std::string> GetBytes(const std::string& key, int64_t bytes_max) = 0;
  virtual Result<std::optional<Object>> Head(
      const std::string& key) = 0;  // "cannot tell" is an error
  // Recursive below `prefix` ("" = all); leaves out temporary names.
  virtual Result<std::vector<Object>> List(const std::string& prefix) = 0;
  // xxh3-64 of an object read back from the store.
  virtual Result<uint64_t> Hash(const std::string& key) = 0;
  // A local path at which the object can be read (footer checks); local stores give the object
  // itself.
  virtual Result<std::string> LocalPath(const std::string& key) = 0;
  virtual Status Move(const std::string& from,
                      const std::string& to) = 0;  // quarantine; never replaces
  // Removes an object that doctor put, and the folders that Prepare() made for it: nothing else is
  // ever removed. A key that is no probe's is kUnsafeKey.
  virtual Status RemoveProbe(const std::string& key) {
    return Fail(kUnsafeKey, "there are no probes here: " + key);
  }
  // Removes what a dead run left under temporary names.
  virtual Result<int> Sweep(const std::string& run_id) = 0;
};

struct OpenContext {
  World& world;
  const config::Destination& settings;
  std::string root;           // resolved and absolute: no placeholders left
  std::string run_id;         // owner of temporary names
  std::stop_token stop = {};  // ends a wait for a reader that does not read
};

struct Driver {
  std::string_view name;  // what destination.type says
  Result<std::unique_ptr<Destination>> (*open)(const OpenContext& context);
};

}  // namespace rivet::destination
