#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "model/facts.h"
#include "model/plan.h"

namespace rivet::plan {

// Null when there is no column of that name.
const model::Column* ColumnNamed(const std::vector<model::Column>& columns,
                                 const std::string& name);

// The best key to page along, its first column `leading` when that is given: the primary key first,
// then the unique key with the fewest columns. No columns: there is none.
struct PageKey {
  std::vector<model::KeyColumn> columns;
  bool primary = false;
};
PageKey ChoosePageKey(const model::TableFacts& facts, const std::string& leading);

// How a chunked export is cut: size, key, strategy and paging, in the order of semantics §5.4. A
// table whose rows fit one chunk becomes full when it may.
Status SetChunks(const config::Export& item, const model::TableFacts& facts, bool may_become_full,
                 model::Plan* plan);

// `chunked(id, size=100000)`, `date-chunked-parallel(day, 7d, p=4)`, `keyset(id, page=5000)`.
std::string ChunkStrategy(const model::Plan& plan);

}  // namespace rivet::plan
