#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/budget.h"
#include "model/batch.h"
#include "source/source.h"
#include "types/schema.h"
#include "types/text.h"

// What a test of sources needs besides the source: a real server whose owner writes tables, what
// one read may use, and rows as texts.
namespace rivet::source {

// One real server, seen by two: the owner, who has a session of this house, and a reader, as whom
// sources are opened. Makes two schemas when it is made and takes them away when it goes. Used by
// one thread at a time.
class SourceHouse {
 public:
  virtual ~SourceHouse() = default;
  // A new session of the reader, who may read whatever is in schema().
  virtual Result<std::unique_ptr<Source>> Open(World& world, const std::stop_token& stop) = 0;
  // One statement of the owner; names without a schema are in schema(), times are UTC.
  virtual Status Execute(const std::string& sql) = 0;
  virtual Status Analyze(const std::string& table) = 0;
  // Until Unlock() nobody else may read the table.
  virtual Status Lock(const std::string& table) = 0;
  virtual Status Unlock() = 0;
  // Of the reader's sessions, as the server sees them now.
  virtual Result<int64_t> RunningStatements() = 0;
  virtual Result<int64_t> OpenTransactions() = 0;

  virtual std::string engine() const = 0;
  virtual std::string schema() const = 0;
  // Its relations may be seen by the reader, and not read.
  virtual std::string hidden_schema() const = 0;
  // SQL of this engine.
  virtual std::string Quote(std::string_view name) const = 0;
  virtual std::string Literal(std::string_view text) const = 0;
  virtual std::string Bytes(std::string_view hex) const = 0;
  // FROM item of `rows` rows, `s.i` from 1.
  virtual std::string Series(int64_t rows) const = 0;
  // One that an index may hold; empty: this engine has none. Decimals, `decimal(p,s)` everywhere,
  // are left out.
  virtual std::string NativeType(model::TypeKind kind) const = 0;
  // kText or kBinary of many megabytes.
  virtual std::string LargeType(model::TypeKind kind) const = 0;
  // SELECT of one column that brings no row for at least a minute.
  virtual std::string LongQuery() const = 0;
  // SELECT of one row that takes two seconds.
  virtual std::string TwoSecondQuery() const = 0;
  // Statements that make `name (id bigint, day date)` of partitions for 2024-01 and 2024-02.
  virtual std::vector<std::string> Partitioned(const std::string& name) const = 0;
};

struct SourcePlace {
  std::string name;
  std::string variable;  // of the environment, with the owner's URL
  std::function<Result<std::unique_ptr<SourceHouse>>(World& world, const std::string& url)> make;
};

inline void PrintTo(const SourcePlace& place, std::ostream* out) { *out << place.name; }

// The URL as somebody else; both parts need no encoding.
inline std::string UrlAs(const std::string& url, const std::string& user,
                         const std::string& password) {
  const size_t begin = url.find("://") + 3;
  const size_t end = url.find('@', begin);
  return url.substr(0, begin) + user + ":" + password +
         (end == std::string::npos ? "@" + url.substr(begin) : url.substr(end));
}

// Counts what a reader tells.
class CountingObserver : public model::Observer {
 public:
  void On(const model::Event& event) override {
    if (std::holds_alternative<model::StatementDone>(event)) {
      ++statements;
      rows += std::get<model::StatementDone>(event).rows;
    }
    if (std::holds_alternative<model::SnapshotEnded>(event)) ++snapshots;
    if (std::holds_alternative<model::Warned>(event)) ++warnings;
    if (on_statement && std::holds_alternative<model::StatementDone>(event)) on_statement();
  }
  int64_t statements = 0, rows = 0, snapshots = 0, warnings = 0;
  std::function<void()> on_statement;  // after each one
};

inline model::Tuning HurriedTuning() {
  model::Tuning tuning;
  tuning.throttle_ms = 0;
  return tuning;
}

// What one read may use, and what was left of it.
class Allowance {
 public:
  explicit Allowance(World& world, int64_t bytes_max = int64_t{64} << 20)
      : world_(world), budget(world, bytes_max), pacer_(world, HurriedTuning(), int64_t{8} << 20) {}
  ReadContext Context() { return {world_, stop.get_token(), pacer_, budget, observer, "suite"}; }

 private:
  World& world_;

 public:
  Budget budget;
  CountingObserver observer;
  std::stop_source stop;

 private:
  Pacer pacer_;
};

// The cells of a batch by the one text form, `|` between them; NULL is `NULL`.
inline Status AppendRowTexts(const arrow::RecordBatch& batch, std::vector<std::string>* rows) {
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    std::string text;
    for (int column = 0; column < batch.num_columns(); ++column) {
      if (column > 0) text += '|';
      const arrow::Array& array = *batch.column(column);
      if (array.IsNull(row)) {
        text += "NULL";
      } else {
        ARROW_RETURN_NOT_OK(types::AppendText(array, row, &text));
      }
    }
    rows->push_back(std::move(text));
  }
  return Status::OK();
}

// The next batch; null at the end. As its consumer, gives its bytes back.
inline Result<std::shared_ptr<arrow::RecordBatch>> NextBatch(arrow::RecordBatchReader& reader,
                                                             Allowance* allowance) {
  ARROW_ASSIGN_OR_RAISE(auto batch, reader.Next());
  if (batch != nullptr) allowance->budget.Give(model::BatchBytes(*batch));
  return batch;
}

// All that is left, as batches.
inline Result<arrow::RecordBatchVector> RestOf(arrow::RecordBatchReader& reader,
                                               Allowance* allowance) {
  arrow::RecordBatchVector batches;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(auto batch, NextBatch(reader, allowance));
    if (batch == nullptr) return batches;
    batches.push_back(std::move(batch));
  }
}

inline Result<std::vector<std::string>> SortedTexts(const arrow::RecordBatchVector& batches) {
  std::vector<std::string> rows;
  for (const auto& batch : batches) ARROW_RETURN_NOT_OK(AppendRowTexts(*batch, &rows));
  std::sort(rows.begin(), rows.end());
  return rows;
}

// True once `condition` holds; false when it did not for as long.
inline bool Within(World& world, std::chrono::milliseconds patience,
                   const std::function<bool()>& condition) {
  const SteadyMicros until = world.Steady() + patience.count() * 1000;
  while (!condition()) {
    if (world.Steady() > until) return false;
    SleepFor(world, std::chrono::milliseconds(10), {});
  }
  return true;
}

}  // namespace rivet::source
