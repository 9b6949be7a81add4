#include "config/fields_internal.h"

#include "config/faults.h"

namespace rivet::config {
namespace {

using enum FieldKind;

constexpr Word kSourceTypes[] = {{"postgres"}, {"mysql"}};
constexpr Word kEnvironments[] = {{"local"}, {"replica"}, {"production"}};
constexpr Word kTlsModes[] = {{"disable"}, {"require"}, {"verify-ca"}, {"verify-full"}};
constexpr Word kProfiles[] = {{"fast"}, {"balanced"}, {"safe"}};
constexpr Word kMemoryActions[] = {{"warn"}, {"fail"}, {"auto_shrink"}};
constexpr Word kSlackTriggers[] = {{"failure"}, {"schema_change"}, {"degraded"}};

// Limits of the server (timeouts are a 32-bit count of milliseconds there) and of good sense.
constexpr int64_t kTimeoutSecondsMax = 2'147'483;
constexpr int64_t kMegabytesMax = 1 << 20;
constexpr int64_t kWaitMsMax = 3'600'000;
constexpr int64_t kRowsMax = 10'000'000;
constexpr int64_t kRetriesMax = 100;

constexpr Field kTlsFields[] = {
    {.name = "mode",
     .kind = kWord,
     .doc = "How far the server is trusted, as in libpq.",
     .available = true,
     .words = kTlsModes,
     .example = "verify-full"},
    {.name = "ca_file",
     .doc = "PEM bundle of a private CA, relative to the config's folder.",
     .available = true,
     .example = "certs/ca.pem"},
    {.name = "accept_invalid_certs",
     .kind = kBool,
     .doc = "Skip the check of the certificate chain.",
     .available = true},
    {.name = "accept_invalid_hostnames",
     .kind = kBool,
     .doc = "Skip the check of the host name.",
     .available = true},
};

constexpr Field kLoadGuardFields[] = {
    {.name = "pause_above",
     .kind = kNumberMap,
     .doc = "Signal to limit above which reading pauses."},
    {.name = "abort_above",
     .kind = kNumberMap,
     .doc = "Signal to limit above which the run stops."},
};
constexpr Section kLoadGuardSection{.name = "load_guard", .fields = kLoadGuardFields};

constexpr Field kTuningFields[] = {
    {.name = "profile",
     .kind = kWord,
     .doc = "Base values of everything below.",
     .available = true,
     .words = kProfiles,
     .example = "balanced"},
    {.name = "batch_size",
     .kind = kInt,
     .doc = "Rows per statement at most.",
     .available = true,
     .minimum = 1,
     .maximum = kRowsMax,
     .example = "10000"},
    {.name = "batch_size_memory_mb",
     .kind = kInt,
     .doc = "Bytes per statement instead of rows.",
     .available = true,
     .minimum = 1,
     .maximum = kMegabytesMax,
     .example = "64"},
    {.name = "throttle_ms",
     .kind = kInt,
     .doc = "Sleep between statements.",
     .available = true,
     .maximum = kWaitMsMax,
     .example = "50"},
    {.name = "statement_timeout_s",
     .kind = kInt,
     .doc = "Limit of one statement; 0 is none.",
     .available = true,
     .maximum = kTimeoutSecondsMax,
     .example = "300"},
    {.name = "lock_timeout_s",
     .kind = kInt,
     .doc = "Limit of a wait for a lock; 0 is none.",
     .available = true,
     .maximum = kTimeoutSecondsMax,
     .example = "30"},
    {.name = "max_retries",
     .kind = kInt,
     .doc = "Retries after the first attempt.",
     .available = true,
     .maximum = kRetriesMax,
     .example = "3"},
    {.name = "retry_backoff_ms",
     .kind = kInt,
     .doc = "Base of the growing wait between attempts.",
     .available = true,
     .maximum = kWaitMsMax,
     .example = "2000"},
    {.name = "memory_threshold_mb",
     .kind = kInt,
     .doc = "Pause while the process holds more; 0 is off.",
     .available = true,
     .maximum = kMegabytesMax,
     .example = "4096"},
    {.name = "max_value_mb",
     .kind = kInt,
     .doc = "Largest single cell; 0 is off.",
     .available = true,
     .maximum = kMegabytesMax,
     .example = "256"},
    {.name = "max_batch_memory_mb",
     .kind = kInt,
     .doc = "Cap on one batch in memory.",
     .minimum = 1},
    {.name = "on_batch_memory_exceeded",
     .kind = kWord,
     .doc = "What to do at that cap.",
     .words = kMemoryActions},
    {.name = "adaptive",
     .kind = kBool,
     .doc = "React to pressure on the source.",
     .off_is_fine = true},
    {.name = "min_parallel", .kind = kInt, .doc = "Fewest workers under pressure.", .minimum = 1},
    {.name = "max_snapshot_s", .kind = kInt, .doc = "Warn when a snapshot grows older."},
    {.name = "max_statement_s", .kind = kInt, .doc = "Shrink windows beyond this."},
    {.name = "load_guard",
     .kind = kSection,
     .doc = "Pause or stop by signals of the source.",
     .section = &kLoadGuardSection},
};

constexpr Field kSourceFields[] = {
    {.name = "type",
     .kind = kWord,
     .doc = "Engine; agrees with the URL's scheme.",
     .available = true,
     .required = true,
     .words = kSourceTypes},
    {.name = "url",
     .doc = "Whole connection URL.",
     .available = true,
     .secret = true,
     .example = "\"postgresql://${DB_USER}@db.internal:5432/shop\""},
    {.name = "url_env",
     .doc = "Variable that holds the URL; the recommended form.",
     .available = true,
     .secret = true,
     .example = "DATABASE_URL"},
    {.name = "url_file",
     .doc = "File whose trimmed content is the URL.",
     .available = true,
     .example = "/run/secrets/database_url"},
    {.name = "host", .doc = "Structured form: host.", .available = true, .example = "db.internal"},
    {.name = "user", .doc = "Structured form: user.", .available = true, .example = "extract_ro"},
    {.name = "database", .doc = "Structured form: database.", .available = true, .example = "shop"},
    {.name = "port",
     .kind = kInt,
     .doc = "Structured form: port.",
     .available = true,
     .minimum = 1,
     .maximum = 65'535,
     .example = "5432"},
    {.name = "password",
     .doc = "Plain text password; prefer password_env.",
     .available = true,
     .secret = true,
     .example = "\"${DB_PASSWORD}\""},
    {.name = "password_env",
     .doc = "Variable that holds the password.",
     .available = true,
     .secret = true,
     .example = "DB_PASSWORD"},
    {.name = "password_file", .doc = "File that holds the password."},
    {.name = "environment",
     .kind = kWord,
     .doc = "Picks the default tuning profile.",
     .available = true,
     .words = kEnvironments},
    {.name = "tuning",
     .kind = kSection,
     .doc = "Defaults of every export.",
     .available = true,
     .section = &kTuningSection},
    {.name = "tls",
     .kind = kSection,
     .doc = "Transport security.",
     .available = true,
     .section = &kTlsSection},
    {.name = "unbounded_numeric", .doc = "Numeric without precision: text, fail, decimal(p,s)."},
    {.name = "infinity", .doc = "What an infinite date or time becomes."},
    {.name = "zero_date", .doc = "What a zero date becomes."},
    {.name = "numeric_special", .doc = "What NaN and infinity in numeric become."},
    {.name = "out_of_range", .doc = "What a timestamp beyond 64 bits becomes."},
    {.name = "time_range", .doc = "What a time outside the day becomes."},
    {.name = "invalid_utf8", .doc = "What text that is not UTF-8 becomes."},
    {.name = "nullability", .doc = "Where NOT NULL of the files comes from."},
    {.name = "nested", .doc = "How composites are written."},
    {.name = "tinyint1", .doc = "How tinyint(1) is read."},
    {.name = "trim_char",
     .kind = kBool,
     .doc = "Drop the padding of char(n).",
     .off_is_fine = true},
    {.name = "dedupe_columns", .doc = "Rename repeated column names."},
    {.name = "assume_timezone", .doc = "Zone of naive timestamps."},
};

constexpr Field kSlackFields[] = {
    {.name = "webhook_url", .doc = "Literal URL.", .secret = true},
    {.name = "webhook_url_env", .doc = "Variable that holds the URL.", .secret = true},
    {.name = "on", .kind = kWordList, .doc = "Triggers.", .words = kSlackTriggers},
};
constexpr Section kSlackSection{.name = "slack", .fields = kSlackFields};

constexpr Field kWebhookFields[] = {
    {.name = "url_env", .doc = "Variable that holds the URL.", .secret = true},
    {.name = "headers", .kind = kTextMap, .doc = "Extra headers.", .secret = true},
    {.name = "on", .kind = kWordList, .doc = "Triggers.", .words = kSlackTriggers},
};
constexpr Section kWebhookSection{.name = "webhook", .fields = kWebhookFields};

constexpr Field kNotificationsFields[] = {
    {.name = "slack", .kind = kSection, .doc = "Slack webhook.", .section = &kSlackSection},
    {.name = "webhook",
     .kind = kSection,
     .doc = "Posts the run report.",
     .section = &kWebhookSection},
};
constexpr Section kNotificationsSection{.name = "notifications", .fields = kNotificationsFields};

constexpr Field kStateFields[] = {
    {.name = "url_env",
     .doc = "Variable that holds the URL of the state's database.",
     .secret = true},
    {.name = "path", .doc = "File of the state."},
};
constexpr Section kStateSection{.name = "state", .fields = kStateFields};

constexpr Field kTelemetryFields[] = {
    {.name = "prometheus_file", .doc = "Text file of metrics."},
    {.name = "otlp_endpoint", .doc = "Where traces go."},
    {.name = "openlineage_url", .doc = "Where lineage events go."},
};
constexpr Section kTelemetrySection{.name = "telemetry", .fields = kTelemetryFields};

constexpr Field kStagingFields[] = {
    {.name = "path", .doc = "Folder of unfinished files."},
    {.name = "max_mb", .kind = kInt, .doc = "Space they may take.", .minimum = 1},
};
constexpr Section kStagingSection{.name = "staging", .fields = kStagingFields};

constexpr Field kRootFields[] = {
    {.name = "source",
     .kind = kSection,
     .doc = "Connection and shared tuning.",
     .available = true,
     .required = true,
     .section = &kSourceSection},
    {.name = "exports",
     .kind = kSectionList,
     .doc = "What is extracted; at least one.",
     .available = true,
     .section = &kExportSection},
    {.name = "notifications",
     .kind = kSection,
     .doc = "Messages about runs.",
     .section = &kNotificationsSection},
    {.name = "parallel_exports",
     .kind = kBool,
     .doc = "Run exports on threads of one process; needs at least two.",
     .available = true},
    {.name = "parallel_export_processes",
     .kind = kBool,
     .doc = "Run exports in processes.",
     .off_is_fine = true},
    {.name = "defaults", .kind = kAny, .doc = "A partial export merged under each export."},
    {.name = "state", .kind = kSection, .doc = "Where the ledger is.", .section = &kStateSection},
    {.name = "telemetry",
     .kind = kSection,
     .doc = "Metrics, traces, lineage.",
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
    if (field.section == nullptr) continue;
    std::string below =
        path.empty() ? std::string(field.name) : path + "." + std::string(field.name);
    if (field.kind == kSectionList) below += "[]";
    Collect(*field.section, below, available && field.available, homes);
  }
}

}  // namespace

constinit const Section kTlsSection{.name = "tls", .fields = kTlsFields};
constinit const Section kTuningSection{.name = "tuning", .fields = kTuningFields};
constinit const Section kSourceSection{.name = "source", .fields = kSourceFields};
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
    case kAny:
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
