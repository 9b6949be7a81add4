#include "client/postgres/fault.h"

#include <gtest/gtest.h>

namespace rivet::client::postgres {
namespace {

struct Case {
  const char* state;
  FaultKind kind;
};

class SqlStateTest : public ::testing::TestWithParam<Case> {};

TEST_P(SqlStateTest, Means) { EXPECT_EQ(KindOf(GetParam().state), GetParam().kind); }

INSTANTIATE_TEST_SUITE_P(
    Table, SqlStateTest,
    ::testing::Values(Case{"08000", FaultKind::kConnection}, Case{"08001", FaultKind::kConnection},
                      Case{"08003", FaultKind::kConnection}, Case{"08004", FaultKind::kConnection},
                      Case{"08006", FaultKind::kConnection}, Case{"08P01", FaultKind::kConnection},
                      Case{"0A000", FaultKind::kSql}, Case{"22012", FaultKind::kSql},
                      Case{"23505", FaultKind::kSql}, Case{"25006", FaultKind::kSql},
                      Case{"25P02", FaultKind::kSql}, Case{"25P03", FaultKind::kConnection},
                      Case{"25P04", FaultKind::kConnection}, Case{"26000", FaultKind::kConnection},
                      Case{"28000", FaultKind::kAuth}, Case{"28P01", FaultKind::kAuth},
                      Case{"34000", FaultKind::kConnection}, Case{"3D000", FaultKind::kMissing},
                      Case{"3F000", FaultKind::kMissing}, Case{"40001", FaultKind::kConflict},
                      Case{"40P01", FaultKind::kConflict}, Case{"40003", FaultKind::kConnection},
                      Case{"40002", FaultKind::kSql}, Case{"42501", FaultKind::kDenied},
                      Case{"42601", FaultKind::kSql}, Case{"42703", FaultKind::kMissing},
                      Case{"42883", FaultKind::kSql}, Case{"42P01", FaultKind::kMissing},
                      Case{"53000", FaultKind::kResources}, Case{"53100", FaultKind::kResources},
                      Case{"53200", FaultKind::kResources}, Case{"53300", FaultKind::kCapacity},
                      Case{"53400", FaultKind::kResources}, Case{"55P03", FaultKind::kTimeout},
                      Case{"55000", FaultKind::kSql}, Case{"57014", FaultKind::kCancelled},
                      Case{"57P01", FaultKind::kCapacity}, Case{"57P02", FaultKind::kCapacity},
                      Case{"57P03", FaultKind::kCapacity}, Case{"57P04", FaultKind::kMissing},
                      Case{"57P05", FaultKind::kConnection}, Case{"58030", FaultKind::kConnection},
                      Case{"58000", FaultKind::kSql}, Case{"72000", FaultKind::kConflict},
                      Case{"XX000", FaultKind::kSql}, Case{"XX001", FaultKind::kSql},
                      Case{"", FaultKind::kSql}, Case{"28", FaultKind::kSql},
                      Case{"28P011", FaultKind::kSql}));

TEST(SqlStateInTest, FindsTheStateOfARefusedConnect) {
  EXPECT_EQ(SqlStateIn("connection to server at \"h\", port 5432 failed: FATAL:  28P01: password "
                       "authentication failed "
                       "for user \"u\"\nLOCATION:  auth_failed, auth.c:335\n"),
            "28P01");
  EXPECT_EQ(SqlStateIn("… failed: SCHWERWIEGEND:  3D000: Datenbank »x« existiert nicht"), "3D000");
}

TEST(SqlStateInTest, TheLastHostCounts) {
  EXPECT_EQ(
      SqlStateIn("a: FATAL:  28P01: no\nb: FATAL:  57P03: the database system is starting up\n"),
      "57P03");
}

TEST(SqlStateInTest, IsEmptyWhereTheServerSaidNothing) {
  EXPECT_EQ(SqlStateIn("connection refused:  maybe: later"), "");
  EXPECT_EQ(SqlStateIn("x:  28P0"), "");
  EXPECT_EQ(SqlStateIn(""), "");
}

TEST(ConnectTextTest, ARefusedHandshakeIsTlsAndACutOneIsTheNetwork) {
  EXPECT_EQ(KindOfConnectText("SSL error: certificate verify failed"), FaultKind::kTls);
  EXPECT_EQ(KindOfConnectText("server certificate for \"a\" does not match host name \"b\""),
            FaultKind::kTls);
  EXPECT_EQ(KindOfConnectText("server does not support SSL, but SSL was required"),
            FaultKind::kTls);
  EXPECT_EQ(KindOfConnectText("root certificate file \"/x\" does not exist"), FaultKind::kTls);
  EXPECT_EQ(KindOfConnectText("SSL SYSCALL error: EOF detected"), FaultKind::kConnection);
  EXPECT_EQ(KindOfConnectText("SSL error: unexpected eof while reading"), FaultKind::kConnection);
  EXPECT_EQ(KindOfConnectText("Connection refused"), FaultKind::kConnection);
  EXPECT_EQ(KindOfConnectText("could not translate host name \"x\" to address"),
            FaultKind::kConnection);
  EXPECT_EQ(KindOfConnectText("fe_sendauth: no password supplied"), FaultKind::kAuth);
  EXPECT_EQ(KindOfConnectText("invalid port number: \"99999\""), FaultKind::kSettings);
  EXPECT_EQ(KindOfConnectText("definition of service \"x\" not found"), FaultKind::kSettings);
}

TEST(HintsTest, NamesThePoolerWhereACursorVanished) {
  ASSERT_EQ(HintsOf("34000").size(), 1U);
  EXPECT_NE(HintsOf("34000")[0].find("pooler"), std::string::npos);
  EXPECT_TRUE(HintsOf("42601").empty());
}

}  // namespace
}  // namespace rivet::client::postgres
