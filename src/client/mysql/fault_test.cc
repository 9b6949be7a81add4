#include "client/mysql/fault.h"

#include <gtest/gtest.h>

namespace rivet::client::mysql {
namespace {

struct Case {
  unsigned number;
  FaultKind kind;
};

class NumberTest : public ::testing::TestWithParam<Case> {};

TEST_P(NumberTest, Means) { EXPECT_EQ(KindOf(GetParam().number, ""), GetParam().kind); }

INSTANTIATE_TEST_SUITE_P(
    Table, NumberTest,
    ::testing::Values(Case{1040, FaultKind::kCapacity}, Case{1044, FaultKind::kDenied},
                      Case{1045, FaultKind::kAuth}, Case{1049, FaultKind::kMissing},
                      Case{1053, FaultKind::kCapacity}, Case{1054, FaultKind::kMissing},
                      Case{1064, FaultKind::kSql}, Case{1142, FaultKind::kDenied},
                      Case{1143, FaultKind::kDenied}, Case{1146, FaultKind::kMissing},
                      Case{1153, FaultKind::kSql}, Case{1158, FaultKind::kConnection},
                      Case{1159, FaultKind::kConnection}, Case{1160, FaultKind::kConnection},
                      Case{1161, FaultKind::kConnection}, Case{1203, FaultKind::kCapacity},
                      Case{1205, FaultKind::kTimeout}, Case{1213, FaultKind::kConflict},
                      Case{1226, FaultKind::kCapacity}, Case{1227, FaultKind::kDenied},
                      Case{1317, FaultKind::kTimeout}, Case{1356, FaultKind::kDenied},
                      Case{1412, FaultKind::kConnection}, Case{1615, FaultKind::kConnection},
                      Case{1698, FaultKind::kAuth}, Case{1927, FaultKind::kConnection},
                      Case{1969, FaultKind::kTimeout}, Case{2002, FaultKind::kConnection},
                      Case{2003, FaultKind::kConnection}, Case{2006, FaultKind::kConnection},
                      Case{2013, FaultKind::kConnection}, Case{2026, FaultKind::kTls},
                      Case{2027, FaultKind::kConnection}, Case{2055, FaultKind::kConnection},
                      Case{2057, FaultKind::kDrift}, Case{3024, FaultKind::kTimeout},
                      Case{4031, FaultKind::kConnection}, Case{9001, FaultKind::kCapacity},
                      Case{0, FaultKind::kSql}, Case{65'535, FaultKind::kSql}));

TEST(TlsTest, ARefusedHandshakeIsPermanentAndACutOneIsTheNetwork) {
  EXPECT_EQ(KindOf(2026, "TLS/SSL error: self-signed certificate in certificate chain"),
            FaultKind::kTls);
  EXPECT_EQ(KindOf(2026, "TLS/SSL error: Validation of SSL server certificate failed"),
            FaultKind::kTls);
  EXPECT_EQ(KindOf(2026, "TLS/SSL error: Connection reset by peer"), FaultKind::kConnection);
  EXPECT_EQ(KindOf(2026, "TLS/SSL error: unexpected eof while reading"), FaultKind::kConnection);
}

TEST(HintsTest, APacketThatIsTooLargeNamesTheSetting) {
  ASSERT_EQ(HintsOf(1153).size(), 1U);
  EXPECT_NE(HintsOf(1153)[0].find("max_allowed_packet"), std::string::npos);
  EXPECT_TRUE(HintsOf(1064).empty());
}

}  // namespace
}  // namespace rivet::client::mysql
