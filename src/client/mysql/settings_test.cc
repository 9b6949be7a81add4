#include "client/mysql/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "client/mysql/option_file.h"
#include "client/mysql/url.h"

namespace rivet::client::mysql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr FaultCode kSettings{"TEST_SETTINGS", FaultClass::kUsage, ""};
constexpr FaultCode kOther{"TEST_OTHER", FaultClass::kPermanent, ""};
constexpr FaultCodes kCodes{&kOther, &kOther, &kOther, &kOther, &kOther, &kOther,   &kOther,
                            &kOther, &kOther, &kOther, &kOther, &kOther, &kSettings};

class SettingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    unsetenv("RIVET_TEST_VALUE");
    source_.type = "mysql";
  }
  void TearDown() override { unsetenv("RIVET_TEST_VALUE"); }

  OpenSettings Read() {
    auto settings = SettingsOf(*world_, source_, folder_, "rivet/orders", kCodes);
    EXPECT_TRUE(settings.ok()) << settings.status();
    return settings.ok() ? *settings : OpenSettings();
  }
  Fault Failure() {
    const auto settings = SettingsOf(*world_, source_, folder_, "rivet/orders", kCodes);
    EXPECT_TRUE(Is(settings.status(), kSettings)) << settings.status();
    return FaultOf(settings.status());
  }
  OpenSettings ReadUrl(const std::string& url) {
    source_.url = Secret(url);
    return Read();
  }
  Fault FailureOf(const std::string& url) {
    source_.url = Secret(url);
    return Failure();
  }

  std::unique_ptr<World> world_ = MakeRealWorld();
  config::Source source_;
  std::string folder_ = ::testing::TempDir();
};

TEST_F(SettingsTest, PasswordsOfAnyShapeArriveAsTheyAreMeant) {
  for (const auto& [written, meant] :
       std::map<std::string, std::string>{{"plain", "plain"},
                                          {"p@ss/w#rd?% :x", "p@ss/w#rd?% :x"},
                                          {"p%40ss%2Fword", "p@ss/word"},
                                          {"100%sure", "100%sure"},
                                          {"a?b@c", "a?b@c"},
                                          {"p\xc3\xa4ss", "p\xc3\xa4ss"}}) {
    const auto settings =
        ReadUrl("mysql://me:" + written + "@db.example:3307/shop?connect_timeout=7");
    ASSERT_TRUE(settings.password) << written;
    EXPECT_EQ(settings.password->Reveal(), meant);
    EXPECT_EQ(settings.user, "me");
    EXPECT_EQ(settings.host, "db.example");
    EXPECT_EQ(settings.port, 3307);
    EXPECT_EQ(settings.database, "shop");
    EXPECT_EQ(settings.connect_timeout_s, 7);
    EXPECT_EQ(settings.application, "rivet/orders");
    EXPECT_THAT(world_->redactor().Apply("it is " + meant + "."), Not(HasSubstr(meant)));
    EXPECT_THAT(world_->redactor().Apply("it is " + written + "."), Not(HasSubstr(written)));
  }
}

TEST_F(SettingsTest, UrlsMayLeaveThingsOut) {
  auto settings = ReadUrl("mariadb://db");
  EXPECT_EQ(settings.host, "db");
  EXPECT_EQ(settings.port, 0);
  EXPECT_TRUE(settings.user.empty() && settings.database.empty() && !settings.password);
  settings = ReadUrl("mysql://me@[2001:db8::1]:3307/my%20shop");
  EXPECT_EQ(settings.host, "2001:db8::1");
  EXPECT_EQ(settings.port, 3307);
  EXPECT_EQ(settings.database, "my shop");
  settings = ReadUrl("mysql://me:@localhost/?socket=/run/my%2Fsocket");
  EXPECT_EQ(settings.socket, "/run/my/socket");
  EXPECT_TRUE(settings.password->empty());
}

