#pragma once

#include <mutex>
#include <set>
#include <string>

#include "base/process.h"
#include "command/child_order_internal.h"
#include "command/run_exports_internal.h"
#include "model/observer.h"

namespace rivet::command {

// In the parent: runs exports in processes of this same program. Shared by the threads that wait
// for them; outlives them.
class Children {
 public:
  Children(const Context& context, const config::ConfigText& text, const RunFlags& flags,
           int at_once);

  // One export, in the calling thread until its process has ended. `observer` hears it.
  RunEnd Run(const config::Export& item, model::Observer& observer);

  // What the processes logged, for people: each line once, whoever repeats it.
  std::string TakeLog();

 private:
  void KeepLog(const std::string& export_name, const ProcessEnd& end);

  const Context& context_;
  const RunFlags& flags_;
  const Secret order_;
  const std::string config_path_;
  std::mutex mutex_;  // of the two below
  std::set<std::string> logged_;
  std::string log_;
};

// The words of a child's command line. Everybody can read them: no parameters, no config.
std::vector<std::string> ChildWords(const Context& context, const RunFlags& flags,
                                    const std::string& config_path, const std::string& export_name);

// What a process that did not say its last word left: what ended it decides the class.
Status LostStatus(const ProcessEnd& end, bool stopped);

// In the child: takes the order from standard input, runs the one export, tells the parent.
Report RunAsChild(const Context& context, const RunFlags& flags);

}  // namespace rivet::command
