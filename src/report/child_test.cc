#include "report/child.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/process.h"
#include "report/clock_world_internal.h"
#include "report/report.h"

namespace rivet::report {
namespace {

using nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr FaultCode kKnown{"T_KNOWN", FaultClass::kIntegrity, "Look closer."};

const FaultCode* FindCode(std::string_view name) { return name == kKnown.name ? &kKnown : nullptr; }

class Heard : public model::Observer {
 public:
  void On(const model::Event& event) override { events.push_back(event); }
  template <typename Kind>
  std::vector<Kind> All() const {
    std::vector<Kind> found;
    for (const model::Event& event : events) {
      if (const auto* one = std::get_if<Kind>(&event)) found.push_back(*one);
    }
    return found;
  }
  std::vector<model::Event> events;
};

class ChildTest : public ::testing::Test {
 protected:
  ChildTest() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) ADD_FAILURE();
    reader_ = UniqueFd(ends[0]);
    writer_ = UniqueFd(ends[1]);
    ::fcntl(reader_.get(), F_SETFL, O_NONBLOCK);
    reporter_ = ChildReporter::Make(world_, writer_.get());
  }

  // What was said since the last time.
  std::vector<std::string> Lines() {
    std::string text;
    char buffer[1 << 16];
    for (ssize_t got = 0; (got = ::read(reader_.get(), buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<size_t>(got));
    std::vector<std::string> lines;
    for (size_t from = 0; from < text.size();) {
      const size_t end = text.find('\n', from);
      lines.push_back(text.substr(from, end - from));
      from = end + 1;
    }
    return lines;
  }
  std::vector<std::string> Types() {
    std::vector<std::string> types;
    for (const std::string& line : Lines())
      types.push_back(ordered_json::parse(line)["type"].get<std::string>());
    return types;
  }
  void PassOn() {
    for (const std::string& line : Lines()) EXPECT_TRUE(listener_.Hear(line).ok()) << line;
  }
  static model::RunStarted Started(std::string mode) {
    return {"orders", "orders_1", std::move(mode), "balanced", 12, 2, 5'000, true, 700};
  }
  static model::RunResult Result() {
    model::RunResult result;
    result.run_id = "orders_1";
    result.export_name = "orders";
    result.mode = "chunked";
    result.status = model::RunStatus::kSuccess;
    result.rows = 5'000;
    result.files = 10;
    result.bytes = 123;
    result.peak_rss_mb = 77;
    result.started_at = 1'767'225'600'000'000;
    result.output_uri = "file:///out";
    result.warnings = {{"rule", "a \"message\""}};
    result.altered = {{"at", model::SpecialValue::kZeroDate, model::PolicyAction::kNull, 7}};
    result.validation = model::Validation{true, 10, 0, {}};
    result.reconciliation = model::Reconciliation{5'001, 5'000, false, 1, {"chunk 3"}};
    return result;
  }

  ClockWorld world_;
  UniqueFd reader_, writer_;
  std::unique_ptr<ChildReporter> reporter_;
  Heard heard_;
  ChildListener listener_{world_, "orders", FindCode, heard_};
};

TEST_F(ChildTest, EventsAreToldInTheOrderOfTheSpecification) {
  reporter_->On(Started("chunked"));
  reporter_->On(model::RowsRead{"orders", 100, 900});
  world_.Pass(200'000);
  reporter_->On(model::RowsRead{"orders", 50, 400});
  reporter_->On(model::RowsRead{"orders", 1, 1});  // too soon after the last one
  reporter_->On(model::UnitDone{"orders", "a.parquet", 3, 151});
  reporter_->On(model::RunEnded{Result()});
  reporter_->Finish(Result(), Status::OK());
  reporter_->On(model::RowsRead{"orders", 1, 1});
  EXPECT_THAT(Types(), ElementsAre("started", "progress_init", "progress", "progress", "chunk_done",
                                   "finished"));
}

TEST_F(ChildTest, TheParentHearsWhatTheChildSaw) {
  reporter_->On(Started("chunked"));
  reporter_->On(model::UnitFailed{"orders", "gone", 4, 2});
  reporter_->On(model::RetryPlanned{"orders", "away", 1, 500});
  reporter_->On(model::Warned{"orders", "rule", "look"});
  world_.Pass(200'000);
  reporter_->On(model::RowsRead{"orders", 100, 900});
  world_.Pass(200'000);
  reporter_->On(model::RowsRead{"orders", 50, 400});
  reporter_->On(model::UnitDone{"orders", "a.parquet", 3, 150});
  reporter_->Finish(Result(), Status::OK());
  PassOn();
  const auto started = heard_.All<model::RunStarted>();
  ASSERT_EQ(started.size(), 1U);
  EXPECT_EQ(started[0].run_id, "orders_1");
  EXPECT_EQ(started[0].units_total, 12);
  EXPECT_EQ(started[0].units_done, 2);
  EXPECT_EQ(started[0].row_estimate, 5'000);
  EXPECT_EQ(started[0].batch_size, 700);
  EXPECT_TRUE(started[0].resumed);
  const auto rows = heard_.All<model::RowsRead>();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].rows + rows[1].rows, 150);
  EXPECT_EQ(rows[1].rows, 50);
  EXPECT_EQ(heard_.All<model::UnitDone>()[0].file_name, "a.parquet");
  EXPECT_EQ(heard_.All<model::UnitFailed>()[0].attempt, 2);
  EXPECT_EQ(heard_.All<model::RetryPlanned>()[0].backoff_ms, 500);
  EXPECT_EQ(heard_.All<model::Warned>()[0].message, "look");
  ASSERT_EQ(heard_.All<model::RunEnded>().size(), 1U);
  ASSERT_TRUE(listener_.finished());
  EXPECT_TRUE(listener_.verdict().ok());
  Aggregate sent, got;
  sent.results = {Result()};
  got.results = {listener_.result()};
  EXPECT_EQ(AggregateJson(got), AggregateJson(sent));
  EXPECT_EQ(listener_.result().started_at, Result().started_at);
  EXPECT_EQ(listener_.result().altered, Result().altered);
  EXPECT_EQ(listener_.result().reconciliation->differences, Result().reconciliation->differences);
}

TEST_F(ChildTest, AVerdictKeepsItsCodePlaceAndHints) {
  Fault fault;
  fault.code = &kKnown;
  fault.message = "counts differ";
  fault.cause = "SQLSTATE 1";
  fault.hints = {"do this"};
  fault.export_name = "orders";
  fault.place = Place{"rivet.yaml", 3, 5};
  model::RunResult result = Result();
  result.status = model::RunStatus::kFailed;
  const Status sent = FailAll({Fail(fault), WithExport(Status::IOError("of a library"), "orders")});
  reporter_->Finish(result, sent);
  PassOn();
  const auto got = FaultsOf(listener_.verdict());
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].code, &kKnown);
  EXPECT_EQ(got[0].cause, "SQLSTATE 1");
  EXPECT_THAT(got[0].hints, ElementsAre("do this"));
  EXPECT_EQ(got[0].place->line, 3);
  EXPECT_EQ(got[1].code, &kProcessFailed);
  EXPECT_EQ(got[1].message, "of a library");
  EXPECT_EQ(got[1].export_name, "orders");
}

TEST_F(ChildTest, SecretsAreNotTold) {
  world_.redactor().Learn(Secret("tops3cret"));
  model::RunResult result = Result();
  result.status = model::RunStatus::kFailed;
  result.error_message = "no tops3cret here";
  reporter_->On(model::RetryPlanned{"orders", "tops3cret", 1, 5});
  reporter_->Finish(result, Fail(kKnown, "tops3cret"));
  for (const std::string& line : Lines()) EXPECT_THAT(line, Not(HasSubstr("tops3cret")));
}

TEST_F(ChildTest, ALastWordAlwaysFits) {
  model::RunResult result = Result();
  result.status = model::RunStatus::kFailed;
  // Each is six bytes in JSON.
  const std::string long_text(800'000, '\x01');
  result.error_message = long_text;
  result.warnings = {{"rule", long_text}};
  UniqueFd whole(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  ASSERT_GE(whole.get(), 0);
  ChildReporter::Make(world_, whole.get())->Finish(result, Fail(kKnown, long_text));
  ASSERT_EQ(::lseek(whole.get(), 0, SEEK_SET), 0);
  std::string line = *ReadToEnd(whole.get(), "line", 64 << 20);
  line.pop_back();
  EXPECT_LT(static_cast<int64_t>(line.size()), kProcessLineBytesMax);
  ASSERT_TRUE(listener_.Hear(line).ok());
  EXPECT_EQ(CodeOf(listener_.verdict()), &kKnown);
}

TEST_F(ChildTest, WhatIsNoEventOfThisExportIsRefusedAndChangesNothing) {
  reporter_->On(Started("full"));
  PassOn();
  const size_t known = heard_.events.size();
  const std::string head = R"({"export_name":"orders","type":)";
  const std::string lines[] = {
      "",
      "nonsense",
      "[1]",
      "null",
      R"({"type":"progress"})",
      "{\"type\":\"pro\xff\"}",
      R"({"type":"progress","export_name":"other","chunks_done":0,"rows":1,"bytes":1})",
      head + R"("unheard of"})",
      head + R"("progress","rows":-1,"bytes":1})",
      head + R"("progress","rows":1.5,"bytes":1})",
      head + R"("progress","rows":"1","bytes":1})",
      head + R"("progress","rows":18446744073709551615,"bytes":1})",
      head + R"("chunk_done","chunk_index":1,"rows":5,"file_name":7})",
      head + R"("started","run_id":"x"})",
      head + R"("progress_init","total_chunks":5})",
      head + R"("finished","status":"success"})",
      std::string(100'000, '['),
  };
  for (const std::string& line : lines) EXPECT_FALSE(listener_.Hear(line).ok()) << line;
  EXPECT_EQ(heard_.events.size(), known);
  EXPECT_FALSE(listener_.finished());
  ASSERT_TRUE(listener_.Hear(head + R"("progress","rows":5,"bytes":1})").ok());
  EXPECT_FALSE(listener_.Hear(head + R"("progress","rows":4,"bytes":1})").ok()) << "fewer rows";
}

TEST_F(ChildTest, WhatBecomesAPathOrIsShownIsLookedAt) {
  const auto started = [](const std::string& run_id, const std::string& mode) {
    ordered_json json{{"type", "started"}, {"export_name", "orders"},      {"run_id", run_id},
                      {"mode", mode},      {"tuning_profile", "balanced"}, {"batch_size", 1},
                      {"resumed", false}};
    return json.dump();
  };
  EXPECT_FALSE(listener_.Hear(started("../../etc", "full")).ok());
  EXPECT_FALSE(listener_.Hear(started("orders_1", "\x1b[2J")).ok());
  EXPECT_TRUE(heard_.events.empty());
  EXPECT_TRUE(listener_.Hear(started("orders_1", "full")).ok());
  EXPECT_EQ(heard_.events.size(), 1U);
}

TEST_F(ChildTest, AFailedRunNeedsAReason) {
  model::RunResult result = Result();
  result.status = model::RunStatus::kFailed;
  reporter_->Finish(result, Status::OK());
  EXPECT_FALSE(listener_.Hear(Lines().back()).ok());
}

TEST_F(ChildTest, OfAChildThatIsLostItIsKnownHowFarItCame) {
  reporter_->On(Started("chunked"));
  reporter_->On(model::UnitDone{"orders", "a.parquet", 3, 150});
  PassOn();
  world_.Pass(2'000'000);
  const model::RunResult lost = listener_.Lost();
  EXPECT_TRUE(lost.lost);
  EXPECT_EQ(lost.run_id, "orders_1");
  EXPECT_EQ(lost.mode, "chunked");
  EXPECT_EQ(lost.units_done, 3);
  EXPECT_EQ(lost.rows, 150);
  EXPECT_EQ(lost.files, 1);
  EXPECT_EQ(lost.duration_ms, 2'000);
}

TEST_F(ChildTest, AParentThatIsGoneOrDoesNotReadStopsNobody) {
  for (int i = 0; i < 100'000; ++i) {
    world_.Pass(200'000);
    reporter_->On(model::RowsRead{"orders", 1, 1});  // far more than the pipe holds
  }
  EXPECT_FALSE(Lines().empty());
  reader_.Reset();
  std::signal(SIGPIPE, SIG_IGN);
  reporter_->Finish(Result(), Status::OK());
}

}  // namespace
}  // namespace rivet::report
