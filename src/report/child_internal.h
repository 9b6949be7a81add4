#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/run.h"
#include "report/child.h"

namespace rivet::report {

inline constexpr int64_t kAttemptsMax = 1'000'000;
inline constexpr std::string_view kChunkedMode = "chunked";

// The members of an object that came from outside: each is looked at before it is taken. The
// length of its line bounds them all.
class Fields {
 public:
  explicit Fields(const nlohmann::ordered_json& json) : json_(json) {}
  bool Has(const char* key) const { return json_.contains(key) && !json_[key].is_null(); }
  const nlohmann::ordered_json& Member(const char* key) const { return json_[key]; }
  Result<std::string> Text(const char* key) const;
  Result<int64_t> Number(const char* key) const;  // never negative
  Result<bool> Flag(const char* key) const;
  Result<std::vector<std::string>> Texts(const char* key) const;

 private:
  const nlohmann::ordered_json& json_;
};

// The members of `finished`.
void WriteResult(const model::RunResult& result, nlohmann::ordered_json* json);
Result<model::RunResult> ReadResult(const Fields& fields);

// What ErrorJson wrote into `verdict`: OK where it is null.
Status ReadVerdict(const Fields& fields, const ChildListener::FindCode& find_code, Status* verdict);

}  // namespace rivet::report
