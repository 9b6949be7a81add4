#include "command/diagnosis_internal.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/time_text.h"
#include "command/describe_plan_internal.h"
#include "command/shared_internal.h"
#include "report/report.h"

namespace rivet::command {
namespace {

constexpr int64_t kSmallTable = 100'000;
constexpr int64_t kEfficientMax = 10'000'000;
constexpr int64_t kDegradedMax = 50'000'000;
constexpr int64_t kFastMax = 1'000'000;
constexpr int64_t kBalancedMax = 10'000'000;
constexpr int64_t kHeavyWindowBytes = 256LL << 20;
constexpr size_t kSparseWindowsMin = 10;
constexpr double kSparseDensity = 0.1;
constexpr int64_t kParallelRowsMax = 5'000'000;
// A cautious guess of what one reader takes from a server that has other work too.
constexpr int64_t kReadBytesPerSecond = 50LL << 20;
constexpr int64_t kSnapshotSecondsLong = 10;
constexpr int64_t kConnectionsSpare = 3;

std::optional<int64_t> IntegerOf(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// What the windows of a chunked plan cover, the one of NULL keys aside.
struct KeySpan {
  std::string text;
  double width = 0;  // of integer keys
  size_t windows = 0;
};

std::string DayOf(int64_t days) {
  const Civil civil = CivilFromDays(days);
  char text[48];
  std::snprintf(text, sizeof text, "%04lld-%02u-%02u", static_cast<long long>(civil.year),
                civil.month, civil.day);
  return text;
}

KeySpan SpanOf(const engine::Prepared& prepared) {
  const model::Plan& plan = prepared.plan;
  KeySpan span;
  if (plan.cut == model::Cut::kKeys) {
    span.text = prepared.key_range;
    span.windows = static_cast<size_t>(prepared.units_estimate.value_or(0));
    return span;
  }
  std::optional<int64_t> low, high;
  for (const model::Unit& unit : plan.units) {
    if (unit.start_key.empty() && unit.end_key.empty()) continue;
    if (unit.start_key == model::kNullUnitKey) continue;
    ++span.windows;
    const auto start = IntegerOf(unit.start_key), end = IntegerOf(unit.end_key);
    if (!start || !end) continue;
    if (!low) low = start;
    high = end;
  }
  if (!low || !high) return span;
  if (plan.cut == model::Cut::kDays) {
    span.text = DayOf(*low) + ".." + DayOf(*high);
    return span;
  }
  span.text = std::to_string(*low) + ".." + std::to_string(*high);
  span.width = static_cast<double>(*high) - static_cast<double>(*low);
  return span;
}

bool LedByIndex(const model::TableFacts& facts, const std::string& column) {
  return std::any_of(
      facts.indexes.begin(), facts.indexes.end(), [&](const model::IndexFacts& index) {
        return index.usable && !index.columns.empty() && index.columns.front() == column;
      });
}

bool IsIndexed(const engine::Prepared& prepared, const model::QueryCost& cost) {
  const model::Plan& plan = prepared.plan;
  if (!plan.relation.is_query() && !plan.chunk_key.empty()) {
    return LedByIndex(prepared.facts, plan.chunk_key.front().name);
  }
  // Physical blocks and key pages visit each row once; so does an index scan.
  return plan.whole_heap || !plan.page_key.empty() || cost.scan.find("Index") != std::string::npos;
}

std::string VerdictOf(bool indexed, bool chunked, int64_t rows) {
  if (indexed) return chunked && rows <= kEfficientMax ? "EFFICIENT" : "ACCEPTABLE";
  if (rows <= kSmallTable) return "ACCEPTABLE";
  return rows <= kDegradedMax ? "DEGRADED" : "UNSAFE";
}

std::string ProfileOf(bool indexed, int64_t rows, int parallel) {
  if (indexed) return rows <= kFastMax ? "fast" : rows <= kBalancedMax ? "balanced" : "safe";
  if (rows <= kSmallTable) return parallel > 1 ? "balanced" : "fast";
  return rows <= kFastMax ? "balanced" : "safe";
}

void SetParallelism(Diagnosis* diagnosis, int64_t rows) {
  const auto set = [diagnosis](int level, const char* why) {
    diagnosis->parallelism = level;
    diagnosis->parallelism_why = why;
  };
  if (rows < 50'000) return set(1, "too few rows for a second worker");
  if (!diagnosis->indexed && rows > 5'000'000)
    return set(1, "no index is used for the chunk column: each chunk reads much");
  if (!diagnosis->indexed) return set(2, "no index is used for the chunk column");
  if (rows < 500'000) return set(2, "a medium table");
  set(4, "a large table with an index on the chunk column");
}

void WarnOfWindows(const model::Plan& plan, const KeySpan& span, int64_t rows,
                   Diagnosis* diagnosis) {
  auto& warnings = diagnosis->warnings;
  if (rows > 0 && span.windows > kSparseWindowsMin && span.width > 0) {
    const double density = static_cast<double>(rows) / span.width;
    if (density < kSparseDensity) {
      // Where rows lie close together and the holes are large.
      const int empty = static_cast<int>((1.0 - density) * 100 + 0.5);
      warnings.push_back(
          {"sparse-key-range", "medium",
           "only " + report::CountWord(rows) + " rows lie in the keys " + span.text + ": up to " +
               std::to_string(empty) + " % of the " + std::to_string(span.windows) +
               " chunks are empty; raise chunk_size, or cut by rows with chunk_dense: true"});
    }
  }
  if (rows > 0 && span.windows > 0 && diagnosis->row_bytes > 0) {
    const int64_t bytes = rows / static_cast<int64_t>(span.windows) * diagnosis->row_bytes;
    if (bytes > kHeavyWindowBytes) {
      // Pages keep statements short all the same; what is large is the file and what a retry costs.
      warnings.push_back(
          {"chunk-too-heavy", plan.page_key.empty() ? "medium" : "low",
           "a chunk holds about " + report::BytesWord(bytes) + ": a lower chunk_size makes " +
               (plan.page_key.empty() ? "its statement shorter" : "its files smaller") +
               " and a retry cheaper"});
    }
  }
  if (plan.parallel > 1 && rows > kParallelRowsMax) {
    warnings.push_back({"parallel-memory", "medium",
                        std::to_string(plan.parallel) + " workers over " + report::CountWord(rows) +
                            " rows: each holds a batch and a row group in memory"});
  }
}

// Numbering rows makes the server order all of them before it gives the first.
void WarnOfNumbering(const model::Plan& plan, Diagnosis* diagnosis) {
  constexpr std::string_view kNumbering = "row_number";
  const std::string& query = plan.relation.query;
  const auto found =
      std::search(query.begin(), query.end(), kNumbering.begin(), kNumbering.end(),
                  [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
  if (found == query.end()) return;
  diagnosis->warnings.push_back({"dense-sort-cost", "medium",
                                 "the query uses ROW_NUMBER: the server sorts its whole result for "
                                 "every chunk; chunk_dense: true cuts by rows without it"});
}

void WarnOfServer(const engine::Prepared& prepared, Diagnosis* diagnosis) {
  auto& warnings = diagnosis->warnings;
  const model::Plan& plan = prepared.plan;
  if (prepared.facts.row_security) {
    warnings.push_back(
        {"row-security", "high",
         "row security is active: policies may hide rows from role " + prepared.server.role});
  }
  if (plan.parallel > 1 && diagnosis->max_connections > 0 &&
      plan.parallel >= diagnosis->max_connections) {
    warnings.push_back(
        {"connection-limit", "high",
         "parallel " + std::to_string(plan.parallel) + " needs more than the server's " +
             std::to_string(diagnosis->max_connections) + " connections: use at most " +
             std::to_string(std::max<int64_t>(1, diagnosis->max_connections - kConnectionsSpare))});
  } else if (plan.parallel > 1 && diagnosis->max_connections <= 0) {
    warnings.push_back(
        {"connection-limit", "low", "the server's connection limit could not be read"});
  }
}

void WarnOfReading(const engine::Prepared& prepared, const model::QueryCost& cost,
                   Diagnosis* diagnosis) {
  auto& warnings = diagnosis->warnings;
  const model::Plan& plan = prepared.plan;
  if (cost.sorts_or_hashes) {
    warnings.push_back(
        {"sort-in-plan", "high",
         "the server sorts or hashes before the first row (" + cost.scan +
             "): it may write temporary files; simplify the query or index its order"});
  }
  int64_t bytes = prepared.facts.bytes;
  if (bytes < 0 && diagnosis->row_estimate > 0 && diagnosis->row_bytes > 0) {
    bytes = diagnosis->row_estimate * diagnosis->row_bytes;
  }
  const int64_t units = prepared.units_estimate.value_or(static_cast<int64_t>(plan.units.size()));
  if (!plan.may_renew_snapshot && bytes > 0 && units > 0) {
    const int64_t seconds = bytes / kReadBytesPerSecond / units;
    diagnosis->snapshot_seconds = seconds;
    if (seconds >= kSnapshotSecondsLong) {
      warnings.push_back(
          {"long-snapshot", "medium",
           "one snapshot for about " + report::DurationWord(seconds * 1'000) +
               (plan.mode == model::Mode::kFull ? "; mode: chunked keeps each under a second"
                                                : " a chunk; a smaller chunk_size shortens it")});
    }
  }
  if (diagnosis->row_estimate < 0) {
    warnings.push_back(
        {"not-analysed", "low",
         "the server has no statistics of this relation: ANALYZE it for an estimate"});
  }
}

std::string SuggestionOf(const Diagnosis& diagnosis, const model::Plan& plan) {
  if (diagnosis.verdict == "EFFICIENT") return "";
  const int64_t rows = std::max<int64_t>(0, diagnosis.row_estimate);
  std::string text;
  if (plan.mode == model::Mode::kFull) {
    // The whole of a small table is best read as it is.
    if (rows > kSmallTable)
      text = "mode: chunked on an indexed integer column can be resumed and split";
  } else if (!diagnosis.indexed) {
    // What the tables of a query are indexed on is not known here.
    text = plan.relation.is_query()
               ? "see that an index leads with `" + diagnosis.chunk_column + "`"
               : "add an index on `" + diagnosis.chunk_column + "`";
  } else if (plan.parallel < diagnosis.parallelism) {
    text = "parallel: " + std::to_string(diagnosis.parallelism);
  }
  const auto add = [&text](const char* more) {
    text += (text.empty() ? "" : "; ") + std::string(more);
  };
  if (diagnosis.verdict == "DEGRADED" || diagnosis.verdict == "UNSAFE") add("use the safe profile");
  if (diagnosis.verdict == "UNSAFE") add("run it off-peak");
  return text;
}

// What a statement moves, and how long a snapshot lives where it lives long.
std::string CostText(const Diagnosis& diagnosis) {
  std::string text;
  if (diagnosis.statement_bytes > 0)
    text = "about " + report::BytesWord(diagnosis.statement_bytes) + " a statement";
  if (diagnosis.snapshot_seconds > 0) {
    text += (text.empty() ? "" : ", ") + std::string("a snapshot of about ") +
            report::DurationWord(diagnosis.snapshot_seconds * 1'000);
  }
  return text.empty() ? "" : " (" + text + ")";
}

}  // namespace

Diagnosis Diagnose(const engine::Prepared& prepared, const model::QueryCost& cost) {
  const model::Plan& plan = prepared.plan;
  Diagnosis diagnosis;
  diagnosis.export_name = plan.export_name;
  diagnosis.strategy = plan.strategy;
  diagnosis.mode = model::ToString(plan.mode);
  diagnosis.row_estimate =
      prepared.facts.row_estimate >= 0 ? prepared.facts.row_estimate : cost.row_estimate;
  diagnosis.row_bytes = prepared.facts.row_bytes;
  diagnosis.max_connections = prepared.server.max_connections;
  diagnosis.scan = (cost.scan.empty() ? "unknown plan" : cost.scan) + "; " + ReadShape(plan);
  diagnosis.indexed = IsIndexed(prepared, cost);
  if (!plan.chunk_key.empty()) diagnosis.chunk_column = plan.chunk_key.front().name;
  const KeySpan span = SpanOf(prepared);
  diagnosis.range = span.text;
  const int64_t rows = std::max<int64_t>(0, diagnosis.row_estimate);
  diagnosis.verdict = VerdictOf(diagnosis.indexed, !plan.chunk_key.empty(), rows);
  diagnosis.profile = ProfileOf(diagnosis.indexed, rows, plan.parallel);
  if (diagnosis.row_bytes > 0) {
    diagnosis.statement_bytes =
        std::min(plan.limits.batch_bytes_max, plan.limits.batch_rows_max * diagnosis.row_bytes);
  }
  if (plan.mode == model::Mode::kChunked) SetParallelism(&diagnosis, rows);
  for (const model::PlanWarning& warning : plan.warnings) {
    const bool costs = warning.rule == "dense-sort-cost";
    diagnosis.warnings.push_back({warning.rule, costs ? "medium" : "low", warning.message});
  }
  WarnOfNumbering(plan, &diagnosis);
  WarnOfWindows(plan, span, rows, &diagnosis);
  WarnOfReading(prepared, cost, &diagnosis);
  WarnOfServer(prepared, &diagnosis);
  diagnosis.suggestion = SuggestionOf(diagnosis, plan);
  return diagnosis;
}

std::string DiagnosisText(const Diagnosis& diagnosis) {
  std::vector<std::pair<std::string, std::string>> lines;
  lines.emplace_back("Export", diagnosis.export_name);
  lines.emplace_back("Strategy", diagnosis.strategy);
  lines.emplace_back("Mode", diagnosis.mode);
  lines.emplace_back("Row estimate", diagnosis.row_estimate < 0
                                         ? "unknown"
                                         : "~" + report::CountWord(diagnosis.row_estimate));
  if (diagnosis.row_bytes > 0)
    lines.emplace_back("Row width", std::to_string(diagnosis.row_bytes) + " B");
  if (!diagnosis.range.empty()) lines.emplace_back("Cursor range", diagnosis.range);
  if (!diagnosis.chunk_column.empty()) lines.emplace_back("Cursor col", diagnosis.chunk_column);
  lines.emplace_back("Scan type", diagnosis.scan);
  lines.emplace_back("Verdict", diagnosis.verdict + CostText(diagnosis));
  lines.emplace_back("Recommended", diagnosis.profile);
  if (!diagnosis.parallelism_why.empty()) {
    lines.emplace_back("Parallelism", std::to_string(diagnosis.parallelism) + " (" +
                                          diagnosis.parallelism_why + ")");
  }
  for (const DiagnosisWarning& warning : diagnosis.warnings) {
    lines.emplace_back("Warning",
                       "[" + warning.severity + "] " + warning.rule + ": " + warning.message);
  }
  if (!diagnosis.suggestion.empty()) lines.emplace_back("Suggestion", diagnosis.suggestion);
  return LabelText(lines);
}

}  // namespace rivet::command
