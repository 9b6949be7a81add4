#include "report/child.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/process.h"
#include "report/child_internal.h"
#include "report/report.h"

namespace rivet::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr SteadyMicros kProgressMicros = 100'000;
constexpr size_t kClippedBytes = 64 << 10;

// Goes to the terminal as it is.
bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// Becomes part of a path.
bool IsFileName(std::string_view text) {
  return text.find('/') == std::string_view::npos && text.find("..") == std::string_view::npos;
}

std::string Text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

class PipeReporter : public ChildReporter {
 public:
  PipeReporter(World& world, int fd) : world_(world), fd_(fd) {}

  void On(const model::Event& event) override {
    const std::lock_guard lock(mutex_);
    std::visit([this](const auto& fact) { Tell(fact); }, event);
  }

  void Finish(const model::RunResult& raw, const Status& status) override {
    const std::lock_guard lock(mutex_);
    model::RunResult result = Redacted(world_, raw);
    export_name_ = result.export_name;
    Count(true);
    std::string line = LastWord(result, status);
    if (static_cast<int64_t>(line.size()) > kProcessLineBytesMax) {
      // What the journal and the run's report have too; the verdict must get through.
      result.warnings.clear();
      if (result.validation) result.validation->failures.clear();
      if (result.reconciliation) result.reconciliation->differences.clear();
      Clip(&result.error_message);
      Fault fault = FaultOf(status);
      Clip(&fault.message);
      fault.hints.clear();
      line = LastWord(result, status.ok() ? status : Fail(std::move(fault)));
    }
    Say(line);
    fd_ = -1;
  }

 private:
  static void Clip(std::string* text) { text->resize(std::min(text->size(), kClippedBytes)); }

  std::string LastWord(const model::RunResult& result, const Status& status) const {
    Json json = Word("finished");
    WriteResult(result, &json);
    json["verdict"] =
        status.ok() ? Json(nullptr) : Json::parse(ErrorJson(world_, status), nullptr, false);
    return Text(json);
  }

  Json Word(const char* type) const { return {{"type", type}, {"export_name", export_name_}}; }

  void Tell(const model::RunStarted& fact) {
    export_name_ = fact.export_name;
    Json json = Word("started");
    json["run_id"] = fact.run_id;
    json["mode"] = fact.mode;
    json["tuning_profile"] = fact.tuning_label;
    json["batch_size"] = fact.batch_size;
    if (fact.row_estimate >= 0) json["row_estimate"] = fact.row_estimate;
    json["resumed"] = fact.resumed;
    Say(json);
    if (fact.mode != kChunkedMode) return;
    json = Word("progress_init");
    json["total_chunks"] = fact.units_total;
    json["chunks_done"] = fact.units_done;
    Say(json);
  }
  void Tell(const model::RowsRead& fact) {
    export_name_ = fact.export_name;
    rows_ += fact.rows;
    bytes_ += fact.bytes;
    Count(false);
  }
  void Tell(const model::UnitDone& fact) {
    export_name_ = fact.export_name;
    ++units_done_;
    Count(true);
    Json json = Word("chunk_done");
    json["chunk_index"] = fact.unit_index;
    json["rows"] = fact.rows;
    json["file_name"] = fact.file_name;
    Say(json);
  }
  void Tell(const model::UnitFailed& fact) {
    export_name_ = fact.export_name;
    Json json = Word("chunk_failed");
    json["chunk_index"] = fact.unit_index;
    json["attempt"] = fact.attempt;
    json["error"] = Clean(fact.error);
    Say(json);
  }
  void Tell(const model::RetryPlanned& fact) {
    export_name_ = fact.export_name;
    Json json = Word("retry");
    json["attempt"] = fact.attempt;
    json["backoff_ms"] = fact.backoff_ms;
    json["reason"] = Clean(fact.reason);
    Say(json);
  }
  void Tell(const model::Warned& fact) {
    export_name_ = fact.export_name;
    Json json = Word("warning");
    json["rule"] = fact.rule;
    json["message"] = Clean(fact.message);
    Say(json);
  }
  // For the journal and the figures, which this process keeps itself. The end is told by Finish,
  // when all books are written.
  void Tell(const model::StatementDone&) {}
  void Tell(const model::SnapshotEnded&) {}
  void Tell(const model::UnitStarted&) {}
  void Tell(const model::PartWritten&) {}
  void Tell(const model::Validated&) {}
  void Tell(const model::Reconciled&) {}
  void Tell(const model::RunEnded&) {}

