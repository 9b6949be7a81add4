#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "state/ledger.h"

namespace rivet::state {
namespace {

constexpr WallMicros kNow = 1'700'000'000'000'000;

class OwnerTest : public ::testing::Test {
 protected:
  std::unique_ptr<World> world_ = MakeRealWorld();
};

// A child that waits for ever; it is described by the parent, because the parent knows its pid.
pid_t StartChild() {
  const pid_t pid = ::fork();
  if (pid == 0) {
    while (true) ::pause();
  }
  return pid;
}

Owner OwnerOf(pid_t pid, World& world) {
  Owner owner = ThisProcess(world);
  owner.pid = pid;
  owner.pid_started = 0;
  return owner;
}

TEST_F(OwnerTest, TextFormComesBack) {
  const Owner owner = ThisProcess(*world_);
  EXPECT_EQ(owner.pid, ::getpid());
  EXPECT_GT(owner.pid_started, 0);
  EXPECT_EQ(owner.token.size(), 8U);
  const Owner back = OwnerFromText(ToText(owner));
  EXPECT_EQ(ToText(back), ToText(owner));
  EXPECT_EQ(back.host, owner.host);
  EXPECT_EQ(Describe(back), "pid " + std::to_string(::getpid()) + " on host " + owner.host);
}

TEST_F(OwnerTest, EachOwnerHasItsOwnToken) {
  EXPECT_NE(ThisProcess(*world_).token, ThisProcess(*world_).token);
}

TEST_F(OwnerTest, MalformedTextIsNobodyWhoIsNeverDead) {
  for (const char* text : {"", "host", "host:boot", "host:boot:x:1:t", "host:boot:1:y:t", "::::"}) {
    const Owner owner = OwnerFromText(text);
    EXPECT_EQ(owner.host, "") << text;
    EXPECT_FALSE(IsDead(owner)) << text;
    EXPECT_EQ(Describe(owner), "an unknown process") << text;
  }
}

TEST_F(OwnerTest, ThisProcessLives) { EXPECT_FALSE(IsDead(ThisProcess(*world_))); }

TEST_F(OwnerTest, AReusedPidIsAnotherProcess) {
  Owner owner = ThisProcess(*world_);
  owner.pid_started -= 1;
  EXPECT_TRUE(IsDead(owner));
}

TEST_F(OwnerTest, AnotherBootMeansDeadAnotherHostMeansUnknown) {
  Owner owner = ThisProcess(*world_);
  owner.boot_id = "00000000-0000-0000-0000-000000000000/1";
  EXPECT_TRUE(IsDead(owner));
  owner.host += "-elsewhere";
  EXPECT_FALSE(IsDead(owner));
}

TEST_F(OwnerTest, AnotherPidNamespaceMeansUnknown) {
  Owner owner = ThisProcess(*world_);
  owner.boot_id += "0";
  owner.pid_started -= 1;  // would be certain death within our namespace
  EXPECT_FALSE(IsDead(owner));
}

TEST_F(OwnerTest, AKilledProcessIsDeadBeforeAndAfterItIsReaped) {
  const pid_t pid = StartChild();
  ASSERT_GT(pid, 0);
  const Owner owner = OwnerOf(pid, *world_);
  EXPECT_FALSE(IsDead(owner));
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  siginfo_t ended{};
  // WNOWAIT: it stays a zombie.
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(IsDead(owner));
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  EXPECT_TRUE(IsDead(owner));
}

TEST_F(OwnerTest, TakeoverRule) {
  const Owner alive = ThisProcess(*world_);
  Owner dead = alive;
  dead.pid_started -= 1;
  Owner elsewhere = alive;
  elsewhere.host += "-elsewhere";
  EXPECT_TRUE(MayTakeOver(dead, kNow, kNow));
  EXPECT_FALSE(MayTakeOver(alive, kNow - 100 * kLeaseMicros, kNow));
  EXPECT_FALSE(MayTakeOver(elsewhere, kNow - kLeaseMicros, kNow));
  EXPECT_TRUE(MayTakeOver(elsewhere, kNow - kLeaseMicros - 1, kNow));
  EXPECT_FALSE(MayTakeOver(elsewhere, kNow + 100 * kLeaseMicros, kNow));
}

}  // namespace
}  // namespace rivet::state
