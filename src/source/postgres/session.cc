#include "source/postgres/session.h"

#include <utility>

#include "client/postgres/quote.h"
#include "client/postgres/session_sql.h"
#include "source/postgres/catalog.h"
#include "source/postgres/count.h"
#include "source/postgres/cut_points.h"
#include "source/postgres/read.h"
#include "source/postgres/read_sql.h"

namespace rivet::source::postgres {
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

Session::Session(World& world, std::unique_ptr<client::postgres::Connection> connection,
                 const config::TuningKeys& tuning, std::stop_token stop)
    : world_(world), connection_(std::move(connection)), stop_(std::move(stop)) {
  catalog_limits_.statement_timeout =
      std::chrono::seconds(tuning.statement_timeout_s.value_or(kCatalogTimeoutSeconds));
  catalog_limits_.lock_timeout =
      std::chrono::seconds(tuning.lock_timeout_s.value_or(kCatalogLockSeconds));
}

template <typename Body>
auto Session::InRead(const model::Limits& limits, const std::string& settings,
                     const std::stop_token& stop, const Body& body) -> decltype(body()) {
  ARROW_ASSIGN_OR_RAISE(const model::ServerFacts server, Facts());
  const std::string all_settings = client::postgres::SettingsSql(server, limits) + settings;
  Status status = client::postgres::BeginRead(*connection_, all_settings, limits, stop);
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
  return InRead(catalog_limits_, "", stop_,
                [&] { return ListRelations(*connection_, filter, stop_); });
}

Result<model::TableFacts> Session::Describe(const model::Relation& relation) {
  return InRead(catalog_limits_, "", stop_,
                [&] { return DescribeRelation(*connection_, relation, stop_); });
}

std::string Session::SelectText(const model::TableFacts& facts) {
  if (facts.relation.is_query()) return facts.relation.query;
  std::string names;
  for (const model::Column& column : facts.columns) {
    names += (names.empty() ? "" : ", ") + client::postgres::QuoteIdentifier(column.name);
  }
  return "SELECT " + names + " FROM " + client::postgres::QuoteRelation(facts.relation.table);
}

Result<model::QueryCost> Session::Explain(const model::BoundedQuery& query) {
  ARROW_ASSIGN_OR_RAISE(const model::ServerFacts server, Facts());
  const bool pages = WayOf(server, query) == ReadWay::kKeyPages;
  const std::string settings = pages ? client::postgres::PageSettingsSql(server) : "";
  return InRead(query.limits, settings, stop_,
                [&] { return ExplainQuery(*connection_, server, query, stop_); });
}

Result<model::KeyFacts> Session::Bounds(const model::BoundedQuery& query) {
  return InRead(query.limits, "", stop_, [&] { return BoundsOf(*connection_, query, stop_); });
}

Result<model::KeyFacts> Session::CutPoints(const model::BoundedQuery& query, int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(const model::ServerFacts server, Facts());
  CutWalk walk(query, rows);
  const std::string settings =
      walk.paced() ? client::postgres::PageSettingsSql(server) : std::string();
  // Each step in a transaction of its own: no snapshot lives longer than a statement.
  while (!walk.done()) {
    ARROW_RETURN_NOT_OK(InRead(query.limits, settings, stop_,
                               [&]() -> Status { return walk.Step(*connection_, world_, stop_); }));
  }
  return walk.TakeFacts();
}

Result<BatchReader> Session::Read(const model::BoundedQuery& query, const ReadContext& context) {
  ARROW_ASSIGN_OR_RAISE(const model::ServerFacts server, Facts());
  connection_->set_statement_timeout(query.limits.statement_timeout);
  return OpenReader(*connection_, server, query, context);
}

Result<int64_t> Session::Count(const model::BoundedQuery& query, const ReadContext& context) {
  ARROW_ASSIGN_OR_RAISE(const model::ServerFacts server, Facts());
  const bool walked = !query.page_key.empty() && !query.relation.is_query() &&
                      query.window.kind != model::Window::Kind::kNull;
  if (walked) {
    KeyWalk walk(query);
    const std::string settings = client::postgres::PageSettingsSql(server);
    // Each step in a transaction of its own, as for CutPoints.
    return CountBySteps(query, context, [&](int64_t size) {
      return InRead(query.limits, settings, context.stop,
                    [&] { return CountAlong(walk, *connection_, size, context.stop); });
    });
  }
  const SteadyMicros began = world_.Steady();
  auto rows = InRead(query.limits, "", context.stop, [&]() -> Result<int64_t> {
    ARROW_RETURN_NOT_OK(OpenCount(*connection_, query, context.stop));
    return CountBySteps(query, context, [&](int64_t size) {
      return CountByCursor(*connection_, size, context.stop);
    });
  });
  context.observer.On(model::SnapshotEnded{context.export_name, world_.Steady() - began});
  return rows;
}

}  // namespace rivet::source::postgres
