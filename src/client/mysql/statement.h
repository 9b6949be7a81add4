#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/status.h"
#include "client/mysql/connection.h"
#include "client/mysql/wire.h"

struct st_mysql_stmt;

namespace rivet::client::mysql {

// A moment as the protocol splits it: a value that no calendar has goes through unchanged.
struct Moment {
  unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0;
  bool operator==(const Moment&) const = default;
};

// One value for a `?`, typed, so that the server compares in its own column's type.
struct Parameter {
  enum class Kind { kSigned, kUnsigned, kDecimal, kText, kBytes, kDate, kDateTime };
  Kind kind = Kind::kSigned;
  int64_t number = 0;  // kSigned; the bits of kUnsigned
  std::string text;    // kDecimal, kText (UTF-8), kBytes
  Moment moment;       // kDate, kDateTime
  bool operator==(const Parameter&) const = default;
};
Parameter SignedParameter(int64_t number);

// One prepared statement, binary protocol, rows one by one off the wire. Its connection is lent: as
// long as rows are to come nothing else may use it. Dropped in the middle, it ends the statement on
// the server.
class Statement {
 public:
  static Result<std::unique_ptr<Statement>> Prepare(Connection& connection, const std::string& sql,
                                                    const std::stop_token& stop);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Of the result; none: the statement gives no rows. Execute refreshes them.
  const std::vector<ResultColumn>& columns() const { return columns_; }

  // Sends it and waits for the first sign of an answer. kDrift when the number of columns changed.
  Status Execute(const std::vector<Parameter>& parameters, const std::stop_token& stop);
  // Rows are to come.
  bool running() const { return running_; }

  // Between BeginRows and EndRows rows are taken off the wire. EndRows gives `answer`, unless the
  // wait was stopped.
  Status BeginRows(const std::stop_token& stop) { return connection_.Begin(stop); }
  // The bytes of the next row, valid until the next call; null when the statement is over.
  Status Next(const uint8_t** row, int64_t* size);
  Status EndRows(Status answer) { return connection_.End(std::move(answer)); }

 private:
  explicit Statement(Connection& connection) : connection_(connection) {}
  Status Bind(const std::vector<Parameter>& parameters);
  void TakeColumns();
  void Over();
  // Has the server end it, and takes in what is on its way.
  void Leave();
  Status Error();

  Connection& connection_;
  st_mysql_stmt* raw_ = nullptr;
  std::vector<ResultColumn> columns_;
  bool running_ = false;
};

}  // namespace rivet::client::mysql
