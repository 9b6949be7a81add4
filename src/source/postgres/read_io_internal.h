#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "client/postgres/connection.h"

// Sending and receiving on a lent connection. After any failure, kStopRequested included, the
// statement may still run: whoever keeps the transaction ends both with Connection::Settle().
namespace rivet::source::postgres {

// A connection lent to one reader, with the stop of its read.
struct Lent {
  client::postgres::Connection& connection;
  const std::stop_token stop;
};

struct MessageDeleter {
  void operator()(char* message) const { PQfreemem(message); }
};
using MessagePtr = std::unique_ptr<char, MessageDeleter>;

Status SendSimple(const Lent& lent, const std::string& sql);
// Extended protocol, no parameters, binary results. `by_row`: results come a row at a time.
Status SendBinary(const Lent& lent, const std::string& sql, bool by_row);
// The next result of the statement, null when it is over. A result that says the statement failed
// is a failure.
Result<client::postgres::ResultHandle> NextResult(const Lent& lent);
// The next COPY message; null when the copy is over. NextResult then has how it ended.
Result<MessagePtr> NextMessage(const Lent& lent, int64_t* size);

}  // namespace rivet::source::postgres
