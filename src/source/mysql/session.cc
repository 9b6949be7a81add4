#include "source/mysql/session.h"

#include <utility>

#include "client/mysql/quote.h"
#include "client/mysql/session_sql.h"
#include "source/count.h"
#include "source/mysql/catalog.h"
#include "source/mysql/cut_points.h"
#include "source/mysql/key_walk.h"
#include "source/mysql/read.h"
#include "source/mysql/read_sql.h"

namespace rivet::source::mysql {
namespace {

// Looking into the catalog is quick or waits for somebody's lock.
constexpr int64_t kCatalogTimeoutSeconds = 60;
constexpr int64_t kCatalogLockSeconds = 10;

// An answer with a value, or a bare verdict.
Status StatusOf(const Status& status) { return status; }
template <typename Value>
Status StatusOf(const Result<Value>& result) {
  return result.status();
}

}  // namespace

Session::Session(World& world, std::unique_ptr<client::mysql::Connection> connection,
                 const config::TuningKeys& tuning, std::stop_token stop)
    : world_(world), connection_(std::move(connection)), stop_(std::move(stop)) {
  catalog_limits_.statement_timeout =
      std::chrono::seconds(tuning.statement_timeout_s.value_or(kCatalogTimeoutSeconds));
  catalog_limits_.lock_timeout =
      std::chrono::seconds(tuning.lock_timeout_s.value_or(kCatalogLockSeconds));
}

template <typename Body>
auto Session::InRead(const model::Limits& limits, const std::stop_token& stop, const Body& body)
    -> decltype(body()) {
  ARROW_ASSIGN_OR_RAISE(const model::ServerFacts server, Facts());
  Status status = client::mysql::BeginRead(*connection_, server, limits, stop);
  if (status.ok()) {
    auto answer = body();
    if (answer.ok()) status = connection_->Exec("COMMIT", stop);
    if (answer.ok() && status.ok()) return answer;
    if (!answer.ok()) status = StatusOf(answer);
  }
  // The failure that counts has happened; what cannot be tidied up after it shows at the next use.
  (void)connection_->Settle();
  return status;
}

Result<model::ServerFacts> Session::Identify() {
  ARROW_ASSIGN_OR_RAISE(facts_, IdentifyServer(*connection_, stop_));
  return *facts_;
}

Result<model::ServerFacts> Session::Facts() {
  if (facts_) return *facts_;
  return Identify();
}

Result<std::vector<model::RelationName>> Session::List(const model::RelationFilter& filter) {
  return InRead(catalog_limits_, stop_, [&] { return ListRelations(*connection_, filter, stop_); });
}

Result<model::TableFacts> Session::Describe(const model::Relation& relation) {
  ARROW_ASSIGN_OR_RAISE(const model::ServerFacts server, Facts());
  return InRead(catalog_limits_, stop_,
                [&] { return DescribeRelation(*connection_, server, relation, stop_); });
}

std::string Session::SelectText(const model::TableFacts& facts) {
  if (facts.relation.is_query()) return facts.relation.query;
  std::string names;
  for (const model::Column& column : facts.columns)
    names += (names.empty() ? "" : ", ") + client::mysql::QuoteIdentifier(column.name);
  return "SELECT " + names + " FROM " + client::mysql::QuoteRelation(facts.relation.table);
}

Result<std::string> Session::PageIndex(const model::BoundedQuery& query,
                                       const std::stop_token& stop) {
  if (!IsPaged(query) || query.relation.is_query()) return std::string();
  ARROW_ASSIGN_OR_RAISE(const model::ServerFacts server, Facts());
  return IndexOfKey(*connection_, server, query.relation.table, query.page_key, stop);
}

Result<model::QueryCost> Session::Explain(const model::BoundedQuery& query) {
  return InRead(query.limits, stop_, [&]() -> Result<model::QueryCost> {
    ARROW_ASSIGN_OR_RAISE(const std::string index, PageIndex(query, stop_));
    return ExplainQuery(*connection_, query, index, stop_);
  });
}

Result<model::KeyFacts> Session::Bounds(const model::BoundedQuery& query) {
  return InRead(query.limits, stop_, [&] { return BoundsOf(*connection_, query, stop_); });
}

Result<model::KeyFacts> Session::CutPoints(const model::BoundedQuery& query, int64_t rows) {
  std::string index;
  if (CutWalk::Paced(query)) {
    ARROW_ASSIGN_OR_RAISE(index, PageIndex(query, stop_));
  }
  CutWalk walk(query, std::move(index), rows);
  // Each step in a transaction of its own: no snapshot lives longer than a statement.
  while (!walk.done()) {
    ARROW_RETURN_NOT_OK(InRead(query.limits, stop_,
                               [&]() -> Status { return walk.Step(*connection_, world_, stop_); }));
  }
  return walk.TakeFacts();
}

Result<BatchReader> Session::Read(const model::BoundedQuery& query, const ReadContext& context) {
  ARROW_ASSIGN_OR_RAISE(const model::ServerFacts server, Facts());
  connection_->set_statement_timeout(query.limits.statement_timeout);
  ARROW_ASSIGN_OR_RAISE(const std::string index, PageIndex(query, context.stop));
  return OpenReader(*connection_, server, query, index, context);
}

Result<int64_t> Session::Count(const model::BoundedQuery& query, const ReadContext& context) {
  if (!IsPaged(query) || query.relation.is_query()) {
    if (!std::exchange(warned_of_one_count_, true)) WarnOfOneCount(query, context);
    return CountBySteps(query, context, [&](int64_t) -> Result<Counted> {
      ARROW_ASSIGN_OR_RAISE(const int64_t rows, InRead(query.limits, context.stop, [&] {
                              return CountRows(*connection_, query, context.stop);
                            }));
      return Counted{rows, true};
    });
  }
  ARROW_ASSIGN_OR_RAISE(std::string index, PageIndex(query, context.stop));
  KeyWalk walk(query, std::move(index));
  // Each step in a transaction of its own, as for CutPoints.
  return CountBySteps(query, context, [&](int64_t size) {
    return InRead(query.limits, context.stop, [&]() -> Result<Counted> {
      ARROW_ASSIGN_OR_RAISE(const bool moved, walk.Go(*connection_, size, context.stop));
      if (moved) return Counted{size, false};
      ARROW_ASSIGN_OR_RAISE(const int64_t rest, walk.CountRest(*connection_, context.stop));
      return Counted{rest, true};
    });
  });
}

}  // namespace rivet::source::mysql