  std::string Clean(const std::string& text) const { return world_.redactor().Apply(text); }

  void Count(bool at_once) {
    const SteadyMicros now = world_.Steady();
    if (rows_ == told_rows_ || (!at_once && now - told_at_ < kProgressMicros)) return;
    pollfd room{fd_, POLLOUT, 0};
    if (!at_once && ::poll(&room, 1, 0) <= 0) return;  // nobody reads: the next one tells more
    Json json = Word("progress");
    json["chunks_done"] = units_done_;
    json["rows"] = rows_;
    json["bytes"] = bytes_;
    told_rows_ = rows_;
    told_at_ = now;
    Say(json);
  }

  // After the first failure nobody listens any more, and nothing is tried.
  void Say(const Json& json) { Say(Text(json)); }
  void Say(const std::string& line) {
    std::string_view left = line;
    while (fd_ >= 0 && !left.empty()) {
      const ssize_t written = ::write(fd_, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fd_ = -1;
      left.remove_prefix(written < 0 ? 0 : static_cast<size_t>(written));
    }
  }

  World& world_;
  std::mutex mutex_;
  int fd_;
  std::string export_name_;
  int64_t rows_ = 0, bytes_ = 0, units_done_ = 0, told_rows_ = 0;
  SteadyMicros told_at_ = 0;
};

}  // namespace

std::unique_ptr<ChildReporter> ChildReporter::Make(World& world, int fd) {
  return std::make_unique<PipeReporter>(world, fd);
}

ChildListener::ChildListener(World& world, std::string export_name, FindCode find_code,
                             model::Observer& observer)
    : world_(world),
      export_name_(std::move(export_name)),
      find_code_(std::move(find_code)),
      observer_(observer) {
  result_.export_name = export_name_;
  result_.started_at = world_.Now();
  begun_ = world_.Steady();
}

Status ChildListener::Hear(std::string_view text) {
  if (finished()) return Fail(kInternalBug, "a line after the last word");
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Fail(kInternalBug, "a line that is no JSON object");
  const Fields line(json);
  ARROW_ASSIGN_OR_RAISE(const std::string type, line.Text("type"));
  ARROW_ASSIGN_OR_RAISE(const std::string name, line.Text("export_name"));
  if (name != export_name_) return Fail(kInternalBug, "a line about another export");
  if (type == "started") return Started(line);
  if (type == "progress_init") return Sized(line);
  TellStart();
  if (type == "progress") return Counted(line);
  if (type == "chunk_done") return ChunkDone(line);
  if (type == "chunk_failed") return ChunkFailed(line);
  if (type == "retry") return Retry(line);
  if (type == "warning") return Warning(line);
  if (type == "finished") return Finished(line);
  return Fail(kInternalBug, "a line of a type that is none");
}

Status ChildListener::Started(const Fields& line) {
  if (started_) return Fail(kInternalBug, "a run that starts twice");
  model::RunStarted fact;
  fact.export_name = export_name_;
  ARROW_ASSIGN_OR_RAISE(fact.run_id, line.Text("run_id"));
  ARROW_ASSIGN_OR_RAISE(fact.mode, line.Text("mode"));
  ARROW_ASSIGN_OR_RAISE(fact.tuning_label, line.Text("tuning_profile"));
  ARROW_ASSIGN_OR_RAISE(fact.batch_size, line.Number("batch_size"));
  ARROW_ASSIGN_OR_RAISE(fact.resumed, line.Flag("resumed"));
  if (line.Has("row_estimate")) {
    ARROW_ASSIGN_OR_RAISE(fact.row_estimate, line.Number("row_estimate"));
  }
  if (!IsWord(fact.mode) || !IsFileName(fact.run_id))
    return Fail(kInternalBug, "a run whose mode or id is none");
  started_ = true;
  result_.run_id = fact.run_id;
  result_.mode = fact.mode;
  result_.tuning_profile = fact.tuning_label;
  result_.batch_size = fact.batch_size;
  starting_ = std::move(fact);
  if (starting_->mode != kChunkedMode) TellStart();
  return Status::OK();
}

