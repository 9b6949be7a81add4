#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/world.h"
#include "client/postgres/fault.h"
#include "client/postgres/settings.h"

struct pg_conn;
struct pg_result;
struct pg_cancel;

namespace rivet::client::postgres {

struct ResultDeleter {
  void operator()(pg_result* result) const;
};
using ResultHandle = std::unique_ptr<pg_result, ResultDeleter>;

// Rows in the server's text form; NULL is nullopt. For catalogs, not for data.
using Row = std::vector<std::optional<std::string>>;
using Rows = std::vector<Row>;

// One column of a result, as the row description has it: domains arrive as their base type.
struct ResultColumn {
  std::string name;
  uint32_t type_oid = 0;
  int32_t type_modifier = -1;
  uint32_t table_oid = 0;    // 0: not a plain column of a table
  int16_t table_column = 0;  // attnum
};

// One connection. Used by one thread at a time, Cancel() excepted. Its own waits see a stop request
// within 100 ms. After a failure that leaves it broken(), nothing but destruction is left.
class Connection {
 public:
  // Connects without blocking, except for the resolver. `codes` and `world` outlive the connection.
  static Result<std::unique_ptr<Connection>> Open(World& world, const OpenSettings& settings,
                                                  const FaultCodes& codes,
                                                  const std::stop_token& stop);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One or more statements by the simple protocol; rows are thrown away.
  Status Exec(const std::string& sql, const std::stop_token& stop);
  // One statement (the server refuses more), text rows.
  Result<Rows> Query(const std::string& sql, const std::stop_token& stop);
  // The same with $1, $2 … as text; the server infers their types.
  Result<Rows> QueryParams(const std::string& sql, const Row& params, const std::stop_token& stop);
  // Columns of one statement, which is prepared without a name and not run.
  Result<std::vector<ResultColumn>> Describe(const std::string& sql, const std::stop_token& stop);
  // Columns of one statement that is run, so that the rights it needs are checked: for `… LIMIT 0`.
  Result<std::vector<ResultColumn>> DescribeByRunning(const std::string& sql,
                                                      const std::stop_token& stop);
  // Cancels what runs, takes in what is left of it, rolls back. After OK the session is as new.
  // Bounded: a server that does not answer makes the connection broken().
  Status Settle();

  // For readers, who speak libpq themselves. Blocking mode: PQsend… sends at once.
  pg_conn* raw() const { return raw_; }
  // Call it as a statement is sent: 57014 is a timeout or a cancel by the time that went by since.
  void StatementBegins();
  // Waits at most `patience` for bytes and takes them in; OK also when none came. kConnection when
  // the connection is lost, or silent for longer than the statement timeout and a grace. Unlike
  // poll() on the socket it sees bytes that TLS holds back.
  Status WaitInput(std::chrono::milliseconds patience);
  // Names what went wrong: an error result, or, without one, the connection's own trouble.
  Status Error(const pg_result* result);
  Status Error(std::string_view what);

  // Asks the server to end the statement that runs, by a second connection. Any thread, any time.
  void Cancel();

  // The statement timeout in force, by which 57014 is told from a cancel; zero = none.
  void set_statement_timeout(std::chrono::milliseconds timeout) { statement_timeout_ = timeout; }
  // What the role or database has set, in force where we set none.
  void set_server_statement_timeout(std::chrono::milliseconds timeout) {
    server_statement_timeout_ = timeout;
  }

  bool broken() const { return broken_; }
  bool encrypted() const;
  bool local() const;          // loopback or a socket
  int server_version() const;  // 150004
  int backend_pid() const;     // as the other end says, which may be a pooler
  std::string parameter(const std::string& name) const;
  World& world() const { return world_; }
  const FaultCodes& codes() const { return codes_; }

 private:
  Connection(World& world, const FaultCodes& codes) : world_(world), codes_(codes) {}
  Status Start(const OpenSettings& settings, bool plain, const std::stop_token& stop);
  Status ConnectLoop(const std::stop_token& stop);
  Status ConnectFailure();
  Status AfterConnect(const OpenSettings& settings, bool plain, const std::stop_token& stop);
  // After PQsend…: the last result, after all were taken in.
  Result<ResultHandle> Answer(int sent, const std::stop_token& stop);
  Result<ResultHandle> Collect(const std::stop_token& stop);
  Status Drain(std::chrono::milliseconds patience);
  Status Stopped();
  Status Silent(SteadyMicros micros);
  Status CheckText(std::string_view sql) const;
  std::chrono::milliseconds timeout_in_force() const;

  World& world_;
  const FaultCodes& codes_;
  pg_conn* raw_ = nullptr;
  pg_cancel* cancel_ = nullptr;
  bool broken_ = false;
  bool look_first_ = true;  // TLS may hold bytes that poll() does not see
  SteadyMicros statement_began_ = 0, silent_micros_ = 0;
  std::chrono::milliseconds statement_timeout_{0}, server_statement_timeout_{0};
};

}  // namespace rivet::client::postgres
