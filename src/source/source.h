#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/status.h"
#include "base/world.h"
#include "config/config.h"
#include "model/facts.h"
#include "model/observer.h"
#include "model/query.h"
#include "source/pacer.h"

namespace arrow {
class RecordBatchReader;
}

namespace rivet::source {

using BatchReader = std::shared_ptr<arrow::RecordBatchReader>;

// What a read or a count may use: its stop, the pace of its statements, the bytes it may hold, who
// hears of it. All outlive the reader. `export_name` goes into events.
//
// Bytes: before a statement the reader takes its expected bytes from `budget`; each batch it hands
// out carries exactly the bytes it is charged with in its schema-independent size,
// model::BatchBytes(batch), and whoever consumed the batch gives those back. What was reserved too
// much the reader gives back itself.
struct ReadContext {
  World& world;
  std::stop_token stop;
  Pacer& pacer;
  Budget& budget;
  model::Observer& observer;
  std::string export_name;
  // How many values a policy altered, one entry a column: the reader makes the entries when it is
  // opened, and adds to them while it reads. Null: no value is altered, each one fails.
  std::vector<model::AlteredCounts>* altered = nullptr;
};

// One session with one server. Used by one thread at a time (Cancel excepted).
class Source {
 public:
  virtual ~Source() = default;

  // From the server's catalog only: never reads user rows.
  virtual Result<model::ServerFacts> Identify() = 0;
  // Tables, partitioned parents and views that the catalog shows to the role, readable or not,
  // sorted by name; partitions are left out.
  virtual Result<std::vector<model::RelationName>> List(const model::RelationFilter& filter) = 0;
  // A table or a SELECT; zero rows. `overrides` are the words of `columns:` (types/override.h).
  virtual Result<model::TableFacts> Describe(const model::Relation& relation) = 0;
  // SELECT of every column by name, identifiers quoted: what init writes as `query:` for names that
  // `table:` does not take. Pure text from the facts: asks the server nothing.
  virtual std::string SelectText(const model::TableFacts& facts) = 0;
  // The gate before a paced statement: EXPLAIN of the first page (or of the cursor's query).
  virtual Result<model::QueryCost> Explain(const model::BoundedQuery& query) = 0;
  // Smallest and largest non-NULL value of query.window.key[0] over the relation, and whether it
  // has NULLs. Each is answered by an index probe where the column leads an index.
  virtual Result<model::KeyFacts> Bounds(const model::BoundedQuery& query) = 0;
  // Keys that end pieces of about `rows` rows each (never 0), along query.window.key[0]:
  // facts.cuts, strictly ascending, the last one is the largest, and has_nulls; min and max stay
  // unset. Rows of equal keys are in one piece, NULL keys in none. Where query.page_key leads with
  // the column, by statements as short as those of Read; else by one statement, which sorts.
  virtual Result<model::KeyFacts> CutPoints(const model::BoundedQuery& query, int64_t rows) = 0;
  // Rows in the window, by as many short statements as it takes, each batch with the schema of
  // types::SchemaOf(query.columns). The reader borrows this session while it lives; destroying it
  // ends the query and leaves the session usable. A stop request cancels the query on the server,
  // not only here.
  virtual Result<BatchReader> Read(const model::BoundedQuery& query,
                                   const ReadContext& context) = 0;
  // How many rows the window has now, by statements as short as those of Read: along query.page_key
  // where it has one, else by the server's cursor, else by one statement (warned of as
  // `count-not-paced`). Along a key each statement may see a newer instant: rows that come or go
  // meanwhile are counted or not, all others once. Of the context no budget is taken; the pacer
  // goes on where its last count ended.
  virtual Result<int64_t> Count(const model::BoundedQuery& query, const ReadContext& context) = 0;
};

// How to reach a server: the resolved form of the config's `source` section. Secrets inside print
// as ***.
struct OpenContext {
  World& world;
  const config::Source& settings;
  std::string config_folder;  // relative ca_file, url_file
  std::string application;    // rivet/<export>
  std::stop_token stop;
};

struct Driver {
  std::string_view name;  // what source.type says
  // Connects. Errors: kAuth, kConnection, kTls, kCapacity, kConnectionSettings …
  Result<std::unique_ptr<Source>> (*open)(const OpenContext& context);
};

}  // namespace rivet::source
