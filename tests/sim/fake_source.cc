#include "fake_source.h"

#include <arrow/api.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "model/batch.h"
#include "source/faults.h"
#include "types/schema.h"

namespace rivet::sim {
namespace {

model::Column IntegerColumn(const std::string& name, bool not_null) {
  model::Column column;
  column.name = name;
  column.native_type = "bigint";
  column.native_oid = 20;
  column.type.kind = model::TypeKind::kInt64;
  column.not_null = not_null;
  return column;
}

std::optional<int64_t> ValueOf(const Row& row, const std::string& column) {
  return column == "id" ? std::optional(row.id) : row.key;
}

int64_t BoundOf(const model::Bound& bound) {
  return static_cast<const arrow::Int64Scalar&>(*bound.values[0]).value;
}

bool IsInside(const Row& row, const model::Window& window) {
  if (window.kind == model::Window::Kind::kAll) return true;
  const auto value = ValueOf(row, window.key[0].name);
  if (window.kind == model::Window::Kind::kNull) return !value.has_value();
  if (!value.has_value()) return false;
  if (window.from) {
    const int64_t from = BoundOf(*window.from);
    if (*value < from || (*value == from && !window.from->inclusive)) return false;
  }
  if (window.through) {
    const int64_t through = BoundOf(*window.through);
    if (*value > through || (*value == through && !window.through->inclusive)) return false;
  }
  return true;
}

Result<std::shared_ptr<arrow::RecordBatch>> BatchOf(const Rows& rows,
                                                    const std::shared_ptr<arrow::Schema>& schema) {
  arrow::Int64Builder id(model::Pool()), key(model::Pool()), version(model::Pool());
  for (const Row& row : rows) {
    ARROW_RETURN_NOT_OK(id.Append(row.id));
    ARROW_RETURN_NOT_OK(row.key ? key.Append(*row.key) : key.AppendNull());
    ARROW_RETURN_NOT_OK(version.Append(row.version));
  }
  std::vector<std::shared_ptr<arrow::Array>> columns(3);
  ARROW_RETURN_NOT_OK(id.Finish(&columns[0]));
  ARROW_RETURN_NOT_OK(key.Finish(&columns[1]));
  ARROW_RETURN_NOT_OK(version.Finish(&columns[2]));
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()), std::move(columns));
}

// One session's own account of how it is used.
struct Session {
  Process* process;
  bool busy = false, reading = false, failed = false, gone = false;
};

// Held during each call.
class Use {
 public:
  explicit Use(Session* session) : session_(session) {
    if (session_->busy)
      session_->process->disk.Broken("a source session is used by two threads at a time");
    session_->busy = true;
  }
  ~Use() { session_->busy = false; }

  Status Enter() {
    if (session_->failed)
      return Fail(source::kConnection, "simulated: this session has failed before");
    return Note(session_->process->Enter(Room::kSource));
  }
  Status Note(Status status) {
    if (!status.ok()) session_->failed = true;
    return status;
  }

 private:
  Session* const session_;
};

