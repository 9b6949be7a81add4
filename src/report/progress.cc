#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "report/progress_internal.h"

namespace rivet::report {
namespace {

constexpr const char* kClear = "\r\x1b[K";
constexpr const char* kLineUp = "\x1b[A";

std::string Colored(bool color, std::string_view code, const std::string& text) {
  return color ? "\x1b[" + std::string(code) + "m" + text + "\x1b[0m" : text;
}

std::string StatusIcon(bool color, const model::RunResult& result) {
  if (result.lost) return Colored(color, "33", "⚠");
  switch (result.status) {
    case model::RunStatus::kSuccess:
      return Colored(color, "32", "✓");
    case model::RunStatus::kFailed:
      return Colored(color, "31", "✗");
    default:
      return Colored(color, "33", "•");
  }
}

std::string StartLine(const model::RunStarted& started) {
  std::string text = "▸ " + Printable(started.export_name) + ": " + started.mode;
  if (started.mode == "chunked") text += ", " + std::to_string(started.units_total) + " chunks";
  if (started.resumed) text += ", " + std::to_string(started.units_done) + " done before";
  if (started.row_estimate >= 0) text += ", ~" + RowsWord(started.row_estimate);
  if (!started.tuning_label.empty()) text += ", " + Printable(started.tuning_label);
  return text;
}

std::string EndLine(bool color, const model::RunResult& result) {
  std::string text = StatusIcon(color, result) + " " + Printable(result.export_name) + ": " +
                     std::string(model::ToString(result.status)) + ", " + RowsWord(result.rows) +
                     ", " + std::to_string(result.files) +
                     (result.files == 1 ? " file, " : " files, ") + BytesWord(result.bytes) + ", " +
                     DurationWord(result.duration_ms);
  if (result.duration_ms >= kRateAfterMicros / 1'000 && result.rows > 0) {
    text += ", " + CountWord(result.rows * 1'000 / result.duration_ms) + " rows/s";
  }
  return text;
}

bool WantsColor(ColorChoice choice, bool terminal) {
  if (choice != ColorChoice::kAuto) return choice == ColorChoice::kAlways;
  const char* no_color = std::getenv("NO_COLOR");
  return terminal && (no_color == nullptr || *no_color == '\0');
}

bool IsTerminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && (term == nullptr || std::string_view(term) != "dumb");
}

int TerminalWidth() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kWidthMin;
  return size.ws_col;
}

}  // namespace

std::unique_ptr<Progress> Progress::Make(World& world, ColorChoice color) {
  Screen screen;
  // A log of JSON objects stays one: nothing is redrawn in between.
  screen.terminal = IsTerminal() && !world.log().json();
  screen.color = WantsColor(color, screen.terminal);
  screen.width = TerminalWidth;
  screen.write = [](const std::string& text) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    static_cast<void>(written);  // a closed stderr is not a failure of the run
  };
  return std::make_unique<ProgressView>(world, std::move(screen));
}

ProgressView::ProgressView(World& world, Screen screen)
    : world_(world), screen_(std::move(screen)) {
  if (screen_.terminal) {
    world_.log().SetBeforeLine([](void* self) { static_cast<ProgressView*>(self)->ClearLine(); },
                               this);
  }
}

ProgressView::~ProgressView() {
  if (!screen_.terminal) return;
  world_.log().SetBeforeLine(nullptr, nullptr);
  ClearLine();
}

void ProgressView::ClearLine() {
  const std::lock_guard lock(mutex_);
  if (drawn_ > 0) screen_.write(Clearing());
  drawn_ = 0;
  // The log writes its line right after this: no redraw until it is out.
  drawn_at_ = world_.Steady();
}

// From the last line up to the first.
std::string ProgressView::Clearing() const {
  std::string codes = kClear;
  for (int i = 1; i < drawn_; ++i) codes += std::string(kLineUp) + kClear;
  return codes;
}

