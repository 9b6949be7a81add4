#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "report/clock_world_internal.h"
#include "report/report.h"

namespace rivet::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

model::RunResult Done() {
  model::RunResult result;
  result.run_id = "orders_20260101T000000.000";
  result.export_name = "orders";
  result.mode = "chunked";
  result.status = model::RunStatus::kSuccess;
  result.rows = 150'000;
  result.files = 2;
  result.bytes = 12'300'000;
  result.duration_ms = 2'400;
  result.units_total = result.units_done = 2;
  result.tuning_profile = "balanced (default)";
  result.format = "parquet";
  result.compression = "zstd";
  result.output_uri = "file:///data/orders";
  return result;
}

model::RunResult Failed() {
  model::RunResult result = Done();
  result.status = model::RunStatus::kFailed;
  result.export_name = "events";
  result.units_done = 1;
  result.error_code = "RIVET_TEST";
  result.error_message = std::string(400, 'x');
  return result;
}

class Folder {
 public:
  Folder() {
    const auto world = MakeRealWorld();
    path_ = std::filesystem::temp_directory_path() / ("rivet-report-" + RandomToken(*world));
    std::filesystem::create_directory(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

int ModeOf(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? static_cast<int>(facts.st_mode & 0777) : -1;
}

TEST(SummaryTest, TheBlockShowsOnlyWhatApplies) {
  const std::string text = SummaryBlock(Done());
  EXPECT_THAT(text, HasSubstr("── orders ──\n"));
  EXPECT_THAT(text, HasSubstr("run_id    orders_2026"));
  EXPECT_THAT(text, HasSubstr("rows      150000\n"));
  EXPECT_THAT(text, HasSubstr("file:///data/orders"));
  EXPECT_THAT(text, Not(HasSubstr("compression")));
  EXPECT_THAT(text, Not(HasSubstr("retries")));
  EXPECT_THAT(text, Not(HasSubstr("error")));
  EXPECT_EQ(text.back(), '\n');
}

TEST(SummaryTest, WhatAPolicyAlteredIsTold) {
  model::RunResult result = Done();
  EXPECT_THAT(SummaryBlock(result), Not(HasSubstr("altered")));
  result.altered = {{"born", model::SpecialValue::kZeroDate, model::PolicyAction::kNull, 2},
                    {"until", model::SpecialValue::kInfinity, model::PolicyAction::kClamp, 1}};
  const std::string text = SummaryBlock(result);
  EXPECT_THAT(text, HasSubstr("2 values of \"born\" landed as NULL (zero_date: null)\n"));
  EXPECT_THAT(text, HasSubstr("1 value of \"until\" landed as the nearest one there is"));
  Aggregate aggregate;
  aggregate.results = {result};
  const auto told = nlohmann::json::parse(AggregateJson(aggregate))["per_export"][0];
  EXPECT_EQ(told["altered_values"][0]["values"], 2);
  EXPECT_EQ(told["altered_values"][1]["action"], "clamp");
}

TEST(SummaryTest, ErrorsAreOneShortLine) {
  model::RunResult result = Failed();
  result.error_message[3] = '\n';
  const std::string text = SummaryBlock(result);
  EXPECT_THAT(text, HasSubstr("[RIVET_TEST] xxx\\n"));
  EXPECT_LT(text.find('\n', text.find("[RIVET_TEST]")) - text.find("[RIVET_TEST]"), 250U);
}

TEST(SummaryTest, SeveralExportsEndWithTotalsAndTheWayOn) {
  Aggregate aggregate;
  aggregate.id = "agg_1";
  aggregate.config_path = "my config.yaml";
  aggregate.parallel_mode = "parallel-threads";
  aggregate.duration_ms = 2'000;
  aggregate.results = {Done(), Failed()};
  const std::string text = SummaryOfMany(aggregate);
  EXPECT_THAT(text, testing::StartsWith("Run summary\n"));
  EXPECT_THAT(text, HasSubstr("1 success, 1 failed, 0 skipped"));
  EXPECT_THAT(text, HasSubstr("rows       300000\n"));
  EXPECT_THAT(text, HasSubstr("rows/s     150K\n"));
  EXPECT_THAT(text, HasSubstr("rivet run -c 'my config.yaml' -e events --resume"));
  EXPECT_THAT(text, HasSubstr("mode       parallel-threads\n"));
}

TEST(SummaryTest, AFailedValidationIsShownAndNotToBeResumed) {
  model::RunResult result = Failed();
  result.validation = model::Validation{false, 1, 1, {"part_missing a.parquet"}};
  EXPECT_THAT(SummaryBlock(result), HasSubstr("validated  FAIL\n"));
  Aggregate aggregate;
  aggregate.results = {result};
  EXPECT_THAT(SummaryOfMany(aggregate), Not(HasSubstr("--resume")));
}

TEST(SummaryTest, WhatWasCountedAtTheSourceIsTold) {
  model::RunResult result = Done();
  EXPECT_THAT(SummaryBlock(result), Not(HasSubstr("reconcile")));
  result.reconciliation = model::Reconciliation{150'000, 150'000, true, 0, {}};
  EXPECT_THAT(SummaryBlock(result), HasSubstr("reconcile  MATCH 150000/150000\n"));
  result = Failed();
  result.reconciliation =
      model::Reconciliation{149'999, 150'000, false, 1, {"chunk 1 [5..9]: 4 at the source"}};
  EXPECT_THAT(SummaryBlock(result), HasSubstr("reconcile  MISMATCH 149999/150000\n"));
  Aggregate aggregate;
  aggregate.results = {result, Done()};
  EXPECT_THAT(SummaryOfMany(aggregate), Not(HasSubstr("--resume"))) << "its books are closed";
  const auto json = nlohmann::json::parse(AggregateJson(aggregate));
  EXPECT_EQ(json["per_export"][0]["reconciled"], false);
  EXPECT_EQ(json["per_export"][0]["source_count"], 149'999);
  EXPECT_TRUE(json["per_export"][1]["reconciled"].is_null());
  EXPECT_TRUE(json["per_export"][1]["source_count"].is_null());
}

TEST(AggregateTest, CountsAndNullsAreThoseOfTheSpecification) {
  Aggregate aggregate;
  aggregate.id = "agg_1";
  aggregate.results = {Done(), Failed()};
  const auto json = nlohmann::json::parse(AggregateJson(aggregate));
  EXPECT_EQ(json["run_aggregate_id"], "agg_1");
  EXPECT_EQ(json["parallel_mode"], "sequential");
  EXPECT_EQ(json["success_count"], 1);
  EXPECT_EQ(json["failed_count"], 1);
  EXPECT_EQ(json["total_rows"], 300'000);
  EXPECT_EQ(json["total_exports"], 2);
  EXPECT_TRUE(json["config_path"].is_null());
  EXPECT_TRUE(json["per_export"][0]["error_message"].is_null());
  EXPECT_EQ(json["per_export"][1]["error_code"], "RIVET_TEST");
  EXPECT_EQ(json["per_export"][1]["status"], "failed");
}

TEST(RunReportTest, FilesArePrivateAndWithoutSecrets) {
  const Folder folder;
  ClockWorld world;
  world.redactor().Learn(Secret("c4n@ry\"d"));
  model::RunResult result = Failed();
  result.error_message = "cannot log in with c4n@ry\"d";
  result.source_engine = "postgres";
  result.destination_kind = "local";
  result.batch_size = 10'000;
  WriteRunReport(world, folder.path() + "/runs", "shop.yaml", result);
  const std::string base = folder.path() + "/runs/" + result.run_id;
  const auto json = nlohmann::json::parse(ReadAll(base + "/summary.json"));
  EXPECT_EQ(json["status"], "failed");
  EXPECT_EQ(json["destination_kind"], "local");
  EXPECT_EQ(json["resumable"], true);
  EXPECT_EQ(json["resume_command"], "rivet run -c shop.yaml -e events --resume");
  EXPECT_EQ(json["source_engine"], "postgres");
  EXPECT_EQ(json["batch_size"], 10'000);
  EXPECT_FALSE(json.contains("validation"));
  EXPECT_EQ(json["error_message"], "cannot log in with REDACTED");
  EXPECT_THAT(ReadAll(base + "/summary.md"), HasSubstr("cannot log in with REDACTED"));
  EXPECT_EQ(ModeOf(base), 0700);
  EXPECT_EQ(ModeOf(base + "/summary.json"), 0600);
  EXPECT_EQ(ModeOf(base + "/summary.md"), 0600);
}

TEST(JournalTest, ARunLeavesItsEventsInOrder) {
  const Folder folder;
  ClockWorld world;
  const auto journal = Journal::Make(world, folder.path());
  journal->On(model::Warned{"orders", "chunk-column-chosen", "early"});
  model::RunStarted started;
  started.export_name = "orders";
  started.run_id = "r1";
  started.mode = "chunked";
  started.units_total = 1;
  journal->On(started);
  journal->On(model::UnitStarted{"orders", "1", "9", 0});
  journal->On(model::UnitFailed{"orders", "password=hunter2 refused", 0, 1});
  journal->On(model::UnitDone{"orders", "a.parquet", 0, 7});
  const std::string file = folder.path() + "/r1/r1.journal.jsonl";
  // Each event is on disk at once: a killed run leaves a trace.
  EXPECT_THAT(ReadAll(file), HasSubstr("ChunkCompleted"));
  journal->On(model::Validated{"orders", {false, 1, 1, {"part_missing a.parquet"}}});
  model::RunResult result = Done();
  result.run_id = "r1";
  journal->On(model::RunEnded{result});
  const auto document = nlohmann::json::parse(journal->DocumentOf("r1"));
  std::vector<std::string> types;
  for (const auto& entry : document["entries"]) types.push_back(entry["type"]);
  EXPECT_EQ(types,
            (std::vector<std::string>{"PlanWarning", "PlanResolved", "ChunkStarted", "ChunkFailed",
                                      "ChunkCompleted", "ValidationResult", "RunCompleted"}));
  EXPECT_EQ(document["export_name"], "orders");
  EXPECT_EQ(document["entries"][0]["recorded_at"], "2026-01-01T00:00:00.000000Z");
  EXPECT_THAT(ReadAll(file), Not(HasSubstr("hunter2")));
  EXPECT_EQ(ModeOf(file), 0600);
}

TEST(JournalTest, AFolderThatCannotBeMadeFailsNothing) {
  ClockWorld world;
  const auto journal = Journal::Make(world, "/proc/nowhere");
  model::RunStarted started;
  started.export_name = "orders";
  started.run_id = "r1";
  journal->On(started);
  EXPECT_EQ(nlohmann::json::parse(journal->DocumentOf("r1"))["entries"].size(), 1U);
}

}  // namespace
}  // namespace rivet::report
