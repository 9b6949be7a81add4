#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "model/plan.h"
#include "model/unit.h"

namespace rivet::engine {

// What copying any unit of one run needs. One per run, shared by its workers; outlives them.
struct Job {
  const Rooms& rooms;
  const model::Plan& plan;
  model::Run run;
  const format::Driver& format;
  destination::Destination& destination;
};

// What a unit left at the destination, whether or not it came to its end.
struct UnitOutput {
  std::vector<model::Part> parts;
  int64_t rows = 0;
  std::vector<int64_t> null_counts;
  std::vector<model::Altered> altered;
};

// Read, write, put: the only place where source, format and destination meet, always in this order;
// the caller records. Returns how it ended; `output` holds the parts that are visible even after a
// failure, so that the caller can record them as quarantined.
Status CopyUnit(const Job& job, const model::Unit& unit, source::Source& source,
                const std::stop_token& stop, UnitOutput* output);

// `<export>_<stamp>[_chunk<i> or _keyset<i>][_part<n>]_<token>.<ext>`; bytes a file name should not
// hold are %-encoded. The token is five letters of the run and five of the attempt.
std::string PartName(const Job& job, const model::Unit& unit, int part);
// Whether a part of this run has that name. Two runs of one second, or after the clock went back,
// differ in the letters of the run.
bool IsPartOf(const model::Run& run, const std::string& name);

}  // namespace rivet::engine
