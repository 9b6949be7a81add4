// Pages along a key, and one streamed statement where there is none.
#include "source/mysql/read_pages.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "client/mysql/quote.h"
#include "client/mysql/statement.h"
#include "source/faults.h"
#include "source/mysql/column_types.h"
#include "source/mysql/key_value.h"
#include "source/mysql/read_sql.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::Parameter;
using client::mysql::ResultColumn;
using client::mysql::Statement;
using StatementPtr = std::unique_ptr<Statement>;

constexpr int64_t kRowsFirst = 100;

std::string Described(const std::string& name, const std::string& native) {
  return "\"" + name + "\" (" + native + ")";
}

Status CompareColumns(const model::BoundedQuery& query, const std::vector<ResultColumn>& found) {
  if (found.size() < query.columns.size()) {
    return Fail(kDrift, "the result has " + std::to_string(found.size()) +
                            " columns, the plan has " + std::to_string(query.columns.size()));
  }
  for (size_t i = 0; i < query.columns.size(); ++i) {
    const model::Column& planned = query.columns[i];
    const model::Column column = ColumnOf(found[i], false);
    if (column.name == planned.name && column.native_type == planned.native_type) continue;
    return Fail(kDrift, "column " + Described(column.name, column.native_type) + " was " +
                            Described(planned.name, planned.native_type) +
                            " when the run was planned");
  }
  return Status::OK();
}

// What decoders depend on. The rest may differ between a description and an answer.
bool SameWire(const ResultColumn& a, const ResultColumn& b) {
  return a.type == b.type && a.is_unsigned() == b.is_unsigned() && a.is_bytes() == b.is_bytes();
}

Result<StatementPtr> PrepareRows(const Lent& lent, const std::string& sql) {
  auto statement = Statement::Prepare(lent.connection, sql, lent.stop);
  if (statement.ok()) return statement;
  const Fault fault = FaultOf(statement.status());
  constexpr unsigned kUnknownColumn = 1054;
  if (fault.cause == client::mysql::CauseOf(kUnknownColumn))
    return Fail(kDrift, "a column is gone: " + fault.message, fault.cause);
  return statement;
}

// What both ways have in common: prepared statements whose rows go into batches.
class StatementPages : public Pages {
 public:
  StatementPages(const Lent& lent, const model::BoundedQuery& query,
                 std::vector<model::AlteredCounts>* altered)
      : lent_(lent), query_(query), shape_(ShapeOf(query)), altered_(altered) {}

 protected:
  // Checks the plan against the server, then prepares `sql`, whose columns become the wire's.
  Result<StatementPtr> PrepareFirst(const std::string& sql) {
    for (const model::Column& column : query_.columns) ARROW_RETURN_NOT_OK(CheckReadable(column));
    if (!shape_.plain) {
      ARROW_ASSIGN_OR_RAISE(const StatementPtr plain, PrepareRows(lent_, DescribedSql(query_)));
      ARROW_RETURN_NOT_OK(CompareColumns(query_, plain->columns()));
    }
    ARROW_ASSIGN_OR_RAISE(StatementPtr statement, PrepareRows(lent_, sql));
    wire_ = statement->columns();
    if (shape_.plain) ARROW_RETURN_NOT_OK(CompareColumns(query_, wire_));
    ARROW_ASSIGN_OR_RAISE(rows_, BatchBuilder::Make(query_.columns, query_.row_key, wire_,
                                                    query_.limits.value_bytes_max, altered_));
    return statement;
  }

  Status Execute(Statement& statement, const Parameters& parameters) {
    statement_rows_ = 0;
    statement_bytes_ = 0;
    ARROW_RETURN_NOT_OK(statement.Execute(parameters, lent_.stop));
    const auto& found = statement.columns();
    if (std::equal(found.begin(), found.end(), wire_.begin(), wire_.end(), SameWire))
      return Status::OK();
    return Fail(kDrift, "the types of the columns changed while they were read");
  }

  // Rows of `statement` until there are none (true), or a batch is full.
  Result<bool> Take(Statement& statement, int64_t rows_max, int64_t bytes_max) {
    ARROW_RETURN_NOT_OK(statement.BeginRows(lent_.stop));
    ARROW_RETURN_NOT_OK(statement.EndRows(TakeRows(statement, rows_max, bytes_max)));
    return !statement.running();
  }

