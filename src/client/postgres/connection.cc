#include "client/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace rivet::client::postgres {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStopLook{100};
// What the server may be silent beyond its own statement timeout before it is taken for gone.
constexpr milliseconds kSilenceGrace{30'000};
// How long a cancelled statement may take to end.
constexpr milliseconds kCancelPatience{10'000};
// 57014 this much before the timeout is still the timeout: the server's clock started earlier than
// ours.
constexpr SteadyMicros kTimeoutSlackMicros = 50'000;
constexpr int kText = 0;

std::string Field(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? "" : text;
}

// libpq ends its lines with a newline, and may have several.
std::string OneLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '.'))
    text.pop_back();
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at))
    text.replace(at, 1, "; ");
  return text;
}

std::vector<ResultColumn> ColumnsOf(const PGresult* result) {
  std::vector<ResultColumn> columns;
  for (int i = 0; i < PQnfields(result); ++i) {
    ResultColumn column;
    column.name = PQfname(result, i);
    column.type_oid = PQftype(result, i);
    column.type_modifier = PQfmod(result, i);
    column.table_oid = PQftable(result, i);
    column.table_column = static_cast<int16_t>(PQftablecol(result, i));
    columns.push_back(std::move(column));
  }
  return columns;
}

Rows RowsOf(const PGresult* result) {
  Rows rows(static_cast<size_t>(PQntuples(result)));
  for (int line = 0; line < PQntuples(result); ++line) {
    Row& row = rows[static_cast<size_t>(line)];
    for (int column = 0; column < PQnfields(result); ++column) {
      if (PQgetisnull(result, line, column) == 1) {
        row.emplace_back();
      } else {
        row.emplace_back(std::string(PQgetvalue(result, line, column),
                                     static_cast<size_t>(PQgetlength(result, line, column))));
      }
    }
  }
  return rows;
}

}  // namespace

void ResultDeleter::operator()(pg_result* result) const { PQclear(result); }

Connection::~Connection() {
  if (cancel_ != nullptr) PQfreeCancel(cancel_);
  if (raw_ != nullptr) PQfinish(raw_);
}

milliseconds Connection::timeout_in_force() const {
  return statement_timeout_.count() > 0 ? statement_timeout_ : server_statement_timeout_;
}

void Connection::StatementBegins() {
  statement_began_ = world_.Steady();
  silent_micros_ = 0;
  look_first_ = true;
}

Status Connection::CheckText(std::string_view sql) const {
  if (broken_) return Fail(codes_[FaultKind::kConnection], "the connection was given up before");
  if (sql.find('\0') == std::string_view::npos) return Status::OK();
  return Fail(codes_[FaultKind::kSql],
              "a name, a key or the query holds a NUL byte, which SQL cannot carry");
}

Status Connection::WaitInput(milliseconds patience) {
  // TLS reads whole records and may hold the end of an answer already: look there before the socket
  // is asked, and let the caller see what came.
  const bool wait = !(encrypted() && look_first_);
  look_first_ = wait;
  if (wait) {
    const SteadyMicros before = world_.Steady();
    pollfd socket{PQsocket(raw_), POLLIN, 0};
    const int ready = poll(&socket, 1, static_cast<int>(patience.count()));
    if (ready < 0 && errno != EINTR) return Error("cannot wait for the server");
    if (ready <= 0) return Silent(world_.Steady() - before);
    silent_micros_ = 0;
  }
  if (PQconsumeInput(raw_) == 0) return Error("lost the connection");
  return Status::OK();
}

// Counts only time in which we listened: a reader that rests within a statement is not the server's
// silence.
Status Connection::Silent(SteadyMicros micros) {
  silent_micros_ += micros;
  const milliseconds timeout = timeout_in_force();
  if (timeout.count() == 0 || silent_micros_ <= 1000 * (timeout + kSilenceGrace).count())
    return Status::OK();
  broken_ = true;
  return Fail(codes_[FaultKind::kConnection],
              "the server has been silent for longer than its statement timeout");
}

