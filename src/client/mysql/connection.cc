#include "client/mysql/connection.h"

#include <mysql.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "client/mysql/dial_internal.h"
#include "client/mysql/option_file.h"

namespace rivet::client::mysql {
namespace {

using std::chrono::milliseconds;

// What the server may be silent beyond its own statement timeout before it is taken for gone.
constexpr milliseconds kSilenceGrace{30'000};
// How long a killed statement may take to end.
constexpr milliseconds kCancelPatience{10'000};
constexpr int kCancelSeconds = 5;

struct ResultDeleter {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using ResultHandle = std::unique_ptr<MYSQL_RES, ResultDeleter>;

Rows RowsOf(MYSQL_RES* result) {
  Rows rows;
  const unsigned columns = mysql_num_fields(result);
  while (MYSQL_ROW cells = mysql_fetch_row(result)) {
    const unsigned long* lengths = mysql_fetch_lengths(result);
    Row& row = rows.emplace_back();
    for (unsigned i = 0; i < columns; ++i) {
      row.emplace_back();
      if (cells[i] != nullptr) row.back().emplace(cells[i], lengths[i]);
    }
  }
  return rows;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::Open(World& world, OpenSettings settings,
                                                     const FaultCodes& codes,
                                                     const std::stop_token& stop) {
  FillFromHome(world, &settings);
  std::unique_ptr<Connection> connection(new Connection(world, std::move(settings), codes));
  ARROW_ASSIGN_OR_RAISE(connection->raw_, Dial(world, connection->settings_, codes, stop));
  ARROW_RETURN_NOT_OK(connection->AfterConnect(stop));
  return connection;
}

Connection::~Connection() {
  watch_.reset();
  // Saying goodbye to a server that does not listen would wait for it.
  if (broken_ && socket_.get() >= 0) ::shutdown(socket_.get(), SHUT_RDWR);
}

Status Connection::AfterConnect(const std::stop_token& stop) {
  socket_ = UniqueFd(::dup(mysql_get_socket(raw_.get())));
  if (socket_.get() < 0) return Fail(codes_[FaultKind::kResources], "out of file descriptors");
  watch_ = std::make_unique<Watch>(world_, socket_.get(), [this] { Cancel(); });
  ARROW_RETURN_NOT_OK(Exec("SET NAMES utf8mb4", stop));
  // Below it a consistent snapshot is none.
  return Exec("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", stop);
}

Status Connection::Begin(const std::stop_token& stop) {
  if (broken_) return Fail(codes_[FaultKind::kConnection], "the connection was given up before");
  if (stop.stop_requested()) return Fail(kStopRequested, "stopped between statements");
  const bool bounded = statement_timeout_.count() > 0;
  watch_->Begin(stop, bounded ? statement_timeout_ + kSilenceGrace : milliseconds(0),
                milliseconds(0));
  return Status::OK();
}

Status Connection::BeginLeaving() {
  if (broken_) return Fail(codes_[FaultKind::kConnection], "the connection was given up before");
  Cancel();
  watch_->Begin({}, milliseconds(0), kCancelPatience);
  return Status::OK();
}

Status Connection::End(Status answer) {
  const Watch::Outcome outcome = watch_->End();
  if (raw_->net.pvio == nullptr) broken_ = true;
  if (outcome == Watch::Outcome::kNothing) return answer;
  if (outcome == Watch::Outcome::kStopped)
    return Fail(kStopRequested, "stopped while the server was working");
  broken_ = true;
  return Fail(codes_[FaultKind::kConnection],
              "the server has been silent for longer than its statement timeout");
}

Status Connection::Exec(const std::string& sql, const std::stop_token& stop) {
  return Query(sql, stop).status();
}

Result<Rows> Connection::Query(const std::string& sql, const std::stop_token& stop) {
  ARROW_RETURN_NOT_OK(Begin(stop));
  Status answer;
  ResultHandle result;
  if (mysql_real_query(raw_.get(), sql.data(), sql.size()) != 0) {
    answer = Error();
  } else {
    result.reset(mysql_store_result(raw_.get()));
    if (result == nullptr && mysql_errno(raw_.get()) != 0) answer = Error();
  }
  ARROW_RETURN_NOT_OK(End(std::move(answer)));
  return result == nullptr ? Rows() : RowsOf(result.get());
}

Status Connection::Apply(const std::string& sql, const std::stop_token& stop) {
  if (sql == applied_) return Status::OK();
  applied_.clear();
  ARROW_RETURN_NOT_OK(Exec(sql, stop));
  applied_ = sql;
  return Status::OK();
}

Status Connection::Settle() {
  if (broken_) return Fail(codes_[FaultKind::kConnection], "the connection was given up before");
  statement_timeout_ = milliseconds(0);
  Status rolled_back = Exec("ROLLBACK", {});
  // A kill may arrive late and hit the statement after the one it was meant for.
  if (!rolled_back.ok() && !broken_) rolled_back = Exec("ROLLBACK", {});
  if (!rolled_back.ok()) broken_ = true;
  return rolled_back;
}

Status Connection::Error() { return Error(mysql_errno(raw_.get()), mysql_error(raw_.get())); }

Status Connection::Error(unsigned number, std::string_view text) {
  if (raw_->net.pvio == nullptr) broken_ = true;
  if (number == 0) return Fail(codes_[FaultKind::kWire], "the server's answer makes no sense");
  return FaultFrom(codes_, number, std::string(text));
}

void Connection::Cancel() {
  OpenSettings settings = settings_;
  settings.connect_timeout_s = std::min(settings.connect_timeout_s, kCancelSeconds);
  settings.database.clear();
  auto second = Dial(world_, settings, codes_, {}, kCancelSeconds);
  Status status = second.status();
  if (status.ok()) {
    const std::string sql = "KILL QUERY " + std::to_string(thread_id());
    if (mysql_real_query(second->get(), sql.data(), sql.size()) != 0)
      status = FaultFrom(codes_, mysql_errno(second->get()), mysql_error(second->get()));
  }
  if (status.ok()) return;
  world_.log().Event(LogLevel::kDebug, "mysql-cancel-failed",
                     {{"reason", FaultOf(status).message}});
}

bool Connection::encrypted() const { return mysql_get_ssl_cipher(raw_.get()) != nullptr; }

bool Connection::local() const {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
  if (peer.ss_family == AF_UNIX) return true;
  if (peer.ss_family == AF_INET) {
    sockaddr_in address;
    std::memcpy(&address, &peer, sizeof address);
    return ntohl(address.sin_addr.s_addr) >> 24 == 127;
  }
  if (peer.ss_family != AF_INET6) return false;
  sockaddr_in6 address;
  std::memcpy(&address, &peer, sizeof address);
  return IN6_IS_ADDR_LOOPBACK(&address.sin6_addr) != 0;
}

std::string Connection::server_version() const {
  const char* version = mysql_get_server_info(raw_.get());
  return version == nullptr ? "" : version;
}

uint64_t Connection::thread_id() const { return mysql_thread_id(raw_.get()); }

}  // namespace rivet::client::mysql
