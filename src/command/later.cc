#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "command/command.h"
#include "command/later_internal.h"

namespace rivet::command {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array kLaterCommands = {
    Pair{"", "plan"}, Pair{"", "apply"},      Pair{"", "reconcile"},    Pair{"", "repair"},
    Pair{"", "mcp"},  Pair{"state", "prune"}, Pair{"state", "orphans"}, Pair{"state", "rebuild"},
};

constexpr std::array kLaterFlags = {
    Pair{"", "--no-notify"},
    Pair{"init", "--gcs-bucket"},
    Pair{"init", "--gcs-credentials-file"},
    Pair{"init", "--s3-bucket"},
    Pair{"init", "--s3-region"},
    Pair{"init", "--azure-container"},
    Pair{"init", "--azure-account"},
    Pair{"validate", "--prefix"},
    Pair{"validate", "--strict"},
};

template <typename List>
bool Has(const List& list, std::string_view command, std::string_view word) {
  return std::find(list.begin(), list.end(), Pair{command, word}) != list.end();
}

}  // namespace

bool IsLaterCommand(std::string_view command, std::string_view word) {
  return Has(kLaterCommands, command, word);
}

bool IsLaterFlag(std::string_view command, std::string_view flag) {
  return Has(kLaterFlags, command, flag) || Has(kLaterFlags, "", flag);
}

Status NotAvailableYet(std::string_view command, std::string_view word) {
  std::string text = "`rivet ";
  if (!command.empty()) text += std::string(command) + " ";
  return Fail(kNotAvailableYet, text + std::string(word) + "` is not available yet");
}

}  // namespace rivet::command
