#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "report/progress_internal.h"

namespace rivet::report {
namespace {

constexpr int kBarMin = 6;
constexpr int kBarMax = 20;

// Characters, not bytes: good enough for the names and signs on this line.
int WidthOf(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string CutTo(std::string_view text, int width) {
  std::string out;
  int seen = 0;
  for (char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80 && ++seen > width) break;
    out += c;
  }
  return out;
}

// How far it is, 0..1, or negative where nobody can tell.
double FractionOf(const ProgressState& state) {
  if (state.mode == "chunked" && state.units_total > 0) {
    double done = static_cast<double>(state.units_done);
    if (state.row_estimate > 0) {
      // Rows move between two chunks' ends; they may not run ahead of what is still to be finished.
      const double share = static_cast<double>(state.rows) /
                           static_cast<double>(state.row_estimate) *
                           static_cast<double>(state.units_total);
      done = std::max(done, std::min(static_cast<double>(state.units_before) + share,
                                     static_cast<double>(state.units_total) * 0.99));
    }
    return done / static_cast<double>(state.units_total);
  }
  if (state.row_estimate > 0) {
    return std::min(0.99,
                    static_cast<double>(state.rows) / static_cast<double>(state.row_estimate));
  }
  return -1;
}

std::string EtaText(const ProgressState& state, double fraction, SteadyMicros elapsed) {
  const double before =
      state.mode == "chunked" && state.units_total > 0
          ? static_cast<double>(state.units_before) / static_cast<double>(state.units_total)
          : 0.0;
  if (elapsed < kRateAfterMicros || fraction - before <= 0.005 || fraction >= 1.0) return "";
  const double left = static_cast<double>(elapsed) * (1.0 - fraction) / (fraction - before);
  return "ETA " + DurationWord(static_cast<int64_t>(left / 1'000));
}

std::string BarText(double fraction, int width) {
  const int filled = std::clamp(static_cast<int>(fraction * width), 0, width);
  std::string bar;
  for (int i = 0; i < width; ++i) bar += i < filled ? "█" : "░";
  return bar;
}

std::string MegabytesPerSecond(const ProgressState& state, SteadyMicros elapsed) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB/s",
                static_cast<double>(state.bytes) / static_cast<double>(elapsed));
  return text;
}

std::string UnitsText(const ProgressState& state, double fraction) {
  if (state.mode == "chunked") {
    if (state.units_total == 0) return "preparing…";
    return std::to_string(state.units_done) + "/" + std::to_string(state.units_total);
  }
  return fraction < 0 ? "" : std::to_string(static_cast<int>(fraction * 100)) + "%";
}

}  // namespace

std::string ProgressLine(const ProgressState& state, SteadyMicros now, int width) {
  const SteadyMicros elapsed = std::max<SteadyMicros>(1, now - state.begun);
  const double fraction = FractionOf(state);
  // In the order of their worth: what does not fit is left out from the end.
  std::vector<std::string> pieces;
  const auto add = [&pieces](std::string piece) {
    if (!piece.empty()) pieces.push_back(std::move(piece));
  };
  add(UnitsText(state, fraction));
  add(RowsWord(state.rows));
  if (elapsed >= kRateAfterMicros && state.rows > 0) {
    add(CountWord(state.rows * 1'000'000 / elapsed) + "/s");
  }
  add(EtaText(state, fraction, elapsed));
  add(DurationWord(elapsed / 1'000));
  if (elapsed >= kRateAfterMicros && state.bytes > 0) add(MegabytesPerSecond(state, elapsed));

  std::string line = "▸ " + CutTo(Printable(state.export_name), width / 3) + "  " + state.mode;
  std::string tail;
  for (const std::string& piece : pieces) {
    if (WidthOf(line) + WidthOf(tail) + 2 + WidthOf(piece) > width) break;
    tail += "  " + piece;
  }
  const int room = width - WidthOf(line) - WidthOf(tail) - 2;
  if (fraction >= 0 && room >= kBarMin) line += "  " + BarText(fraction, std::min(room, kBarMax));
  return CutTo(line + tail, width);
}

}  // namespace rivet::report
