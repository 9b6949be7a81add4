#include "source/postgres/read.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "client/postgres/session_sql.h"
#include "model/batch.h"
#include "source/postgres/decode.h"
#include "source/postgres/read_facts_internal.h"
#include "source/postgres/read_pages.h"
#include "source/reserve.h"
#include "source/value_fault.h"

namespace rivet::source::postgres {
namespace {

constexpr int64_t kReserveMin = 64 << 10;
constexpr int64_t kBatchBytesDefault = 8 << 20;
constexpr int64_t kExpectRowsMax = 65'536;

// See OpenReader. A state machine: between calls a statement may be half received (when its page
// turned out larger than a batch should be), or there is none and the next one is to be sent.
class Reader : public arrow::RecordBatchReader {
 public:
  Reader(client::postgres::Connection& connection, const model::ServerFacts& server,
         const model::BoundedQuery& query, const ReadContext& context)
      : lent_{connection, context.stop},
        server_(server),
        query_(query),
        context_(context),
        way_(WayOf(server, query_)),
        reserve_(context_.budget) {}
  ~Reader() override { static_cast<void>(Close()); }

  Status Open() { return Guarded(OpenInside()); }

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    *batch = nullptr;
    if (!failure_.ok()) return failure_;
    if (closed_) return Status::OK();
    return Guarded(ReadInside(batch));
  }

  // Ends a statement that runs, and the transaction. Rows not read are lost; that is no failure.
  Status Close() override {
    if (std::exchange(closed_, true)) return Status::OK();
    reserve_.GiveBack();
    pages_.reset();
    const Status settled = lent_.connection.Settle();
    SnapshotIsOver();
    return settled;
  }

 private:
  // A failure ends the transaction at once: an open one would hold back the server's vacuum.
  Status Guarded(Status status) {
    if (status.ok()) return status;
    failure_ = WithExport(WithRelation(std::move(status), query_.relation), context_.export_name);
    static_cast<void>(Close());
    return failure_;
  }

  Status OpenInside() {
    ARROW_ASSIGN_OR_RAISE(
        rows_, BatchBuilder::Make(query_.columns, query_.row_key, query_.limits.value_bytes_max,
                                  context_.altered));
    settings_ = client::postgres::SettingsSql(server_, query_.limits);
    if (way_ == ReadWay::kKeyPages) settings_ += client::postgres::PageSettingsSql(server_);
    batch_bytes_max_ =
        query_.limits.batch_bytes_max > 0 ? query_.limits.batch_bytes_max : kBatchBytesDefault;
    ARROW_RETURN_NOT_OK(Begin(""));
    ARROW_ASSIGN_OR_RAISE(const bool guard, LargeValuesPossible(lent_, query_));
    shape_ = ShapeOf(query_, way_, guard);
    switch (way_) {
      case ReadWay::kKeyPages:
        pages_ = MakeKeyPages(lent_, query_, shape_);
        break;
      case ReadWay::kBlocks:
        pages_ = MakeBlockPages(lent_, query_, shape_);
        break;
      case ReadWay::kCursor:
        pages_ = MakeCursorPages(lent_, query_, shape_);
        break;
    }
    ARROW_RETURN_NOT_OK(pages_->Open());
    context_.pacer.Begin(pages_->size_first(), pages_->size_max(), query_.limits.batch_rows_max);
    statement_ended_ = context_.world.Steady();
    return Status::OK();
  }

  // `before`: empty, or the COMMIT of the last snapshot, in the same round trip.
  Status Begin(std::string_view before) {
    constexpr std::string_view kBegin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ";
    auto& connection = lent_.connection;
    connection.set_statement_timeout(query_.limits.statement_timeout);
    const SteadyMicros sent = context_.world.Steady();
    ARROW_RETURN_NOT_OK(
        connection.Exec(std::string(before) + std::string(kBegin) + settings_, lent_.stop));
    SnapshotIsOver();
    snapshot_began_ = sent;
    return CheckColumns(lent_, query_);
  }

  Status Commit() {
    ARROW_RETURN_NOT_OK(lent_.connection.Exec("COMMIT", lent_.stop));
    SnapshotIsOver();
    return Status::OK();
  }

  void SnapshotIsOver() {
    if (snapshot_began_ < 0) return;
    const int64_t micros = context_.world.Steady() - std::exchange(snapshot_began_, -1);
    context_.observer.On(model::SnapshotEnded{context_.export_name, micros});
  }

  bool MayRenew() const { return way_ == ReadWay::kKeyPages && query_.may_renew_snapshot; }
  bool SnapshotIsOld() const {
    const int64_t age = context_.world.Steady() - snapshot_began_;
    return age >= 1000 * query_.limits.snapshot_age_max.count();
  }

