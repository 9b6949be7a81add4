#include "config/fields.h"

namespace rivet::config {
namespace {

using enum FieldKind;

constexpr Word kSlackTriggers[] = {{"failure"}, {"schema_change"}, {"degraded"}};

constexpr Field kSlackFields[] = {
    {.name = "webhook_url", .doc = "The URL itself; warned about.", .secret = true},
    {.name = "webhook_url_env",
     .doc = "Variable that holds the URL.",
     .secret = true,
     .example = "DATA_ALERTS_HOOK"},
    {.name = "on", .kind = kWordList, .doc = "Triggers.", .words = kSlackTriggers},
};
constexpr Section kSlackSection{.name = "slack", .fields = kSlackFields};

constexpr Field kWebhookFields[] = {
    {.name = "url_env",
     .doc = "Variable that holds the URL.",
     .secret = true,
     .example = "DATA_ALERTS_HOOK"},
    {.name = "headers", .kind = kTextMap, .doc = "Extra headers.", .secret = true},
    {.name = "on", .kind = kWordList, .doc = "Triggers.", .words = kSlackTriggers},
};
constexpr Section kWebhookSection{.name = "webhook", .fields = kWebhookFields};

constexpr Field kNotificationsFields[] = {
    {.name = "slack",
     .kind = kSection,
     .doc = "Messages to Slack, by one of the two URLs.",
     .section = &kSlackSection},
    {.name = "webhook",
     .kind = kSection,
     .doc = "Posts the report of a run.",
     .section = &kWebhookSection},
};
constexpr Section kNotificationsSection{.name = "notifications", .fields = kNotificationsFields};

constexpr Field kStateFields[] = {
    {.name = "path",
     .doc = "File of the state; a relative path counts from the config's folder. `RIVET_STATE_URL` "
            "wins over it.",
     .available = true,
     .example = "./state/rivet.db",
     .preset = ".rivet_state.db beside the config"},
    {.name = "url_env",
     .doc = "Variable that holds the URL of a PostgreSQL database for the state.",
     .secret = true,
     .example = "RIVET_STATE"},
};
constexpr Section kStateSection{.name = "state", .fields = kStateFields};

constexpr Field kTelemetryFields[] = {
    {.name = "prometheus_file", .doc = "Text file of metrics."},
    {.name = "otlp_endpoint", .doc = "Where traces go."},
    {.name = "openlineage_url", .doc = "Where lineage events go."},
};
constexpr Section kTelemetrySection{.name = "telemetry", .fields = kTelemetryFields};

constexpr Field kStagingFields[] = {
    {.name = "path", .doc = "Folder of unfinished files.", .preset = ".rivet/staging"},
    {.name = "max_mb",
     .kind = kInt,
     .doc = "Megabytes they may take.",
     .minimum = 1,
     .maximum = kMegabytesMax,
     .preset = "4096"},
};
constexpr Section kStagingSection{.name = "staging", .fields = kStagingFields};

constexpr Field kRootFields[] = {
    {.name = "source",
     .kind = kSection,
     .doc = "The database, and tuning of all exports.",
     .available = true,
     .required = true,
     .section = &kSourceSection,
     .example = "{ type: postgres, url_env: DATABASE_URL }"},
    {.name = "exports",
     .kind = kSectionList,
     .doc = "What is extracted; at least one.",
     .available = true,
     .section = &kExportSection},
    {.name = "defaults",
     .kind = kSection,
     .doc = "A partial export, merged under each export: sections key by key, lists replaced.",
     .available = true,
     .partial = true,
     .section = &kExportSection},
    {.name = "parallel_exports",
     .kind = kBool,
     .doc = "Run the exports at the same time, on threads of one process. Ignored with `--export`.",
     .available = true,
     .off_is_fine = true,
     .preset = "false"},
    {.name = "parallel_export_processes",
     .kind = kBool,
     .doc = "The same with one process for each export. Wins over `parallel_exports`.",
     .available = true,
     .off_is_fine = true,
     .preset = "false"},
    {.name = "state",
     .kind = kSection,
     .doc = "Where the books are kept.",
     .available = true,
     .section = &kStateSection},
    {.name = "notifications",
     .kind = kSection,
     .doc = "Messages about runs.",
     .section = &kNotificationsSection},
    {.name = "telemetry",
     .kind = kSection,
     .doc = "Metrics, traces and lineage.",
     .section = &kTelemetrySection},
    {.name = "staging",
     .kind = kSection,
     .doc = "Where unfinished files are.",
     .section = &kStagingSection},
};

// Depth first, in the order of the tables, so that shorter paths of a section come first.
void Collect(const Section& section, const std::string& path, bool available,
             std::vector<Home>* homes) {
  homes->push_back({&section, path, available});
  for (const Field& field : section.fields) {
    if (field.section == nullptr || field.partial) continue;
    std::string below =
        path.empty() ? std::string(field.name) : path + "." + std::string(field.name);
    if (field.kind == kSectionList) below += "[]";
    Collect(*field.section, below, available && field.available, homes);
  }
}

}  // namespace

constinit const Section kRootSection{.name = "", .fields = kRootFields};

const Field* FindField(const Section& section, std::string_view name) {
  for (const Field& field : section.fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::string ExampleOf(const Field& field) {
  if (!field.example.empty()) return std::string(field.example);
  switch (field.kind) {
    case kBool:
      return "true";
    case kInt:
    case kNumber:
      return std::to_string(field.minimum > 0 ? field.minimum : 1);
    case kWord:
      return std::string(field.words.front().name);
    case kTextList:
    case kWordList:
    case kSectionList:
      return "[…]";
    case kTextMap:
    case kNumberMap:
    case kSection:
      return "{…}";
    case kText:
      return "…";
  }
  return "…";
}

bool ListHas(std::string_view blank_separated, std::string_view word) {
  while (!blank_separated.empty()) {
    const size_t end = blank_separated.find(' ');
    if (blank_separated.substr(0, end) == word) return true;
    if (end == std::string_view::npos) return false;
    blank_separated.remove_prefix(end + 1);
  }
  return false;
}

const std::vector<Home>& Homes() {
  static const std::vector<Home> homes = [] {
    std::vector<Home> all;
    Collect(kRootSection, "", true, &all);
    return all;
  }();
  return homes;
}

}  // namespace rivet::config
