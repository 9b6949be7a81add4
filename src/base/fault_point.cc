#include "base/fault_point.h"

#ifdef RIVET_FAULT_POINTS

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

namespace rivet {
namespace {

inline constexpr FaultCode kInjected{"RIVET_INTERNAL_INJECTED_FAULT", FaultClass::kTemporary,
                                     "A test asked for this failure."};
inline constexpr FaultCode kInjectedDiskFull{
    "RIVET_INTERNAL_INJECTED_DISK_FULL", FaultClass::kPermanent, "A test asked for this failure."};

constexpr std::array<std::string_view, 23> kFaultPoints = {
    "plan_sealed",    "run_registered", "chunk_claimed",   "first_batch",  "mid_chunk",
    "footer_written", "part_fsynced",   "upload_open",     "upload_mid",   "upload_done",
    "published",      "recorded",       "chunk_done",      "all_done",     "manifest_tmp",
    "manifest_done",  "success_marker", "cursor_advanced", "metrics_done", "resume_begin",
    "orphan_sweep",   "state_migrate",  "retry_sleep"};

// The words of the reference tool's own switch, kept for people who have scripts.
std::string_view PointNamed(std::string_view word) {
  if (word == "after_source_read") return "first_batch";
  if (word == "after_file_write") return "published";
  if (word == "after_manifest_update") return "recorded";
  if (word == "after_cursor_commit") return "cursor_advanced";
  if (word == "after_chunk_file") return "published";
  if (word == "after_chunk_complete") return "chunk_done";
  return word;
}

struct Order {
  std::string point, action;
  int passage = 1;  // counts down
};

std::vector<Order> ParseOrders(const char* text) {
  std::vector<Order> orders;
  std::string rest = text == nullptr ? "" : text;
  while (!rest.empty()) {
    const std::string one = rest.substr(0, rest.find(','));
    rest = one.size() < rest.size() ? rest.substr(one.size() + 1) : "";
    const size_t first = one.find(':');
    const size_t second = first == std::string::npos ? first : one.find(':', first + 1);
    Order order;
    order.point = PointNamed(one.substr(0, first));
    if (first != std::string::npos) order.action = one.substr(first + 1, second - first - 1);
    if (second != std::string::npos)
      order.passage = std::max(1, std::atoi(one.c_str() + second + 1));
    const bool known =
        std::find(kFaultPoints.begin(), kFaultPoints.end(), order.point) != kFaultPoints.end();
    Check(known, "RIVET_FAULT names an unknown point");
    orders.push_back(std::move(order));
  }
  return orders;
}

std::vector<Order>& Orders() {
  static std::vector<Order> orders = ParseOrders(std::getenv("RIVET_FAULT"));
  return orders;
}

}  // namespace

Status FaultPoint(std::string_view point) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  Check(std::find(kFaultPoints.begin(), kFaultPoints.end(), point) != kFaultPoints.end(),
        "FaultPoint() with an unknown point");
  for (Order& order : Orders()) {
    if (order.point != point || --order.passage != 0) continue;
    if (order.action == "kill9") std::raise(SIGKILL);
    if (order.action == "stop") std::raise(SIGTERM);
    if (order.action == "pause") std::raise(SIGSTOP);
    if (order.action == "throw") return Fail(kInjected, "injected failure at " + order.point);
    if (order.action == "enospc")
      return Fail(kInjectedDiskFull, "injected failure at " + order.point, "ENOSPC");
  }
  return Status::OK();
}

}  // namespace rivet

#endif  // RIVET_FAULT_POINTS
