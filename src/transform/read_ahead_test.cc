#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "model/batch.h"
#include "transform/transform.h"

namespace rivet::transform {
namespace {

constexpr FaultCode kBroken{"RIVET_TEST_BROKEN", FaultClass::kTemporary, "Try again."};
constexpr int64_t kBatchRows = 1024;
constexpr int64_t kBatchBytes = kBatchRows * sizeof(int64_t);

std::shared_ptr<arrow::Schema> OneColumn() {
  return arrow::schema({arrow::field("n", arrow::int64())});
}

// Hands out numbered batches and takes their bytes before it makes them, as a source does.
class NumberedBatches : public arrow::RecordBatchReader {
 public:
  struct Seen {
    std::atomic<int> made = 0;
    std::atomic<bool> destroyed = false;
    std::thread::id destroyed_on;
  };

  NumberedBatches(int batches, Budget* budget, std::stop_token stop, Seen* seen, bool fails = false,
                  bool throws = false)
      : batches_(batches),
        budget_(budget),
        stop_(std::move(stop)),
        seen_(seen),
        fails_(fails),
        throws_(throws) {}
  ~NumberedBatches() override {
    seen_->destroyed_on = std::this_thread::get_id();
    seen_->destroyed = true;
  }

  std::shared_ptr<arrow::Schema> schema() const override { return OneColumn(); }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    const int number = seen_->made;
    if (number == batches_) {
      if (throws_) throw std::runtime_error("thrown");
      if (fails_) return Fail(kBroken, "the source broke");
      out->reset();
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(budget_->Take(kBatchBytes, stop_));
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> values,
                          arrow::AllocateBuffer(kBatchBytes));
    std::memset(values->mutable_data(), 0, kBatchBytes);
    values->mutable_data_as<int64_t>()[0] = number;
    const auto column = std::make_shared<arrow::Int64Array>(kBatchRows, values);
    *out = arrow::RecordBatch::Make(OneColumn(), kBatchRows, {column});
    EXPECT_EQ(model::BatchBytes(**out), kBatchBytes);
    ++seen_->made;
    return Status::OK();
  }

 private:
  const int batches_;
  Budget* const budget_;
  const std::stop_token stop_;
  Seen* const seen_;
  const bool fails_, throws_;
};

int64_t NumberOf(const arrow::RecordBatch& batch) {
  return static_cast<const arrow::Int64Array&>(*batch.column(0)).Value(0);
}

class ReadAheadTest : public ::testing::Test {
 protected:
  BatchReader Open(int batches, int64_t budget_bytes, int batches_max, bool fails = false,
                   bool throws = false) {
    budget_ = std::make_unique<Budget>(*world_, budget_bytes);
    auto source = std::make_shared<NumberedBatches>(batches, budget_.get(), stop_.get_token(),
                                                    &seen_, fails, throws);
    return ReadAhead(*world_, std::move(source), budget_.get(), stop_, batches_max, "read-ahead");
  }

  // Until the condition holds; the test's own time limit is the bound.
  template <typename Condition>
  void Await(Condition condition) {
    while (!condition()) std::this_thread::yield();
  }