Status Connection::Stopped() {
  Cancel();
  if (const Status drained = Drain(kCancelPatience); !drained.ok()) broken_ = true;
  return Fail(kStopRequested, "stopped while the server was working");
}

// Results until there are none; the first error counts, else the last result.
Result<ResultHandle> Connection::Collect(const std::stop_token& stop) {
  ResultHandle last;
  Status failure;
  for (;;) {
    while (PQisBusy(raw_) == 1) {
      if (stop.stop_requested()) return Stopped();
      const Status waited = WaitInput(kStopLook);
      // A server that says why before it hangs up is the better witness.
      if (!waited.ok()) return failure.ok() ? waited : failure;
    }
    ResultHandle result(PQgetResult(raw_));
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (failure.ok()) failure = Error(result.get());
      if (broken_) break;
    } else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      ARROW_RETURN_NOT_OK(Drain(kCancelPatience));
      return Fail(codes_[FaultKind::kSql], "a COPY is no query");
    }
    last = std::move(result);
  }
  ARROW_RETURN_NOT_OK(failure);
  if (last == nullptr)
    return Fail(codes_[FaultKind::kWire], "the server answered a statement with nothing");
  return last;
}

Result<ResultHandle> Connection::Answer(int sent, const std::stop_token& stop) {
  if (sent == 0) return Error("cannot send a statement");
  StatementBegins();
  return Collect(stop);
}

Status Connection::Exec(const std::string& sql, const std::stop_token& stop) {
  ARROW_RETURN_NOT_OK(CheckText(sql));
  return Answer(PQsendQuery(raw_, sql.c_str()), stop).status();
}

Result<Rows> Connection::Query(const std::string& sql, const std::stop_token& stop) {
  return QueryParams(sql, {}, stop);
}

Result<Rows> Connection::QueryParams(const std::string& sql, const Row& params,
                                     const std::stop_token& stop) {
  ARROW_RETURN_NOT_OK(CheckText(sql));
  std::vector<const char*> values;
  for (const auto& param : params) {
    if (param) ARROW_RETURN_NOT_OK(CheckText(*param));
    values.push_back(param ? param->c_str() : nullptr);
  }
  ARROW_ASSIGN_OR_RAISE(const ResultHandle result,
                        Answer(PQsendQueryParams(raw_, sql.c_str(), static_cast<int>(values.size()),
                                                 nullptr, values.data(), nullptr, nullptr, kText),
                               stop));
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
    return Fail(codes_[FaultKind::kSql], "the statement gives no rows: it is no SELECT");
  }
  return RowsOf(result.get());
}

Result<std::vector<ResultColumn>> Connection::Describe(const std::string& sql,
                                                       const std::stop_token& stop) {
  ARROW_RETURN_NOT_OK(CheckText(sql));
  ARROW_RETURN_NOT_OK(Answer(PQsendPrepare(raw_, "", sql.c_str(), 0, nullptr), stop).status());
  ARROW_ASSIGN_OR_RAISE(const ResultHandle result, Answer(PQsendDescribePrepared(raw_, ""), stop));
  return ColumnsOf(result.get());
}

Result<std::vector<ResultColumn>> Connection::DescribeByRunning(const std::string& sql,
                                                                const std::stop_token& stop) {
  ARROW_RETURN_NOT_OK(CheckText(sql));
  ARROW_ASSIGN_OR_RAISE(
      const ResultHandle result,
      Answer(PQsendQueryParams(raw_, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, kText),
             stop));
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
    return Fail(codes_[FaultKind::kSql], "the statement gives no rows: it is no SELECT");
  }
  return ColumnsOf(result.get());
}

// Takes in and drops what the statement still sends. No stop is asked: the statement is being
// ended.
Status Connection::Drain(milliseconds patience) {
  const SteadyMicros deadline = world_.Steady() + 1000 * patience.count();
  const auto wait = [&]() -> Status {
    if (world_.Steady() > deadline) return Error("the server did not end a cancelled statement");
    return WaitInput(kStopLook);
  };
  for (;;) {
    while (PQisBusy(raw_) == 1) ARROW_RETURN_NOT_OK(wait());
    const ResultHandle result(PQgetResult(raw_));
    if (result == nullptr) return Status::OK();
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN) PQputCopyEnd(raw_, "not wanted");
    while (status == PGRES_COPY_OUT) {
      char* bytes = nullptr;
      const int got = PQgetCopyData(raw_, &bytes, 1);
      PQfreemem(bytes);
      if (got < 0) break;
      if (got == 0) ARROW_RETURN_NOT_OK(wait());
    }
    if (PQstatus(raw_) == CONNECTION_BAD) return Error("lost the connection");
  }
}