class FakeReader : public arrow::RecordBatchReader {
 public:
  FakeReader(std::shared_ptr<Session> session, model::BoundedQuery query,
             const source::ReadContext& context)
      : session_(std::move(session)),
        query_(std::move(query)),
        context_(context),
        schema_(types::SchemaOf(query_.columns)) {
    if (session_->reading) session_->process->disk.Broken("two readers on one source session");
    session_->reading = true;
    TakeSnapshot();
  }
  ~FakeReader() override {
    if (session_->gone) session_->process->disk.Broken("a source session went before its reader");
    session_->reading = false;
  }
  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    Use use(session_.get());
    batch->reset();
    Process& process = *session_->process;
    if (context_.stop.stop_requested())
      return use.Note(Fail(kStopRequested, "stopped while reading"));
    const int64_t rows_max =
        std::min<int64_t>(1 + process.dice.Below(6), query_.limits.batch_rows_max);
    const int64_t reserved = process.dice.Below(400);
    ARROW_RETURN_NOT_OK(use.Note(context_.budget.Take(reserved, context_.stop)));
    auto read = Statement(&use, rows_max);
    if (!read.ok() || *read == nullptr) {
      context_.budget.Give(reserved);
      return read.status();
    }
    const int64_t bytes = model::BatchBytes(**read);
    if (bytes > reserved) context_.budget.TakeNow(bytes - reserved);
    if (bytes < reserved) context_.budget.Give(reserved - bytes);
    context_.observer.On(
        model::StatementDone{context_.export_name, (*read)->num_rows(), bytes, 1000});
    *batch = *read;
    return Status::OK();
  }

 private:
  void TakeSnapshot() {
    rows_.clear();
    const auto snapshot = session_->process->disk.table.Snapshot();
    for (const Row& row : *snapshot) {
      if (IsInside(row, query_.window)) rows_.push_back(row);
    }
    if (query_.page_key.empty()) return;
    const std::string& column = query_.page_key[0].name;
    std::sort(rows_.begin(), rows_.end(),
              [&](const Row& a, const Row& b) { return ValueOf(a, column) < ValueOf(b, column); });
  }

  // One page. Null: there are no more rows.
  Result<std::shared_ptr<arrow::RecordBatch>> Statement(Use* use, int64_t rows_max) {
    Process& process = *session_->process;
    ARROW_RETURN_NOT_OK(use->Enter());
    if (process.dice.OneIn(6)) {
      const std::chrono::milliseconds time(process.dice.OneIn(8) ? 20'000 : process.dice.Below(50));
      if (!SleepFor(context_.world, time, context_.stop)) {
        return use->Note(Fail(kStopRequested, "stopped while reading"));
      }
    }
    if (query_.may_renew_snapshot && process.dice.OneIn(3)) TakeSnapshot();
    Rows page;
    if (!process.dice.OneIn(20)) {  // a statement may bring nothing and not be the last
      page = NextPage(rows_max);
      if (page.empty()) return std::shared_ptr<arrow::RecordBatch>();
    }
    ARROW_RETURN_NOT_OK(use->Note(process.Leave(Room::kSource)));
    return BatchOf(page, schema_);
  }

  Rows NextPage(int64_t rows_max) {
    Rows page;
    const bool keyed = !query_.page_key.empty();
    for (size_t i = keyed ? 0 : read_;
         i < rows_.size() && static_cast<int64_t>(page.size()) < rows_max; ++i) {
      if (keyed && last_ && *ValueOf(rows_[i], query_.page_key[0].name) <= *last_) continue;
      page.push_back(rows_[i]);
    }
    read_ += page.size();
    if (keyed && !page.empty()) last_ = ValueOf(page.back(), query_.page_key[0].name);
    return page;
  }

  const std::shared_ptr<Session> session_;
  const model::BoundedQuery query_;
  const source::ReadContext context_;
  const std::shared_ptr<arrow::Schema> schema_;
  Rows rows_;
  size_t read_ = 0;
  std::optional<int64_t> last_;
};

class FakeSource : public source::Source {
 public:
  FakeSource(Process* process, const TableShape& shape)
      : process_(process), shape_(shape), session_(std::make_shared<Session>()) {
    session_->process = process;
  }
  ~FakeSource() override { session_->gone = true; }