  // Sees the row that was appended last, while its bytes live.
  virtual Status Seen() { return Status::OK(); }

  const Lent lent_;
  const model::BoundedQuery& query_;
  const RowShape shape_;
  std::vector<ResultColumn> wire_;

 private:
  // A number of the row that was appended last.
  uint64_t NumberAt(size_t place) const {
    const Field& field = rows_->fields()[place];
    uint64_t number = 0;
    std::memcpy(&number, field.data,
                static_cast<size_t>(std::clamp<int64_t>(field.size, 0, sizeof number)));
    return number;
  }

  // A column of that row lost bytes: counted where its policy replaces them, else a failure.
  Status TakeLoss(size_t column) {
    const model::Column& lost = query_.columns[column];
    const FieldRules rules = RulesOf(lost, 0, altered_ == nullptr ? nullptr : &(*altered_)[column]);
    const Field& value = rows_->fields()[column];
    const std::string_view bytes(reinterpret_cast<const char*>(value.data),
                                 static_cast<size_t>(std::max<int64_t>(0, value.size)));
    const Status taken =
        TakeSpecial(rules, model::SpecialValue::kInvalidUtf8, bytes,
                    "holds bytes that are no character of its charset " + lost.lossy_charset)
            .status();
    return taken.ok() ? taken : rows_->WithRow(taken);
  }

  Status CheckLoss(size_t place) {
    const uint64_t column = NumberAt(place);
    if (column == 0) return Status::OK();
    if (column > query_.columns.size()) return Fail(kWire, "a row names a column that is none");
    return TakeLoss(column - 1);
  }

  Status TakeReplaced() {
    for (size_t i = 0; i < shape_.masks.size(); ++i) {
      uint64_t mask = NumberAt(shape_.masks[i]);
      for (size_t bit = i * kLossBits; mask != 0; ++bit, mask >>= 1) {
        if ((mask & 1) == 0) continue;
        if (bit >= shape_.replaced.size()) return Fail(kWire, "a row names a column that is none");
        ARROW_RETURN_NOT_OK(TakeLoss(shape_.replaced[bit]));
      }
    }
    return Status::OK();
  }

  Status TakeRows(Statement& statement, int64_t rows_max, int64_t bytes_max) {
    while (rows_->rows() < rows_max && rows_->bytes() < bytes_max) {
      const uint8_t* row = nullptr;
      int64_t size = 0;
      ARROW_RETURN_NOT_OK(statement.Next(&row, &size));
      if (row == nullptr) return Status::OK();
      ARROW_RETURN_NOT_OK(rows_->Append(row, size));
      if (shape_.loss) ARROW_RETURN_NOT_OK(CheckLoss(*shape_.loss));
      if (!shape_.masks.empty()) ARROW_RETURN_NOT_OK(TakeReplaced());
      ++statement_rows_;
      statement_bytes_ += size;
      ARROW_RETURN_NOT_OK(Seen());
    }
    return Status::OK();
  }

  std::vector<model::AlteredCounts>* const altered_;
};

class KeyPages : public StatementPages {
 public:
  KeyPages(const Lent& lent, const model::BoundedQuery& query, const std::string& index,
           std::vector<model::AlteredCounts>* altered)
      : StatementPages(lent, query, altered), from_(FromItem(query.relation, index)) {}

  Status Open() override {
    ARROW_ASSIGN_OR_RAISE(Sql window, WindowCondition(query_.window));
    const Sql sql = SelectRows(shape_.list, from_, {std::move(window)}, Tail());
    ARROW_ASSIGN_OR_RAISE(statement_, PrepareFirst(sql.text));
    parameters_ = sql.parameters;
    return Status::OK();
  }

  int64_t size_first() const override { return std::min(kRowsFirst, size_max()); }
  int64_t size_max() const override { return std::max<int64_t>(1, query_.limits.batch_rows_max); }
  bool exhausted() const override { return exhausted_; }

