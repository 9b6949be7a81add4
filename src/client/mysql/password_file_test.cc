#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "client/mysql/settings.h"

namespace rivet::client::mysql {
namespace {

constexpr FaultCode kSettings{"RIVET_TEST_SETTINGS", FaultClass::kUsage, "Correct it."};

TEST(PasswordFile, StandsBesideTheConfigAndIsNeverTold) {
  const std::string folder = ::testing::TempDir();
  const std::string path = folder + "/rivet_test_mysql_password";
  std::filesystem::remove(path);
  const auto world = MakeRealWorld();
  FaultCodes codes{};
  codes.settings = &kSettings;
  config::Source source;
  source.type = "mysql";
  source.host = "db";
  source.user = "me";
  source.database = "shop";
  source.password_file = "rivet_test_mysql_password";
  const auto read = [&] { return SettingsOf(*world, source, folder, "rivet/orders", codes); };

  EXPECT_TRUE(Is(read().status(), kSettings));
  EXPECT_NE(FaultOf(read().status()).message.find("source.password_file"), std::string::npos);
  std::ofstream(path) << "p@ss w'rd \n";
  const auto settings = read();
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->password->Reveal(), "p@ss w'rd ");
  EXPECT_EQ(world->redactor().Apply("said p@ss w'rd .").find("p@ss"), std::string::npos);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace rivet::client::mysql
