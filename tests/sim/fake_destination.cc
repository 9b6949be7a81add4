#include "fake_destination.h"

#include <unistd.h>

#include <fstream>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "manifest/manifest.h"
#include "process.h"

namespace rivet::sim {
namespace {

class Place : public destination::Destination {
 public:
  Place(Process* process, std::string root)
      : process_(*process), disk_(process->disk), root_(std::move(root)) {}

  destination::Traits traits() const override { return {}; }
  std::string uri() const override { return "file://" + root_; }
  const std::string& staging_folder() const override { return disk_.staging_folder; }
  Status Prepare() override { return process_.Enter(Room::kDestination); }

  Status Put(StagedFile& file, const std::string& key) override {
    ARROW_RETURN_NOT_OK(process_.Enter(Room::kDestination));
    ARROW_RETURN_NOT_OK(file.Flush());
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, ReadWholeFile(file.path(), 1 << 20));
    if (disk_.objects.count(Name(key)) > 0) return Fail(destination::kNameTaken, key + " is taken");
    if (!DecodeFile(bytes)) disk_.Broken("P3: " + key + " is published before it is whole");
    if (Xxh3(bytes) != file.hash()) disk_.Broken("P3: " + key + " is not what was hashed");
    Store(key, bytes);
    ::unlink(file.path().c_str());
    file.Disown();
    return process_.Leave(Room::kDestination);
  }

  Status PutBytes(std::string_view bytes, const std::string& key,
                  const std::optional<destination::Object>& replaces) override {
    ARROW_RETURN_NOT_OK(process_.Enter(Room::kDestination));
    const auto there = disk_.objects.find(Name(key));
    if (!replaces && there != disk_.objects.end())
      return Fail(destination::kNameTaken, key + " is taken");
    if (replaces &&
        (there == disk_.objects.end() || VersionText(there->second) != replaces->version)) {
      return Fail(destination::kChanged, key + " was changed");
    }
    if (key == manifest::kSuccessKey) CheckMarker(bytes);
    const bool is_manifest = key == manifest::kManifestKey;
    std::string stored(bytes);
    if (is_manifest && process_.dice.Below(1000) < process_.weather.garble_per_mille)
      stored[stored.size() / 2] ^= 1;
    Store(key, stored);
    if (is_manifest) process_.garbled = stored != bytes;
    if (stored != bytes) disk_.garbled.insert(Name(key));
    if (is_manifest && stored == bytes) CheckDataset(&disk_, root_);
    return process_.Leave(Room::kDestination);
  }

  Result<std::string> GetBytes(const std::string& key, int64_t bytes_max) override {
    ARROW_RETURN_NOT_OK(process_.Enter(Room::kDestination));
    const auto there = disk_.objects.find(Name(key));
    if (there == disk_.objects.end()) return Fail(destination::kAbsent, key + " is gone");
    if (static_cast<int64_t>(there->second.bytes.size()) > bytes_max)
      return Fail(destination::kChanged, key + " grew");
    disk_.read_back.insert(Name(key));
    return there->second.bytes;
  }

  Result<std::optional<destination::Object>> Head(const std::string& key) override {
    ARROW_RETURN_NOT_OK(process_.Enter(Room::kDestination));
    const auto there = disk_.objects.find(Name(key));
    if (there == disk_.objects.end()) return std::nullopt;
    return std::optional(ObjectOf(key, there->second));
  }

  Result<std::vector<destination::Object>> List(const std::string& prefix) override {
    ARROW_RETURN_NOT_OK(process_.Enter(Room::kDestination));
    std::vector<destination::Object> found;
    const std::string start = root_ + "/";
    for (const auto& [name, object] : disk_.objects) {
      if (name.compare(0, start.size(), start) != 0) continue;
      const std::string key = name.substr(start.size());
      if (key.compare(0, prefix.size(), prefix) == 0) found.push_back(ObjectOf(key, object));
    }
    return found;
  }

  Result<uint64_t> Hash(const std::string& key) override {
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, GetBytes(key, 1 << 20));
    return Xxh3(bytes);
  }

  Result<std::string> LocalPath(const std::string& key) override {
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, GetBytes(key, 1 << 20));
    const std::string path = disk_.staging_folder + "/copy";
    std::ofstream(path, std::ios::trunc) << bytes;
    return path;
  }

  Status Move(const std::string& from, const std::string& to) override {
    ARROW_RETURN_NOT_OK(process_.Enter(Room::kDestination));
    const auto there = disk_.objects.find(Name(from));
    if (there == disk_.objects.end()) return Fail(destination::kAbsent, from + " is gone");
    if (disk_.objects.count(Name(to)) > 0) return Fail(destination::kNameTaken, to + " is taken");
    Store(to, there->second.bytes);
    disk_.objects.erase(Name(from));
    ++disk_.seen["objects quarantined"];
    return process_.Leave(Room::kDestination);
  }

  Result<int> Sweep(const std::string& run_id) override {
    ARROW_RETURN_NOT_OK(process_.Enter(Room::kDestination));
    return SweepStaging(disk_.staging_folder, run_id);
  }

 private:
  std::string Name(const std::string& key) const { return root_ + "/" + key; }
  static std::string VersionText(const StoredObject& object) {
    return std::to_string(object.version);
  }
  static destination::Object ObjectOf(const std::string& key, const StoredObject& object) {
    return {key, static_cast<int64_t>(object.bytes.size()), VersionText(object)};
  }
  void Store(const std::string& key, const std::string& bytes) {
    disk_.objects[Name(key)] = {bytes, disk_.next_version++, nullptr};
    disk_.stolen.erase(Name(key));
    disk_.read_back.erase(Name(key));
    disk_.garbled.erase(Name(key));
  }

  // M2, P5: the marker vouches for exactly the manifest that stands there and was read back.
  void CheckMarker(std::string_view body) {
    const auto manifest = disk_.objects.find(Name(std::string(manifest::kManifestKey)));
    if (manifest == disk_.objects.end()) return disk_.Broken("P5: _SUCCESS before the manifest");
    if (disk_.read_back.count(manifest->first) == 0)
      disk_.Broken("P5: _SUCCESS before the manifest was read back");
    if (manifest::ParseSuccessBody(body) != FingerprintText(Xxh3(manifest->second.bytes))) {
      disk_.Broken("P5: _SUCCESS does not fit the manifest");
    }
    CheckDataset(&disk_, root_);
  }

  Process& process_;
  Disk& disk_;
  const std::string root_;
};

Result<std::unique_ptr<destination::Destination>> OpenPlace(
    const destination::OpenContext& context) {
  return std::make_unique<Place>(&Process::Current(), context.root);
}

}  // namespace

const destination::Driver& FakeDestination() {
  static const destination::Driver driver{"local", &OpenPlace};
  return driver;
}

}  // namespace rivet::sim
