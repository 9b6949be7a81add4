#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/world.h"
#include "model/observer.h"
#include "report/report.h"

namespace rivet::report {

inline constexpr int64_t kRedrawMicros = 200'000;
inline constexpr int64_t kRateAfterMicros = 500'000;
inline constexpr int kWidthMin = 60;
inline constexpr int kWidthMax = 100;
// Of exports that run at once; what there is more is counted in one line below them.
inline constexpr int kLinesMax = 8;

// What is known of one running export.
struct ProgressState {
  std::string export_name, mode;
  int64_t units_total = 0, units_done = 0, units_before = 0;  // before: done by an earlier process
  int64_t row_estimate = -1, rows = 0, bytes = 0;
  SteadyMicros begun = 0;
};

// One line, at most `width` characters wide, without colour, redraw codes or line feed.
std::string ProgressLine(const ProgressState& state, SteadyMicros now, int width);

// Where the lines go; a terminal of some width or not.
struct Screen {
  bool terminal = false;
  bool color = false;
  std::function<int()> width;                          // of the terminal, now
  std::function<void(const std::string& text)> write;  // straight to the terminal: redraw codes
};

// Listens from many threads. Never calls the log while it holds its own mutex: the log calls
// ClearLine under its own.
class ProgressView : public Progress {
 public:
  ProgressView(World& world, Screen screen);
  ~ProgressView() override;
  void On(const model::Event& event) override;

 private:
  void Started(const model::RunStarted& started);
  void Ended(const model::RunResult& result);
  void Counted(const std::string& export_name, int64_t rows, int64_t bytes, int64_t units);
  // The caller holds mutex_.
  void Draw(bool at_once);
  std::string Clearing() const;
  std::vector<std::string> LinesNow(SteadyMicros now, int width) const;
  void ClearLine();

  World& world_;
  const Screen screen_;
  std::mutex mutex_;
  std::map<std::string, ProgressState> running_;
  std::vector<std::string> order_;  // names of running_ as they began
  int drawn_ = 0;                   // lines on the terminal
  SteadyMicros drawn_at_ = 0;
};

}  // namespace rivet::report
