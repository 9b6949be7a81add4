#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <csignal>
#include <optional>

#include "base/file.h"
#include "state/ledger.h"

namespace rivet::state {
namespace {

constexpr int64_t kProcBytesMax = 4096;
constexpr int kSignalProbe = 0;  // asks whether the process is there, sends nothing

template <typename Number>
std::optional<Number> NumberFrom(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string HostName() {
  char name[HOST_NAME_MAX + 1] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "";
  std::string host(name);
  // The text form is cut at colons.
  for (char& c : host) {
    if (c == ':') c = '_';
  }
  return host;
}

// `<boot id>/<pid namespace>`: a process of another namespace has another pid there, so that
// nothing certain can be said about it although host name and boot are the same.
std::string BootId() {
  auto text = ReadWholeFile("/proc/sys/kernel/random/boot_id", kProcBytesMax);
  std::string id = text.ok() ? *text : "";
  while (!id.empty() && id.back() == '\n') id.pop_back();
  char link[64] = {};
  const ssize_t size = ::readlink("/proc/self/ns/pid", link, sizeof link - 1);
  std::string space(link, size > 0 ? static_cast<size_t>(size) : 0);
  const size_t from = space.find('['), to = space.find(']');
  space = from == std::string::npos || to == std::string::npos
              ? ""
              : space.substr(from + 1, to - from - 1);
  return id + "/" + space;
}

std::string_view BootOf(std::string_view boot_id) { return boot_id.substr(0, boot_id.find('/')); }

struct Seen {
  char state = '?';
  int64_t started = 0;
};

// /proc/<pid>/stat; nothing where it cannot be read.
std::optional<Seen> LookAt(int64_t pid) {
  auto text = ReadWholeFile("/proc/" + std::to_string(pid) + "/stat", kProcBytesMax);
  if (!text.ok()) return std::nullopt;
  // The name in parentheses may hold blanks and parentheses of its own: fields are counted after
  // the last one.
  const size_t name_end = text->rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(*text).substr(name_end + 1);
  Seen seen;
  for (int field = 3; field <= 22; ++field) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word.empty()) return std::nullopt;
    if (field == 3) seen.state = word[0];
    if (field == 22) {
      const auto started = NumberFrom<int64_t>(word);
      if (!started) return std::nullopt;
      seen.started = *started;
    }
    rest.remove_prefix(word.size());
  }
  return seen;
}

// Host, boot and pid namespace are ours: what IsDead() says is the whole truth.
bool IsVisibleHere(const Owner& owner) {
  return !owner.host.empty() && owner.host == HostName() && owner.boot_id == BootId();
}

}  // namespace

Owner ThisProcess(World& world) {
  Owner owner;
  owner.host = HostName();
  owner.boot_id = BootId();
  owner.pid = ::getpid();
  owner.pid_started = LookAt(owner.pid).value_or(Seen{}).started;
  owner.token = RandomToken(world);
  return owner;
}

bool IsDead(const Owner& owner) {
  if (owner.host.empty() || owner.pid <= 0 || owner.pid > INT_MAX || owner.host != HostName())
    return false;
  const std::string here = BootId();
  const std::string_view boot_then = BootOf(owner.boot_id), boot_now = BootOf(here);
  if (boot_then.empty() || boot_now.empty()) return false;
  if (boot_then != boot_now) return true;
  if (owner.boot_id != here) return false;
  // kill() before /proc: a hidden /proc (hidepid) has no entry for processes of others that live.
  if (::kill(static_cast<pid_t>(owner.pid), kSignalProbe) != 0 && errno == ESRCH) return true;
  const auto seen = LookAt(owner.pid);
  if (!seen) return false;
  if (seen->state == 'Z' || seen->state == 'X') return true;
  return owner.pid_started > 0 && seen->started != owner.pid_started;
}

bool MayTakeOver(const Owner& holder, WallMicros heartbeat, WallMicros now) {
  if (IsDead(holder)) return true;
  if (IsVisibleHere(holder)) return false;
  return heartbeat < now - kLeaseMicros;
}

std::string ToText(const Owner& owner) {
  return owner.host + ":" + owner.boot_id + ":" + std::to_string(owner.pid) + ":" +
         std::to_string(owner.pid_started) + ":" + owner.token;
}

Owner OwnerFromText(std::string_view text) {
  std::array<std::string_view, 5> fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    const size_t end = i + 1 < fields.size() ? text.find(':') : text.size();
    if (end == std::string_view::npos) return {};
    fields[i] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto pid = NumberFrom<int64_t>(fields[2]), started = NumberFrom<int64_t>(fields[3]);
  if (!pid || !started) return {};
  Owner owner;
  owner.host = fields[0];
  owner.boot_id = fields[1];
  owner.pid = *pid;
  owner.pid_started = *started;
  owner.token = fields[4];
  return owner;
}

std::string Describe(const Owner& owner) {
  if (owner.host.empty()) return "an unknown process";
  return "pid " + std::to_string(owner.pid) + " on host " + owner.host;
}

}  // namespace rivet::state