Status ChildListener::Sized(const Fields& line) {
  if (!starting_) return Fail(kInternalBug, "chunks of a run that does not begin");
  ARROW_ASSIGN_OR_RAISE(starting_->units_total, line.Number("total_chunks"));
  ARROW_ASSIGN_OR_RAISE(starting_->units_done, line.Number("chunks_done"));
  result_.units_total = starting_->units_total;
  result_.units_skipped = result_.units_done = starting_->units_done;
  TellStart();
  return Status::OK();
}

void ChildListener::TellStart() {
  if (!starting_) return;
  observer_.On(*starting_);
  starting_.reset();
}

Status ChildListener::Counted(const Fields& line) {
  ARROW_ASSIGN_OR_RAISE(const int64_t rows, line.Number("rows"));
  ARROW_ASSIGN_OR_RAISE(const int64_t bytes, line.Number("bytes"));
  if (rows < rows_ || bytes < bytes_) return Fail(kInternalBug, "rows that become fewer");
  observer_.On(model::RowsRead{export_name_, rows - rows_, bytes - bytes_});
  rows_ = rows;
  bytes_ = bytes;
  return Status::OK();
}

Status ChildListener::ChunkDone(const Fields& line) {
  model::UnitDone fact;
  fact.export_name = export_name_;
  ARROW_ASSIGN_OR_RAISE(fact.unit_index, line.Number("chunk_index"));
  ARROW_ASSIGN_OR_RAISE(fact.rows, line.Number("rows"));
  ARROW_ASSIGN_OR_RAISE(fact.file_name, line.Text("file_name"));
  ++result_.units_done;
  result_.rows += fact.rows;
  if (!fact.file_name.empty()) ++result_.files;
  observer_.On(fact);
  return Status::OK();
}

Status ChildListener::ChunkFailed(const Fields& line) {
  model::UnitFailed fact;
  fact.export_name = export_name_;
  ARROW_ASSIGN_OR_RAISE(fact.unit_index, line.Number("chunk_index"));
  ARROW_ASSIGN_OR_RAISE(const int64_t attempt, line.Number("attempt"));
  ARROW_ASSIGN_OR_RAISE(fact.error, line.Text("error"));
  fact.attempt = static_cast<int>(std::min<int64_t>(attempt, kAttemptsMax));
  observer_.On(fact);
  return Status::OK();
}

Status ChildListener::Retry(const Fields& line) {
  model::RetryPlanned fact;
  fact.export_name = export_name_;
  ARROW_ASSIGN_OR_RAISE(const int64_t attempt, line.Number("attempt"));
  ARROW_ASSIGN_OR_RAISE(fact.backoff_ms, line.Number("backoff_ms"));
  ARROW_ASSIGN_OR_RAISE(fact.reason, line.Text("reason"));
  fact.attempt = static_cast<int>(std::min<int64_t>(attempt, kAttemptsMax));
  ++result_.retries;
  observer_.On(fact);
  return Status::OK();
}

Status ChildListener::Warning(const Fields& line) {
  model::Warned fact;
  fact.export_name = export_name_;
  ARROW_ASSIGN_OR_RAISE(fact.rule, line.Text("rule"));
  ARROW_ASSIGN_OR_RAISE(fact.message, line.Text("message"));
  result_.warnings.emplace_back(fact.rule, fact.message);
  observer_.On(fact);
  return Status::OK();
}

Status ChildListener::Finished(const Fields& line) {
  ARROW_ASSIGN_OR_RAISE(model::RunResult result, ReadResult(line));
  Status verdict;
  ARROW_RETURN_NOT_OK(ReadVerdict(line, find_code_, &verdict));
  const bool good =
      result.status == model::RunStatus::kSuccess || result.status == model::RunStatus::kSkipped;
  // A verdict decides the exit code, the status what the summary says: they are one word.
  if (verdict.ok() && !good) return Fail(kInternalBug, "a failed run without a reason");
  result_ = std::move(result);
  result_.export_name = export_name_;
  verdict_ = std::move(verdict);
  finished_ = true;
  observer_.On(model::RunEnded{result_});
  return Status::OK();
}

model::RunResult ChildListener::Lost() const {
  model::RunResult result = result_;
  result.lost = true;
  result.finished_at = world_.Now();
  result.duration_ms = (world_.Steady() - begun_) / 1'000;
  return result;
}

}  // namespace rivet::report
