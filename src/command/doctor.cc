#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/file_faults.h"
#include "base/time_text.h"
#include "command/json_internal.h"
#include "command/shared_internal.h"
#include "engine/engine.h"
#include "report/report.h"
#include "source/faults.h"

namespace rivet::command::doctor {
const Driver& driver();

namespace {

constexpr int64_t kClockSkewMicros = 5'000'000;
constexpr std::string_view kRunId = "doctor";

struct Flags : ConfigFlags {
  bool json = false;
};

// One line of the answer. `status` decides ok; `hint` is also given where something works but could
// be better.
struct Check {
  std::string name, detail, category, hint;
  Status status;
};

// From the code, and for files from errno's name: never from the text.
std::string CategoryOf(const Status& status) {
  for (const FaultCode* code : {&source::kAuth, &source::kDenied}) {
    if (Is(status, *code)) return "auth error";
  }
  for (const FaultCode* code :
       {&source::kConnection, &source::kTls, &source::kCapacity, &source::kTimeout}) {
    if (Is(status, *code)) return "connectivity error";
  }
  const std::string cause = FaultOf(status).cause;
  if (cause == "EACCES" || cause == "EPERM" || cause == "EROFS") return "auth error";
  if (cause == "ENOENT" || cause == "ENOTDIR") return "path not found";
  if (const FaultCode* code = CodeOf(status);
      code != nullptr && code->name.starts_with("RIVET_CONFIG_"))
    return "config error";
  return "error";
}

std::string HintOf(const Status& status) {
  const Fault fault = FaultOf(status);
  if (!fault.hints.empty()) return fault.hints.front();
  return fault.code == nullptr ? "" : std::string(fault.code->remedy);
}

std::string EngineWord(const std::string& engine) {
  if (engine == "postgres") return "Postgres";
  return engine == "mysql" ? "Mysql" : engine;
}

class Doctor {
 public:
  Doctor(const Context& context, const Flags& flags) : context_(context), flags_(flags) {}

  Report Examine() {
    auto config = LoadConfig(context_.world, flags_);
    if (!config.ok()) {
      for (const Fault& fault : FaultsOf(config.status())) {
        Check check{"Config", "", "config error", "", Fail(fault)};
        check.hint = HintOf(check.status);
        checks_.push_back(std::move(check));
      }
      path_ = flags_.config;
      return Answer(config.status());
    }
    config_ = &*config;
    path_ = config_->path;
    checks_.push_back({"Config parsed successfully", "", "", "", Status::OK()});
    LookAtState();
    LookAtSource();
    LookAtDestinations();
    std::vector<Status> problems;
    for (const Check& check : checks_) problems.push_back(check.status);
    if (context_.stop.stop_requested())
      problems.push_back(Fail(kStopRequested, "stopped: not everything was looked at"));
    return Answer(Together(std::move(problems)));
  }

 private:
  void Add(std::string name, const Status& status, std::string detail = "", std::string hint = "") {
    Check check{std::move(name), std::move(detail), "", std::move(hint), status};
    if (!status.ok()) {
      check.category = CategoryOf(status);
      check.hint = HintOf(status);
    }
    checks_.push_back(std::move(check));
  }

  // Where there is no state yet, none is made: the first run does.
  void LookAtState() {
    const auto place = StatePlaceOf(*config_);
    if (!place.ok()) return Add("State", place.status());
    const std::string name = "State (" + place->location + ")";
    if (StateExists(*place)) {
      const auto store = OpenStore(context_, *place);
      return Add(name, store.ok() ? store->ledger->CheckWritable() : store.status());
    }
    const size_t slash = place->location.rfind('/');
    const std::string folder =
        slash == std::string::npos ? "." : place->location.substr(0, std::max<size_t>(1, slash));
    const bool writable = ::access(folder.c_str(), W_OK | X_OK) == 0;
    Add(name, writable ? Status::OK() : FailErrno(errno, "cannot write into", folder),
        "will be made by the first run");
  }

  void LookAtSource() {
    const std::string name = "Source auth (" + EngineWord(config_->source.type) + ")";
    const auto open =
        engine::SourceOpener(context_.world, context_.drivers, *config_, std::string(kRunId));
    auto session = open(context_.stop);
    if (!session.ok()) return Add(name, session.status());
    const WallMicros before = context_.world.Now();
    const auto server = (*session)->Identify();
    const WallMicros after = context_.world.Now();
    if (!server.ok()) return Add(name, server.status());
    AddServer(name, *server);
    if (server->clock_micros > 0) AddClock(server->clock_micros, before, after);
    for (const config::Export& item : config_->exports) {
      if (context_.stop.stop_requested()) return;
      const auto facts = (*session)->Describe(engine::RelationOf(item));
      Add("Source read (" + item.name + ")", WithExport(facts.status(), item.name),
          facts.ok() ? std::to_string(facts->columns.size()) + " columns" : "");
    }
  }

