#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/world.h"
#include "model/observer.h"
#include "model/run.h"

// What the process of one export tells the process that started it: one JSON object a line on its
// standard output (specification of the command line §3.4), in the order started, progress_init?,
// then progress, chunk_done, chunk_failed, retry and warning, at last finished.
namespace rivet::report {

class Fields;  // of a line

inline constexpr FaultCode kProcessFailed{
    "RIVET_RUN_PROCESS_FAILED", FaultClass::kPermanent,
    "See the message, and what the process logged below the summary."};

// In the child. Called from its worker threads.
class ChildReporter : public model::Observer {
 public:
  // `fd` stays the caller's. A parent that does not read costs progress lines, never the run.
  static std::unique_ptr<ChildReporter> Make(World& world, int fd);

  // The last word: what the run left, and the verdict as --json-errors writes it. Both pass the
  // redactor. After it nothing more is said.
  virtual void Finish(const model::RunResult& result, const Status& status) = 0;
};

// In the parent, one for each child, used by the thread that reads its lines. What a line says is
// checked: it comes from another process.
class ChildListener {
 public:
  // The code of that name; null where there is none.
  using FindCode = std::function<const FaultCode*(std::string_view name)>;

  // `observer` is told what the child's own observers are, and outlives the listener.
  ChildListener(World& world, std::string export_name, FindCode find_code,
                model::Observer& observer);

  // Not OK: the line is none of these, says something about another export, or comes after the last
  // word. The caller may go on with the next one.
  Status Hear(std::string_view line);

  bool finished() const { return finished_; }
  // Of the last word.
  const model::RunResult& result() const { return result_; }
  const Status& verdict() const { return verdict_; }
  // Without one: what is known of a run whose end nobody will tell.
  model::RunResult Lost() const;

 private:
  Status Started(const Fields& line);
  Status Sized(const Fields& line);
  Status Counted(const Fields& line);
  Status ChunkDone(const Fields& line);
  Status ChunkFailed(const Fields& line);
  Status Retry(const Fields& line);
  Status Warning(const Fields& line);
  Status Finished(const Fields& line);
  void TellStart();

  World& world_;
  const std::string export_name_;
  const FindCode find_code_;
  model::Observer& observer_;
  std::optional<model::RunStarted> starting_;  // told once it is known how many chunks there are
  bool started_ = false;
  int64_t rows_ = 0, bytes_ = 0;  // told so far
  SteadyMicros begun_ = 0;
  model::RunResult result_;
  bool finished_ = false;
  Status verdict_;
};

}  // namespace rivet::report
