// Pages by COPY (FORMAT binary): along a key, or by blocks of the heap.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "client/postgres/quote.h"
#include "source/faults.h"
#include "source/postgres/copy_rows.h"
#include "source/postgres/read_io_internal.h"
#include "source/postgres/read_pages.h"

namespace rivet::source::postgres {
namespace {

using client::postgres::ResultHandle;

constexpr int64_t kRowsFirst = 100;
// A block of 8 KiB may hold hundreds of rows whose TOAST is megabytes each.
constexpr int64_t kBlocksFirst = 1;
constexpr int64_t kBlocksMax = 8'192;

// Receives the rows of one COPY after another.
class CopyPages : public Pages {
 public:
  CopyPages(const Lent& lent, const model::BoundedQuery& query, const RowShape& shape)
      : lent_(lent),
        query_(query),
        shape_(shape),
        taker_(query, shape),
        copy_(shape.fields),
        row_(shape.fields) {}

  Result<bool> Receive(BatchBuilder& rows, int64_t bytes_max) override {
    for (;;) {
      int64_t size = 0;
      ARROW_ASSIGN_OR_RAISE(const MessagePtr message, NextMessage(lent_, &size));
      if (message == nullptr) break;
      statement_bytes_ += size;
      copy_.Push(reinterpret_cast<const uint8_t*>(message.get()), size);
      for (bool got = true;;) {
        ARROW_RETURN_NOT_OK(copy_.Next(row_.data(), &got));
        if (!got) break;
        ARROW_RETURN_NOT_OK(taker_.Take(row_.data(), rows));
        ++statement_rows_;
      }
      if (rows.bytes() >= bytes_max) return false;
    }
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const ResultHandle result, NextResult(lent_));
      if (result == nullptr) break;
    }
    ARROW_RETURN_NOT_OK(copy_.End());
    ARROW_RETURN_NOT_OK(Ended());
    return true;
  }

 protected:
  virtual Status Ended() = 0;

  Status SendCopy(const std::vector<std::string>& conditions, const std::string& tail) {
    const std::string select = SelectRows(query_, shape_.select_list, conditions, tail);
    ARROW_RETURN_NOT_OK(SendSimple(lent_, "COPY (" + select + ") TO STDOUT (FORMAT binary)"));
    ARROW_ASSIGN_OR_RAISE(const ResultHandle result, NextResult(lent_));
    if (result == nullptr || PQresultStatus(result.get()) != PGRES_COPY_OUT ||
        PQbinaryTuples(result.get()) != 1 ||
        PQnfields(result.get()) != static_cast<int>(shape_.fields)) {
      return Fail(kWire, "the server did not begin the COPY that was asked for");
    }
    copy_ = CopyRows(shape_.fields);
    statement_rows_ = 0;
    statement_bytes_ = 0;
    return Status::OK();
  }

  const Lent lent_;
  const model::BoundedQuery& query_;
  const RowShape& shape_;
  RowTaker taker_;

 private:
  CopyRows copy_;
  std::vector<Field> row_;
};

class KeyPages : public CopyPages {
 public:
  using CopyPages::CopyPages;

  int64_t size_first() const override { return std::min(kRowsFirst, size_max()); }
  int64_t size_max() const override { return std::max<int64_t>(1, query_.limits.batch_rows_max); }
  bool exhausted() const override { return exhausted_; }

  Status Send(int64_t size) override {
    const bool begun = !last_key_.empty();
    const auto lower = begun && PagesFollowWindow(query_) ? LowerEdge::kWithout : LowerEdge::kWith;
    ARROW_ASSIGN_OR_RAISE(std::string window, WindowCondition(query_.window, lower));
    std::vector<std::string> conditions{std::move(window)};
    if (begun) conditions.push_back(AfterCondition(query_, last_key_));
    page_rows_ = size;
    return SendCopy(conditions, PageTail(query_, size));
  }

 private:
  Status Ended() override {
    if (statement_rows_ > page_rows_)
      return Fail(kWire, "a page has more rows than were asked for");
    if (statement_rows_ < page_rows_) {
      exhausted_ = true;
      return Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(auto key, taker_.LastKey());
    // Each page begins behind the last one, so a read ends: but not where the server repeats
    // itself.
    if (key == last_key_) return Fail(kWire, "a page ends on the key it began behind");
    last_key_ = std::move(key);
    return Status::OK();
  }

  std::vector<std::string> last_key_;
  int64_t page_rows_ = 0;
  bool exhausted_ = false;
};

// [0, counted end) in pieces, then what grew since, then an open range. What was counted within the
// snapshot holds all that it can see; the rest is read because correctness shall not hang on that
// argument, and costs one statement.
class BlockPages : public CopyPages {
 public:
  using CopyPages::CopyPages;

  Status Open() override { return CountBlocks(); }
  int64_t size_first() const override { return kBlocksFirst; }
  int64_t size_max() const override { return kBlocksMax; }
  bool exhausted() const override { return exhausted_; }

  Status Send(int64_t size) override {
    if (next_ >= end_ && !counted_again_) {
      counted_again_ = true;
      ARROW_RETURN_NOT_OK(CountBlocks());
    }
    const int64_t begin = next_;
    open_ended_ = begin >= end_;
    next_ = std::min(begin + size, end_);
    return SendCopy({BlockCondition(begin, open_ended_ ? -1 : next_)}, "");
  }

 private:
  Status CountBlocks() {
    const std::string literal =
        client::postgres::QuoteLiteral(client::postgres::QuoteRelation(query_.relation.table));
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        lent_.connection.Query("SELECT pg_catalog.pg_relation_size(" + literal +
                                   "::pg_catalog.regclass) / "
                                   "pg_catalog.current_setting('block_size')::pg_catalog.int8",
                               lent_.stop));
    if (rows.size() != 1 || rows[0].size() != 1 || !rows[0][0]) {
      return Fail(kWire, "the size of the table was not answered");
    }
    end_ = std::max<int64_t>(next_, std::strtoll(rows[0][0]->c_str(), nullptr, 10));
    return Status::OK();
  }

  Status Ended() override {
    exhausted_ = open_ended_;
    return Status::OK();
  }

  int64_t next_ = 0, end_ = 0;
  bool counted_again_ = false, open_ended_ = false, exhausted_ = false;
};

}  // namespace

std::unique_ptr<Pages> MakeKeyPages(const Lent& lent, const model::BoundedQuery& query,
                                    const RowShape& shape) {
  return std::make_unique<KeyPages>(lent, query, shape);
}

std::unique_ptr<Pages> MakeBlockPages(const Lent& lent, const model::BoundedQuery& query,
                                      const RowShape& shape) {
  return std::make_unique<BlockPages>(lent, query, shape);
}

}  // namespace rivet::source::postgres
