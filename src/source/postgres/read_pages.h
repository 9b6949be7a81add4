#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "model/facts.h"
#include "model/query.h"
#include "source/postgres/decode.h"
#include "source/postgres/read_sql.h"

namespace rivet::source::postgres {

struct Lent;

// Takes rows off the wire: refuses what is too large, decodes the columns, keeps the key of the
// last row.
class RowTaker {
 public:
  RowTaker(const model::BoundedQuery& query, const RowShape& shape) : query_(query), shape_(shape) {
    last_key_.resize(shape.keys.size());
  }
  Status Take(const Field* row, BatchBuilder& rows);
  // The last row's key as texts for literals.
  Result<std::vector<std::string>> LastKey() const;

 private:
  struct KeyBytes {
    std::string bytes;
    bool null = true;
  };
  Status RefuseLarge(Field guard) const;

  const model::BoundedQuery& query_;
  const RowShape& shape_;
  std::vector<KeyBytes> last_key_;
};

// One way to cut a query into statements. Used by one thread, inside a transaction that somebody
// else keeps.
class Pages {
 public:
  virtual ~Pages() = default;
  // After the first BEGIN.
  virtual Status Open() { return Status::OK(); }
  // Sizes are rows, or blocks of the heap.
  virtual int64_t size_first() const = 0;
  virtual int64_t size_max() const = 0;
  // No statement is left.
  virtual bool exhausted() const = 0;
  // Sends the next statement, or what it takes to know that there is none.
  virtual Status Send(int64_t size) = 0;
  // Takes rows until the statement is over (true), or until `rows` holds `bytes_max` and more are
  // to come.
  virtual Result<bool> Receive(BatchBuilder& rows, int64_t bytes_max) = 0;

  // Of the statement that was sent last, so far.
  int64_t statement_rows() const { return statement_rows_; }
  int64_t statement_bytes() const { return statement_bytes_; }

 protected:
  int64_t statement_rows_ = 0, statement_bytes_ = 0;
};

// The references outlive the pages.
std::unique_ptr<Pages> MakeKeyPages(const Lent& lent, const model::BoundedQuery& query,
                                    const RowShape& shape);
std::unique_ptr<Pages> MakeBlockPages(const Lent& lent, const model::BoundedQuery& query,
                                      const RowShape& shape);
std::unique_ptr<Pages> MakeCursorPages(const Lent& lent, const model::BoundedQuery& query,
                                       const RowShape& shape);

}  // namespace rivet::source::postgres
