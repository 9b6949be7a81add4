#include "source/mysql/read.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "client/mysql/session_sql.h"
#include "model/batch.h"
#include "source/mysql/read_pages.h"
#include "source/mysql/read_sql.h"
#include "source/reserve.h"
#include "source/value_fault.h"

namespace rivet::source::mysql {
namespace {

constexpr int64_t kReserveMin = 64 << 10;
constexpr int64_t kBatchBytesDefault = 8 << 20;
constexpr int64_t kExpectRowsMax = 65'536;

// See OpenReader. A state machine: between calls a statement may be half received (the stream, or a
// page that turned out larger than a batch should be), or there is none and the next one is to be
// sent.
class Reader : public arrow::RecordBatchReader {
 public:
  Reader(client::mysql::Connection& connection, const model::ServerFacts& server,
         const model::BoundedQuery& query, const std::string& index, const ReadContext& context)
      : lent_{connection, context.stop},
        server_(server),
        query_(query),
        index_(index),
        context_(context),
        paged_(IsPaged(query_)),
        reserve_(context_.budget) {}
  ~Reader() override { static_cast<void>(Close()); }

  Status Open() { return Guarded(OpenInside()); }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

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
    const Status settled = finished_ ? Status::OK() : lent_.connection.Settle();
    SnapshotIsOver();
    return settled;
  }

 private:
  // A failure ends the transaction at once: an open one would hold back the server's purge.
  Status Guarded(Status status) {
    if (status.ok()) return status;
    failure_ = WithExport(WithRelation(std::move(status), query_.relation), context_.export_name);
    static_cast<void>(Close());
    return failure_;
  }

  Status OpenInside() {
    batch_bytes_max_ =
        query_.limits.batch_bytes_max > 0 ? query_.limits.batch_bytes_max : kBatchBytesDefault;
    ARROW_RETURN_NOT_OK(Begin());
    pages_ = paged_ ? MakeKeyPages(lent_, query_, index_, context_.altered)
                    : MakeStream(lent_, query_, context_.altered);
    ARROW_RETURN_NOT_OK(pages_->Open());
    schema_ = pages_->rows().schema();
    context_.pacer.Begin(pages_->size_first(), pages_->size_max(), query_.limits.batch_rows_max);
    statement_ended_ = context_.world.Steady();
    return Status::OK();
  }

