#include "client/postgres/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace rivet::client::postgres {
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
    for (const char* name : {"PGSSLMODE", "PGGSSENCMODE", "PGSSLROOTCERT", "RIVET_TEST_VALUE"})
      unsetenv(name);
    source_.type = "postgres";
  }
  void TearDown() override { unsetenv("RIVET_TEST_VALUE"); }

  Result<std::map<std::string, std::string>> Keywords() {
    ARROW_ASSIGN_OR_RAISE(settings_, SettingsOf(*world_, source_, folder_, "rivet/orders", kCodes));
    std::map<std::string, std::string> keywords;
    for (const auto& [name, value] : settings_.keywords) keywords[name] = value.Reveal();
    return keywords;
  }
  Fault Failure() {
    const auto keywords = Keywords();
    EXPECT_FALSE(keywords.ok());
    EXPECT_TRUE(Is(keywords.status(), kSettings));
    return FaultOf(keywords.status());
  }
  void Url(const std::string& url) { source_.url = Secret(url); }

  std::unique_ptr<World> world_ = MakeRealWorld();
  config::Source source_;
  std::string folder_ = ::testing::TempDir();
  OpenSettings settings_;
};

TEST_F(SettingsTest, PasswordsOfAnyShapeArriveAsTheyAreMeant) {
  for (const auto& [written, meant] :
       std::map<std::string, std::string>{{"plain", "plain"},
                                          {"p@ss/w#rd?% :x", "p@ss/w#rd?% :x"},
                                          {"p%40ss%2Fword", "p@ss/word"},
                                          {"100%sure", "100%sure"},
                                          {"a?b@c", "a?b@c"},
                                          {"[::1]", "[::1]"},
                                          {"p\xc3\xa4ss", "p\xc3\xa4ss"}}) {
    Url("postgresql://me:" + written + "@db.example:6543/shop?connect_timeout=7");
    const auto keywords = Keywords();
    ASSERT_TRUE(keywords.ok()) << written << keywords.status().ToString();
    EXPECT_EQ(keywords->at("password"), meant);
    EXPECT_EQ(keywords->at("user"), "me");
    EXPECT_EQ(keywords->at("host"), "db.example");
    EXPECT_EQ(keywords->at("port"), "6543");
    EXPECT_EQ(keywords->at("dbname"), "shop");
    EXPECT_EQ(keywords->at("connect_timeout"), "7");
    EXPECT_THAT(world_->redactor().Apply("it is " + meant + "."), Not(HasSubstr(meant)));
    EXPECT_THAT(world_->redactor().Apply("it is " + written + "."), Not(HasSubstr(written)));
  }
}

TEST_F(SettingsTest, AnAtSignBehindTheQuestionMarkIsNoUserInfo) {
  EXPECT_EQ(EncodedUserInfo("postgres://host/db?user=a@b"), "postgres://host/db?user=a@b");
  EXPECT_EQ(EncodedUserInfo("postgres://host/db"), "postgres://host/db");
  EXPECT_EQ(EncodedUserInfo("no url"), "no url");
  EXPECT_TRUE(SecretsIn("postgres://user@host/db").empty());
}

TEST_F(SettingsTest, StructuredValuesAreTakenRaw) {
  source_.host = "db";
  source_.user = "a@b";
  source_.database = "x=y z";
  source_.password = Secret("p@ss:w/rd%41");
  const auto keywords = Keywords();
  ASSERT_TRUE(keywords.ok());
  EXPECT_EQ(keywords->at("user"), "a@b");
  EXPECT_EQ(keywords->at("dbname"), "x=y z");
  EXPECT_EQ(keywords->at("password"), "p@ss:w/rd%41");
  EXPECT_EQ(keywords->count("port"), 0U);
}

TEST_F(SettingsTest, AnUnsetVariableIsNamedWithAnExample) {
  source_.url_env = "RIVET_TEST_VALUE";
  Fault fault = Failure();
  EXPECT_THAT(fault.message, HasSubstr("RIVET_TEST_VALUE"));
  ASSERT_FALSE(fault.hints.empty());
  EXPECT_THAT(fault.hints[0], HasSubstr("export RIVET_TEST_VALUE="));
  setenv("RIVET_TEST_VALUE", " ", 1);
  EXPECT_THAT(Failure().message, HasSubstr("empty"));
  setenv("RIVET_TEST_VALUE", " postgres://me@db/x\n", 1);
  EXPECT_EQ(Keywords()->at("user"), "me");
}

TEST_F(SettingsTest, AnEmptyPasswordVariableIsAPassword) {
  source_.host = "db";
  source_.user = "me";
  source_.database = "x";
  source_.password_env = "RIVET_TEST_VALUE";
  EXPECT_THAT(Failure().message, HasSubstr("password_env"));
  setenv("RIVET_TEST_VALUE", "", 1);
  EXPECT_TRUE(Keywords().ok());
}

