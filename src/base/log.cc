#include "base/log.h"

#include <sys/time.h>
#include <unistd.h>

#include <cstdio>

#include "base/time_text.h"

namespace rivet {
namespace {

constexpr std::string_view kNames[] = {"error", "warn", "info", "debug", "trace"};

// C0, DEL, and C1 as UTF-8 writes it (C2 80 .. C2 9F): some terminals obey all three.
bool IsC1(std::string_view text, size_t i) {
  if (text[i] != '\xc2' || i + 1 >= text.size()) return false;
  const auto second = static_cast<unsigned char>(text[i + 1]);
  return second >= 0x80 && second <= 0x9f;
}

std::string Code(const char* format, unsigned value) {
  char code[8];
  std::snprintf(code, sizeof code, format, value);
  return code;
}

std::string Escaped(std::string_view text, const char* format) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (text[i] == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += Code(format, byte);
    } else if (IsC1(text, i)) {
      out += Code(format, static_cast<unsigned char>(text[++i]));
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string JsonText(std::string_view text) {
  std::string quoted;
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return '"' + Escaped(quoted, "\\u%04x") + '"';
}

// Names and server messages are data: their escape codes must not reach a terminal.
std::string Printable(std::string_view text) { return Escaped(text, "\\x%02x"); }

std::string PlainValue(std::string_view text) {
  if (!text.empty() && text.find_first_of(" \t\n\"=") == std::string_view::npos)
    return Printable(text);
  return JsonText(text);
}

WallMicros SystemNow() {
  timeval now{};
  gettimeofday(&now, nullptr);
  return now.tv_sec * 1'000'000LL + now.tv_usec;
}

}  // namespace

bool Log::SetLevel(std::string_view words) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(','));
    words = word.size() < words.size() ? words.substr(word.size() + 1) : "";
    if (word.find('=') != std::string_view::npos) continue;
    for (size_t i = 0; i < std::size(kNames); ++i) {
      if (word == kNames[i]) {
        level_ = static_cast<LogLevel>(i);
        return true;
      }
    }
    return false;
  }
  return true;
}

void Log::SetBeforeLine(void (*hook)(void*), void* context) {
  const std::lock_guard lock(mutex_);
  before_line_ = hook;
  before_line_context_ = context;
}

void Log::Event(LogLevel level, std::string_view event, std::initializer_list<Pair> pairs) {
  if (!Wants(level)) return;
  const std::string time = Rfc3339(SystemNow());
  std::string line;
  if (json_) {
    line = "{\"time\":" + JsonText(time) +
           ",\"level\":" + JsonText(kNames[static_cast<int>(level)]) +
           ",\"event\":" + JsonText(event);
    for (const auto& [key, value] : pairs)
      line += "," + JsonText(key) + ":" + JsonText(redactor_->Apply(value));
    line += "}";
  } else {
    std::string name(kNames[static_cast<int>(level)]);
    for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
    line = time + " " + name + " " + Printable(event);
    for (const auto& [key, value] : pairs) {
      line += " " + std::string(key) + "=" + PlainValue(redactor_->Apply(value));
    }
  }
  Print(line);
}

void Log::WarnOnce(std::string_view rule, std::string_view message) {
  {
    const std::lock_guard lock(mutex_);
    std::string key = "\n";
    key.append(rule).append("\t").append(message).append("\n");
    if (warned_.find(key) != std::string::npos) return;
    warned_ += key;
  }
  Event(LogLevel::kWarn, rule, {{"message", std::string(message)}});
}

void Log::Raw(std::string_view text) { Print(redactor_->Apply(text)); }

void Log::Print(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (before_line_ != nullptr) before_line_(before_line_context_);
  const std::string whole = line + "\n";
  // One write a line: lines of several threads and processes do not mix. A closed stderr is not our
  // failure.
  const ssize_t written = ::write(STDERR_FILENO, whole.data(), whole.size());
  static_cast<void>(written);
}

}  // namespace rivet
