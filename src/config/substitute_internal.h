#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/problems_internal.h"
#include "config/yaml_document_internal.h"

namespace rivet::config {

// Fills `${NAME}` from --param, then the environment, then the default written. Remembers which
// names it met, so that a parameter nobody uses can be told. Owned by one Load.
class Substitution {
 public:
  explicit Substitution(const LoadOptions& options) : options_(options) {}

  // What is wrong with one placeholder, and the byte of the text it begins at.
  struct Failure {
    size_t at;
    std::string message;
    std::vector<std::string> hints;
  };
  struct Outcome {
    std::string text;
    bool changed = false;
    std::vector<Failure> failures;
  };
  Outcome Apply(std::string_view text);

  // Every scalar value of the tree, except below root keys that start with `x-`. Takes note of
  // `source.type`, whose literals `${NAME:sql}` makes from then on.
  void ApplyToTree(Node* root, Problems* problems);

  // One warning for each parameter that no placeholder names.
  void WarnUnused(const std::string& file, std::vector<Warning>* warnings) const;

 private:
  void ApplyToNode(Node* node, Problems* problems);
  void Replace(std::string_view inside, size_t at, Outcome* outcome);
  const std::string* Lookup(const std::string& name);

  const LoadOptions& options_;
  bool mysql_ = false;
  std::set<std::string> met_;
  std::map<std::string, std::string> environment_;  // what was read, so that pointers stay good
};

// The text as a quoted SQL literal. A backslash in it means itself whatever the server is set to
// (standard_conforming_strings, NO_BACKSLASH_ESCAPES).
std::string SqlLiteral(std::string_view text, bool mysql);

}  // namespace rivet::config