  Status Send(int64_t size) override {
    if (begun_) ARROW_RETURN_NOT_OK(MoveOn());
    begun_ = true;
    page_rows_ = size;
    Parameters parameters = parameters_;
    parameters.push_back(client::mysql::SignedParameter(size));
    return Execute(*statement_, parameters);
  }

  Result<bool> Receive(int64_t bytes_max) override {
    ARROW_ASSIGN_OR_RAISE(const bool over, Take(*statement_, size_max() + 1, bytes_max));
    if (!over) return false;
    if (statement_rows_ > page_rows_)
      return Fail(kWire, "a page has more rows than were asked for");
    exhausted_ = statement_rows_ < page_rows_;
    return true;
  }

 private:
  std::string Tail() const { return OrderBy(query_.page_key) + " LIMIT ?"; }

  // Only the last row of a full page is ever asked for its key.
  Status Seen() override {
    if (statement_rows_ != page_rows_) return Status::OK();
    const Parameters before = std::exchange(last_key_, {});
    for (const size_t place : shape_.keys) {
      ARROW_ASSIGN_OR_RAISE(Parameter key, KeyParameter(rows_->fields()[place], wire_[place]));
      last_key_.push_back(std::move(key));
    }
    // Each page begins behind the last one, so a read ends: but not where the server repeats
    // itself.
    if (last_key_ == before) return Fail(kWire, "a page ends on the key it began behind");
    return Status::OK();
  }

  // The parameters of the next page, and once its statement: behind the last key, up to the
  // window's end.
  Status MoveOn() {
    const auto lower = PagesFollowWindow(query_) ? LowerEdge::kWithout : LowerEdge::kWith;
    Sql behind = BehindCondition(query_.page_key, last_key_);
    ARROW_ASSIGN_OR_RAISE(Sql window, WindowCondition(query_.window, lower));
    const Sql sql = SelectRows(shape_.list, from_, {std::move(behind), std::move(window)}, Tail());
    if (!moved_) {
      // Closed first: a server counts prepared statements.
      statement_.reset();
      ARROW_ASSIGN_OR_RAISE(statement_, PrepareRows(lent_, sql.text));
    }
    moved_ = true;
    parameters_ = sql.parameters;
    return Status::OK();
  }

  const std::string from_;
  StatementPtr statement_;
  Parameters parameters_, last_key_;
  int64_t page_rows_ = 0;
  bool begun_ = false, moved_ = false, exhausted_ = false;
};

class Stream : public StatementPages {
 public:
  using StatementPages::StatementPages;

  Status Open() override {
    Sql sql;
    if (RunsAsWritten(query_, shape_)) {
      sql.text = std::string(client::mysql::WithoutTail(query_.relation.query));
    } else {
      ARROW_ASSIGN_OR_RAISE(Sql window, WindowCondition(query_.window));
      sql = SelectRows(shape_.list, FromItem(query_.relation), {std::move(window)}, "");
    }
    ARROW_ASSIGN_OR_RAISE(statement_, PrepareFirst(sql.text));
    parameters_ = std::move(sql.parameters);
    return Status::OK();
  }

  int64_t size_first() const override { return size_max(); }
  int64_t size_max() const override { return std::max<int64_t>(1, query_.limits.batch_rows_max); }
  bool exhausted() const override { return exhausted_; }

  Status Send(int64_t) override {
    exhausted_ = true;
    return Execute(*statement_, parameters_);
  }

  Result<bool> Receive(int64_t bytes_max) override {
    return Take(*statement_, size_max(), bytes_max);
  }

 private:
  StatementPtr statement_;
  Parameters parameters_;
  bool exhausted_ = false;
};

}  // namespace

std::unique_ptr<Pages> MakeKeyPages(const Lent& lent, const model::BoundedQuery& query,
                                    const std::string& index,
                                    std::vector<model::AlteredCounts>* altered) {
  return std::make_unique<KeyPages>(lent, query, index, altered);
}

std::unique_ptr<Pages> MakeStream(const Lent& lent, const model::BoundedQuery& query,
                                  std::vector<model::AlteredCounts>* altered) {
  return std::make_unique<Stream>(lent, query, altered);
}

}  // namespace rivet::source::mysql