  Status Begin() {
    const SteadyMicros sent = context_.world.Steady();
    ARROW_RETURN_NOT_OK(
        client::mysql::BeginRead(lent_.connection, server_, query_.limits, lent_.stop));
    snapshot_began_ = sent;
    return Status::OK();
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

  bool MayRenew() const { return paged_ && query_.may_renew_snapshot; }
  bool SnapshotIsOld() const {
    const int64_t age = context_.world.Steady() - snapshot_began_;
    return age >= 1000 * query_.limits.snapshot_age_max.count();
  }

  Status ReadInside(std::shared_ptr<arrow::RecordBatch>* batch) {
    for (;;) {
      if (!receiving_ && pages_->exhausted()) return Finish();
      ARROW_RETURN_NOT_OK(receiving_ ? GoOn() : SendNext());
      ARROW_RETURN_NOT_OK(Receive());
      if (pages_->rows().rows() == 0) {
        reserve_.GiveBack();
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(*batch, pages_->rows().Finish());
      reserve_.HandOut(model::BatchBytes(**batch));
      reserve_.GiveBack();
      return Status::OK();
    }
  }

  // All waiting of ours comes before the statement, so that the server never works for a reader
  // that is not there.
  Status SendNext() {
    Pacer& pacer = context_.pacer;
    const int64_t bytes = paged_ ? std::max(kReserveMin, pacer.bytes_expected()) : batch_bytes_max_;
    // A snapshot does not wait for an encoder.
    if (MayRenew() && snapshot_began_ >= 0 && reserve_.WouldWait(bytes))
      ARROW_RETURN_NOT_OK(Commit());
    ARROW_RETURN_NOT_OK(reserve_.Take(bytes, context_.stop));
    ARROW_RETURN_NOT_OK(pacer.Throttle(context_.world.Steady() - statement_ended_, context_.stop));
    if (MayRenew() && snapshot_began_ >= 0 && SnapshotIsOld()) ARROW_RETURN_NOT_OK(Commit());
    if (snapshot_began_ < 0) ARROW_RETURN_NOT_OK(Begin());
    size_ = pacer.size();
    ARROW_RETURN_NOT_OK(ExpectRows());
    statement_began_ = context_.world.Steady();
    receive_micros_ = 0;
    rows_before_ = bytes_before_ = 0;
    ARROW_RETURN_NOT_OK(pages_->Send(size_));
    receive_micros_ = context_.world.Steady() - statement_began_;
    receiving_ = true;
    return Status::OK();
  }

  // The rest of a statement. A page has been paced as a whole; a stream is paced by its batches.
  Status GoOn() {
    ARROW_RETURN_NOT_OK(reserve_.Take(batch_bytes_max_, context_.stop));
    if (paged_) return Status::OK();
    return context_.pacer.Throttle(context_.world.Steady() - statement_ended_, context_.stop);
  }

  Status ExpectRows() {
    const double rows = rows_per_size_ * static_cast<double>(size_);
    if (rows < 1) return Status::OK();
    return pages_->rows().Expect(std::min(kExpectRowsMax, static_cast<int64_t>(rows)));
  }

  Status Receive() {
    const SteadyMicros began = context_.world.Steady();
    // A page is aimed at batch_bytes_max; twice as much is one whose rows are unlike those before.
    ARROW_ASSIGN_OR_RAISE(const bool over,
                          pages_->Receive(paged_ ? 2 * batch_bytes_max_ : batch_bytes_max_));
    statement_ended_ = context_.world.Steady();
    receive_micros_ += statement_ended_ - began;
    if (over || !paged_) Paced();
    if (!over) return Status::OK();
    receiving_ = false;
    context_.observer.On(model::StatementDone{context_.export_name, pages_->statement_rows(),
                                              pages_->statement_bytes(),
                                              statement_ended_ - statement_began_});
    return Status::OK();
  }

  // Tells the pacer of a page, or of what one batch of a stream brought.
  void Paced() {
    const int64_t rows = pages_->statement_rows() - rows_before_;
    context_.pacer.Done(size_, rows, pages_->statement_bytes() - bytes_before_, receive_micros_);
    rows_per_size_ = static_cast<double>(rows) / static_cast<double>(std::max<int64_t>(1, size_));
    rows_before_ += rows;
    bytes_before_ = pages_->statement_bytes();
    receive_micros_ = 0;
  }

  Status Finish() {
    pages_.reset();
    if (snapshot_began_ >= 0) ARROW_RETURN_NOT_OK(Commit());
    finished_ = true;
    return Close();
  }

  const Lent lent_;
  const model::ServerFacts server_;
  const model::BoundedQuery query_;
  const std::string index_;
  const ReadContext context_;
  const bool paged_;
  Reserve reserve_;
  int64_t batch_bytes_max_ = 0;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<Pages> pages_;

  Status failure_;
  bool closed_ = false, finished_ = false;
  bool receiving_ = false;
  int64_t size_ = 0;
  double rows_per_size_ = 0;
  int64_t receive_micros_ = 0, rows_before_ = 0, bytes_before_ = 0;
  SteadyMicros snapshot_began_ = -1, statement_began_ = 0, statement_ended_ = 0;
};

}  // namespace

Result<BatchReader> OpenReader(client::mysql::Connection& connection,
                               const model::ServerFacts& server, const model::BoundedQuery& query,
                               const std::string& index, const ReadContext& context) {
  auto reader = std::make_shared<Reader>(connection, server, query, index, context);
  ARROW_RETURN_NOT_OK(reader->Open());
  return reader;
}

}  // namespace rivet::source::mysql
