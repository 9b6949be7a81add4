#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/file_faults.h"
#include "command/line.h"
#include "source/faults.h"

namespace rivet::command {
namespace doctor {
const Driver& driver();
}

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What the source of the test answers.
struct Answers {
  Status login, read;
  model::ServerFacts server;
  int64_t skew_micros = 0;
};
Answers* answers = nullptr;

// A server without tables to read: doctor asks who it is and whether each relation may be read.
class FakeSource : public source::Source {
 public:
  explicit FakeSource(World& world) : world_(world) {}
  Result<model::ServerFacts> Identify() override {
    model::ServerFacts facts = answers->server;
    facts.clock_micros = world_.Now() + answers->skew_micros;
    return facts;
  }
  Result<std::vector<model::RelationName>> List(const model::RelationFilter&) override {
    return std::vector<model::RelationName>{};
  }
  Result<model::TableFacts> Describe(const model::Relation& relation) override {
    ARROW_RETURN_NOT_OK(answers->read);
    model::TableFacts facts;
    facts.relation = relation;
    facts.columns.resize(3);
    return facts;
  }
  std::string SelectText(const model::TableFacts&) override { return ""; }
  Result<model::QueryCost> Explain(const model::BoundedQuery&) override {
    return model::QueryCost{};
  }
  Result<model::KeyFacts> Bounds(const model::BoundedQuery&) override { return model::KeyFacts{}; }
  Result<model::KeyFacts> CutPoints(const model::BoundedQuery&, int64_t) override {
    return model::KeyFacts{};
  }
  Result<source::BatchReader> Read(const model::BoundedQuery&,
                                   const source::ReadContext&) override {
    return Fail(source::kSql, "nothing is read here");
  }
  Result<int64_t> Count(const model::BoundedQuery&, const source::ReadContext&) override {
    return 0;
  }

 private:
  World& world_;
};

Result<std::unique_ptr<source::Source>> OpenFake(const source::OpenContext& context) {
  ARROW_RETURN_NOT_OK(answers->login);
  return std::make_unique<FakeSource>(context.world);
}

// A place that keeps one object, or a stream.
class FakePlace : public destination::Destination {
 public:
  FakePlace(bool streams, bool replaces) : streams_(streams), replaces_(replaces) {}
  destination::Traits traits() const override { return {true, true, streams_}; }
  std::string uri() const override { return "fake:"; }
  const std::string& staging_folder() const override { return key_; }
  Status Prepare() override { return Status::OK(); }
  Status Put(StagedFile&, const std::string&) override { return Status::OK(); }
  Status PutBytes(std::string_view bytes, const std::string& key,
                  const std::optional<destination::Object>&) override {
    if (key_ == key && !replaces_) return Fail(destination::kNameTaken, "there is one");
    key_ = key;
    bytes_ = bytes;
    return Status::OK();
  }
  Result<std::string> GetBytes(const std::string&, int64_t) override { return bytes_; }
  Result<std::optional<destination::Object>> Head(const std::string& key) override {
    return destination::Object{key, static_cast<int64_t>(bytes_.size()), ""};
  }
  Result<std::vector<destination::Object>> List(const std::string&) override {
    return std::vector<destination::Object>{};
  }
  Result<uint64_t> Hash(const std::string&) override { return 0U; }
  Result<std::string> LocalPath(const std::string& key) override { return key; }
  Status Move(const std::string&, const std::string&) override { return Status::OK(); }
  Status RemoveProbe(const std::string&) override {
    ++removed;
    return Status::OK();
  }
  Result<int> Sweep(const std::string&) override { return 0; }

  static inline int opened = 0, removed = 0;

 private:
  const bool streams_, replaces_;
  std::string key_, bytes_;
};

Result<std::unique_ptr<destination::Destination>> OpenPlace(
    const destination::OpenContext& context) {
  ++FakePlace::opened;
  if (context.root.find("forbidden") != std::string::npos)
    return FailErrno(EACCES, "cannot write", context.root);
  return std::make_unique<FakePlace>(context.settings.type == "stdout",
                                     context.root.find("careless") != std::string::npos);
}

class DoctorTest : public ::testing::Test {
 protected:
  DoctorTest() {
    answers = &answers_;
    FakePlace::opened = FakePlace::removed = 0;
    answers_.server.version = "15.4";
    answers_.server.role = "reader";
    answers_.server.encrypted = true;
    folder_ = std::filesystem::temp_directory_path() / ("rivet-doctor-" + RandomToken(*world_));
    std::filesystem::create_directory(folder_);
  }
  ~DoctorTest() override { std::filesystem::remove_all(folder_); }

  // `rivet doctor` over exports with these destinations.
  Report Call(const std::vector<std::string>& places, bool json = false) {
    std::ofstream file(folder_ + "/rivet.yaml");
    file << "source: { type: postgres, url: \"postgres://h/d\" }\nexports:\n";
    int number = 0;
    for (const std::string& place : places) {
      file << "  - { name: e" << ++number << ", table: t, format: parquet, destination: " << place
           << " }\n";
    }
    file.close();
    static constexpr source::Driver kSource{"postgres", &OpenFake};
    static constexpr destination::Driver kLocal{"local", &OpenPlace}, kStdout{"stdout", &OpenPlace};
    drivers_.sources = {&kSource};
    drivers_.destinations = {&kLocal, &kStdout};
    const Line line{*world_, drivers_, {&doctor::driver()}, {}, "0.1.0", ""};
    std::vector<std::string> words = {"doctor", "-c", folder_ + "/rivet.yaml"};
    if (json) words.emplace_back("--json");
    return Execute(line, words).report;
  }

