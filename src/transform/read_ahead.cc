#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <utility>

#include "model/batch.h"
#include "transform/transform.h"

namespace rivet::transform {
namespace {

class ReadAheadReader : public arrow::RecordBatchReader {
 public:
  ReadAheadReader(World& world, BatchReader rows, Budget* budget, std::stop_source stop,
                  int batches_max, std::string thread_name)
      : rows_(std::move(rows)),
        schema_(rows_->schema()),
        budget_(budget),
        stop_(std::move(stop)),
        batches_max_(static_cast<size_t>(std::max(1, batches_max))),
        monitor_(world.MakeMonitor()),
        thread_(world.Spawn(std::move(thread_name), [this] { ReadAll(); })) {}

  ~ReadAheadReader() override {
    StopReading();
    GiveBack();
    for (const auto& batch : queue_) budget_->Give(model::BatchBytes(*batch));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    // Before the wait: the reader may be waiting for just these bytes.
    out->reset();
    GiveBack();
    const MonitorLock lock(*monitor_);
    // The reading thread always ends what it began, with an error when it is stopped: no need to
    // watch the stop.
    while (queue_.empty() && !ended_) monitor_->Wait(std::stop_token(), -1);
    if (queue_.empty()) return end_;
    *out = std::move(queue_.front());
    queue_.pop_front();
    handed_out_bytes_ = model::BatchBytes(**out);
    monitor_->NotifyAll();
    return Status::OK();
  }

 private:
  // The body of the reading thread.
  void ReadAll() {
    Status end = ReadRows();
    const MonitorLock lock(*monitor_);
    end_ = std::move(end);
    ended_ = true;
    monitor_->NotifyAll();
  }

  Status ReadRows() {
    const std::stop_token stop = stop_.get_token();
    while (true) {
      if (stop.stop_requested()) return Fail(kStopRequested, "stopped while reading");
      ARROW_ASSIGN_OR_RAISE(auto batch, ReadOne());
      if (batch == nullptr) return Status::OK();
      const MonitorLock lock(*monitor_);
      while (queue_.size() >= batches_max_ && !stop.stop_requested()) monitor_->Wait(stop, -1);
      // Above the bound only when stopped: whoever empties the queue gives the bytes back.
      queue_.push_back(std::move(batch));
      monitor_->NotifyAll();
    }
  }

  // An exception must not leave a thread.
  Result<std::shared_ptr<arrow::RecordBatch>> ReadOne() {
    try {
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(rows_->ReadNext(&batch));
      return batch;
    } catch (const std::exception& failure) {
      return Fail(kInternalBug, std::string("reading threw: ") + failure.what());
    }
  }

  void StopReading() {
    // A source that came to its end by itself is not stopped: its session would hear of it.
    if (!HasEnded()) stop_.request_stop();
    thread_->Join();
  }

  bool HasEnded() {
    const MonitorLock lock(*monitor_);
    return ended_;
  }

  void GiveBack() {
    if (const int64_t bytes = std::exchange(handed_out_bytes_, 0); bytes > 0) budget_->Give(bytes);
  }

  const BatchReader rows_;  // pulled by the thread, destroyed by the owner after it
  const std::shared_ptr<arrow::Schema> schema_;
  Budget* const budget_;
  std::stop_source stop_;
  const size_t batches_max_;
  int64_t handed_out_bytes_ = 0;

  const std::unique_ptr<Monitor> monitor_;
  std::deque<std::shared_ptr<arrow::RecordBatch>> queue_;  // below: under the monitor
  bool ended_ = false;
  Status end_;  // what follows the last batch

  // Last: it uses all of the above from its first moment.
  const std::unique_ptr<Thread> thread_;
};

}  // namespace

BatchReader ReadAhead(World& world, BatchReader rows, Budget* budget, std::stop_source stop,
                      int batches_max, std::string thread_name) {
  return std::make_shared<ReadAheadReader>(world, std::move(rows), budget, std::move(stop),
                                           batches_max, std::move(thread_name));
}

}  // namespace rivet::transform