  Status ReadInside(std::shared_ptr<arrow::RecordBatch>* batch) {
    for (;;) {
      if (!receiving_) {
        if (pages_->exhausted()) return Finish();
        ARROW_RETURN_NOT_OK(SendNext());
      } else {
        // The rest of a page that was cut: as much again as one batch may have.
        ARROW_RETURN_NOT_OK(reserve_.Take(batch_bytes_max_, context_.stop));
      }
      ARROW_RETURN_NOT_OK(Receive());
      if (rows_->rows() == 0) {
        reserve_.GiveBack();
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(*batch, rows_->Finish());
      reserve_.HandOut(model::BatchBytes(**batch));
      reserve_.GiveBack();
      return Status::OK();
    }
  }

  // All waiting of ours comes before the statement, so that the server never works for a reader
  // that is not there.
  Status SendNext() {
    Pacer& pacer = context_.pacer;
    const int64_t bytes = std::max(kReserveMin, pacer.bytes_expected());
    // A snapshot does not wait for an encoder.
    if (MayRenew() && snapshot_began_ >= 0 && reserve_.WouldWait(bytes))
      ARROW_RETURN_NOT_OK(Commit());
    ARROW_RETURN_NOT_OK(reserve_.Take(bytes, context_.stop));
    ARROW_RETURN_NOT_OK(pacer.Throttle(context_.world.Steady() - statement_ended_, context_.stop));
    if (snapshot_began_ < 0) {
      ARROW_RETURN_NOT_OK(Begin(""));
    } else if (MayRenew() && SnapshotIsOld()) {
      ARROW_RETURN_NOT_OK(Begin("COMMIT; "));
    }
    size_ = pacer.size();
    ARROW_RETURN_NOT_OK(ExpectRows());
    statement_began_ = context_.world.Steady();
    receive_micros_ = 0;
    ARROW_RETURN_NOT_OK(pages_->Send(size_));
    receive_micros_ = context_.world.Steady() - statement_began_;
    receiving_ = true;
    return Status::OK();
  }

  Status ExpectRows() {
    const double rows = rows_per_size_ * static_cast<double>(size_);
    if (rows < 1) return Status::OK();
    return rows_->Expect(std::min(kExpectRowsMax, static_cast<int64_t>(rows)));
  }

  Status Receive() {
    const SteadyMicros began = context_.world.Steady();
    // A page is aimed at batch_bytes_max; twice as much is one whose rows are unlike those before.
    ARROW_ASSIGN_OR_RAISE(const bool over, pages_->Receive(*rows_, 2 * batch_bytes_max_));
    statement_ended_ = context_.world.Steady();
    receive_micros_ += statement_ended_ - began;
    if (!over) return Status::OK();
    receiving_ = false;
    const int64_t rows = pages_->statement_rows(), bytes = pages_->statement_bytes();
    context_.pacer.Done(size_, rows, bytes, receive_micros_);
    rows_per_size_ = static_cast<double>(rows) / static_cast<double>(std::max<int64_t>(1, size_));
    context_.observer.On(model::StatementDone{context_.export_name, rows, bytes,
                                              statement_ended_ - statement_began_});
    return Status::OK();
  }

  Status Finish() {
    if (snapshot_began_ >= 0) ARROW_RETURN_NOT_OK(Commit());
    WarnOfLostBounds();
    return Close();
  }

  // Once a read, when all its rows are there: of the rows that were read, not of attempts that
  // failed.
  void WarnOfLostBounds() const {
    for (size_t i = 0; i < query_.columns.size(); ++i) {
      const int64_t count = rows_->bounds_lost(i);
      if (count == 0) continue;
      const model::Column& column = query_.columns[i];
      context_.observer.On(model::Warned{
          context_.export_name, "array-lower-bound",
          "column \"" + column.name + "\" (" + column.native_type + "): " + std::to_string(count) +
              " arrays begin at another index than 1, which a list does not keep; overridden to "
              "text the column keeps it"});
    }
  }

  const Lent lent_;
  const model::ServerFacts server_;
  const model::BoundedQuery query_;
  const ReadContext context_;
  const ReadWay way_;
  Reserve reserve_;
  std::string settings_;
  int64_t batch_bytes_max_ = 0;
  RowShape shape_;
  std::unique_ptr<BatchBuilder> rows_;
  std::unique_ptr<Pages> pages_;

  Status failure_;
  bool closed_ = false;
  bool receiving_ = false;
  int64_t size_ = 0;
  double rows_per_size_ = 0;  // rows a block, or of the rows asked for
  int64_t receive_micros_ = 0;
  SteadyMicros snapshot_began_ = -1, statement_began_ = 0, statement_ended_ = 0;
};

}  // namespace

Result<BatchReader> OpenReader(client::postgres::Connection& connection,
                               const model::ServerFacts& server, const model::BoundedQuery& query,
                               const ReadContext& context) {
  auto reader = std::make_shared<Reader>(connection, server, query, context);
  ARROW_RETURN_NOT_OK(reader->Open());
  return reader;
}

}  // namespace rivet::source::postgres
