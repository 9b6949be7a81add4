#include <filesystem>
#include <string>

#include "config/bind_internal.h"
#include "config/faults.h"

namespace rivet::config {
namespace {

void CheckSlack(const Loading& loading, const Keys& slack) {
  const bool literal = slack.Has("webhook_url"), variable = slack.Has("webhook_url_env");
  if (literal && variable) {
    loading.Add(kValueConflict, slack, "webhook_url",
                "`webhook_url` and `webhook_url_env` are both set", {"keep `webhook_url_env`"});
  } else if (!literal && !variable && slack.Has("on")) {
    loading.Add(kMissingKey, slack, "on",
                slack.spot().Label() +
                    " has triggers, but neither `webhook_url` nor "
                    "`webhook_url_env`",
                {"add `webhook_url_env: DATA_ALERTS_HOOK`"});
  }
}

}  // namespace

void BindRoot(const Loading& loading, const Keys& root) {
  loading.config->parallel_exports = root.Flag("parallel_exports");
  loading.config->parallel_export_processes = root.Flag("parallel_export_processes");
  const Keys state = root.Below("state");
  if (const Node* path = state.Usable("path"); path != nullptr) {
    if (path->text.empty()) {
      loading.Add(kValueOutOfRange, state, "path", "`state.path` is empty",
                  {"name a file, or leave the key out"});
    }
    loading.config->state_path =
        (std::filesystem::path(loading.config->folder) / path->text).lexically_normal().string();
  }
  if (state.Has("path") && state.Has("url_env")) {
    loading.Add(kValueConflict, state, "url_env", "`state.path` and `state.url_env` are both set",
                {"keep one of the two"});
  }
  CheckSlack(loading, root.Below("notifications").Below("slack"));
}

}  // namespace rivet::config
