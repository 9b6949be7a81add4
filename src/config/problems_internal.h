#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rivet::config {

// Line and column (in characters), both from 1; 0 = unknown.
struct Mark {
  int line = 0;
  int column = 0;
};

// A position in the tree of the config: `exports[0].tuning`, and whose export it is.
struct Spot {
  std::string path;
  std::string export_name;
  Spot Below(std::string_view key) const;
  Spot Item(size_t index, std::string name) const;
  // `exports[0].tuning ("orders")`, `source`, `the top level`.
  std::string Label() const;
  // "`exports[0].tuning.batch_size`".
  std::string KeyPath(std::string_view key) const;
};

// What is wrong with one config, collected so that all of it is told at once. A mistake in a part
// that several exports share (an alias, `defaults`) is told once. Owned by one Load, used by one
// thread.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void Add(const FaultCode& code, Mark at, std::string message, std::vector<std::string> hints = {},
           std::string export_name = {});
  // For a place in another file (a query's).
  void AddIn(std::string file, const FaultCode& code, Mark at, std::string message,
             std::vector<std::string> hints, std::string export_name);
  bool empty() const { return faults_.empty(); }
  // More than anybody is told: looking further is a waste of time.
  bool enough() const;
  // In the order of the file, at most 20; OK when there are none.
  Status ToStatus() const;
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::vector<Fault> faults_;
  std::set<std::string> told_;
};

// Text of the config as it may stand in a message: control characters escaped, cut at 60
// characters.
std::string Printable(std::string_view text);
std::string Quoted(std::string_view text);  // the same between backticks

// `a`, `b` and `c`
std::string Enumerate(const std::vector<std::string>& words, std::string_view last);

}  // namespace rivet::config
