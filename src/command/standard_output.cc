#include <unistd.h>

#include <algorithm>

#include "command/command.h"
#include "command/standard_output_internal.h"

namespace rivet::command {
namespace {

bool Streams(const config::Export* item) { return item->destination.type == "stdout"; }

bool IsText(const config::Export& item) {
  const model::FormatSettings settings = config::ResolveFormat(item, -1);
  return settings.format == "csv" && settings.csv.compression == model::Compression::kNone;
}

}  // namespace

bool WriteToStandardOutput(const std::vector<const config::Export*>& chosen) {
  return std::any_of(chosen.begin(), chosen.end(), Streams);
}

Status CheckTerminal(const std::vector<const config::Export*>& chosen, bool force) {
  const auto binary = std::find_if(chosen.begin(), chosen.end(), [](const config::Export* item) {
    return Streams(item) && !IsText(*item);
  });
  if (force || binary == chosen.end() || ::isatty(STDOUT_FILENO) == 0) return Status::OK();
  return WithHint(WithExport(Fail(kCliUsage,
                                  "standard output is a terminal, and what this export "
                                  "writes is no text"),
                             (*binary)->name),
                  "Redirect it to a file or a program, or write it all the same with --force.");
}

}  // namespace rivet::command
