// Pages by FETCH from a cursor, for what has no key to be cut along.
#include <algorithm>

#include "source/faults.h"
#include "source/postgres/read_io_internal.h"
#include "source/postgres/read_pages.h"

namespace rivet::source::postgres {
namespace {

constexpr int64_t kRowsFirst = 100;
// libpq keeps the whole answer to a FETCH. Rows at least this wide, and those of the first FETCH,
// are taken one by one, so that no more than a batch of them is in memory; for narrow ones that
// would cost more than it saves.
constexpr int64_t kWideRowBytes = 8 << 10;

class CursorPages : public Pages {
 public:
  CursorPages(const Lent& lent, const model::BoundedQuery& query, const RowShape& shape)
      : lent_(lent), query_(query), shape_(shape), taker_(query, shape), row_(shape.fields) {}

  Status Open() override {
    ARROW_ASSIGN_OR_RAISE(const std::string window, WindowCondition(query_.window));
    const std::string select = SelectRows(query_, shape_.select_list, {window}, "");
    return lent_.connection.Exec("DECLARE _rivet NO SCROLL CURSOR FOR " + select, lent_.stop);
  }

  int64_t size_first() const override { return std::min(kRowsFirst, size_max()); }
  int64_t size_max() const override { return std::max<int64_t>(1, query_.limits.batch_rows_max); }
  bool exhausted() const override { return exhausted_; }

  Status Send(int64_t size) override {
    statement_rows_ = 0;
    statement_bytes_ = 0;
    page_rows_ = size;
    return SendBinary(lent_, "FETCH FORWARD " + std::to_string(size) + " FROM _rivet",
                      row_bytes_ < 0 || row_bytes_ >= kWideRowBytes);
  }

  Result<bool> Receive(BatchBuilder& rows, int64_t bytes_max) override {
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const client::postgres::ResultHandle result, NextResult(lent_));
      if (result == nullptr) break;
      ARROW_RETURN_NOT_OK(TakeResult(result.get(), rows));
      if (rows.bytes() >= bytes_max) return false;
    }
    if (statement_rows_ > page_rows_)
      return Fail(kWire, "a FETCH brought more rows than were asked for");
    exhausted_ = statement_rows_ < page_rows_;
    if (statement_rows_ > 0) row_bytes_ = statement_bytes_ / statement_rows_;
    return true;
  }

 private:
  Status TakeResult(const PGresult* result, BatchBuilder& rows) {
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_SINGLE_TUPLE) {
      return Fail(kWire, "the server did not answer a FETCH with rows");
    }
    const int columns = PQnfields(result);
    if (columns != static_cast<int>(shape_.fields)) {
      return Fail(kWire, "row of " + std::to_string(columns) + " fields, " +
                             std::to_string(shape_.fields) + " expected");
    }
    for (int column = 0; column < columns; ++column) {
      if (PQfformat(result, column) != 1)
        return Fail(kWire, "the server sent text where binary was asked for");
    }
    const int count = PQntuples(result);
    for (int line = 0; line < count; ++line) {
      for (int column = 0; column < columns; ++column) {
        Field& field = row_[static_cast<size_t>(column)];
        field.data = reinterpret_cast<const uint8_t*>(PQgetvalue(result, line, column));
        const int size = PQgetlength(result, line, column);
        // libpq says 0 for NULL too.
        field.size = size == 0 && PQgetisnull(result, line, column) == 1 ? kNull : size;
        statement_bytes_ += 4 + size;
      }
      ARROW_RETURN_NOT_OK(taker_.Take(row_.data(), rows));
      ++statement_rows_;
    }
    return Status::OK();
  }

  const Lent lent_;
  const model::BoundedQuery& query_;
  const RowShape& shape_;
  RowTaker taker_;
  std::vector<Field> row_;
  int64_t page_rows_ = 0, row_bytes_ = -1;
  bool exhausted_ = false;
};

}  // namespace

std::unique_ptr<Pages> MakeCursorPages(const Lent& lent, const model::BoundedQuery& query,
                                       const RowShape& shape) {
  return std::make_unique<CursorPages>(lent, query, shape);
}

}  // namespace rivet::source::postgres