  void AddServer(const std::string& name, const model::ServerFacts& server) {
    std::string detail = server.version + ", role " + server.role +
                         (server.encrypted ? ", encrypted" : ", not encrypted");
    if (server.in_recovery) detail += ", a standby";
    if (server.transaction_pooler) detail += ", behind a transaction pooler";
    if (server.max_connections > 0)
      detail += ", max_connections " + std::to_string(server.max_connections);
    std::string hint;
    if (!server.encrypted && !server.local)
      hint = "Passwords and rows cross the network in plain text: set source.tls.";
    if (server.superuser)
      hint += std::string(hint.empty() ? "" : " ") +
              "The role is a superuser: one that may only read is enough.";
    Add(name, Status::OK(), detail, hint);
  }

  // Between two looks at our own clock: the way there and back is no skew.
  void AddClock(int64_t server, WallMicros before, WallMicros after) {
    const int64_t skew = server < before ? server - before : std::max<int64_t>(0, server - after);
    const std::string words = report::DurationWord(std::abs(skew) / 1'000);
    if (std::abs(skew) < kClockSkewMicros) return Add("Source clock", Status::OK(), "in step");
    Add("Source clock", Status::OK(),
        words + (skew > 0 ? " ahead of" : " behind") + " this machine",
        "Set both clocks by NTP: {date} and exported_at are this machine's, cursors the server's.");
  }

  void LookAtDestinations() {
    std::set<std::pair<std::string, std::string>> seen;
    for (const config::Export& item : config_->exports) {
      if (context_.stop.stop_requested()) return;
      const std::string root =
          config::FillPlaceholders(config::DestinationRoot(*config_, item), item.name,
                                   std::string(kRunId), DayText(context_.world.Now()));
      if (seen.emplace(item.destination.type, root).second) LookAtDestination(item, root);
    }
  }

  void LookAtDestination(const config::Export& item, const std::string& root) {
    const bool local = item.destination.type == "local";
    const std::string name =
        "Destination " + (local ? "Local(" + root + ")" : item.destination.type);
    const auto destination = OpenDestination(context_, item, root, std::string(kRunId));
    if (!destination.ok()) return Add(name, destination.status());
    if ((*destination)->traits().streams) {
      return Add(name, Status::OK(), "skipped: nothing can be written and read back there");
    }
    const Status probed = engine::ProbeDestination(context_.world, **destination);
    const int64_t free = local ? FreeBytes(ExistingFolder(root)) : -1;
    Add(name, probed, free < 0 ? "" : report::BytesWord(free) + " free");
  }

  static std::string ExistingFolder(std::string path) {
    while (path.size() > 1 && ::access(path.c_str(), F_OK) != 0)
      path = path.substr(0, std::max<size_t>(1, path.rfind('/')));
    return path;
  }

  Report Answer(const Status& verdict) const {
    return {flags_.json ? Document() : Text(), verdict};
  }

  std::string Clean(const std::string& text) const { return context_.world.redactor().Apply(text); }

  std::string Document() const {
    Json list = Json::array();
    bool all_ok = true;
    for (const Check& check : checks_) {
      all_ok = all_ok && check.status.ok();
      Json json{{"name", Clean(check.name)}, {"ok", check.status.ok()}};
      if (!check.category.empty()) json["category"] = check.category;
      const std::string detail = check.status.ok() ? check.detail : FaultOf(check.status).message;
      if (!detail.empty()) json["detail"] = Clean(detail);
      if (!check.hint.empty()) json["hint"] = Clean(check.hint);
      list.push_back(std::move(json));
    }
    return JsonDocument({{"config_path", path_}, {"all_ok", all_ok}, {"checks", std::move(list)}});
  }

  std::string Text() const {
    std::string text = "rivet doctor: verifying auth for config '" + path_ + "'\n";
    bool all_ok = true;
    for (const Check& check : checks_) {
      all_ok = all_ok && check.status.ok();
      std::string line = check.status.ok() ? "[OK] " : "[FAIL] ";
      line += check.name;
      if (!check.status.ok()) {
        line += " -- " + check.category + ": " + FaultOf(check.status).message;
      } else if (!check.detail.empty()) {
        line += " -- " + check.detail;
      }
      text += report::Printable(Clean(line)) + "\n";
      if (!check.hint.empty())
        text += "       Hint: " + report::Printable(Clean(check.hint)) + "\n";
    }
    return text + (all_ok ? "All checks passed.\n"
                          : "Some checks failed. Fix the issues above before running exports.\n");
  }

  const Context& context_;
  const Flags& flags_;
  const config::Config* config_ = nullptr;
  std::string path_;
  std::vector<Check> checks_;
};

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  AddConfigFlags(app, ExportFlag::kNone, flags.get());
  app.add_flag("--json", flags->json, "JSON on stdout");
  return [flags](const Context& context) { return Doctor(context, *flags).Examine(); };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{
      "doctor", "Test config, state, source and destinations before the first run", &Declare};
  return kDriver;
}

}  // namespace rivet::command::doctor
