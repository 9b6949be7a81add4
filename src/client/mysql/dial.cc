// From settings to an authenticated handle.
#include <mysql.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "client/mysql/dial_internal.h"

namespace rivet::client::mysql {
namespace {

constexpr int kStopLookMs = 100;
constexpr SteadyMicros kMicrosPerSecond = 1'000'000;
constexpr unsigned kDefaultPort = 3'306;
constexpr unsigned long kPacketBytesMax = 1UL << 30;
// Ways to log in by which the password itself is never sent in clear.
constexpr char kAuthPlugins[] =
    "caching_sha2_password,mysql_native_password,client_ed25519,sha256_password,parsec";

// A statement of the library that failed to take an option has no bearing on the rest, except for
// memory.
template <typename Value>
void Set(MYSQL* raw, mysql_option option, const Value& value) {
  mysql_optionsv(raw, option, &value);
}
void SetText(MYSQL* raw, mysql_option option, const std::string& text) {
  if (!text.empty()) mysql_optionsv(raw, option, text.c_str());
}

bool WantsTls(const OpenSettings& settings) {
  if (settings.tls == TlsMode::kDisable) return false;
  if (settings.tls != TlsMode::kUnsaid) return true;
  return settings.socket.empty() && !IsThisHost(settings.host);
}

bool NeedsTls(const OpenSettings& settings) {
  return settings.tls == TlsMode::kRequire || settings.tls == TlsMode::kVerifyCa ||
         settings.tls == TlsMode::kVerifyFull;
}

void SetTls(MYSQL* raw, const OpenSettings& settings) {
  const my_bool wants = WantsTls(settings) ? 1 : 0;
  const my_bool names = settings.tls == TlsMode::kVerifyFull ? 1 : 0;
  Set(raw, MYSQL_OPT_SSL_ENFORCE, wants);
  Set(raw, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, names);
  if (wants == 0) return;
  mysql_optionsv(raw, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
  SetText(raw, MYSQL_OPT_SSL_CERT, settings.certificate_file);
  SetText(raw, MYSQL_OPT_SSL_KEY, settings.key_file);
  // With a CA the library checks the chain, whatever else it was told.
  const bool verifies = settings.tls == TlsMode::kVerifyCa || settings.tls == TlsMode::kVerifyFull;
  if (!verifies) return;
  SetText(raw, MYSQL_OPT_SSL_CA, settings.ca_file);
  SetText(raw, MYSQL_OPT_SSL_CAPATH, settings.ca_folder);
}

void SetOptions(MYSQL* raw, const OpenSettings& settings, unsigned patience_s) {
  Set(raw, MYSQL_OPT_CONNECT_TIMEOUT, static_cast<unsigned>(settings.connect_timeout_s));
  Set(raw, MYSQL_OPT_READ_TIMEOUT, patience_s);
  Set(raw, MYSQL_OPT_WRITE_TIMEOUT, patience_s);
  Set(raw, MYSQL_OPT_LOCAL_INFILE, 0U);
  Set(raw, MYSQL_OPT_MAX_ALLOWED_PACKET, kPacketBytesMax);
  Set(raw, MYSQL_OPT_PROTOCOL,
      static_cast<unsigned>(settings.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET));
  mysql_optionsv(raw, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_optionsv(raw, MARIADB_OPT_RESTRICTED_AUTH, kAuthPlugins);
  mysql_options4(raw, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", settings.application.c_str());
  mysql_optionsv(raw, MYSQL_OPT_NONBLOCK, nullptr);
  SetTls(raw, settings);
}

// A peer that is gone without a word is noticed within a minute.
void SetKeepalive(int socket) {
  const auto set = [socket](int level, int option, int value) {
    static_cast<void>(::setsockopt(socket, level, option, &value, sizeof value));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

int EventsIn(short revents) {
  int events = 0;
  if ((revents & (POLLIN | POLLERR | POLLHUP)) != 0) events |= MYSQL_WAIT_READ;
  if ((revents & (POLLOUT | POLLERR | POLLHUP)) != 0) events |= MYSQL_WAIT_WRITE;
  return events;
}

// One wait of the library's, in steps that see a stop. False: stopped.
bool WaitFor(World& world, MYSQL* raw, int wanted, SteadyMicros deadline,
             const std::stop_token& stop, int* events) {
  pollfd socket{mysql_get_socket(raw), 0, 0};
  if ((wanted & MYSQL_WAIT_READ) != 0) socket.events |= POLLIN;
  if ((wanted & MYSQL_WAIT_WRITE) != 0) socket.events |= POLLOUT;
  for (;;) {
    if (stop.stop_requested()) return false;
    socket.revents = 0;
    const int ready = poll(&socket, 1, kStopLookMs);
    *events = ready > 0 ? EventsIn(socket.revents) : 0;
    if (*events != 0) return true;
    const bool late = (wanted & MYSQL_WAIT_TIMEOUT) != 0 && world.Steady() > deadline;
    if (late || (ready < 0 && errno != EINTR)) {
      *events = MYSQL_WAIT_TIMEOUT;
      return true;
    }
  }
}

const char* TextOrNull(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

Status CannotConnect(const OpenSettings& settings, const FaultCodes& codes, MYSQL* raw) {
  Status failed =
      FaultFrom(codes, mysql_errno(raw),
                "cannot connect to " + TargetOf(settings) + ": " + std::string(mysql_error(raw)));
  if (!settings.password && CodeOf(failed) == codes.auth) {
    failed = WithHint(std::move(failed),
                      "No password was given: set password_env, or put it into ~/.my.cnf.");
  }
  return failed;
}

Status Connect(World& world, const OpenSettings& settings, const FaultCodes& codes, MYSQL* raw,
               const std::stop_token& stop) {
  const std::string host = settings.host.empty() ? "localhost" : settings.host;
  const unsigned port = settings.port == 0 ? kDefaultPort : static_cast<unsigned>(settings.port);
  const SteadyMicros deadline = world.Steady() + settings.connect_timeout_s * kMicrosPerSecond;
  MYSQL* connected = nullptr;
  int wanted =
      mysql_real_connect_start(&connected, raw, host.c_str(), TextOrNull(settings.user),
                               settings.password ? settings.password->Reveal().c_str() : "",
                               TextOrNull(settings.database), port, TextOrNull(settings.socket), 0);
  while (wanted != 0) {
    int events = 0;
    if (!WaitFor(world, raw, wanted, deadline, stop, &events)) {
      // Else closing would wait for the other end once more.
      ::shutdown(mysql_get_socket(raw), SHUT_RDWR);
      return Fail(kStopRequested, "stopped while connecting");
    }
    wanted = mysql_real_connect_cont(&connected, raw, events);
  }
  if (connected == nullptr) return CannotConnect(settings, codes, raw);
  return Status::OK();
}

Status CheckTls(World& world, const OpenSettings& settings, const FaultCodes& codes, MYSQL* raw) {
  if (mysql_get_ssl_cipher(raw) != nullptr || !WantsTls(settings)) return Status::OK();
  if (NeedsTls(settings)) {
    return WithHint(
        Fail(codes[FaultKind::kTls],
             TargetOf(settings) + " offers no TLS, which the settings ask for"),
        "Set up TLS on the server, or choose tls.mode: disable on a network you trust.");
  }
  if (settings.tls == TlsMode::kUnsaid) {
    world.log().WarnOnce(
        "tls-not-used",
        "the connection is not encrypted: the server offers no TLS; set source.tls (mode: "
        "verify-full) or ssl-mode to decide");
  }
  return Status::OK();
}

bool InitLibrary() {
  static const bool done = mysql_server_init(0, nullptr, nullptr) == 0;
  return done;
}

}  // namespace

void HandleDeleter::operator()(st_mysql* handle) const { mysql_close(handle); }

std::string TargetOf(const OpenSettings& settings) {
  if (!settings.socket.empty()) return settings.socket;
  const std::string host = settings.host.empty() ? "localhost" : settings.host;
  return host + ":" + std::to_string(settings.port == 0 ? kDefaultPort : settings.port);
}

Status FaultFrom(const FaultCodes& codes, unsigned number, std::string message) {
  while (!message.empty() && (message.back() == '\n' || message.back() == '.')) message.pop_back();
  std::replace(message.begin(), message.end(), '\n', ' ');
  Fault fault;
  fault.code = &codes[KindOf(number, message)];
  fault.message = std::move(message);
  fault.cause = CauseOf(number);
  fault.hints = HintsOf(number);
  return Fail(std::move(fault));
}

Result<Handle> Dial(World& world, const OpenSettings& settings, const FaultCodes& codes,
                    const std::stop_token& stop, unsigned patience_s) {
  Handle handle(InitLibrary() ? mysql_init(nullptr) : nullptr);
  if (handle == nullptr)
    return Fail(codes[FaultKind::kResources], "out of memory while connecting");
  SetOptions(handle.get(), settings, patience_s);
  ARROW_RETURN_NOT_OK(Connect(world, settings, codes, handle.get(), stop));
  ARROW_RETURN_NOT_OK(CheckTls(world, settings, codes, handle.get()));
  if (settings.socket.empty()) SetKeepalive(mysql_get_socket(handle.get()));
  return handle;
}

}  // namespace rivet::client::mysql
