#include "source/count.h"

#include <algorithm>

namespace rivet::source {
namespace {

constexpr int64_t kFirstRows = 1'000;
constexpr int64_t kRowsMax = 10'000'000;
// Of a row that is only counted no value is read or sent: what a statement counts weighs on the
// throttle like this many rows that are.
constexpr int64_t kRowsWeight = 1'000;

}  // namespace

Result<int64_t> CountBySteps(const model::BoundedQuery& query, const ReadContext& context,
                             const CountStep& step) {
  Pacer& pacer = context.pacer;
  const int64_t first = std::clamp<int64_t>(query.limits.batch_rows_max, 1, kFirstRows);
  pacer.Begin(std::max(first, pacer.size()), kRowsMax, kRowsMax);
  SteadyMicros ended = context.world.Steady();
  for (int64_t rows = 0;;) {
    ARROW_RETURN_NOT_OK(pacer.Throttle(context.world.Steady() - ended, context.stop));
    const SteadyMicros began = context.world.Steady();
    ARROW_ASSIGN_OR_RAISE(const Counted counted, step(pacer.size()));
    ended = context.world.Steady();
    rows += counted.rows;
    // By what was counted, not by what was asked for: the last step of a window may have found
    // little, and says nothing of large ones.
    pacer.Done(counted.rows, kRowsWeight, 0, ended - began);
    context.observer.On(model::StatementDone{context.export_name, counted.rows, 0, ended - began});
    if (counted.over) return rows;
  }
}

void WarnOfOneCount(const model::BoundedQuery& query, const ReadContext& context) {
  const std::string what =
      query.relation.is_query() ? "the query" : model::ToString(query.relation.table);
  context.observer.On(model::Warned{context.export_name, "count-not-paced",
                                    "rows of " + what +
                                        " are counted by one statement a window: there is no key "
                                        "to count them along"});
}

}  // namespace rivet::source
