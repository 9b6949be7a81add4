#include <arrow/scalar.h>
#include <arrow/type.h>

#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "plan/plan.h"

namespace rivet::plan {
namespace {

Result<int64_t> IntegerOf(const arrow::Scalar& value) {
  switch (value.type->id()) {
    case arrow::Type::INT16:
      return static_cast<const arrow::Int16Scalar&>(value).value;
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Scalar&>(value).value;
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(value).value;
    default:
      return Fail(kBadChunkColumn, "the chunk column's bounds are not integers");
  }
}

std::optional<int64_t> ParseKey(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

model::Unit MakeUnit(int64_t index, std::string start, std::string end) {
  model::Unit unit;
  unit.index = index;
  unit.start_key = std::move(start);
  unit.end_key = std::move(end);
  return unit;
}

// Windows [s, s+size-1], the last one ending at max. Counted in unsigned 64-bit differences, so a
// range from INT64_MIN to INT64_MAX neither overflows nor loses its last key.
Status AddWindows(int64_t min, int64_t max, int64_t size, model::Plan* plan) {
  const uint64_t span = static_cast<uint64_t>(max) - static_cast<uint64_t>(min);
  const uint64_t windows_less_one = span / static_cast<uint64_t>(size);
  if (windows_less_one >= static_cast<uint64_t>(kUnitsMax)) {
    return Fail(kTooManyUnits, "keys from " + std::to_string(min) + " to " + std::to_string(max) +
                                   " in chunks of " + std::to_string(size) + " make more than " +
                                   std::to_string(kUnitsMax) + " chunks");
  }
  for (uint64_t i = 0; i <= windows_less_one; ++i) {
    const uint64_t offset = i * static_cast<uint64_t>(size);
    const auto start = static_cast<int64_t>(static_cast<uint64_t>(min) + offset);
    const uint64_t left = span - offset;
    const uint64_t width = std::min<uint64_t>(left, static_cast<uint64_t>(size) - 1);
    const auto end = static_cast<int64_t>(static_cast<uint64_t>(start) + width);
    plan->units.push_back(
        MakeUnit(static_cast<int64_t>(i), std::to_string(start), std::to_string(end)));
  }
  return Status::OK();
}

std::shared_ptr<arrow::Scalar> ScalarOf(int64_t value) {
  return std::make_shared<arrow::Int64Scalar>(value);
}

model::BoundedQuery QueryOver(const model::Plan& plan) {
  model::BoundedQuery query;
  query.relation = plan.relation;
  query.columns = plan.columns;
  query.page_key = plan.page_key;
  query.may_renew_snapshot = plan.may_renew_snapshot;
  query.whole_heap = plan.whole_heap;
  query.limits = plan.limits;
  query.application = "rivet/" + plan.export_name;
  return query;
}

}  // namespace

bool NeedsBounds(const model::Plan& draft) { return draft.mode == model::Mode::kChunked; }

Result<model::Plan> Finish(model::Plan draft, const model::KeyFacts& keys) {
  draft.units.clear();
  if (draft.mode == model::Mode::kFull) {
    draft.units.push_back(MakeUnit(0, "", ""));
    return draft;
  }
  if (keys.min != nullptr && keys.max != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const int64_t min, IntegerOf(*keys.min));
    ARROW_ASSIGN_OR_RAISE(const int64_t max, IntegerOf(*keys.max));
    if (min <= max) ARROW_RETURN_NOT_OK(AddWindows(min, max, draft.chunk_size, &draft));
  }
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
  const auto start = ParseKey(unit.start_key);
  const auto end = ParseKey(unit.end_key);
  if (!start || !end || *start > *end) {
    return Fail(kBadUnitKeys, "unit " + std::to_string(unit.index) +
                                  " has no range: " + unit.start_key + ".." + unit.end_key);
  }
  query.window.kind = model::Window::Kind::kRange;
  query.window.from = model::Bound{{ScalarOf(*start)}, true};
  query.window.through = model::Bound{{ScalarOf(*end)}, true};
  return query;
}

model::BoundedQuery WholeQuery(const model::Plan& plan) {
  model::BoundedQuery query = QueryOver(plan);
  query.window.key = plan.chunk_key;
  return query;
}

}  // namespace rivet::plan
