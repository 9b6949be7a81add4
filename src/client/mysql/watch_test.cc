#include "client/mysql/watch.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"

namespace rivet::client::mysql {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kNoBound{0};

// One end is the server's, the other one waits for it as the library would.
class WatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ours_ = UniqueFd(ends[0]);
    theirs_ = UniqueFd(ends[1]);
    watch_ = std::make_unique<Watch>(*world_, ours_.get(), [this] {
      ++kills_;
      EXPECT_EQ(::write(theirs_.get(), "!", 1), 1);
    });
  }
  // Bytes read: 1 when the server answered, 0 when the socket was shut, -1 when nothing came.
  ssize_t Wait() {
    constexpr int kPatienceMs = 5'000;
    pollfd socket{ours_.get(), POLLIN, 0};
    char byte = 0;
    return ::poll(&socket, 1, kPatienceMs) == 1 ? ::read(ours_.get(), &byte, 1) : -1;
  }

  std::unique_ptr<World> world_ = MakeRealWorld();
  UniqueFd ours_, theirs_;
  std::atomic<int> kills_ = 0;
  std::unique_ptr<Watch> watch_;
};

TEST_F(WatchTest, AnAnswerInTimeIsNobodysBusiness) {
  std::stop_source stop;
  watch_->Begin(stop.get_token(), kNoBound, kNoBound);
  ASSERT_EQ(::write(theirs_.get(), "x", 1), 1);
  EXPECT_EQ(Wait(), 1);
  EXPECT_EQ(watch_->End(), Watch::Outcome::kNothing);
  stop.request_stop();
  EXPECT_EQ(kills_, 0);
}

TEST_F(WatchTest, AStopHasTheStatementKilledOnce) {
  std::stop_source stop;
  watch_->Begin(stop.get_token(), kNoBound, kNoBound);
  stop.request_stop();
  EXPECT_EQ(Wait(), 1);
  EXPECT_TRUE(watch_->stopped());
  EXPECT_EQ(watch_->End(), Watch::Outcome::kStopped);
  EXPECT_EQ(kills_, 1);
  // The next statement is not the one that was stopped.
  watch_->Begin({}, kNoBound, kNoBound);
  EXPECT_FALSE(watch_->stopped());
  EXPECT_EQ(watch_->End(), Watch::Outcome::kNothing);
  EXPECT_EQ(kills_, 1);
}

TEST_F(WatchTest, ASilentServerIsGivenUp) {
  watch_->Begin({}, milliseconds(150), kNoBound);
  EXPECT_EQ(Wait(), 0);
  EXPECT_EQ(watch_->End(), Watch::Outcome::kSilent);
}

TEST_F(WatchTest, WhoIsHeardIsNotSilent) {
  watch_->Begin({}, milliseconds(300), kNoBound);
  const SteadyMicros until = world_->Steady() + 900'000;
  while (world_->Steady() < until) {
    watch_->Heard();
    SleepFor(*world_, milliseconds(20), {});
  }
  EXPECT_EQ(watch_->End(), Watch::Outcome::kNothing);
}

TEST_F(WatchTest, WhatMayTakeSoLongAndTakesLongerIsEnded) {
  watch_->Begin({}, kNoBound, milliseconds(150));
  watch_->Heard();
  EXPECT_EQ(Wait(), 0);
  EXPECT_EQ(watch_->End(), Watch::Outcome::kSilent);
}

}  // namespace
}  // namespace rivet::client::mysql