  std::unique_ptr<World> world_ = MakeRealWorld();
  engine::Drivers drivers_;
  Answers answers_;
  std::string folder_;
};

TEST_F(DoctorTest, AllIsWell) {
  const Report report = Call({"{ type: local, path: \"./out\" }"});
  EXPECT_TRUE(report.status.ok()) << report.status;
  EXPECT_THAT(report.output, HasSubstr("[OK] Config parsed successfully\n[OK] State ("));
  EXPECT_THAT(report.output, HasSubstr("[OK] Source auth (Postgres) -- 15.4, role reader"));
  EXPECT_THAT(report.output, HasSubstr("[OK] Source clock -- in step"));
  EXPECT_THAT(report.output, HasSubstr("[OK] Source read (e1) -- 3 columns"));
  EXPECT_THAT(report.output, HasSubstr("[OK] Destination Local(" + folder_ + "/out)"));
  EXPECT_THAT(report.output, ::testing::EndsWith("All checks passed.\n"));
  EXPECT_THAT(report.output, Not(HasSubstr("Hint:")));
  EXPECT_EQ(FakePlace::removed, 1);
}

TEST_F(DoctorTest, EachPlaceIsProbedOnceAndPlaceholdersAreFilled) {
  const Report report = Call({"{ type: local, path: \"./out\" }", "{ type: local, path: ./out }",
                              "{ type: local, path: \"./out/{export}\" }"});
  EXPECT_THAT(report.output, HasSubstr("Local(" + folder_ + "/out/e3)"));
  EXPECT_EQ(FakePlace::removed, 2);
}

TEST_F(DoctorTest, AStreamIsSkipped) {
  const Report report = Call({"{ type: stdout }"});
  EXPECT_TRUE(report.status.ok()) << report.status;
  EXPECT_THAT(report.output, HasSubstr("skipped"));
  EXPECT_EQ(FakePlace::removed, 0);
}

TEST_F(DoctorTest, OneFailureHidesNoOther) {
  answers_.login = Fail(source::kAuth, "password authentication failed");
  const Report report =
      Call({"{ type: local, path: ./forbidden }", "{ type: local, path: ./out }"});
  EXPECT_EQ(ExitCodeOfStatus(report.status), 1);
  EXPECT_THAT(report.output, HasSubstr("[FAIL] Source auth (Postgres) -- auth error: password"));
  EXPECT_THAT(report.output, HasSubstr("forbidden) -- auth error: cannot write"));
  EXPECT_THAT(report.output, HasSubstr("[OK] Destination Local(" + folder_ + "/out)"));
  EXPECT_THAT(report.output, HasSubstr("Hint: "));
  EXPECT_THAT(report.output, HasSubstr("Some checks failed."));
}

TEST_F(DoctorTest, OnlyConnectivityIs75) {
  answers_.login = Fail(source::kConnection, "no route to host");
  const Report report = Call({"{ type: local, path: ./out }"});
  EXPECT_EQ(ExitCodeOfStatus(report.status), 75);
  EXPECT_THAT(report.output, HasSubstr("-- connectivity error: no route to host"));
}

TEST_F(DoctorTest, ATableThatMayNotBeReadIsNamed) {
  answers_.read = Fail(source::kDenied, "permission denied for table t");
  const Report report = Call({"{ type: local, path: ./out }"});
  EXPECT_EQ(ExitCodeOfStatus(report.status), 1);
  EXPECT_THAT(report.output, HasSubstr("[FAIL] Source read (e1) -- auth error: permission denied"));
}

TEST_F(DoctorTest, ClocksThatDifferAndPlainTextAreTold) {
  answers_.skew_micros = -90'500'000;
  answers_.server.encrypted = false;
  answers_.server.superuser = true;
  const Report report = Call({"{ type: local, path: ./out }"});
  EXPECT_TRUE(report.status.ok()) << report.status;
  EXPECT_THAT(report.output, HasSubstr("behind this machine\n       Hint: Set both clocks"));
  EXPECT_THAT(report.output, HasSubstr("1m30s"));
  EXPECT_THAT(report.output, HasSubstr("plain text: set source.tls"));
  EXPECT_THAT(report.output, HasSubstr("superuser"));
}

TEST_F(DoctorTest, APlaceThatReplacesIsNoPlace) {
  const Report report = Call({"{ type: local, path: ./careless }"});
  EXPECT_FALSE(report.status.ok());
  EXPECT_THAT(report.output, HasSubstr("replaces objects"));
  EXPECT_EQ(FakePlace::removed, 1) << "the probe goes away all the same";
}

TEST_F(DoctorTest, JsonHasTheSameChecks) {
  answers_.read = Fail(source::kDenied, "permission denied for table t");
  const auto json = nlohmann::json::parse(Call({"{ type: local, path: ./out }"}, true).output);
  EXPECT_EQ(json["all_ok"], false);
  EXPECT_EQ(json["config_path"], folder_ + "/rivet.yaml");
  bool found = false;
  for (const auto& check : json["checks"]) {
    if (check["name"] != "Source read (e1)") continue;
    found = true;
    EXPECT_EQ(check["ok"], false);
    EXPECT_EQ(check["category"], "auth error");
    EXPECT_THAT(check["hint"].get<std::string>(), HasSubstr("Grant SELECT"));
  }
  EXPECT_TRUE(found);
}

TEST_F(DoctorTest, AConfigThatIsNoneIsToldProblemByProblem) {
  const Report report = Call({"{ type: local }", "{ type: nowhere }"});
  EXPECT_EQ(ExitCodeOfStatus(report.status), 2);
  EXPECT_THAT(report.output, HasSubstr("[FAIL] Config -- config error: "));
  EXPECT_EQ(FakePlace::opened, 0);
}

}  // namespace
}  // namespace rivet::command