Status Connection::Settle() {
  if (broken_) return Fail(codes_[FaultKind::kConnection], "the connection was given up before");
  if (PQtransactionStatus(raw_) == PQTRANS_ACTIVE) {
    Cancel();
    if (const Status drained = Drain(kCancelPatience); !drained.ok()) {
      broken_ = true;
      return drained;
    }
  }
  statement_timeout_ = milliseconds(0);
  const PGTransactionStatusType state = PQtransactionStatus(raw_);
  if (state == PQTRANS_IDLE) return Status::OK();
  Status rolled_back = Exec("ROLLBACK", {});
  // A cancel may arrive late and hit the statement after the one it was meant for.
  if (!rolled_back.ok() && !broken_) rolled_back = Exec("ROLLBACK", {});
  if (!rolled_back.ok()) broken_ = true;
  return rolled_back;
}

void Connection::Cancel() {
  if (cancel_ == nullptr) return;
  char why[256];
  if (PQcancel(cancel_, why, sizeof why) == 0) {
    world_.log().Event(LogLevel::kDebug, "postgres-cancel-failed", {{"reason", OneLine(why)}});
  }
}

Status Connection::Error(const pg_result* result) {
  const std::string state = result == nullptr ? "" : Field(result, PG_DIAG_SQLSTATE);
  if (state.empty()) {
    const std::string text = result == nullptr ? "" : PQresultErrorMessage(result);
    if (PQstatus(raw_) == CONNECTION_BAD) return Error("lost the connection");
    return Fail(codes_[FaultKind::kWire],
                text.empty() ? "the server's answer makes no sense" : OneLine(text));
  }
  if (PQstatus(raw_) == CONNECTION_BAD) broken_ = true;
  FaultKind kind = KindOf(state);
  if (kind == FaultKind::kCancelled && timeout_in_force().count() > 0) {
    const SteadyMicros went_by = world_.Steady() - statement_began_ + kTimeoutSlackMicros;
    if (went_by >= 1000 * timeout_in_force().count()) kind = FaultKind::kTimeout;
  }
  Fault fault;
  fault.code = &codes_[kind];
  fault.message = OneLine(Field(result, PG_DIAG_MESSAGE_PRIMARY));
  fault.cause = "SQLSTATE " + state;
  fault.hints = HintsOf(state);
  if (const std::string hint = OneLine(Field(result, PG_DIAG_MESSAGE_HINT)); !hint.empty()) {
    fault.hints.push_back("The server suggests: " + hint + ".");
  }
  return Fail(std::move(fault));
}

Status Connection::Error(std::string_view what) {
  broken_ = true;
  const std::string text = OneLine(PQerrorMessage(raw_));
  return Fail(codes_[FaultKind::kConnection],
              std::string(what) + (text.empty() ? "" : ": " + text));
}

bool Connection::encrypted() const { return PQsslInUse(raw_) == 1 || PQgssEncInUse(raw_) == 1; }

bool Connection::local() const {
  const char* host = PQhost(raw_);
  if (host == nullptr || *host == '\0' || *host == '/' || *host == '@') return true;
  const char* address = PQhostaddr(raw_);
  const std::string_view text = address == nullptr ? "" : address;
  return text.starts_with("127.") || text == "::1" || text.starts_with("::ffff:127.");
}

int Connection::server_version() const { return PQserverVersion(raw_); }
int Connection::backend_pid() const { return PQbackendPID(raw_); }

std::string Connection::parameter(const std::string& name) const {
  const char* value = PQparameterStatus(raw_, name.c_str());
  return value == nullptr ? "" : value;
}

}  // namespace rivet::client::postgres
