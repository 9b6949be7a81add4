#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/facts.h"
#include "model/query.h"
#include "source/postgres/decode_form.h"

// The SELECTs of a read. The relation is always called _rivet and columns are named through it, so
// that no alias of a result column can stand in for a column in a condition or an order.
namespace rivet::source::postgres {

// A stored value is at most this many times smaller than its bytes (lz4 255, pglz 91). So one look
// at the stored size, which reads no TOAST, clears nearly every value of the types that
// octet_length does not take.
inline constexpr int64_t kCompressionMax = 256;

// Pages along the key, pages by blocks of the heap, or a cursor: decided by the query and the
// server's version.
enum class ReadWay { kKeyPages, kBlocks, kCursor };
ReadWay WayOf(const model::ServerFacts& server, const model::BoundedQuery& query);

// Where a page's last key is taken from.
struct KeyField {
  size_t field = 0;         // of the row on the wire
  Wire wire = Wire::kText;  // kInt2, kInt4, kInt8, kUnsigned4, kUuid, kText
};

// What a row of one statement carries: the columns, then, where values may be too large, one field
// that names the first such column (`index:bytes`), then keys that the columns do not hold in a
// usable form, as text.
struct RowShape {
  std::string select_list;
  std::vector<ColumnForm> forms;
  bool guarded = false;
  std::vector<KeyField> keys;
  size_t fields = 0;
  size_t guard_field() const { return forms.size(); }
};

// `guard`: ask for the length of values that may be large, and send NULL instead of one above the
// limit.
RowShape ShapeOf(const model::BoundedQuery& query, ReadWay way, bool guard);

// "s"."t" AS _rivet, or the user's query in parentheses.
std::string FromItem(const model::Relation& relation);
// Empty when all rows are meant. Without its lower edge for pages that begin behind a row of the
// window.
enum class LowerEdge { kWith, kWithout };
Result<std::string> WindowCondition(const model::Window& window,
                                    LowerEdge lower = LowerEdge::kWith);
// Whether rows behind a row of the window, in page order, are past the window's lower edge anyway.
// (A second lower condition could make the server start each page at the window's begin.)
bool PagesFollowWindow(const model::BoundedQuery& query);
// `values`: the texts of the last row's keys. (k1, k2) > (v1, v2).
std::string AfterCondition(const model::BoundedQuery& query,
                           const std::vector<std::string>& values);
// Blocks [begin, end); no end when it is negative.
std::string BlockCondition(int64_t begin, int64_t end);

std::string SelectRows(const model::BoundedQuery& query, std::string_view select_list,
                       const std::vector<std::string>& conditions, std::string_view tail);
// ORDER BY the page key LIMIT n.
std::string PageTail(const model::BoundedQuery& query, int64_t rows);

// The columns as they are, without casts: what is described and compared with the plan.
std::string DescribedSql(const model::BoundedQuery& query);

// The first statement of a read of this query as a plain SELECT, for EXPLAIN: the first page along
// the key, the first blocks, or the cursor's whole query.
Result<std::string> FirstStatementSql(const model::ServerFacts& server,
                                      const model::BoundedQuery& query);

}  // namespace rivet::source::postgres
