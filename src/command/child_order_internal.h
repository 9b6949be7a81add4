#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "base/status.h"
#include "config/config.h"

namespace rivet::command {

// What a parent hands to the process of one export through its standard input: the config as the
// parent read it (so that all of them run the same one, and `-c -` works) and the words of -p,
// which may be secrets. Neither is ever on a command line.
struct ChildOrder {
  int processes = 1;  // that run at the same time: they share the memory of one
  config::ConfigText config;
  std::vector<std::string> params;
};

// A chain of `<length>:<bytes>`.
Secret WriteOrder(const ChildOrder& order);
Result<ChildOrder> ReadOrder(std::string_view bytes);

inline constexpr int64_t kOrderBytesMax = 8 << 20;

}  // namespace rivet::command
