#include "config/substitute_internal.h"

#include <gtest/gtest.h>

#include "config/faults.h"
#include "config/mistakes_internal.h"

namespace rivet::config {
namespace {

std::string Filled(const std::string& text, std::map<std::string, std::string> params = {}) {
  const LoadOptions options = TestOptions(std::move(params));
  Substitution substitution(options);
  const auto outcome = substitution.Apply(text);
  return outcome.failures.empty() ? outcome.text : "failure: " + outcome.failures[0].message;
}

TEST(Substitution, Forms) {
  EXPECT_EQ(Filled("plain $1 text"), "plain $1 text");
  EXPECT_EQ(Filled("${SET}"), "value");
  EXPECT_EQ(Filled("a${SET}b${SET}"), "avaluebvalue");
  EXPECT_EQ(Filled("${EMPTY}"), "");
  EXPECT_EQ(Filled("${}x"), "x");
  EXPECT_EQ(Filled("${UNSET:-default}"), "default");
  EXPECT_EQ(Filled("${UNSET:-}"), "");
  EXPECT_EQ(Filled("${UNSET:-a:-b}"), "a:-b");
  EXPECT_EQ(Filled("${SET:-default}"), "value");
  EXPECT_EQ(Filled("${EMPTY:-default}"), "");
  EXPECT_EQ(Filled("$${SET}"), "${SET}");
  EXPECT_EQ(Filled("$$${SET}"), "$${SET}");
  EXPECT_EQ(Filled("${SET"), "${SET");
  EXPECT_EQ(Filled("${SET} ${SET"), "value ${SET");
  EXPECT_EQ(Filled("$"), "$");
  EXPECT_EQ(Filled("$${"), "${");
}

TEST(Substitution, ParametersComeFirst) {
  EXPECT_EQ(Filled("${SET}", {{"SET", "param"}}), "param");
  EXPECT_EQ(Filled("${UNSET:-default}", {{"UNSET", "param"}}), "param");
  EXPECT_EQ(Filled("${SET}", {{"SET", ""}}), "");
}

TEST(Substitution, WhatIsPutInIsNotLookedAtAgain) {
  EXPECT_EQ(Filled("${A}", {{"A", "${SET}"}}), "${SET}");
  EXPECT_EQ(Filled("${A}{SET}", {{"A", "$"}}), "${SET}");
}

TEST(Substitution, SqlLiteralsAreQuoted) {
  EXPECT_EQ(Filled("x = ${SET:sql}"), "x = 'value'");
  EXPECT_EQ(Filled("x = ${QUOTE:sql}"), "x = 'O''Neil'");
  EXPECT_EQ(Filled("x = ${SLASH:sql}"), "x =  E'a\\\\''b'");
  EXPECT_EQ(Filled("x = ${EMPTY:sql}"), "x = ''");
  EXPECT_EQ(Filled("x = ${d:sql}", {{"d", "' or 1=1 --"}}), "x = ''' or 1=1 --'");
  EXPECT_EQ(Filled("x = ${d:sql}", {{"d", "\xFF"}}),
            "failure: the value of `d` is not UTF-8 and cannot be an SQL text");
}

TEST(Substitution, LiteralsOfMysqlHoldBackslashesInAnySqlMode) {
  const auto query = [](const std::string& type) {
    const auto config = LoadTest("source: { type: " + type +
                                 ", url_env: DB }\nexports: [{ name: a, query: \"${SLASH:sql} "
                                 "${QUOTE:sql}\", format: csv, destination: { type: stdout } }]\n");
    return config.ok() ? config->exports[0].query : Shown(config.status());
  };
  EXPECT_EQ(query("mysql"), " _utf8mb4 X'615c2762' 'O''Neil'");
  EXPECT_EQ(query("postgres"), " E'a\\\\''b' 'O''Neil'");
}

TEST(Substitution, WhatCannotBeFilledIsNamed) {
  EXPECT_EQ(Filled("${UNSET}"), "failure: `UNSET` is not set");
  EXPECT_EQ(Filled("${UNSET:sql}"), "failure: `UNSET` is not set");
  for (const char* text : {"${a b}", "${1a}", "${SET:other}", "${SET:}", "${:-x}", "${SET:=x}"}) {
    EXPECT_TRUE(Filled(text).starts_with("failure: a placeholder is ${NAME}"))
        << text << " " << Filled(text);
  }
}

TEST(Substitution, UnsetNamesAreToldAtTheirValue) {
  const auto config =
      LoadTest(InExport("    source_group: ${UNSET}\n    max_file_size: ${UNSET_TOO}MB\n"));
  const auto faults = FaultsOf(config.status());
  ASSERT_EQ(faults.size(), 2u) << Shown(config.status());
  EXPECT_EQ(faults[0].code, &kSecretUnset);
  EXPECT_EQ(Shown(faults[0]),
            "RIVET_CONFIG_SECRET_UNSET 7:19 `UNSET` is not set | export UNSET=…, or pass --param "
            "UNSET=… | a default is "
            "written ${UNSET:-default}; for the characters themselves write $${UNSET}");
  EXPECT_EQ(faults[1].place->line, 8);
}

TEST(Substitution, PlainScalarsAreTypedAgain) {
  const auto config =
      LoadTest(InConnection("  host: ${HOST}\n  user: u\n  database: d\n  port: ${PORT}\n"));
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  EXPECT_EQ(config->source.port, 6432);
  EXPECT_EQ(config->source.host, "db.internal");
  EXPECT_TRUE(LoadTest(InExport("    skip_empty: ${TRUE}\n"))->exports[0].skip_empty);
  EXPECT_EQ(Shown(LoadTest(InExport("    skip_empty: \"${TRUE}\"\n")).status()),
            "RIVET_CONFIG_VALUE_TYPE 7:17 `exports[0].skip_empty` must be `true` or `false`, not "
            "the quoted text "
            "`${TRUE}` | only these two words, without quotes, are accepted\n");
  EXPECT_TRUE(Is(LoadTest(InExport("    parallel: ${EMPTY}\n")).status(), kValueType));
}

TEST(Substitution, ValuesCannotChangeTheStructure) {
  const auto config =
      LoadTest(InExport("    source_group: ${TRICKY}\n").append("    columns: { ${SET}: text }\n"));
  EXPECT_FALSE(config.ok());  // `{` in a key of a flow mapping is no YAML: keys are never filled
  const auto filled = LoadTest(InConnection("  host: ${TRICKY}\n  user: u\n  database: d\n"));
  ASSERT_TRUE(filled.ok()) << Shown(filled.status());
  EXPECT_EQ(filled->source.host, "a: b\n\"c\" 'd' #");
}

TEST(Substitution, KeysCommentsAndRootNotesAreLeftAlone) {
  const auto config =
      LoadTest(InExport("    columns:\n      ${UNSET}: text  # ${UNSET}\nx-note: ${UNSET}\n"));
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  EXPECT_EQ(config->exports[0].columns.begin()->first, "${UNSET}");
}

TEST(Substitution, UnusedParametersWarnWithTheNearestName) {
  const auto config = LoadText(InExport("    source_group: ${SITE:-a}\n"), "rivet.yaml", "/nowhere",
                               TestOptions({{"SIET", "x"}, {"SITE", "y"}}));
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  ASSERT_EQ(config->warnings.size(), 1u);
  EXPECT_EQ(config->warnings[0].rule, "param-unused");
  EXPECT_EQ(config->warnings[0].message,
            "--param SIET is not used by any placeholder; the nearest one is ${SITE}");
}

TEST(Params, FirstEqualsSplitsAndTheLastWins) {
  const auto params = ParseParams({"a=1", "b=x=y", "a=2", "c="});
  ASSERT_TRUE(params.ok());
  EXPECT_EQ(*params, (std::map<std::string, std::string>{{"a", "2"}, {"b", "x=y"}, {"c", ""}}));
  for (const char* word : {"canary", "=canary", "a b=canary", ""}) {
    const auto failed = ParseParams({word});
    EXPECT_TRUE(Is(failed.status(), kParamInvalid)) << word;
    EXPECT_EQ(Shown(failed.status()).find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace rivet::config