  Result<model::ServerFacts> Identify() override {
    Use use(session_.get());
    ARROW_RETURN_NOT_OK(Ask(&use));
    model::ServerFacts facts;
    facts.engine = "postgres";
    facts.version = "15.4";
    facts.version_number = 150004;
    facts.role = "sim";
    return facts;
  }
  Result<std::vector<model::RelationName>> List(const model::RelationFilter&) override {
    return std::vector<model::RelationName>{{"public", "rows"}};
  }
  Result<model::TableFacts> Describe(const model::Relation& relation) override {
    Use use(session_.get());
    ARROW_RETURN_NOT_OK(Ask(&use));
    model::TableFacts facts;
    facts.relation = relation;
    facts.columns = {IntegerColumn("id", true), IntegerColumn("key", false),
                     IntegerColumn("version", true)};
    facts.indexes = {{"rows_pkey", {"id"}, true, true, true}};
    facts.heap_blocks = shape_.heap_blocks;
    return facts;
  }
  std::string SelectText(const model::TableFacts&) override {
    return "SELECT \"id\", \"key\", \"version\" FROM rows";
  }
  Result<model::QueryCost> Explain(const model::BoundedQuery&) override {
    Use use(session_.get());
    ARROW_RETURN_NOT_OK(Ask(&use));
    model::QueryCost cost;
    cost.sorts_or_hashes = process_->dice.OneIn(10);
    return cost;
  }
  Result<model::KeyFacts> Bounds(const model::BoundedQuery& query) override {
    Use use(session_.get());
    ARROW_RETURN_NOT_OK(Ask(&use));
    model::KeyFacts facts;
    std::optional<int64_t> min, max;
    const auto snapshot = process_->disk.table.Snapshot();
    for (const Row& row : *snapshot) {
      const auto value = ValueOf(row, query.window.key[0].name);
      facts.has_nulls |= !value.has_value();
      if (!value) continue;
      min = std::min(min.value_or(*value), *value);
      max = std::max(max.value_or(*value), *value);
    }
    if (min) facts.min = std::make_shared<arrow::Int64Scalar>(*min);
    if (max) facts.max = std::make_shared<arrow::Int64Scalar>(*max);
    return facts;
  }
  Result<model::KeyFacts> CutPoints(const model::BoundedQuery& query, int64_t rows) override {
    Use use(session_.get());
    ARROW_RETURN_NOT_OK(Ask(&use));
    model::KeyFacts facts;
    std::vector<int64_t> keys;
    const auto snapshot = process_->disk.table.Snapshot();
    for (const Row& row : *snapshot) {
      const auto value = ValueOf(row, query.window.key[0].name);
      facts.has_nulls |= !value.has_value();
      if (value) keys.push_back(*value);
    }
    std::sort(keys.begin(), keys.end());
    for (size_t i = 0; i < keys.size(); ++i) {
      const bool ends = (i + 1) % static_cast<size_t>(rows) == 0 || i + 1 == keys.size();
      if (!ends) continue;
      auto cut = std::make_shared<arrow::Int64Scalar>(keys[i]);
      if (facts.cuts.empty() || !facts.cuts.back()->Equals(*cut)) facts.cuts.push_back(cut);
    }
    return facts;
  }
  Result<source::BatchReader> Read(const model::BoundedQuery& query,
                                   const source::ReadContext& context) override {
    Use use(session_.get());
    ARROW_RETURN_NOT_OK(Ask(&use));
    return std::make_shared<FakeReader>(session_, query, context);
  }
  // By steps, each of a newer instant where the query has a key to count along.
  Result<int64_t> Count(const model::BoundedQuery& query,
                        const source::ReadContext& context) override {
    Use use(session_.get());
    ARROW_RETURN_NOT_OK(Ask(&use));
    auto snapshot = process_->disk.table.Snapshot();
    std::optional<int64_t> last;
    for (int64_t counted = 0;;) {
      Rows rows;
      for (const Row& row : *snapshot) {
        const bool behind =
            !last || query.page_key.empty() || ValueOf(row, query.page_key[0].name) > last;
        if (behind && IsInside(row, query.window)) rows.push_back(row);
      }
      const auto size = static_cast<size_t>(1 + process_->dice.Below(6));
      if (query.page_key.empty() || rows.size() <= size)
        return counted + static_cast<int64_t>(rows.size());
      const std::string& key = query.page_key[0].name;
      std::sort(rows.begin(), rows.end(),
                [&](const Row& a, const Row& b) { return ValueOf(a, key) < ValueOf(b, key); });
      last = ValueOf(rows[size - 1], key);
      counted += static_cast<int64_t>(size);
      if (context.stop.stop_requested()) return use.Note(Fail(kStopRequested, "stopped counting"));
      ARROW_RETURN_NOT_OK(use.Enter());
      snapshot = process_->disk.table.Snapshot();
    }
  }

 private:
  // A question without side effects: failing before or after it is the same.
  Status Ask(Use* use) {
    if (session_->reading) process_->disk.Broken("a source session is used beside its reader");
    return use->Enter();
  }

  Process* const process_;
  const TableShape shape_;
  const std::shared_ptr<Session> session_;
};

}  // namespace

Result<std::unique_ptr<source::Source>> OpenFakeSource(Process* process, const TableShape& shape) {
  ARROW_RETURN_NOT_OK(process->Enter(Room::kSource));
  return std::make_unique<FakeSource>(process, shape);
}

}  // namespace rivet::sim
