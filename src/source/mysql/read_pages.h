#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "client/mysql/connection.h"
#include "model/query.h"
#include "source/mysql/decode.h"

namespace rivet::source::mysql {

// A connection lent to one reader, with the stop of its read.
struct Lent {
  client::mysql::Connection& connection;
  const std::stop_token stop;
};

// One way to cut a query into statements, and statements into batches. Used by one thread, inside a
// transaction that somebody else keeps.
class Pages {
 public:
  virtual ~Pages() = default;
  // After the first BEGIN: prepares, and compares what the server describes with the plan (kDrift).
  virtual Status Open() = 0;
  // The builder of its rows; after Open.
  BatchBuilder& rows() { return *rows_; }
  virtual int64_t size_first() const = 0;
  virtual int64_t size_max() const = 0;
  // No statement is left.
  virtual bool exhausted() const = 0;
  // Sends the next statement, of `size` rows.
  virtual Status Send(int64_t size) = 0;
  // Takes rows until the statement is over (true), or until the builder holds `bytes_max` and more
  // are to come.
  virtual Result<bool> Receive(int64_t bytes_max) = 0;

  // Of the statement that was sent last, so far.
  int64_t statement_rows() const { return statement_rows_; }
  int64_t statement_bytes() const { return statement_bytes_; }

 protected:
  std::unique_ptr<BatchBuilder> rows_;
  int64_t statement_rows_ = 0, statement_bytes_ = 0;
};

// `index`: the one to walk along; may be empty. `altered`: ReadContext's. References and pointers
// outlive the pages.
std::unique_ptr<Pages> MakeKeyPages(const Lent& lent, const model::BoundedQuery& query,
                                    const std::string& index,
                                    std::vector<model::AlteredCounts>* altered);
// All rows by one statement, off the wire as they are wanted.
std::unique_ptr<Pages> MakeStream(const Lent& lent, const model::BoundedQuery& query,
                                  std::vector<model::AlteredCounts>* altered);

}  // namespace rivet::source::mysql
