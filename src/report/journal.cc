#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/file_faults.h"
#include "base/time_text.h"
#include "report/report.h"

namespace rivet::report {
namespace {

using Json = nlohmann::ordered_json;

// Entries kept for the document of one run; the file has them all.
constexpr size_t kEntriesMax = 20'000;
// Warnings that come before the run has a name wait for it.
constexpr size_t kWaitingMax = 100;

struct RunLog {
  std::string export_name;
  std::vector<Json> entries;
  int64_t left_out = 0;
  UniqueFd file;
};

class RunJournal : public Journal {
 public:
  RunJournal(World& world, std::string runs_folder)
      : world_(world), runs_folder_(std::move(runs_folder)) {}

  void On(const model::Event& event) override {
    Status status;
    {
      const std::lock_guard lock(mutex_);
      std::visit([&](const auto& fact) { status = Note(fact); }, event);
    }
    if (!status.ok()) world_.log().WarnOnce("journal-not-written", status.message());
  }

  std::string DocumentOf(const std::string& run_id) override {
    const std::lock_guard lock(mutex_);
    Json document;
    document["run_id"] = run_id;
    const auto found = runs_.find(run_id);
    document["export_name"] = found == runs_.end() ? "" : found->second.export_name;
    document["entries"] = Json::array();
    if (found != runs_.end()) {
      for (const Json& entry : found->second.entries) document["entries"].push_back(entry);
      if (found->second.left_out > 0) document["entries_left_out"] = found->second.left_out;
    }
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  std::string Clean(std::string_view text) const { return world_.redactor().Apply(text); }

  Json Entry(std::string_view type) const {
    Json entry;
    entry["recorded_at"] = Rfc3339(world_.Now());
    entry["type"] = type;
    return entry;
  }

  // Of the run that is going on for that export.
  Status Add(const std::string& export_name, Json entry) {
    const auto current = current_.find(export_name);
    if (current == current_.end()) {
      auto& waiting = waiting_[export_name];
      if (waiting.size() < kWaitingMax) waiting.push_back(std::move(entry));
      return Status::OK();
    }
    RunLog& run = runs_[current->second];
    std::string line = entry.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    if (run.entries.size() < kEntriesMax) {
      run.entries.push_back(std::move(entry));
    } else {
      ++run.left_out;
    }
    return Append(current->second, run, line);
  }

  // One write a line, so that a killed run leaves whole lines. After the first failure nothing more
  // is tried.
  Status Append(const std::string& run_id, RunLog& run, const std::string& line) {
    if (run.file.get() < 0) return Status::OK();
    const ssize_t written = ::write(run.file.get(), line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) return Status::OK();
    const int error = written < 0 ? errno : ENOSPC;
    run.file.Reset();
    return FailErrno(error, "write the journal", JournalPath(run_id));
  }

  std::string JournalPath(const std::string& run_id) const {
    return runs_folder_ + "/" + run_id + "/" + run_id + ".journal.jsonl";
  }

  Status OpenFile(const std::string& run_id, RunLog* run) {
    ARROW_RETURN_NOT_OK(MakeFolders(runs_folder_ + "/" + run_id));
    const std::string path = JournalPath(run_id);
    const int fd =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return FailErrno(errno, "open the journal", path);
    run->file = UniqueFd(fd);
    return Status::OK();
  }

  Status Begin(const std::string& export_name, const std::string& run_id) {
    RunLog run;
    run.export_name = export_name;
    const Status opened = OpenFile(run_id, &run);
    runs_.insert_or_assign(run_id, std::move(run));
    current_[export_name] = run_id;
    Status status = opened;
    for (Json& entry : std::exchange(waiting_[export_name], {})) {
      const Status added = Add(export_name, std::move(entry));
      if (status.ok()) status = added;
    }
    return status;
  }

  Status Note(const model::RunStarted& fact) {
    const Status begun = Begin(fact.export_name, fact.run_id);
    Json entry = Entry("PlanResolved");
    entry["mode"] = fact.mode;
    entry["tuning"] = fact.tuning_label;
    entry["chunks"] = fact.units_total;
    entry["chunks_done"] = fact.units_done;
    if (fact.row_estimate >= 0) entry["row_estimate"] = fact.row_estimate;
    entry["resumed"] = fact.resumed;
    const Status added = Add(fact.export_name, std::move(entry));
    return begun.ok() ? added : begun;
  }

  Status Note(const model::StatementDone&) { return Status::OK(); }
  Status Note(const model::SnapshotEnded&) { return Status::OK(); }
  Status Note(const model::RowsRead&) { return Status::OK(); }

  Status Note(const model::UnitStarted& fact) {
    Json entry = Entry("ChunkStarted");
    entry["chunk_index"] = fact.unit_index;
    entry["start_key"] = fact.start_key;
    entry["end_key"] = fact.end_key;
    return Add(fact.export_name, std::move(entry));
  }

  Status Note(const model::UnitDone& fact) {
    Json entry = Entry("ChunkCompleted");
    entry["chunk_index"] = fact.unit_index;
    entry["rows"] = fact.rows;
    entry["file_name"] = fact.file_name;
    return Add(fact.export_name, std::move(entry));
  }

  Status Note(const model::UnitFailed& fact) {
    Json entry = Entry("ChunkFailed");
    entry["chunk_index"] = fact.unit_index;
    entry["error"] = Clean(fact.error);
    entry["attempt"] = fact.attempt;
    return Add(fact.export_name, std::move(entry));
  }

  Status Note(const model::RetryPlanned& fact) {
    Json entry = Entry("RetryAttempted");
    entry["attempt"] = fact.attempt;
    entry["reason"] = Clean(fact.reason);
    entry["backoff_ms"] = fact.backoff_ms;
    return Add(fact.export_name, std::move(entry));
  }

  Status Note(const model::PartWritten& fact) {
    Json entry = Entry("FileWritten");
    entry["file_name"] = fact.part.path;
    entry["rows"] = fact.part.rows;
    entry["bytes"] = fact.part.bytes;
    entry["part_index"] = fact.part.part_id;
    entry["chunk_index"] = fact.part.unit_index;
    return Add(fact.export_name, std::move(entry));
  }

  Status Note(const model::Validated& fact) {
    Json entry = Entry("ValidationResult");
    entry["passed"] = fact.validation.passed;
    entry["parts_verified"] = fact.validation.parts_verified;
    entry["parts_failed"] = fact.validation.parts_failed;
    entry["failures"] = fact.validation.failures;
    return Add(fact.export_name, std::move(entry));
  }

  Status Note(const model::Reconciled& fact) {
    Json entry = Entry("ReconciliationResult");
    entry["source_count"] = fact.reconciliation.source_count;
    entry["exported_rows"] = fact.reconciliation.exported_rows;
    entry["matched"] = fact.reconciliation.matched;
    entry["differences"] = Json::array();
    for (const std::string& difference : fact.reconciliation.differences)
      entry["differences"].push_back(Clean(difference));
    return Add(fact.export_name, std::move(entry));
  }

  Status Note(const model::Warned& fact) {
    // What is said before the run has begun concerns its plan.
    Json entry = Entry(current_.contains(fact.export_name) ? "Warning" : "PlanWarning");
    entry["rule"] = fact.rule;
    entry["message"] = Clean(fact.message);
    return Add(fact.export_name, std::move(entry));
  }

  Status Note(const model::RunEnded& fact) {
    const model::RunResult result = Redacted(world_, fact.result);
    Status begun;
    // A run that ended before it began (no connection) is recorded too once it has a name; one that
    // was complete already, so that nothing was done, is not recorded again.
    const bool nothing_done = result.status == model::RunStatus::kSkipped;
    if (!current_.contains(result.export_name) && !result.run_id.empty() && !nothing_done) {
      begun = Begin(result.export_name, result.run_id);
    }
    Json entry = Entry("RunCompleted");
    entry["status"] = model::ToString(result.status);
    if (!result.error_message.empty()) entry["error_message"] = result.error_message;
    if (!result.error_code.empty()) entry["error_code"] = result.error_code;
    entry["duration_ms"] = result.duration_ms;
    entry["rows"] = result.rows;
    entry["files"] = result.files;
    entry["bytes"] = result.bytes;
    entry["retries"] = result.retries;
    const Status added = Add(result.export_name, std::move(entry));
    if (const auto current = current_.find(result.export_name); current != current_.end()) {
      runs_[current->second].file.Reset();
      current_.erase(current);
    }
    waiting_.erase(result.export_name);
    return begun.ok() ? added : begun;
  }

  World& world_;
  const std::string runs_folder_;
  std::mutex mutex_;
  std::map<std::string, RunLog> runs_;                // by run id
  std::map<std::string, std::string> current_;        // export -> run id
  std::map<std::string, std::vector<Json>> waiting_;  // export -> entries before its run began
};

}  // namespace

std::unique_ptr<Journal> Journal::Make(World& world, std::string runs_folder) {
  return std::make_unique<RunJournal>(world, std::move(runs_folder));
}

}  // namespace rivet::report
