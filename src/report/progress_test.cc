#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "report/clock_world_internal.h"
#include "report/progress_internal.h"

namespace rivet::report {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

int Characters(const std::string& text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

ProgressState Chunked() {
  ProgressState state;
  state.export_name = "orders";
  state.mode = "chunked";
  state.units_total = 10;
  state.units_done = 5;
  state.rows = 500'000;
  state.bytes = 50'000'000;
  state.row_estimate = 1'000'000;
  return state;
}

TEST(ProgressLineTest, ShowsChunksRowsRateAndWhatIsLeft) {
  const std::string line = ProgressLine(Chunked(), 10'000'000, 100);
  EXPECT_THAT(line, StartsWith("▸ orders  chunked"));
  EXPECT_THAT(line, HasSubstr("5/10"));
  EXPECT_THAT(line, HasSubstr("500K rows"));
  EXPECT_THAT(line, HasSubstr("50K/s"));
  EXPECT_THAT(line, HasSubstr("5.0 MB/s"));
  EXPECT_THAT(line, HasSubstr("ETA 10.0s"));
  EXPECT_THAT(line, HasSubstr("█"));
}

TEST(ProgressLineTest, NeverWiderThanTheTerminal) {
  ProgressState state = Chunked();
  state.export_name = std::string(200, 'n');
  for (int width = kWidthMin; width <= kWidthMax; ++width) {
    EXPECT_LE(Characters(ProgressLine(state, 10'000'000, width)), width);
    EXPECT_LE(Characters(ProgressLine(Chunked(), 10'000'000, width)), width);
  }
}

TEST(ProgressLineTest, NoRateBeforeHalfASecond) {
  EXPECT_THAT(ProgressLine(Chunked(), 400'000, 100), Not(HasSubstr("/s")));
}

TEST(ProgressLineTest, ChunksDoneByAnEarlierProcessAreNotOurSpeed) {
  ProgressState state = Chunked();
  state.units_before = 4;
  state.row_estimate = -1;
  // One of six chunks took ten seconds: fifty are left, not ten.
  EXPECT_THAT(ProgressLine(state, 10'000'000, 100), HasSubstr("ETA 50.0s"));
}

TEST(ProgressLineTest, FullShowsAPercentageOnlyWithAnEstimate) {
  ProgressState state = Chunked();
  state.mode = "full";
  EXPECT_THAT(ProgressLine(state, 10'000'000, 100), HasSubstr("50%"));
  state.rows = 5'000'000;
  EXPECT_THAT(ProgressLine(state, 10'000'000, 100), HasSubstr("99%"));
  state.row_estimate = -1;
  const std::string line = ProgressLine(state, 10'000'000, 100);
  EXPECT_THAT(line, Not(HasSubstr("%")));
  EXPECT_THAT(line, Not(HasSubstr("ETA")));
  EXPECT_THAT(line, HasSubstr("5M rows"));
}

TEST(ProgressViewTest, AnExportWhoseProcessIsGoneIsMarked) {
  ClockWorld world;
  model::RunResult result;
  result.export_name = "orders";
  result.lost = true;
  testing::internal::CaptureStderr();
  ProgressView(world, {false, false, [] { return 80; }, [](const std::string&) {}})
      .On(model::RunEnded{result});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), StartsWith("⚠ orders: failed"));
}

struct Terminal {
  explicit Terminal(World& world, bool color = false)
      : view(world, {true, color, [] { return 80; },
                     [this](const std::string& text) { writes.push_back(text); }}) {}
  std::vector<std::string> writes;
  ProgressView view;
};

model::RunStarted Started() {
  model::RunStarted started;
  started.export_name = "orders";
  started.mode = "full";
  started.row_estimate = 1'000;
  return started;
}

TEST(ProgressTest, RedrawsAtMostEveryFifthOfASecond) {
  ClockWorld world;
  Terminal terminal(world);
  terminal.view.On(Started());
  ASSERT_EQ(terminal.writes.size(), 1U);
  for (int i = 0; i < 100; ++i) {
    world.Pass(10'000);
    terminal.view.On(model::RowsRead{"orders", 10, 100});
  }
  EXPECT_EQ(terminal.writes.size(), 6U);
  EXPECT_THAT(terminal.writes.back(), HasSubstr("1K rows"));
}

TEST(ProgressTest, TheLogTakesTheLineAwayFirst) {
  ClockWorld world;
  Terminal terminal(world);
  terminal.view.On(Started());
  testing::internal::CaptureStderr();
  world.log().Raw("a log line");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "a log line\n");
  ASSERT_EQ(terminal.writes.size(), 2U);
  EXPECT_EQ(terminal.writes.back(), "\r\x1b[K");
  // And no redraw before the log's line is out.
  terminal.view.On(model::RowsRead{"orders", 10, 100});
  EXPECT_EQ(terminal.writes.size(), 2U);
}

TEST(ProgressTest, EveryExportThatRunsHasALineOfItsOwn) {
  ClockWorld world;
  Terminal terminal(world);
  terminal.view.On(Started());
  model::RunStarted second = Started();
  second.export_name = "customers";
  terminal.view.On(second);
  EXPECT_THAT(terminal.writes.back(), StartsWith("\r\x1b[K▸ orders"));
  EXPECT_THAT(terminal.writes.back(), HasSubstr("\n▸ customers"));
  world.Pass(kRedrawMicros);
  terminal.view.On(model::RowsRead{"customers", 10, 100});
  // Both lines are taken away before they are drawn anew.
  EXPECT_THAT(terminal.writes.back(), StartsWith("\r\x1b[K\x1b[A\r\x1b[K▸ orders"));
  model::RunResult result;
  result.export_name = "orders";
  testing::internal::CaptureStderr();
  terminal.view.On(model::RunEnded{result});
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(terminal.writes.back(), "\r\x1b[K\x1b[A\r\x1b[K");
  world.Pass(kRedrawMicros);
  terminal.view.On(model::RowsRead{"customers", 10, 100});
  EXPECT_THAT(terminal.writes.back(), StartsWith("\r\x1b[K▸ customers"));
}

TEST(ProgressTest, MoreExportsThanLinesAreCounted) {
  ClockWorld world;
  Terminal terminal(world);
  for (int i = 0; i < kLinesMax + 3; ++i) {
    model::RunStarted started = Started();
    started.export_name = "e" + std::to_string(i);
    terminal.view.On(started);
  }
  EXPECT_THAT(terminal.writes.back(), EndsWith("\n  and 3 more"));
  EXPECT_EQ(std::count(terminal.writes.back().begin(), terminal.writes.back().end(), '\n'),
            kLinesMax);
}

TEST(ProgressTest, ColourOnlyWhenAsked) {
  ClockWorld world;
  Terminal plain(world), colored(world, true);
  plain.view.On(Started());
  colored.view.On(Started());
  EXPECT_THAT(plain.writes[0], Not(HasSubstr("[36m")));
  EXPECT_THAT(colored.writes[0], HasSubstr("\x1b[36m▸\x1b[0m orders"));
}

TEST(ProgressTest, ElsewhereOneLineAtStartAndOneAtTheEnd) {
  ClockWorld world;
  ProgressView view(
      world, {false, false, [] { return 80; }, [](const std::string&) { FAIL() << "no redraw"; }});
  testing::internal::CaptureStderr();
  view.On(Started());
  for (int i = 0; i < 50; ++i) {
    world.Pass(100'000);
    view.On(model::RowsRead{"orders", 10, 100});
  }
  model::RunResult result;
  result.export_name = "orders";
  result.status = model::RunStatus::kSuccess;
  result.rows = 500;
  result.files = 1;
  result.duration_ms = 5'000;
  view.On(model::RunEnded{result});
  EXPECT_EQ(
      testing::internal::GetCapturedStderr(),
      "▸ orders: full, ~1K rows\n✓ orders: success, 500 rows, 1 file, 0 B, 5.0s, 100 rows/s\n");
}

}  // namespace
}  // namespace rivet::report
