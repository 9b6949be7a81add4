#include <algorithm>
#include <utility>

#include "engine/engine.h"
#include "plan/plan.h"
#include "types/text.h"

namespace rivet::engine {
namespace {

// A page must cost no more than its rows: where the server would sort for it, a cursor reads in the
// server's order.
Status CheckPages(source::Source& source, model::Plan* plan) {
  if (plan->page_key.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const model::QueryCost cost, source.Explain(plan::WholeQuery(*plan)));
  if (!cost.sorts_or_hashes) return Status::OK();
  plan->page_key.clear();
  plan->count_key.clear();
  plan->may_renew_snapshot = false;
  plan->warnings.push_back(
      {"pages-would-sort",
       "the server would sort for each page (" + cost.scan + "): read through a cursor instead"});
  return Status::OK();
}

}  // namespace

// `schema.name` of the config; both parts are plain identifiers, as the loader checked.
model::Relation RelationOf(const config::Export& item) {
  model::Relation relation;
  relation.query = item.query;
  if (relation.is_query()) return relation;
  const size_t dot = item.table.find('.');
  relation.table.schema = dot == std::string::npos ? "" : item.table.substr(0, dot);
  relation.table.name = dot == std::string::npos ? item.table : item.table.substr(dot + 1);
  return relation;
}

OpenSource SourceOpener(World& world, const Drivers& drivers, const config::Config& config,
                        const std::string& export_name) {
  return [&world, &drivers, &config,
          export_name](std::stop_token stop) -> Result<std::unique_ptr<source::Source>> {
    ARROW_ASSIGN_OR_RAISE(const source::Driver* driver, SourceDriver(drivers, config.source.type));
    const source::OpenContext context{world, config.source, config.folder, "rivet/" + export_name,
                                      std::move(stop)};
    return driver->open(context);
  };
}

namespace {

// Everything but the units.
Result<Prepared> PrepareDraft(source::Source& source, const config::Config& config,
                              const config::Export& item, std::optional<model::Mode> keep_mode) {
  Prepared prepared;
  ARROW_ASSIGN_OR_RAISE(prepared.server, source.Identify());
  ARROW_ASSIGN_OR_RAISE(prepared.facts, source.Describe(RelationOf(item)));
  ARROW_ASSIGN_OR_RAISE(model::Plan draft,
                        plan::Draft(config, item, prepared.facts, prepared.server, keep_mode));
  ARROW_RETURN_NOT_OK(CheckPages(source, &draft));
  if (prepared.facts.row_security) {
    draft.warnings.push_back(
        {"row-security", "row security policies may hide rows from this role"});
  }
  if (item.destination.type == "stdout") {
    draft.warnings.push_back({"stdout-manifest-phantom",
                              "stdout keeps no file: the run is recorded under the name `stdout`, "
                              "without a manifest, and nothing can be validated later"});
  }
  prepared.plan = std::move(draft);
  return prepared;
}

Status AddUnits(source::Source& source, Prepared* prepared) {
  model::Plan& plan = prepared->plan;
  model::KeyFacts keys;
  if (plan::NeedsBounds(plan)) {
    ARROW_ASSIGN_OR_RAISE(keys, source.Bounds(plan::WholeQuery(plan)));
  } else if (plan::NeedsCutPoints(plan)) {
    ARROW_ASSIGN_OR_RAISE(keys, source.CutPoints(plan::WholeQuery(plan), plan.chunk_size));
  }
  return plan::Finish(std::move(plan), keys).Value(&plan);
}

}  // namespace

Result<Prepared> Prepare(source::Source& source, const config::Config& config,
                         const config::Export& item, std::optional<model::Mode> keep_mode) {
  ARROW_ASSIGN_OR_RAISE(Prepared prepared, PrepareDraft(source, config, item, keep_mode));
  if (!keep_mode) ARROW_RETURN_NOT_OK(AddUnits(source, &prepared));
  return prepared;
}

Result<Prepared> PrepareEstimate(source::Source& source, const config::Config& config,
                                 const config::Export& item) {
  ARROW_ASSIGN_OR_RAISE(Prepared prepared, PrepareDraft(source, config, item, std::nullopt));
  const model::Plan& plan = prepared.plan;
  if (!plan::NeedsCutPoints(plan)) {
    ARROW_RETURN_NOT_OK(AddUnits(source, &prepared));
    return prepared;
  }
  if (prepared.facts.row_estimate >= 0) {
    prepared.units_estimate =
        (prepared.facts.row_estimate + plan.chunk_size - 1) / std::max<int64_t>(1, plan.chunk_size);
  }
  // Two looks into the index; without one they would be scans.
  if (plan.page_key.empty()) return prepared;
  ARROW_ASSIGN_OR_RAISE(const model::KeyFacts keys, source.Bounds(plan::WholeQuery(plan)));
  if (keys.min == nullptr || keys.max == nullptr) return prepared;
  ARROW_ASSIGN_OR_RAISE(const std::string first, types::KeyText(*keys.min));
  ARROW_ASSIGN_OR_RAISE(const std::string last, types::KeyText(*keys.max));
  prepared.key_range = first + ".." + last;
  return prepared;
}

}  // namespace rivet::engine
