#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "base/world.h"
#include "client/mysql/fault.h"
#include "client/mysql/settings.h"
#include "client/mysql/watch.h"

struct st_mysql;

namespace rivet::client::mysql {

struct HandleDeleter {
  void operator()(st_mysql* handle) const;
};
using Handle = std::unique_ptr<st_mysql, HandleDeleter>;

// Rows in the server's text form; NULL is nullopt. For catalogs, not for data.
using Row = std::vector<std::optional<std::string>>;
using Rows = std::vector<Row>;

// One connection. Used by one thread at a time, Cancel() excepted. Its waits see a stop request
// within 100 ms and end the statement on the server. After a failure that leaves it broken(),
// nothing but destruction is left.
class Connection {
 public:
  // `codes` and `world` outlive the connection. Blocks in the resolver, and within a TLS handshake.
  static Result<std::unique_ptr<Connection>> Open(World& world, OpenSettings settings,
                                                  const FaultCodes& codes,
                                                  const std::stop_token& stop);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One statement; rows are thrown away.
  Status Exec(const std::string& sql, const std::stop_token& stop);
  // One statement, text rows, all of them at once.
  Result<Rows> Query(const std::string& sql, const std::stop_token& stop);
  // Exec, unless the same was applied last: settings of the session.
  Status Apply(const std::string& sql, const std::stop_token& stop);
  // Rolls back what is open. Statements must be gone or at their end (statement.h). After OK the
  // session is as new.
  Status Settle();

  // For Statement, which speaks the protocol itself: each call that may wait stands between these.
  Status Begin(const std::stop_token& stop);
  // `answer`, unless the wait was stopped or the server was taken for gone.
  Status End(Status answer);
  // Ends a statement whose answer nobody wants: it is killed, and what is on its way is to be taken
  // in before End.
  Status BeginLeaving();
  st_mysql* raw() const { return raw_.get(); }
  Watch& watch() { return *watch_; }
  // Names what went wrong, from the handle, or from a statement's own number and text.
  Status Error();
  Status Error(unsigned number, std::string_view text);

  // Asks the server to end the statement that runs, by a second connection. Any thread, any time.
  void Cancel();

  // The statement timeout in force, beyond which a silent server is taken for gone; zero = none.
  void set_statement_timeout(std::chrono::milliseconds timeout) { statement_timeout_ = timeout; }

  bool broken() const { return broken_; }
  bool encrypted() const;
  bool local() const;  // loopback or a socket
  // As the other end says, which may be a proxy.
  std::string server_version() const;
  uint64_t thread_id() const;
  const std::string& database() const { return settings_.database; }
  World& world() const { return world_; }
  const FaultCodes& codes() const { return codes_; }

 private:
  Connection(World& world, OpenSettings settings, const FaultCodes& codes)
      : world_(world), settings_(std::move(settings)), codes_(codes) {}
  Status AfterConnect(const std::stop_token& stop);

  World& world_;
  const OpenSettings settings_;
  const FaultCodes& codes_;
  Handle raw_;
  UniqueFd socket_;  // a second descriptor of it: the library may close its own at any time
  std::string applied_;
  bool broken_ = false;
  std::chrono::milliseconds statement_timeout_{0};
  std::unique_ptr<Watch> watch_;  // last: its thread uses the rest
};

}  // namespace rivet::client::mysql
