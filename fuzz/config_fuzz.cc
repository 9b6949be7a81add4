// rivet.yaml as bytes from outside: whatever they are, loading ends in a config or in named
// problems. Built with libFuzzer, or with replay_main.cc, which runs the corpus through it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/status.h"
#include "config/config.h"

namespace {

const char* NoEnvironment(const char* name) {
  return std::string_view(name) == "SET" ? "a: 'b'\n\"c\"" : nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  rivet::config::LoadOptions options;
  options.params = {{"param", "1"}};
  options.get_env = NoEnvironment;
  const auto config = rivet::config::LoadText(text, "fuzz.yaml", "/nonexistent", options);
  if (!config.ok()) {
    const auto faults = rivet::FaultsOf(config.status());
    rivet::Check(!faults.empty() && faults.size() <= 20, "between 1 and 20 problems are told");
    for (const rivet::Fault& fault : faults) {
      rivet::Check(fault.code != nullptr, "a problem has a code");
      rivet::Check(fault.code->fault_class == rivet::FaultClass::kUsage,
                   "a bad config is a usage error");
      rivet::Check(fault.place.has_value(), "a problem has a place");
    }
    return 0;
  }
  rivet::Check(!config->exports.empty(), "a valid config has an export");
  for (const rivet::config::Export& item : config->exports) {
    rivet::Check(item.parallel >= 1 && item.parallel <= 64, "parallel is in bounds");
    rivet::Check(
        !item.name.empty() && (!item.destination.path.empty() || item.destination.type == "stdout"),
        "required keys are there");
    const rivet::model::Tuning tuning = rivet::config::ResolveTuning(config->source, item);
    rivet::Check(tuning.batch_size >= 1, "a batch holds a row");
    const rivet::model::FormatSettings format = rivet::config::ResolveFormat(item, 100);
    rivet::Check(format.row_group_rows >= 1 && format.row_group_bytes >= 1,
                 "a row group holds a row");
    rivet::config::FillPlaceholders(rivet::config::DestinationRoot(*config, item), item.name, "run",
                                    "2026-01-31");
    rivet::Check(config->Find(item.name).ok(), "an export is found by its name");
  }
  return 0;
}
