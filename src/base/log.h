#pragma once

#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/redact.h"

namespace rivet {

enum class LogLevel { kError, kWarn, kInfo, kDebug, kTrace };

// stderr, one line an event: `2026-01-31T12:00:00.123Z WARN event key=value key="two words"`, or
// one JSON object a line. Every line passes the redactor; control characters are escaped. Shared by
// all threads.
class Log {
 public:
  using Pair = std::pair<std::string_view, std::string>;

  explicit Log(const Redactor* redactor) : redactor_(redactor) {}
  // "info", or "warn,engine=debug": of a list the first word without `=` counts. False: not a
  // level.
  bool SetLevel(std::string_view words);
  void SetJson(bool json) { json_ = json; }
  bool json() const { return json_; }
  // Set while a progress line is on the terminal: called before a line is printed, to take it away.
  void SetBeforeLine(void (*hook)(void*), void* context);

  bool Wants(LogLevel level) const { return level <= level_; }
  void Event(LogLevel level, std::string_view event, std::initializer_list<Pair> pairs = {});
  // A warning is printed once per process, whoever repeats it.
  void WarnOnce(std::string_view rule, std::string_view message);
  // Keeps lines of others apart from ours.
  void Raw(std::string_view text);

 private:
  void Print(const std::string& line);

  const Redactor* redactor_;  // outlives the log
  LogLevel level_ = LogLevel::kWarn;
  bool json_ = false;
  std::mutex mutex_;
  std::string warned_;  // "\n<rule>\t<message>\n" of each
  void (*before_line_)(void*) = nullptr;
  void* before_line_context_ = nullptr;
};

}  // namespace rivet
