#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "plan/chunks_internal.h"
#include "plan/plan.h"
#include "types/schema.h"
#include "types/text.h"

namespace rivet::plan {
namespace {

// Holds every int64 and every uint64, and their differences.
using Wide = __int128;

constexpr int64_t kMicrosPerDay = 86'400'000'000;
constexpr std::string_view kBehind = ">";
constexpr std::string_view kThrough = "<=";

std::string TextOf(Wide value) {
  if (value < 0) return std::to_string(static_cast<int64_t>(value));
  return std::to_string(static_cast<uint64_t>(value));
}

std::optional<Wide> ParseWide(const std::string& text) {
  const char* const end = text.data() + text.size();
  if (text.starts_with('-')) {
    int64_t value = 0;
    const auto [at, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && at == end ? std::optional<Wide>(value) : std::nullopt;
  }
  uint64_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end ? std::optional<Wide>(value) : std::nullopt;
}

Result<Wide> IntegerOf(const arrow::Scalar& value) {
  switch (value.type->id()) {
    case arrow::Type::INT16:
      return static_cast<const arrow::Int16Scalar&>(value).value;
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Scalar&>(value).value;
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(value).value;
    case arrow::Type::UINT64:
      return static_cast<const arrow::UInt64Scalar&>(value).value;
    default:
      return Fail(kBadChunkColumn, "the chunk column's bounds are not integers");
  }
}

// The calendar day, UTC, as days since 1970-01-01.
Result<Wide> DayOf(const arrow::Scalar& value) {
  if (value.type->id() == arrow::Type::DATE32)
    return static_cast<const arrow::Date32Scalar&>(value).value;
  if (value.type->id() != arrow::Type::TIMESTAMP)
    return Fail(kBadChunkColumn, "the chunk column's bounds are not dates");
  const int64_t micros = static_cast<const arrow::TimestampScalar&>(value).value;
  return micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0);
}

model::Unit MakeUnit(int64_t index, std::string start, std::string end) {
  model::Unit unit;
  unit.index = index;
  unit.start_key = std::move(start);
  unit.end_key = std::move(end);
  return unit;
}

// Windows [s, s+size-1], the last one ending at max.
Status AddWindows(Wide min, Wide max, int64_t size, model::Plan* plan) {
  if ((max - min) / size >= kUnitsMax) {
    return Fail(kTooManyUnits, "keys from " + TextOf(min) + " to " + TextOf(max) +
                                   " in chunks of " + std::to_string(size) + " make more than " +
                                   std::to_string(kUnitsMax) + " chunks");
  }
  int64_t index = 0;
  for (Wide start = min; start <= max; start += size, ++index) {
    const Wide end = std::min<Wide>(start + size - 1, max);
    plan->units.push_back(MakeUnit(index, TextOf(start), TextOf(end)));
  }
  return Status::OK();
}

Status AddRanges(const model::KeyFacts& keys, model::Plan* plan) {
  if (keys.min == nullptr || keys.max == nullptr) return Status::OK();
  const auto number = plan->cut == model::Cut::kDays ? DayOf : IntegerOf;
  ARROW_ASSIGN_OR_RAISE(const Wide min, number(*keys.min));
  ARROW_ASSIGN_OR_RAISE(const Wide max, number(*keys.max));
  if (min > max) return Status::OK();
  if (plan->cut == model::Cut::kDays) return AddWindows(min, max, plan->chunk_days, plan);
  if (plan->chunk_count) {
    const Wide count = *plan->chunk_count;
    const Wide width = (max - min + 1 + count - 1) / count;
    // Only two windows over all of uint64 could be wider, and they need no more than this.
    plan->chunk_size =
        static_cast<int64_t>(std::min<Wide>(width, std::numeric_limits<int64_t>::max()));
  }
  return AddWindows(min, max, plan->chunk_size, plan);
}

// (before the first, first cut], …: whatever lies at or below the last key is in one of them.
Status AddPieces(const model::KeyFacts& keys, model::Plan* plan) {
  std::string from;
  for (const auto& cut : keys.cuts) {
    ARROW_ASSIGN_OR_RAISE(const std::string text, types::KeyText(*cut));
    plan->units.push_back(MakeUnit(static_cast<int64_t>(plan->units.size()), std::move(from),
                                   std::string(kThrough) + text));
    from = std::string(kBehind) + text;
  }
  return Status::OK();
}

std::shared_ptr<arrow::Scalar> IntegerScalar(const model::LogicalType& type, Wide value) {
  if (type.kind == model::TypeKind::kUInt64)
    return std::make_shared<arrow::UInt64Scalar>(static_cast<uint64_t>(value));
  return std::make_shared<arrow::Int64Scalar>(static_cast<int64_t>(value));
}

// Midnight of a day. Days beyond what a timestamp can say end at its ends.
std::shared_ptr<arrow::Scalar> DayScalar(const model::LogicalType& type, Wide day) {
  if (type.kind == model::TypeKind::kDate)
    return std::make_shared<arrow::Date32Scalar>(static_cast<int32_t>(day));
  const Wide micros = std::clamp<Wide>(day * kMicrosPerDay, std::numeric_limits<int64_t>::min(),
                                       std::numeric_limits<int64_t>::max());
  return std::make_shared<arrow::TimestampScalar>(static_cast<int64_t>(micros),
                                                  types::ArrowType(type));
}

model::BoundedQuery QueryOver(const model::Plan& plan) {
  model::BoundedQuery query;
  query.relation = plan.relation;
  query.columns = plan.columns;
  query.page_key = plan.page_key;
  query.row_key = plan.row_key;
  query.may_renew_snapshot = plan.may_renew_snapshot;
  query.whole_heap = plan.whole_heap;
  query.limits = plan.limits;
  query.application = "rivet/" + plan.export_name;
  return query;
}

Status BadKeys(const model::Unit& unit) {
  return Fail(kBadUnitKeys, "unit " + std::to_string(unit.index) +
                                " has no range: " + unit.start_key + ".." + unit.end_key);
}

Status SetRange(const model::Plan& plan, const model::Unit& unit, model::Window* window) {
  const auto start = ParseWide(unit.start_key);
  const auto end = ParseWide(unit.end_key);
  if (!start || !end || *start > *end) return BadKeys(unit);
  const model::LogicalType& type = plan.chunk_key[0].type;
  if (plan.cut == model::Cut::kDays) {
    constexpr Wide kDayMax = std::numeric_limits<int32_t>::max() - 1;
    if (*start < -kDayMax || *end > kDayMax) return BadKeys(unit);
    window->from = model::Bound{{DayScalar(type, *start)}, true};
    window->through = model::Bound{{DayScalar(type, *end + 1)}, false};
    return Status::OK();
  }
  const bool is_unsigned = type.kind == model::TypeKind::kUInt64;
  if (is_unsigned ? *start < 0 : *end > std::numeric_limits<int64_t>::max()) return BadKeys(unit);
  window->from = model::Bound{{IntegerScalar(type, *start)}, true};
  window->through = model::Bound{{IntegerScalar(type, *end)}, true};
  return Status::OK();
}

Status SetPiece(const model::Plan& plan, const model::Unit& unit, model::Window* window) {
  const model::LogicalType& type = plan.chunk_key[0].type;
  if (!unit.end_key.starts_with(kThrough)) return BadKeys(unit);
  ARROW_ASSIGN_OR_RAISE(auto through,
                        types::KeyFromText(type, unit.end_key.substr(kThrough.size())));
  window->through = model::Bound{{std::move(through)}, true};
  if (unit.start_key.empty()) return Status::OK();
  if (!unit.start_key.starts_with(kBehind)) return BadKeys(unit);
  ARROW_ASSIGN_OR_RAISE(auto from, types::KeyFromText(type, unit.start_key.substr(1)));
  window->from = model::Bound{{std::move(from)}, false};
  return Status::OK();
}

}  // namespace

bool NeedsBounds(const model::Plan& draft) {
  return draft.mode == model::Mode::kChunked && draft.cut != model::Cut::kKeys;
}

bool NeedsCutPoints(const model::Plan& draft) {
  return draft.mode == model::Mode::kChunked && draft.cut == model::Cut::kKeys;
}

Result<model::Plan> Finish(model::Plan draft, const model::KeyFacts& keys) {
  draft.units.clear();
  if (draft.mode == model::Mode::kFull) {
    draft.units.push_back(MakeUnit(0, "", ""));
    return draft;
  }
  ARROW_RETURN_NOT_OK(draft.cut == model::Cut::kKeys ? AddPieces(keys, &draft)
                                                     : AddRanges(keys, &draft));
  draft.strategy = ChunkStrategy(draft);
  if (keys.has_nulls) {
    const std::string null(model::kNullUnitKey);
    draft.units.push_back(MakeUnit(static_cast<int64_t>(draft.units.size()), null, null));
    draft.warnings.push_back(
        {"null-chunk-keys",
         "`" + draft.chunk_key[0].name + "` has NULLs: those rows are one chunk of their own"});
  }
  return draft;
}

Result<model::BoundedQuery> QueryOf(const model::Plan& plan, const model::Unit& unit) {
  model::BoundedQuery query = QueryOver(plan);
  if (plan.mode == model::Mode::kFull) {
    if (!unit.start_key.empty() || !unit.end_key.empty()) {
      return Fail(kBadUnitKeys,
                  "a unit of a full export has keys " + unit.start_key + ".." + unit.end_key);
    }
    return query;
  }
  query.window.key = plan.chunk_key;
  if (unit.start_key == model::kNullUnitKey && unit.end_key == model::kNullUnitKey) {
    query.window.kind = model::Window::Kind::kNull;
    // A page key that leads with the chunk column holds no NULL rows.
    query.page_key.clear();
    query.may_renew_snapshot = false;
    return query;
  }
  query.window.kind = model::Window::Kind::kRange;
  ARROW_RETURN_NOT_OK(plan.cut == model::Cut::kKeys ? SetPiece(plan, unit, &query.window)
                                                    : SetRange(plan, unit, &query.window));
  return query;
}

model::BoundedQuery WholeQuery(const model::Plan& plan) {
  model::BoundedQuery query = QueryOver(plan);
  query.window.key = plan.chunk_key;
  return query;
}

}  // namespace rivet::plan
