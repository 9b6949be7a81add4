#include "config/yaml_document_internal.h"

#include <gtest/gtest.h>

#include "config/faults.h"
#include "config/mistakes_internal.h"

namespace rivet::config {
namespace {

struct Refusal {
  std::string text;
  int line, column;
  std::string fragment;
};

const Refusal kRefusals[] = {
    {"", 1, 1, "the config is empty"},
    {"# only a comment\n", 1, 1, "the config is empty"},
    {"- a\n- b\n", 1, 1, "not a mapping"},
    {"just text\n", 1, 1, "not a mapping"},
    {"~\n", 1, 1, "not a mapping"},
    {"a: 1\nb: 2\na: 3\n", 3, 1, "the key `a` is written twice, first in line 1"},
    {"a:\n  b: 1\n  \"b\": 2\n", 3, 3, "the key `b` is written twice, first in line 2"},
    {"a: { b: 1, b: 2 }\n", 1, 12, "the key `b` is written twice"},
    {"a: 1\n---\nb: 2\n", 2, 1, "a second document"},
    {"a: 1\n---\n", 2, 1, "a second document"},
    {"{a: b}\nc: d\n", 2, 1, "a second document"},
    {"a: !!str 1\n", 1, 4, "tags (`!…`) are not accepted"},
    {"a: !foo 1\n", 1, 4, "tags"},
    {"a: ! 1\n", 1, 4, "tags"},
    {"a: &x !foo 1\n", 1, 4, "tags"},
    {"a: !!map\n  b: c\n", 1, 4, "tags"},
    {"a: !!seq [1]\n", 1, 4, "tags"},
    {"é: !x y\n", 1, 4, "tags"},
    {"a:\n\tb: 1\n", 2, 1, "a tab is used as indentation"},
    {"a:\n  b: 1\n\tc: 2\n", 3, 1, "a tab is used as indentation"},
    {"a:\n  - 1\n\t- 2\n", 3, 1, "a tab is used as indentation"},
    {"a:\n  b:\n  \t  c: 1\n", 3, 1, "a tab is used as indentation"},
    {"a: \"text\n", 1, 4, "never ends"},
    {"a: 'text\nb: 1\n", 1, 4, "never ends"},
    {"a: 'it''s\n", 1, 4, "never ends"},
    {"a: \"x\\\"\n", 1, 4, "never ends"},
    {"a: &n 'text\n", 1, 4, "never ends"},
    {"a: 1\nb\n", 2, 1, "there is no colon after this word"},
    {"a: b: c\n", 1, 5, "not valid YAML"},
    {"a: [1, 2\n", 2, 1, "not valid YAML"},
    {"a: {b: 1\n", 2, 1, "not valid YAML"},
    {"a: { b: ${X} }\n", 1, 10, "a placeholder needs quotes"},
    {"a: *nobody\n", 1, 4, "not valid YAML: the referenced anchor is not defined"},
    {"a: &x [1, *x]\n", 1, 11, "an alias stands inside what it names"},
    {"a: &x { <<: *x }\n", 1, 13, "an alias stands inside what it names"},
    {"? [a]\n: b\n", 1, 3, "a key must be a single word"},
    {"? {a: b}\n: c\n", 1, 3, "a key must be a single word"},
    {"~: b\n", 1, 1, "a key must be a single word"},
    {"a: &x [1]\n*x : 2\n", 2, 1, "a key must be a single word"},
    {"a:\n  <<: text\n", 2, 3, "`<<` merges a mapping or a list of mappings"},
    {"a:\n  <<: [1]\n", 2, 3, "`<<` merges"},
    {"a:\n  <<:\n  b: 1\n", 2, 3, "`<<` merges"},
    {"a: x\x01y\n", 1, 5, "a control character"},
    {std::string("a: x\0y\n", 7), 1, 5, "a control character"},
    {"a: x\x04\nb: 1\n", 1, 5, "a control character"},
    {"a: 1\rb: 2\n", 1, 5, "a carriage return without a line feed"},
    {"a: 1\nb: \xFF\n", 2, 4, "a byte that is not UTF-8"},
    {"a: \xC0\xAF\n", 1, 4, "not UTF-8"},
    {"a: \xED\xA0\x80\n", 1, 4, "not UTF-8"},
    {"a: é\xE2\x82\n", 1, 5, "not UTF-8"},
};

TEST(YamlDocument, Refusals) {
  for (const Refusal& refusal : kRefusals) {
    Problems problems("rivet.yaml");
    const auto node = ParseYaml(refusal.text, &problems);
    const auto faults = FaultsOf(problems.ToStatus());
    ASSERT_EQ(faults.size(), 1u) << refusal.text << Shown(problems.ToStatus());
    EXPECT_EQ(faults[0].code, &kYamlInvalid);
    EXPECT_EQ(faults[0].place->line, refusal.line) << refusal.text << Shown(faults[0]);
    EXPECT_EQ(faults[0].place->column, refusal.column) << refusal.text << Shown(faults[0]);
    EXPECT_NE(Shown(faults[0]).find(refusal.fragment), std::string::npos)
        << refusal.text << Shown(faults[0]);
  }
}

Node Parsed(const std::string& text) {
  Problems problems("rivet.yaml");
  auto node = ParseYaml(text, &problems);
  EXPECT_TRUE(node.has_value() && problems.empty()) << text << Shown(problems.ToStatus());
  return node.value_or(Node{});
}

std::string TextAt(const Node& root, const std::string& key) {
  const Entry* entry = root.Find(key);
  return entry == nullptr ? "absent" : entry->value.text;
}

TEST(YamlDocument, KeepsTextAsWrittenAndKnowsQuotes) {
  const Node root =
      Parsed("a: 010\nb: \"yes\"\nc: 'it''s'\nd: 1.50\ne: ~\nf:\ng: |\n  x\n  \ty\nh: ''\n");
  EXPECT_EQ(TextAt(root, "a"), "010");
  EXPECT_TRUE(root.Find("a")->value.plain);
  EXPECT_EQ(TextAt(root, "b"), "yes");
  EXPECT_FALSE(root.Find("b")->value.plain);
  EXPECT_EQ(TextAt(root, "c"), "it's");
  EXPECT_EQ(TextAt(root, "d"), "1.50");
  EXPECT_EQ(root.Find("e")->value.kind, Node::Kind::kNull);
  EXPECT_EQ(root.Find("f")->value.kind, Node::Kind::kNull);
  EXPECT_EQ(TextAt(root, "g"), "x\n\ty\n");
  EXPECT_EQ(root.Find("h")->value.kind, Node::Kind::kScalar);
}

TEST(YamlDocument, CountsLinesAndCharactersFromOne) {
  const Node root = Parsed("# ä\nkéy: {ö: ü, z: 1}\n");
  const Entry* key = root.Find("kéy");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->mark.line, 2);
  EXPECT_EQ(key->mark.column, 1);
  const Entry* z = key->value.Find("z");
  ASSERT_NE(z, nullptr);
  EXPECT_EQ(z->mark.column, 13);
  EXPECT_EQ(z->value.mark.column, 16);
}

TEST(YamlDocument, AcceptsByteOrderMarkAndWindowsLines) {
  const Node root = Parsed(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n");
  EXPECT_EQ(TextAt(root, "a"), "1");
  EXPECT_EQ(TextAt(root, "b"), "2");
  EXPECT_EQ(root.Find("b")->mark.line, 2);
}

TEST(YamlDocument, AliasesAndMerges) {
  const Node root = Parsed(
      "one: &one { a: 1, b: 1 }\n"
      "two: &two { b: 2, c: 2 }\n"
      "alias: *one\n"
      "merged: { <<: *one, b: 0 }\n"
      "both:\n  <<: [*one, *two]\n  d: 3\n"
      "quoted: { \"<<\": x }\n");
  EXPECT_EQ(TextAt(root.Find("alias")->value, "a"), "1");
  const Node& merged = root.Find("merged")->value;
  EXPECT_EQ(TextAt(merged, "a"), "1");
  EXPECT_EQ(TextAt(merged, "b"), "0");
  EXPECT_EQ(merged.Find("a")->mark.line, 1);
  const Node& both = root.Find("both")->value;
  EXPECT_EQ(TextAt(both, "a"), "1");
  EXPECT_EQ(TextAt(both, "b"), "1");
  EXPECT_EQ(TextAt(both, "c"), "2");
  EXPECT_EQ(TextAt(both, "d"), "3");
  EXPECT_EQ(TextAt(root.Find("quoted")->value, "<<"), "x");
}

TEST(YamlDocument, BombsAreRefused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + below;
    for (int j = 1; j < 10; ++j) bomb += ", " + below;
    bomb += "]\n";
  }
  std::string nested_anchors = "a: ";
  for (int i = 0; i < 60; ++i) nested_anchors += "&n" + std::to_string(i) + " [";
  for (int i = 0; i < 5000; ++i) nested_anchors += "x, ";
  nested_anchors += std::string(60, ']') + "\n";
  std::string wide = "a: &a \"" + std::string(100'000, 'x') + "\"\nb: [";
  for (int i = 0; i < 100; ++i) wide += "*a, ";
  wide += "]\n";
  const std::pair<std::string, std::string> bombs[] = {
      {bomb, "aliases expand to more than 10000 nodes"},
      {nested_anchors, "anchors name too large a part"},
      {wide, "aliases expand to more than"},
      {"a: " + std::string(64, '[') + std::string(64, ']') + "\n",
       "nesting is deeper than 64 levels"},
      {"a: " + std::string(200'000, '[') + "\n", "a key must be a single word"},
      {"a: " + std::string(200'000, '{') + "\n", "a key must be a single word"},
      {"a: " + std::string(200'000, '-') + "\n" + std::string(1'000, '?'), ""},
      {std::string(100'000, '\n') + std::string(100'000, ':'), ""},
      {"a: &a " + std::string(40, '[') + std::string(40, ']') + "\nb: " + std::string(30, '[') +
           "*a" + std::string(30, ']') + "\n",
       "nesting is deeper than 64 levels"},
      {std::string((1 << 20) + 1, ' '), "larger than 1048576 bytes"},
  };
  for (const auto& [text, fragment] : bombs) {
    Problems problems("rivet.yaml");
    EXPECT_FALSE(ParseYaml(text, &problems).has_value());
    EXPECT_NE(Shown(problems.ToStatus()).find(fragment), std::string::npos)
        << Shown(problems.ToStatus());
  }
  Parsed("a: " + std::string(63, '[') + std::string(63, ']') + "\n");
}

}  // namespace
}  // namespace rivet::config
