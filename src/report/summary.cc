#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "report/report.h"

namespace rivet::report {
namespace {

constexpr size_t kErrorCharacters = 240;
constexpr size_t kCauseCharacters = 200;

// At most `bytes_max` bytes, never cutting a character in two.
std::string Shortened(std::string text, size_t bytes_max) {
  text = Printable(text);
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string ErrorLine(const model::RunResult& result, size_t bytes_max) {
  std::string text = result.error_code.empty() ? "" : "[" + result.error_code + "] ";
  return Shortened(text + result.error_message, bytes_max);
}

std::string UnitsText(const model::RunResult& result) {
  if (result.mode != "chunked" || result.units_total == 0) return "";
  return std::to_string(result.units_done) + "/" + std::to_string(result.units_total);
}

class Lines {
 public:
  void Add(std::string label, std::string value) {
    lines_.emplace_back(std::move(label), std::move(value));
  }
  std::string Text() const {
    size_t width = 0;
    for (const auto& [label, value] : lines_) width = std::max(width, label.size());
    std::string text;
    for (const auto& [label, value] : lines_) {
      text += "  " + label + std::string(width - label.size() + 2, ' ') + value + "\n";
    }
    return text;
  }

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

void AddCost(const model::RunResult& result, Lines* lines) {
  if (result.statements > 0) {
    lines->Add("statements", std::to_string(result.statements) + ", longest " +
                                 std::to_string(result.longest_statement_ms) +
                                 " ms, oldest snapshot " +
                                 std::to_string(result.longest_snapshot_ms) + " ms");
  }
  lines->Add("duration", DurationWord(result.duration_ms));
  if (result.peak_rss_mb > 0) lines->Add("peak RSS", std::to_string(result.peak_rss_mb) + " MB");
  if (!result.compression.empty() && result.format == "parquet" && result.compression != "zstd") {
    lines->Add("compression", result.compression);
  }
  if (result.retries > 0) lines->Add("retries", std::to_string(result.retries));
  if (result.validation) lines->Add("validated", result.validation->passed ? "pass" : "FAIL");
  if (result.reconciliation) lines->Add("reconcile", ReconcileWord(*result.reconciliation));
}

struct Totals {
  int64_t success = 0, failed = 0, skipped = 0, interrupted = 0, rows = 0, files = 0, bytes = 0;
};

Totals TotalsOf(const std::vector<model::RunResult>& results) {
  Totals totals;
  for (const model::RunResult& result : results) {
    totals.success += result.status == model::RunStatus::kSuccess;
    totals.failed += result.status == model::RunStatus::kFailed;
    totals.skipped += result.status == model::RunStatus::kSkipped;
    totals.interrupted += result.status == model::RunStatus::kInterrupted;
    totals.rows += result.rows;
    totals.files += result.files;
    totals.bytes += result.bytes;
  }
  return totals;
}

bool Unfinished(const model::RunResult& result) {
  return result.status == model::RunStatus::kFailed ||
         result.status == model::RunStatus::kInterrupted;
}

std::string FailedText(const std::vector<model::RunResult>& results,
                       const std::string& config_path) {
  std::string failed, recovery;
  for (const model::RunResult& result : results) {
    if (!Unfinished(result)) continue;
    failed +=
        "    " + Printable(result.export_name) + ": " + ErrorLine(result, kCauseCharacters) + "\n";
    if (result.mode == "chunked" && result.units_done > 0 && !BooksClosed(result)) {
      recovery += "    rivet run -c " + ShellWord(config_path) + " -e " +
                  ShellWord(result.export_name) + " --resume\n";
    }
  }
  std::string text;
  if (!failed.empty()) text += "  failed exports\n" + failed;
  if (!recovery.empty()) text += "  to go on where they stopped\n" + recovery;
  return text;
}

}  // namespace

std::string ShellWord(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos)
    return std::string(word);
  std::string text = "'";
  for (char c : Printable(word)) {
    if (c == '\'') text += "'\\'";
    text += c;
  }
  return text + "'";
}

std::string SummaryBlock(const model::RunResult& result) {
  Lines lines;
  if (!result.run_id.empty()) lines.Add("run_id", Printable(result.run_id));
  std::string status(model::ToString(result.status));
  if (!result.skip_reason.empty()) status += " (" + Printable(result.skip_reason) + ")";
  lines.Add("status", status);
  if (!result.tuning_profile.empty()) lines.Add("tuning", Printable(result.tuning_profile));
  if (const std::string units = UnitsText(result); !units.empty()) {
    lines.Add("chunks", result.units_skipped > 0
                            ? units + " (" + std::to_string(result.units_skipped) + " done before)"
                            : units);
  }
  lines.Add("rows", std::to_string(result.rows));
  lines.Add("files", std::to_string(result.files));
  if (!result.output_uri.empty()) lines.Add("output", Printable(result.output_uri));
  lines.Add("bytes", BytesWord(result.bytes));
  for (const model::Altered& altered : result.altered)
    lines.Add("altered", Shortened(model::ToString(altered), kCauseCharacters));
  AddCost(result, &lines);
  if (!result.error_message.empty()) lines.Add("error", ErrorLine(result, kErrorCharacters));
  return "── " + Printable(result.export_name) + " ──\n" + lines.Text();
}

std::string SummaryOfMany(const Aggregate& aggregate) {
  const Totals totals = TotalsOf(aggregate.results);
  Lines lines;
  lines.Add("id", aggregate.id);
  std::string counts = std::to_string(totals.success) + " success, " +
                       std::to_string(totals.failed) + " failed, " +
                       std::to_string(totals.skipped) + " skipped";
  if (totals.interrupted > 0) counts += ", " + std::to_string(totals.interrupted) + " interrupted";
  lines.Add("exports", counts);
  lines.Add("rows", std::to_string(totals.rows));
  lines.Add("files", std::to_string(totals.files));
  lines.Add("bytes", BytesWord(totals.bytes));
  lines.Add("wall time", DurationWord(aggregate.duration_ms));
  if (aggregate.duration_ms > 0)
    lines.Add("rows/s", CountWord(totals.rows * 1'000 / aggregate.duration_ms));
  lines.Add("mode", aggregate.parallel_mode);
  lines.Add("config", Printable(aggregate.config_path));
  return "Run summary\n" + lines.Text() + FailedText(aggregate.results, aggregate.config_path);
}

}  // namespace rivet::report
