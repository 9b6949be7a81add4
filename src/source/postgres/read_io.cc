#include "source/postgres/read_io_internal.h"

#include <chrono>

#include "source/faults.h"

namespace rivet::source::postgres {

using client::postgres::ResultHandle;

namespace {

// How soon a waiting read sees a stop.
constexpr std::chrono::milliseconds kStopLook{50};

Status MaySend(const Lent& lent, const std::string& sql) {
  if (lent.stop.stop_requested()) return Fail(kStopRequested, "stopped while reading");
  if (sql.find('\0') == std::string::npos) return Status::OK();
  return Fail(kSql, "a name, a key or the query holds a NUL byte, which SQL cannot carry");
}

Status Wait(const Lent& lent) {
  if (lent.stop.stop_requested()) return Fail(kStopRequested, "stopped while reading");
  return lent.connection.WaitInput(kStopLook);
}

}  // namespace

Status SendSimple(const Lent& lent, const std::string& sql) {
  ARROW_RETURN_NOT_OK(MaySend(lent, sql));
  lent.connection.StatementBegins();
  if (PQsendQuery(lent.connection.raw(), sql.c_str()) == 1) return Status::OK();
  return lent.connection.Error("cannot send a statement");
}

Status SendBinary(const Lent& lent, const std::string& sql, bool by_row) {
  ARROW_RETURN_NOT_OK(MaySend(lent, sql));
  constexpr int kBinary = 1;
  pg_conn* raw = lent.connection.raw();
  lent.connection.StatementBegins();
  if (PQsendQueryParams(raw, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, kBinary) != 1) {
    return lent.connection.Error("cannot send a statement");
  }
  // Where this is refused, the whole result comes at once: dearer in memory, not wrong.
  if (by_row) PQsetSingleRowMode(raw);
  return Status::OK();
}

Result<ResultHandle> NextResult(const Lent& lent) {
  pg_conn* raw = lent.connection.raw();
  while (PQisBusy(raw) == 1) ARROW_RETURN_NOT_OK(Wait(lent));
  ResultHandle result(PQgetResult(raw));
  if (result == nullptr) return result;
  switch (PQresultStatus(result.get())) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
    case PGRES_COPY_OUT:
      return result;
    default:
      break;
  }
  Status failure = lent.connection.Error(result.get());
  // After an error only the end of the statement comes. Taken in here, nobody has to cancel it.
  while (!lent.connection.broken()) {
    while (PQisBusy(raw) == 1) {
      if (!Wait(lent).ok()) return failure;
    }
    result.reset(PQgetResult(raw));
    if (result == nullptr || PQresultStatus(result.get()) == PGRES_COPY_OUT) break;
  }
  return failure;
}

Result<MessagePtr> NextMessage(const Lent& lent, int64_t* size) {
  for (;;) {
    char* bytes = nullptr;
    const int got = PQgetCopyData(lent.connection.raw(), &bytes, 1);
    if (got > 0) {
      *size = got;
      return MessagePtr(bytes);
    }
    *size = 0;
    if (got == -1) return MessagePtr();
    if (got < -1) return lent.connection.Error("lost the connection");
    ARROW_RETURN_NOT_OK(Wait(lent));
  }
}

}  // namespace rivet::source::postgres
