#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/faults.h"
#include "config/mistakes_internal.h"
#include "config/yaml_document_internal.h"

namespace rivet::config {
namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string>& Environment() {
  static std::map<std::string, std::string> environment;
  return environment;
}

const char* GetEnv(const char* name) {
  const auto found = Environment().find(name);
  return found == Environment().end() ? nullptr : found->second.c_str();
}

// The file lies in the source tree, which holds the folder this program is built in.
fs::path CasesFile() {
  for (fs::path folder = fs::read_symlink("/proc/self/exe"); folder.has_relative_path();
       folder = folder.parent_path()) {
    fs::path file = folder / "tests/cases/config_cases.yaml";
    if (fs::exists(file)) return file;
  }
  return {};
}

const Node& CasesDocument() {
  static const Node document = [] {
    std::ifstream file(CasesFile());
    std::stringstream text;
    text << file.rdbuf();
    Problems problems("config_cases.yaml");
    auto parsed = ParseYaml(text.str(), &problems);
    EXPECT_TRUE(parsed.has_value()) << Shown(problems.ToStatus());
    return parsed ? *std::move(parsed) : Node{};
  }();
  return document;
}

const Node& Below(const Node& node, std::string_view key) {
  static const Node nothing;
  const Entry* entry = node.Find(key);
  return entry == nullptr ? nothing : entry->value;
}

std::string ConfigOf(const Node& item) {
  const std::string head = Below(item, "in").text;
  return (head.empty() ? "" : Below(Below(CasesDocument(), "templates"), head).text) +
         Below(item, "yaml").text;
}

LoadOptions CaseOptions() {
  for (const Entry& entry : Below(CasesDocument(), "environment").entries)
    Environment()[entry.key] = entry.value.text;
  LoadOptions options;
  options.get_env = GetEnv;
  return options;
}

Result<Config> LoadCase(const Node& item) {
  return LoadText(ConfigOf(item), "rivet.yaml", "/nowhere", CaseOptions());
}

// Empty when exactly this is told about the mistake, else what is missing.
std::string Differs(const Node& item, const Status& status) {
  const std::string at = Below(item, "code").text + " " + Below(item, "line").text + ":" +
                         Below(item, "column").text + " ";
  std::vector<std::string> others, wanted;
  bool found = false;
  for (const Fault& fault : FaultsOf(status)) {
    const std::string shown = Shown(fault);
    if (!found && shown.starts_with(at) &&
        shown.find(Below(item, "says").text) != std::string::npos) {
      found = true;
    } else {
      others.emplace_back(fault.code->name);
    }
  }
  for (const Node& code : Below(item, "also").items) wanted.push_back(code.text);
  std::sort(others.begin(), others.end());
  if (!found) return "no `" + at + "… " + Below(item, "says").text + "`";
  return others == wanted ? "" : "other problems are told besides";
}

std::vector<std::string> RulesOf(const Config& config) {
  std::vector<std::string> rules;
  for (const Warning& warning : config.warnings)
    rules.push_back(warning.rule + " " + std::to_string(warning.place.line));
  return rules;
}

TEST(Cases, EachIsToldAsWritten) {
  size_t mistakes = 0;
  for (const Node& item : Below(CasesDocument(), "cases").items) {
    const Result<Config> config = LoadCase(item);
    const std::string about =
        Below(item, "name").text + "\n" + ConfigOf(item) + "told:\n" + Shown(config.status());
    if (item.Find("code") != nullptr) {
      ++mistakes;
      EXPECT_EQ(Differs(item, config.status()), "") << about;
      continue;
    }
    ASSERT_TRUE(config.ok()) << about;
    std::vector<std::string> wanted;
    for (const Node& rule : Below(item, "warns").items) wanted.push_back(rule.text);
    EXPECT_EQ(RulesOf(*config), wanted) << about;
  }
  EXPECT_GT(mistakes, 300u);
}

// `mode: incremental` and `bucket` of the messages that refuse them.
std::vector<std::string> RefusedAsLater(const Status& status) {
  std::vector<std::string> refused;
  for (const Fault& fault : FaultsOf(status)) {
    EXPECT_EQ(fault.code, &kNotAvailable) << Shown(fault);
    const size_t open = fault.message.find('`');
    refused.push_back(fault.message.substr(open + 1, fault.message.find('`', open + 1) - open - 1));
  }
  return refused;
}

TEST(Cases, SamplesFailOnlyByWhatComesLater) {
  const fs::path folder = CasesFile().parent_path() / "samples";
  size_t files = 0;
  for (const Node& item : Below(CasesDocument(), "samples").items) {
    ++files;
    const std::string path = folder / Below(item, "file").text;
    const Result<Config> config = Load(path, CaseOptions());
    std::vector<std::string> wanted;
    for (const Node& key : Below(item, "later").items) wanted.push_back(key.text);
    EXPECT_EQ(RefusedAsLater(config.status()), wanted) << path << "\n" << Shown(config.status());
  }
  EXPECT_EQ(files, 6u);
}

}  // namespace
}  // namespace rivet::config