std::vector<std::string> ProgressView::LinesNow(SteadyMicros now, int width) const {
  std::vector<std::string> lines;
  // A line that the terminal breaks in two cannot be taken away by counting: there one line is all.
  const size_t most = width < kWidthMin ? 1 : kLinesMax;
  constexpr std::string_view kIcon = "▸";
  for (const std::string& name : order_) {
    if (lines.size() == most) break;
    std::string line =
        ProgressLine(running_.at(name), now, std::clamp(width, kWidthMin, kWidthMax));
    if (screen_.color && line.starts_with(kIcon))
      line = Colored(true, "36", std::string(kIcon)) + line.substr(kIcon.size());
    lines.push_back(std::move(line));
  }
  if (most > 1 && order_.size() > most)
    lines.push_back("  and " + std::to_string(order_.size() - most) + " more");
  return lines;
}

void ProgressView::Draw(bool at_once) {
  if (!screen_.terminal) return;
  const SteadyMicros now = world_.Steady();
  if (!at_once && now - drawn_at_ < kRedrawMicros) return;
  const std::vector<std::string> lines = LinesNow(now, screen_.width());
  std::string text = Clearing();
  for (size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : "\n") + lines[i];
  screen_.write(text);
  drawn_ = static_cast<int>(lines.size());
  drawn_at_ = now;
}

void ProgressView::Started(const model::RunStarted& started) {
  {
    const std::lock_guard lock(mutex_);
    ProgressState& state = running_[started.export_name];
    state = {};
    state.export_name = started.export_name;
    state.mode = started.mode;
    state.units_total = started.units_total;
    state.units_done = state.units_before = started.units_done;
    state.row_estimate = started.row_estimate;
    state.begun = world_.Steady();
    std::erase(order_, started.export_name);
    order_.push_back(started.export_name);
    Draw(true);
  }
  if (world_.log().json()) {
    world_.log().Event(
        LogLevel::kInfo, "run-started",
        {{"export", started.export_name}, {"run_id", started.run_id}, {"mode", started.mode}});
  } else if (!screen_.terminal) {
    world_.log().Raw(StartLine(started));
  }
}

void ProgressView::Ended(const model::RunResult& result) {
  {
    const std::lock_guard lock(mutex_);
    running_.erase(result.export_name);
    std::erase(order_, result.export_name);
  }
  if (world_.log().json()) {
    world_.log().Event(LogLevel::kInfo, "run-ended",
                       {{"export", result.export_name},
                        {"run_id", result.run_id},
                        {"status", std::string(model::ToString(result.status))},
                        {"rows", std::to_string(result.rows)},
                        {"duration_ms", std::to_string(result.duration_ms)}});
  } else {
    world_.log().Raw(EndLine(screen_.color, result));
  }
}

void ProgressView::Counted(const std::string& export_name, int64_t rows, int64_t bytes,
                           int64_t units) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(export_name);
  if (found == running_.end()) return;
  found->second.rows += rows;
  found->second.bytes += bytes;
  found->second.units_done += units;
  Draw(false);
}

void ProgressView::On(const model::Event& event) {
  Log& log = world_.log();
  if (const auto* started = std::get_if<model::RunStarted>(&event)) {
    Started(*started);
  } else if (const auto* rows = std::get_if<model::RowsRead>(&event)) {
    Counted(rows->export_name, rows->rows, rows->bytes, 0);
  } else if (const auto* done = std::get_if<model::UnitDone>(&event)) {
    Counted(done->export_name, 0, 0, 1);
    log.Event(LogLevel::kInfo, "chunk-done",
              {{"export", done->export_name},
               {"chunk", std::to_string(done->unit_index)},
               {"rows", std::to_string(done->rows)},
               {"file", done->file_name}});
  } else if (const auto* failed = std::get_if<model::UnitFailed>(&event)) {
    log.Event(LogLevel::kWarn, "chunk-failed",
              {{"export", failed->export_name},
               {"chunk", std::to_string(failed->unit_index)},
               {"attempt", std::to_string(failed->attempt)},
               {"error", failed->error}});
  } else if (const auto* retry = std::get_if<model::RetryPlanned>(&event)) {
    log.Event(LogLevel::kWarn, "retry",
              {{"export", retry->export_name},
               {"attempt", std::to_string(retry->attempt)},
               {"in_ms", std::to_string(retry->backoff_ms)},
               {"reason", retry->reason}});
  } else if (const auto* warned = std::get_if<model::Warned>(&event)) {
    log.WarnOnce(warned->rule, warned->export_name + ": " + warned->message);
  } else if (const auto* ended = std::get_if<model::RunEnded>(&event)) {
    Ended(ended->result);
  }
}

}  // namespace rivet::report
