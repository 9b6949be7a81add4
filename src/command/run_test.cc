#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "command/line.h"

namespace rivet::command {
namespace run {
const Driver& driver();
}

namespace {

// What `run` refuses before it opens anything.
class RunTest : public ::testing::Test {
 protected:
  RunTest() {
    folder_ = std::filesystem::temp_directory_path() / ("rivet-run-" + RandomToken(*world_));
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ + "/rivet.yaml")
        << "source: { type: postgres, url: \"postgres://h/d\" }\nexports:\n"
           "  - { name: a, table: t, format: csv, destination: { type: stdout } }\n"
           "  - { name: b, table: t, format: csv, destination: { type: stdout } }\n";
  }
  ~RunTest() override { std::filesystem::remove_all(folder_); }

  Status Call(std::vector<std::string> words) {
    const Line line{*world_, drivers_, {&run::driver()}, {}, "0.1.0", ""};
    words.insert(words.begin(), {"run", "-c", folder_ + "/rivet.yaml"});
    return Execute(line, words).report.status;
  }

  std::unique_ptr<World> world_ = MakeRealWorld();
  engine::Drivers drivers_;
  std::string folder_;
};

TEST_F(RunTest, DataAndSummaryDoNotShareStandardOutput) {
  const Status status = Call({"-e", "a", "--json"});
  EXPECT_EQ(ExitCodeOfStatus(status), 2) << status;
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/.rivet_state.db"));
}

TEST_F(RunTest, StreamsOfSeveralExportsDoNotMix) {
  for (const char* flag : {"--parallel-exports", "--parallel-export-processes"}) {
    const Status status = Call({flag});
    EXPECT_EQ(ExitCodeOfStatus(status), 2) << status;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/.rivet_state.db"));
}

TEST_F(RunTest, FlagsThatContradictAreUsageErrors) {
  EXPECT_TRUE(Is(Call({"--dry-run", "--json"}), kCliUsage));
  EXPECT_TRUE(Is(Call({"--max-parallel", "0"}), kCliUsage));
  EXPECT_TRUE(Is(Call({"--max-parallel", "65"}), kCliUsage));
  EXPECT_TRUE(Is(Call({"--parallel-exports", "--parallel-export-processes"}), kCliUsage));
}

}  // namespace
}  // namespace rivet::command
