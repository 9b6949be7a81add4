#include <utility>

#include "engine/engine.h"
#include "plan/plan.h"

namespace rivet::engine {
namespace {

// A page must cost no more than its rows: where the server would sort for it, a cursor reads in the
// server's order.
Status CheckPages(source::Source& source, model::Plan* plan) {
  if (plan->page_key.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const model::QueryCost cost, source.Explain(plan::WholeQuery(*plan)));
  if (!cost.sorts_or_hashes) return Status::OK();
  plan->page_key.clear();
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

Result<Prepared> Prepare(source::Source& source, const config::Config& config,
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
  if (keep_mode) {
    prepared.plan = std::move(draft);
    return prepared;
  }
  model::KeyFacts keys;
  if (plan::NeedsBounds(draft)) {
    ARROW_ASSIGN_OR_RAISE(keys, source.Bounds(plan::WholeQuery(draft)));
  } else if (plan::NeedsCutPoints(draft)) {
    ARROW_ASSIGN_OR_RAISE(keys, source.CutPoints(plan::WholeQuery(draft), draft.chunk_size));
  }
  ARROW_ASSIGN_OR_RAISE(prepared.plan, plan::Finish(std::move(draft), keys));
  return prepared;
}

}  // namespace rivet::engine
