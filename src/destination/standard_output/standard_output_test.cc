#include "destination/standard_output/standard_output.h"

#include <arrow/io/interfaces.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "base/file_faults.h"
#include "destination/destination_suite.h"
#include "destination/standard_output/standard_output_internal.h"

namespace rivet::destination {

// Its promises are those of places that keep files.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DestinationContract);

namespace standard_output {
namespace {

// A reader that takes all at once: a file.
class FileHouse : public DestinationHouse {
 public:
  FileHouse() : fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}
  ~FileHouse() override { ::unlink(path_.c_str()); }
  Result<std::unique_ptr<Destination>> Open(World&, const std::string&) override {
    return Over(fd_.get(), {});
  }
  std::string Received(World&, const std::string&) override {
    return ReadWholeFile(path_, 1 << 20).ValueOrDie();
  }

 private:
  const std::string path_ =
      (std::filesystem::temp_directory_path() / ("rivet-stdout-" + RandomToken(*MakeRealWorld())))
          .string();
  const UniqueFd fd_;
};

INSTANTIATE_TEST_SUITE_P(StandardOutput, HandOverContract,
                         ::testing::Values(DestinationPlace{
                             "stdout", [] { return std::make_unique<FileHouse>(); }}),
                         NameOf);

class PipeTest : public ::testing::Test {
 protected:
  PipeTest() {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    std::array<int, 2> ends{};
    Check(::pipe2(ends.data(), O_CLOEXEC) == 0, "no pipe");
    reader_ = UniqueFd(ends[0]);
    writer_ = UniqueFd(ends[1]);
    place_ = Over(writer_.get(), stop_.get_token());
  }
  // Everything until the other end is closed.
  std::string ReadAll() {
    std::string all;
    std::array<char, 8192> block{};
    for (ssize_t got; (got = ::read(reader_.get(), block.data(), block.size())) > 0;)
      all.append(block.data(), static_cast<size_t>(got));
    return all;
  }
  static std::string Numbers() {
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + "\n";
    return text;
  }

  const std::unique_ptr<World> world_ = MakeRealWorld();
  UniqueFd reader_, writer_;
  std::stop_source stop_;
  std::unique_ptr<Destination> place_;
};

TEST_F(PipeTest, ASlowReaderGetsEveryByteInOrder) {
  const std::string text = Numbers();  // many times what a pipe holds
  Status put;
  const auto thread = world_->Spawn("write", [&] {
    {
      const auto file = place_->Stage(*world_, "r").ValueOrDie();
      put = file->stream()->Write(text.data(), static_cast<int64_t>(text.size()));
      if (put.ok()) put = place_->Put(*file, "a.csv");
    }
    writer_.Reset();
  });
  const std::string received = ReadAll();
  thread->Join();
  EXPECT_TRUE(put.ok()) << put;
  EXPECT_TRUE(received == text);
}

TEST_F(PipeTest, ItsModeIsNotChangedForOthers) {
  const auto file = place_->Stage(*world_, "r").ValueOrDie();
  ASSERT_TRUE(file->stream()->Write("x", 1).ok());
  ASSERT_TRUE(place_->Put(*file, "a.csv").ok());
  EXPECT_EQ(::fcntl(writer_.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(PipeTest, AReaderThatWentAwayIsAFailure) {
  const auto file = place_->Stage(*world_, "r").ValueOrDie();
  reader_.Reset();
  ASSERT_TRUE(file->stream()->Write("x", 1).ok());
  const Status put = place_->Put(*file, "a.csv");
  EXPECT_TRUE(Is(put, kPipeClosed)) << put;
  EXPECT_EQ(ClassOf(put), FaultClass::kTemporary);
  EXPECT_FALSE(file->stream()->Write("y", 1).ok());
}

TEST_F(PipeTest, AReaderThatWasNeverThereIsAFailure) {
  reader_.Reset();
  const auto file = place_->Stage(*world_, "r").ValueOrDie();
  ASSERT_TRUE(file->stream()->Write("x", 1).ok());
  EXPECT_TRUE(Is(place_->Put(*file, "a.csv"), kPipeClosed));
}

TEST_F(PipeTest, AReaderThatDoesNotReadKeepsNobodyFromStopping) {
  const std::string text = Numbers();
  const auto file = place_->Stage(*world_, "r").ValueOrDie();
  Status written;
  const auto thread = world_->Spawn("write", [&] {
    written = file->stream()->Write(text.data(), static_cast<int64_t>(text.size()));
  });
  stop_.request_stop();
  thread->Join();
  EXPECT_TRUE(Is(written, kStopRequested)) << written;
}

TEST_F(PipeTest, WhatIsAbandonedEndsWhereItIs) {
  {
    const auto file = place_->Stage(*world_, "r").ValueOrDie();
    ASSERT_TRUE(file->stream()->Write("half", 4).ok());
    file->Abandon();
    // What a writer does when it is dropped.
    EXPECT_FALSE(file->stream()->Write("footer", 6).ok());
    EXPECT_FALSE(file->stream()->Close().ok());
  }
  writer_.Reset();
  EXPECT_EQ(ReadAll(), "");
}

TEST_F(PipeTest, TakesOneFile) {
  ASSERT_TRUE(place_->Stage(*world_, "r").ok());
  EXPECT_TRUE(Is(place_->Stage(*world_, "r").status(), kNameTaken));
}

}  // namespace
}  // namespace standard_output
}  // namespace rivet::destination
