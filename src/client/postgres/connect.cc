// Connection::Open: libpq's connect state machine, one step at a time.
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "client/postgres/connection.h"

namespace rivet::client::postgres {
namespace {

constexpr int kStopLookMs = 100;
constexpr SteadyMicros kMicrosPerSecond = 1'000'000;
// For each host that is tried, unless connect_timeout says otherwise.
constexpr int64_t kConnectSeconds = 30;

void LogNotice(void* context, const PGresult* result) {
  auto* world = static_cast<World*>(context);
  if (!world->log().Wants(LogLevel::kDebug)) return;
  const char* text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  world->log().Event(
      LogLevel::kDebug, "postgres-notice",
      {{"sqlstate", state == nullptr ? "" : state}, {"text", text == nullptr ? "" : text}});
}

struct OptionsDeleter {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// What is in force of a keyword, PG* variables and the service file included.
std::string OptionOf(PGconn* raw, std::string_view keyword) {
  const std::unique_ptr<PQconninfoOption, OptionsDeleter> options(PQconninfo(raw));
  for (const PQconninfoOption* option = options.get();
       option != nullptr && option->keyword != nullptr; ++option) {
    if (keyword == option->keyword) return option->val == nullptr ? "" : option->val;
  }
  return "";
}

int64_t ConnectSeconds(PGconn* raw) {
  const std::string hosts = OptionOf(raw, "host");
  const int64_t tries = 1 + std::count(hosts.begin(), hosts.end(), ',');
  const int64_t asked = std::strtoll(OptionOf(raw, "connect_timeout").c_str(), nullptr, 10);
  constexpr int64_t kLongest = 24 * 3600;
  return tries * std::clamp(asked > 0 ? asked : kConnectSeconds, int64_t{2}, kLongest);
}

std::string Target(PGconn* raw) {
  const char* host = PQhost(raw);
  const char* port = PQport(raw);
  const std::string name = host == nullptr || *host == '\0' ? "the server" : host;
  return name + (port == nullptr || *port == '\0' ? "" : std::string(":") + port);
}

// The last line that says something, without libpq's lead and the parts which only VERBOSE adds.
std::string MessageOf(std::string text, const std::string& state) {
  if (const size_t location = text.find("\nLOCATION:"); location != std::string::npos)
    text.erase(location);
  if (!state.empty()) {
    const size_t at = text.rfind(state + ": ");
    if (at != std::string::npos) text = text.substr(at + state.size() + 2);
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at)) {
    text.replace(at, std::max<size_t>(1, text.find_first_not_of("\n\t ", at) - at), "; ");
  }
  return text;
}

// The one refusal that only its text tells apart: SQLSTATE 08P01 says little.
bool ParameterRefused(const Status& status) {
  return !status.ok() &&
         FaultOf(status).message.find("unsupported startup parameter") != std::string::npos;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(World& world, const OpenSettings& settings,
                                                     const FaultCodes& codes,
                                                     const std::stop_token& stop) {
  std::unique_ptr<Connection> connection(new Connection(world, codes));
  bool plain = false;
  Status opened = connection->Start(settings, plain, stop);
  if (ParameterRefused(opened)) {
    // A pooler of an older kind: connect without what can be done without, and set the encoding
    // afterwards.
    world.log().Event(LogLevel::kDebug, "postgres-startup-parameter-refused",
                      {{"reason", FaultOf(opened).message}});
    connection.reset(new Connection(world, codes));
    plain = true;
    opened = connection->Start(settings, plain, stop);
  }
  // What is refused still was asked for by somebody, and is not dropped behind their back.
  if (ParameterRefused(opened)) {
    const Fault refused = FaultOf(opened);
    return WithHint(Fail(codes[FaultKind::kSettings], refused.message, refused.cause),
                    "Take it out of the URL or PGOPTIONS, or let the pooler ignore it "
                    "(ignore_startup_parameters).");
  }
  ARROW_RETURN_NOT_OK(opened);
  ARROW_RETURN_NOT_OK(connection->AfterConnect(settings, plain, stop));
  return connection;
}

Status Connection::Start(const OpenSettings& settings, bool plain, const std::stop_token& stop) {
  std::vector<const char*> keywords, values;
  const auto add = [&](const char* keyword, const char* value) {
    keywords.push_back(keyword);
    values.push_back(value);
  };
  for (const auto& [keyword, value] : settings.keywords) {
    if (value.Reveal().find('\0') != std::string::npos) {
      return Fail(codes_[FaultKind::kSettings], "the source's " + keyword + " holds a NUL byte");
    }
    add(keyword.c_str(), value.Reveal().c_str());
  }
  if (!plain) {
    add("client_encoding", "UTF8");
    add("fallback_application_name", settings.application.c_str());
  }
  add(nullptr, nullptr);
  constexpr int kNoExpansion = 0;
  raw_ = PQconnectStartParams(keywords.data(), values.data(), kNoExpansion);
  if (raw_ == nullptr) return Fail(codes_[FaultKind::kResources], "out of memory while connecting");
  // A password from .pgpass, PGPASSWORD or a service file is known only here.
  if (const char* password = PQpass(raw_); password != nullptr)
    world_.redactor().Learn(Secret(password));
  // The SQLSTATE of a refusal is shown in the text alone, and only so.
  PQsetErrorVerbosity(raw_, PQERRORS_VERBOSE);
  PQsetNoticeReceiver(raw_, &LogNotice, &world_);
  if (PQstatus(raw_) == CONNECTION_BAD) return ConnectFailure();
  return ConnectLoop(stop);
}

Status Connection::ConnectLoop(const std::stop_token& stop) {
  const SteadyMicros deadline = world_.Steady() + ConnectSeconds(raw_) * kMicrosPerSecond;
  PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
  for (;;) {
    if (wanted == PGRES_POLLING_OK) return Status::OK();
    if (wanted == PGRES_POLLING_FAILED) return ConnectFailure();
    // The socket may be another one after each step.
    pollfd socket{PQsocket(raw_),
                  static_cast<short>(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    int ready = 0;
    while (ready == 0) {
      if (stop.stop_requested()) return Fail(kStopRequested, "stopped while connecting");
      if (world_.Steady() > deadline) {
        return Fail(codes_[FaultKind::kConnection],
                    "no answer from " + Target(raw_) + " within the connect timeout");
      }
      ready = poll(&socket, 1, kStopLookMs);
      if (ready < 0 && errno == EINTR) ready = 0;
      if (ready < 0) return Fail(codes_[FaultKind::kConnection], "cannot wait for " + Target(raw_));
    }
    wanted = PQconnectPoll(raw_);
  }
}

Status Connection::ConnectFailure() {
  const std::string text = PQerrorMessage(raw_);
  const std::string state = SqlStateIn(text);
  FaultKind kind = state.empty() ? KindOfConnectText(text) : KindOf(state);
  if (state.empty() && PQconnectionNeedsPassword(raw_) == 1) kind = FaultKind::kAuth;
  Fault fault;
  fault.code = &codes_[kind];
  fault.message = MessageOf(text, state);
  if (!state.empty()) fault.message = "cannot connect to " + Target(raw_) + ": " + fault.message;
  if (!state.empty()) fault.cause = "SQLSTATE " + state;
  fault.hints = HintsOf(state);
  if (kind == FaultKind::kAuth && PQconnectionNeedsPassword(raw_) == 1) {
    fault.hints.push_back("No password was given: set password_env, PGPASSWORD or .pgpass.");
  }
  broken_ = true;
  return Fail(std::move(fault));
}

Status Connection::AfterConnect(const OpenSettings& settings, bool plain,
                                const std::stop_token& stop) {
  PQsetErrorVerbosity(raw_, PQERRORS_DEFAULT);
  cancel_ = PQgetCancel(raw_);
  if (plain) ARROW_RETURN_NOT_OK(Exec("SET client_encoding TO 'UTF8'", stop));
  if (parameter("client_encoding") != "UTF8") {
    return Fail(
        codes_[FaultKind::kSettings],
        "the session's client_encoding is " + parameter("client_encoding") + ", UTF8 is needed");
  }
  constexpr int kOldestServer = 120'000;
  if (server_version() > 0 && server_version() < kOldestServer) {
    world_.log().WarnOnce("server-version",
                          "this PostgreSQL is older than 12, the oldest that is looked after");
  }
  if (!settings.tls_decided && !encrypted() && !local()) {
    world_.log().WarnOnce(
        "tls-not-used",
        "the connection is not encrypted: the server offers no TLS, or it was turned down; set "
        "source.tls (mode: verify-full) or sslmode to decide");
  }
  return Status::OK();
}

}  // namespace rivet::client::postgres