TEST_F(SettingsTest, SslModesOfBothEnginesAreUnderstood) {
  EXPECT_EQ(ReadUrl("mysql://db/x").tls, TlsMode::kUnsaid);
  for (const auto& [word, mode] :
       std::map<std::string, TlsMode>{{"DISABLED", TlsMode::kDisable},
                                      {"disable", TlsMode::kDisable},
                                      {"PREFERRED", TlsMode::kPreferred},
                                      {"REQUIRED", TlsMode::kRequire},
                                      {"require", TlsMode::kRequire},
                                      {"VERIFY_IDENTITY", TlsMode::kVerifyFull},
                                      {"verify-full", TlsMode::kVerifyFull}}) {
    EXPECT_EQ(ReadUrl("mysql://db/x?ssl-mode=" + word).tls, mode) << word;
    EXPECT_EQ(ReadUrl("mysql://db/x?sslmode=" + word).tls, mode) << word;
  }
  EXPECT_THAT(FailureOf("mysql://db/x?ssl-mode=maybe").message, HasSubstr("maybe"));
}

TEST_F(SettingsTest, WhatIsNotKnownOrNotOfferedIsNamed) {
  EXPECT_THAT(FailureOf("mysql://me:hunter22@db/x?shema=shop").message, HasSubstr("shema"));
  EXPECT_THAT(FailureOf("mysql://db/x?compress=true").message, HasSubstr("compression"));
  EXPECT_THAT(FailureOf("mysql://db/x?charset=latin1").message, HasSubstr("utf8mb4"));
  EXPECT_THAT(FailureOf("mysql://db:0/x").message, HasSubstr("port"));
  EXPECT_THAT(FailureOf("mysql://db:33o6/x").message, HasSubstr("port"));
  const std::string scheme = FailureOf("postgres://root:hunter22@db/x").message;
  EXPECT_THAT(scheme, HasSubstr("postgres"));
  EXPECT_THAT(scheme, Not(HasSubstr("hunter22")));
  EXPECT_THAT(FailureOf("host=db password=hunter22").message, Not(HasSubstr("hunter22")));
}

TEST_F(SettingsTest, StructuredValuesAreTakenRaw) {
  source_.host = "db";
  source_.user = "a@b";
  source_.database = "x=y z";
  source_.port = 3307;
  source_.password_env = "RIVET_TEST_VALUE";
  EXPECT_THAT(Failure().message, HasSubstr("password_env"));
  setenv("RIVET_TEST_VALUE", "p@ss:w/rd%41", 1);
  const auto settings = Read();
  EXPECT_EQ(settings.user, "a@b");
  EXPECT_EQ(settings.database, "x=y z");
  EXPECT_EQ(settings.password->Reveal(), "p@ss:w/rd%41");
  EXPECT_EQ(settings.port, 3307);
}

TEST_F(SettingsTest, AnUnsetVariableIsNamedWithAnExample) {
  source_.url_env = "RIVET_TEST_VALUE";
  const Fault fault = Failure();
  EXPECT_THAT(fault.message, HasSubstr("RIVET_TEST_VALUE"));
  ASSERT_FALSE(fault.hints.empty());
  EXPECT_THAT(fault.hints[0], HasSubstr("export RIVET_TEST_VALUE='mysql://"));
  setenv("RIVET_TEST_VALUE", " ", 1);
  EXPECT_THAT(Failure().message, HasSubstr("empty"));
  setenv("RIVET_TEST_VALUE", " mysql://me@db/x\n", 1);
  EXPECT_EQ(Read().database, "x");
}

TEST_F(SettingsTest, TheUrlFileStandsBesideTheConfig) {
  std::ofstream(folder_ + "/rivet_test_url") << "mysql://me:secret@db/x \n";
  source_.url_file = "rivet_test_url";
  EXPECT_EQ(Read().password->Reveal(), "secret");
  std::filesystem::remove(folder_ + "/rivet_test_url");
  EXPECT_THAT(Failure().message, HasSubstr("rivet_test_url"));
}

TEST_F(SettingsTest, TheTlsBlockWinsOverTheUrl) {
  source_.tls = config::Tls{};
  EXPECT_EQ(ReadUrl("mysql://me@db/x?ssl-mode=DISABLED").tls, TlsMode::kVerifyFull);
  source_.tls->accept_invalid_certs = true;
  EXPECT_EQ(Read().tls, TlsMode::kRequire);
  source_.tls->mode = "disable";
  EXPECT_EQ(Read().tls, TlsMode::kDisable);
}