TEST_F(SettingsTest, ThePasswordFileStandsBesideTheConfig) {
  source_.host = "db";
  source_.user = "me";
  source_.database = "x";
  source_.password_file = "rivet_test_password";
  EXPECT_THAT(Failure().message, HasSubstr("password_file"));
  std::ofstream(folder_ + "/rivet_test_password") << "p@ss w'rd \n";
  EXPECT_EQ(Keywords()->at("password"), "p@ss w'rd ");
  EXPECT_THAT(world_->redactor().Apply("said p@ss w'rd ."), Not(HasSubstr("p@ss")));
  std::filesystem::remove(folder_ + "/rivet_test_password");
}

TEST_F(SettingsTest, TheUrlFileIsTrimmedAndStandsBesideTheConfig) {
  std::ofstream(folder_ + "/rivet_test_url") << "postgresql://me:secret@db/x \n";
  source_.url_file = "rivet_test_url";
  EXPECT_EQ(Keywords()->at("password"), "secret");
  std::filesystem::remove(folder_ + "/rivet_test_url");
  EXPECT_THAT(Failure().message, HasSubstr("rivet_test_url"));
}

TEST_F(SettingsTest, AWrongSchemeNamesBothAndShowsNoSecret) {
  Url("mysql://root:hunter22@db/x");
  const std::string message = Failure().message;
  EXPECT_THAT(message, HasSubstr("mysql"));
  EXPECT_THAT(message, HasSubstr("postgres"));
  EXPECT_THAT(message, Not(HasSubstr("hunter22")));
  Url("host=db password=hunter22");
  EXPECT_THAT(Failure().message, Not(HasSubstr("hunter22")));
}

TEST_F(SettingsTest, AParameterThatLibpqDoesNotKnowIsNamed) {
  Url("postgres://me:hunter22@db/x?schema=shop");
  const std::string message = Failure().message;
  EXPECT_THAT(message, HasSubstr("schema"));
  EXPECT_THAT(message, Not(HasSubstr("hunter22")));
}

TEST_F(SettingsTest, WithoutAWordOnTlsLibpqDecidesAndTheWarningIsOurs) {
  Url("postgres://me@db/x");
  EXPECT_EQ(Keywords()->count("sslmode"), 0U);
  EXPECT_FALSE(settings_.tls_decided);
  Url("postgres://me@db/x?sslmode=prefer");
  EXPECT_EQ(Keywords()->at("sslmode"), "prefer");
  EXPECT_TRUE(settings_.tls_decided);
  Url("postgres://me@db/x");
  setenv("PGSSLMODE", "require", 1);
  EXPECT_EQ(Keywords()->count("sslmode"), 0U);
  EXPECT_TRUE(settings_.tls_decided);
  unsetenv("PGSSLMODE");
}

TEST_F(SettingsTest, TheTlsBlockWinsOverTheUrl) {
  Url("postgres://me@db/x?sslmode=disable&gssencmode=prefer");
  source_.tls = config::Tls{};
  auto keywords = *Keywords();
  EXPECT_EQ(keywords["sslmode"], "verify-full");
  EXPECT_EQ(keywords["gssencmode"], "disable");
  source_.tls->accept_invalid_hostnames = true;
  EXPECT_EQ(Keywords()->at("sslmode"), "verify-ca");
  source_.tls->accept_invalid_certs = true;
  EXPECT_EQ(Keywords()->at("sslmode"), "require");
  source_.tls->mode = "disable";
  EXPECT_EQ(Keywords()->at("sslmode"), "disable");
}

TEST_F(SettingsTest, TheCaFileStandsBesideTheConfigAndMustBeThere) {
  Url("postgres://me@db/x");
  source_.tls = config::Tls{};
  source_.tls->ca_file = "rivet_test_ca.pem";
  EXPECT_THAT(Failure().message, HasSubstr("rivet_test_ca.pem"));
  std::ofstream(folder_ + "/rivet_test_ca.pem") << "x";
  EXPECT_EQ(Keywords()->at("sslrootcert"), folder_ + "/rivet_test_ca.pem");
  std::filesystem::remove(folder_ + "/rivet_test_ca.pem");
}

TEST_F(SettingsTest, TheApplicationNameIsCutBetweenCharacters) {
  Url("postgres://me@db/x");
  const std::string name = std::string(62, 'a') + "\xc3\xa4" + "b";
  const auto settings = SettingsOf(*world_, source_, folder_, name, kCodes);
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings->application, std::string(62, 'a'));
}

}  // namespace
}  // namespace rivet::client::postgres
