#include "destination/standard_output/standard_output.h"

#include <unistd.h>

#include <atomic>
#include <utility>

#include "destination/standard_output/standard_output_internal.h"

namespace rivet::destination::standard_output {
namespace {

Status NotKept() { return Fail(destination::kNotKept, "stdout keeps nothing to be looked at"); }

class StandardOutput : public Destination {
 public:
  StandardOutput(int descriptor, std::stop_token stop)
      : descriptor_(descriptor), stop_(std::move(stop)) {}

  Traits traits() const override {
    return {.publishes_atomically = false, .can_list = false, .streams = true};
  }
  std::string uri() const override { return "stdout"; }
  const std::string& staging_folder() const override { return no_folder_; }
  Status Prepare() override { return Status::OK(); }

  // What a second file would add is nothing that a reader could tell from the first.
  Result<std::unique_ptr<StagedFile>> Stage(World&, const std::string&) override {
    if (taken_.exchange(true)) return Fail(kNameTaken, "stdout takes one file of one run");
    return StagedFile::Over(descriptor_, "stdout", stop_);
  }
  Status Put(StagedFile& file, const std::string&) override { return file.Flush(); }

  Status PutBytes(std::string_view, const std::string&, const std::optional<Object>&) override {
    return NotKept();
  }
  Result<std::string> GetBytes(const std::string&, int64_t) override { return NotKept(); }
  Result<std::optional<Object>> Head(const std::string&) override { return NotKept(); }
  Result<std::vector<Object>> List(const std::string&) override { return NotKept(); }
  Result<uint64_t> Hash(const std::string&) override { return NotKept(); }
  Result<std::string> LocalPath(const std::string&) override { return NotKept(); }
  Status Move(const std::string&, const std::string&) override { return NotKept(); }
  Result<int> Sweep(const std::string&) override { return NotKept(); }

 private:
  const int descriptor_;
  const std::stop_token stop_;
  const std::string no_folder_;
  std::atomic<bool> taken_ = false;
};

Result<std::unique_ptr<Destination>> Open(const OpenContext& context) {
  return Over(STDOUT_FILENO, context.stop);
}

}  // namespace

std::unique_ptr<Destination> Over(int descriptor, std::stop_token stop) {
  return std::make_unique<StandardOutput>(descriptor, std::move(stop));
}

const Driver& driver() {
  static constexpr Driver kDriver{"stdout", &Open};
  return kDriver;
}

}  // namespace rivet::destination::standard_output