  std::unique_ptr<World> world_ = MakeRealWorld();
  std::unique_ptr<Budget> budget_;
  std::stop_source stop_;
  NumberedBatches::Seen seen_;
};

TEST_F(ReadAheadTest, GivesAllBatchesInOrderAndTheirBytesBack) {
  auto reader = Open(500, 3 * kBatchBytes, 4);
  EXPECT_TRUE(reader->schema()->Equals(OneColumn()));
  for (int i = 0; i < 500; ++i) {
    const auto batch = *reader->Next();
    ASSERT_NE(batch, nullptr);
    EXPECT_EQ(NumberOf(*batch), i);
    EXPECT_GE(budget_->taken(), kBatchBytes);  // the batch in hand is still charged
  }
  EXPECT_EQ(*reader->Next(), nullptr);
  EXPECT_EQ(*reader->Next(), nullptr);
  EXPECT_EQ(budget_->taken(), 0);
  reader.reset();
  EXPECT_TRUE(seen_.destroyed);
  EXPECT_EQ(seen_.destroyed_on, std::this_thread::get_id());
  EXPECT_FALSE(stop_.stop_requested());  // a source that ended by itself is not stopped
}

TEST_F(ReadAheadTest, ABudgetOfOneBatchIsEnough) {
  const auto reader = Open(50, 1, 4);
  int batches = 0;
  while (*reader->Next() != nullptr) ++batches;
  EXPECT_EQ(batches, 50);
  EXPECT_EQ(budget_->taken(), 0);
}

TEST_F(ReadAheadTest, QueuesNoMoreThanItsBound) {
  const auto reader = Open(100, 100 * kBatchBytes, 3);
  Await([this] { return seen_.made == 4; });  // three wait, one is in the hand of the thread
  EXPECT_NE(*reader->Next(), nullptr);
  Await([this] { return seen_.made == 5; });
  EXPECT_LE(budget_->taken(), 5 * kBatchBytes);
}

TEST_F(ReadAheadTest, ErrorsComeAfterTheBatchesBeforeThem) {
  const auto reader = Open(2, 100 * kBatchBytes, 4, /*fails=*/true);
  EXPECT_EQ(NumberOf(**reader->Next()), 0);
  EXPECT_EQ(NumberOf(**reader->Next()), 1);
  EXPECT_EQ(CodeOf(reader->Next().status()), &kBroken);
  EXPECT_EQ(CodeOf(reader->Next().status()), &kBroken);
  EXPECT_EQ(budget_->taken(), 0);
}

TEST_F(ReadAheadTest, AnExceptionBecomesAnError) {
  const auto reader = Open(0, 100 * kBatchBytes, 4, /*fails=*/false, /*throws=*/true);
  EXPECT_EQ(CodeOf(reader->Next().status()), &kInternalBug);
}

TEST_F(ReadAheadTest, DestroyedWhileTheThreadWaitsForMemory) {
  auto reader = Open(100, 2 * kBatchBytes, 10);
  const auto held = *reader->Next();
  // Two batches are charged: the one in hand and the one in the queue; the third waits in Take.
  Await([this] { return seen_.made == 2; });
  reader.reset();
  EXPECT_TRUE(stop_.stop_requested());
  EXPECT_TRUE(seen_.destroyed);
  EXPECT_EQ(budget_->taken(), 0);
}

TEST_F(ReadAheadTest, DestroyedWhileTheQueueIsFull) {
  auto reader = Open(100, 100 * kBatchBytes, 2);
  Await([this] { return seen_.made == 3; });
  reader.reset();
  EXPECT_EQ(budget_->taken(), 0);
}

TEST_F(ReadAheadTest, DestroyedAtOnceAgainAndAgain) {
  for (int i = 0; i < 200; ++i) {
    stop_ = std::stop_source();
    seen_.made = 0;
    auto reader = Open(10, 3 * kBatchBytes, 2);
    for (int pulls = 0; pulls < i % 4; ++pulls) ASSERT_TRUE(reader->Next().ok());
    reader.reset();
    ASSERT_EQ(budget_->taken(), 0);
  }
}

TEST_F(ReadAheadTest, AStopFromOutsideEndsTheStream) {
  const auto reader = Open(1'000'000, 4 * kBatchBytes, 2);
  ASSERT_TRUE(reader->Next().ok());
  stop_.request_stop();
  Result<std::shared_ptr<arrow::RecordBatch>> last = nullptr;
  do {
    last = reader->Next();
  } while (last.ok() && *last != nullptr);
  EXPECT_EQ(CodeOf(last.status()), &kStopRequested);
  EXPECT_EQ(budget_->taken(), 0);
}

}  // namespace
}  // namespace rivet::transform
