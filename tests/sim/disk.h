#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "manifest/manifest.h"
#include "model/run.h"
#include "model/unit.h"
#include "state/ledger.h"
#include "table.h"

namespace rivet::sim {

class Process;

// What an object holds, parsed the first time somebody asks.
struct Content {
  std::optional<Rows> rows;
  std::optional<manifest::Manifest> manifest;
};
struct StoredObject {
  std::string bytes;
  int64_t version = 0;
  std::shared_ptr<const Content> content;
};

struct LedgerRun {
  model::Run run;
  model::RunStatus status = model::RunStatus::kRunning;
  std::vector<model::Unit> units;
  std::vector<model::Part> parts;
};

struct LeaseRow {
  int64_t fence = 0;
  bool held = false;
  int64_t process = 0;  // number of the holder
  SteadyMicros beat = 0;
};

// All that survives the death of a process: the source's table, the destination's objects, the
// ledger; and what was found broken so far.
struct Disk {
  Disk(Table the_table, std::string the_staging_folder)
      : table(std::move(the_table)), staging_folder(std::move(the_staging_folder)) {}

  Table table;
  std::string staging_folder;  // a real one: staged files are real files

  std::map<std::string, StoredObject> objects;  // by root + "/" + key
  int64_t next_version = 1;
  std::set<std::string> read_back;  // names whose present bytes somebody has read
  std::set<std::string> garbled;    // names that were stored with other bytes than those asked for
  std::set<std::string> stolen;     // names that somebody removed behind our back

  std::map<std::string, LeaseRow> leases;
  std::vector<LedgerRun> runs;              // in order of their beginning
  std::map<std::string, int64_t> began_at;  // run id -> moment its first process was started
  std::set<int64_t> dead;                   // processes
  bool one_host = true;                     // owners can see that another one is dead

  // What the history came by: a simulation in which nothing happens proves nothing.
  std::map<std::string, int> seen;

  std::vector<std::string> broken;  // promises, each with what was seen
  void Broken(const std::string& what) { broken.push_back(what); }

  const Content& ContentOf(StoredObject* object);

  LedgerRun* FindRun(const std::string& run_id) {
    for (LedgerRun& run : runs) {
      if (run.run.run_id == run_id) return &run;
    }
    return nullptr;
  }
};

// Magic, rows and trailer of a simulated file. Empty: torn, or not one.
std::optional<Rows> DecodeFile(const std::string& bytes);

// P1, P2, P3, P5 of the dataset that the manifest at `root` describes, at this moment. Breaches go
// to disk.broken.
void CheckDataset(Disk* disk, const std::string& root);
// P4 of the ledger: each recorded part stands at the destination. `forgiving`: but for those that
// were stolen.
void CheckParts(Disk* disk, const std::string& root, const std::vector<model::Part>& parts,
                bool forgiving = false);
// After a process has ended, however it ended.
void CheckRest(Disk* disk);

}  // namespace rivet::sim