TEST_F(SettingsTest, TheCaFileStandsBesideTheConfigAndMustBeThere) {
  source_.url = Secret("mysql://me@db/x");
  source_.tls = config::Tls{};
  source_.tls->ca_file = "rivet_test_ca.pem";
  EXPECT_THAT(Failure().message, HasSubstr("rivet_test_ca.pem"));
  std::ofstream(folder_ + "/rivet_test_ca.pem") << "x";
  EXPECT_EQ(Read().ca_file, folder_ + "/rivet_test_ca.pem");
  source_.tls->accept_invalid_hostnames = true;
  EXPECT_EQ(Read().tls, TlsMode::kVerifyCa);
  std::filesystem::remove(folder_ + "/rivet_test_ca.pem");
}

// Public authorities vouch for names only.
TEST_F(SettingsTest, AChainWithoutNamesNeedsACaOfItsOwn) {
  source_.url = Secret("mysql://me@db/x");
  source_.tls = config::Tls{};
  source_.tls->mode = "verify-ca";
  EXPECT_THAT(Failure().message, HasSubstr("verify-ca"));
}

constexpr char kOptions[] =
    "# ours\n[mysqld]\nuser = nobody\n[client]\nuser=\"me # too\"  \npassword = 'p\\sq#r' \n"
    "host = db # the usual\nport=3307\nsocket=/run/s\nssl_ca = /ca.pem\nssl-mode=VERIFY_CA\n"
    "loose-unknown=1\nskip-things\n[other]\nuser=no\n";

TEST(OptionFileTest, TheClientGroupFillsWhatIsOpen) {
  OpenSettings settings;
  FillFromOptions(kOptions, &settings);
  EXPECT_EQ(settings.user, "me # too");
  EXPECT_EQ(settings.password->Reveal(), "p q#r");
  EXPECT_EQ(settings.host, "db");
  EXPECT_EQ(settings.port, 3307);
  EXPECT_EQ(settings.socket, "/run/s");
  EXPECT_EQ(settings.ca_file, "/ca.pem");
  EXPECT_EQ(settings.tls, TlsMode::kVerifyCa);
}

TEST(OptionFileTest, WhatWasSaidWins) {
  OpenSettings settings;
  settings.user = "you";
  settings.password = Secret("");
  settings.host = "elsewhere";
  settings.tls = TlsMode::kDisable;
  FillFromOptions(kOptions, &settings);
  EXPECT_EQ(settings.user, "you");
  EXPECT_TRUE(settings.password->empty());
  EXPECT_EQ(settings.host, "elsewhere");
  EXPECT_TRUE(settings.socket.empty()) << "the socket leads to another server";
  EXPECT_EQ(settings.tls, TlsMode::kDisable);
  EXPECT_TRUE(settings.ca_file.empty());
}

TEST(OptionFileTest, AFileThatEverybodyMayWriteIsLeftAlone) {
  const auto world = MakeRealWorld();
  const std::string home = ::testing::TempDir() + "/rivet_test_home";
  std::filesystem::create_directories(home);
  std::ofstream(home + "/.my.cnf") << "[client]\npassword=from-the-file\n";
  const char* before = std::getenv("HOME");
  const std::string kept = before == nullptr ? "" : before;
  setenv("HOME", home.c_str(), 1);
  OpenSettings settings;
  chmod((home + "/.my.cnf").c_str(), 0666);
  FillFromHome(*world, &settings);
  EXPECT_FALSE(settings.password);
  chmod((home + "/.my.cnf").c_str(), 0600);
  FillFromHome(*world, &settings);
  EXPECT_EQ(settings.password->Reveal(), "from-the-file");
  EXPECT_THAT(world->redactor().Apply("it is from-the-file"), Not(HasSubstr("from-the-file")));
  setenv("HOME", kept.c_str(), 1);
  std::filesystem::remove_all(home);
}

// Whichever of them the connection takes in the end.
TEST(SecretsInAUrl, EveryPasswordIsTold) {
  std::vector<std::string> told;
  for (const Secret& secret : SecretsIn(
           "mysql://joe:first@h/d?xpassword=no&password=sec%6fnd&PassWord=third&pass%77ord=fourth"))
    told.push_back(secret.Reveal());
  EXPECT_THAT(told, ::testing::UnorderedElementsAre("first", "first", "sec%6fnd", "second", "third",
                                                    "third", "fourth", "fourth"));
}

}  // namespace
}  // namespace rivet::client::mysql
