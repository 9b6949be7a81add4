#include "command/child_order_internal.h"

#include <charconv>
#include <optional>
#include <utility>

#include "command/command.h"

namespace rivet::command {
namespace {

constexpr std::string_view kFormName = "rivet order 1";
constexpr int kProcessesMost = 1024;

void Add(std::string_view field, std::string* bytes) {
  *bytes += std::to_string(field.size()) + ":";
  *bytes += field;
}

// The next field, taken from the front.
std::optional<std::string_view> Take(std::string_view* bytes) {
  size_t size = 0;
  const auto [end, error] = std::from_chars(bytes->data(), bytes->data() + bytes->size(), size);
  const auto digits = static_cast<size_t>(end - bytes->data());
  if (error != std::errc() || digits == bytes->size() || *end != ':') return std::nullopt;
  bytes->remove_prefix(digits + 1);
  if (size > bytes->size()) return std::nullopt;
  const std::string_view field = bytes->substr(0, size);
  bytes->remove_prefix(size);
  return field;
}

}  // namespace

Secret WriteOrder(const ChildOrder& order) {
  std::string bytes;
  Add(kFormName, &bytes);
  Add(std::to_string(order.processes), &bytes);
  Add(order.config.path, &bytes);
  Add(order.config.text.Reveal(), &bytes);
  for (const std::string& param : order.params) Add(param, &bytes);
  return Secret(std::move(bytes));
}

Result<ChildOrder> ReadOrder(std::string_view bytes) {
  const Status unfit = Fail(kCliUsage, "standard input is not what a parent process hands over");
  const auto form = Take(&bytes);
  if (!form || *form != kFormName) return unfit;
  const auto processes = Take(&bytes), path = Take(&bytes), text = Take(&bytes);
  if (!processes || !path || !text) return unfit;
  ChildOrder order;
  const char* const end = processes->data() + processes->size();
  const auto number = std::from_chars(processes->data(), end, order.processes);
  const bool counted = number.ec == std::errc() && number.ptr == end && order.processes >= 1 &&
                       order.processes <= kProcessesMost;
  if (!counted) return unfit;
  order.config = {std::string(*path), Secret(std::string(*text))};
  while (!bytes.empty()) {
    const auto param = Take(&bytes);
    if (!param) return unfit;
    order.params.emplace_back(*param);
  }
  return order;
}

}  // namespace rivet::command
