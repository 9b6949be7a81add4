#include "command/line.h"

#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <functional>
#include <map>
#include <utility>

#include "base/file_faults.h"
#include "command/later_internal.h"
#include "config/config.h"
#include "report/report.h"

namespace rivet::command {
namespace {

using Action = std::function<Report(const Context&)>;

struct GlobalFlags {
  bool json_errors = false;
  std::string log_format = "text", color = "auto";
  int lock_wait_s = 0;
};

constexpr int kLockWaitMax = 24 * 3600;

void DeclareGlobals(const Line& line, CLI::App* app, GlobalFlags* flags) {
  app->name("rivet");
  app->set_version_flag("-V,--version", line.version_text,
                        "Print version, commit, compiler and libraries");
  app->add_flag("--json-errors", flags->json_errors, "On failure print one JSON object on stderr");
  app->add_option("--log-format", flags->log_format, "Form of log lines: text, json")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  app->add_option("--color", flags->color, "Colours: auto, always, never")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app->add_option("--lock-wait", flags->lock_wait_s,
                  "Seconds to wait for another live run of the same export")
      ->capture_default_str()
      ->envname("RIVET_LOCK_WAIT")
      ->check(CLI::Range(0, kLockWaitMax));
  app->require_subcommand(0, 1);
  // What is not known here is judged by us: with the nearest word, and with what later versions
  // will have.
  app->allow_extras();
}

std::string WithoutValue(const std::string& word) { return word.substr(0, word.find('=')); }

// Every long and short form that is valid for this command, global ones included.
std::vector<std::string> FlagsOf(const CLI::App* app) {
  std::vector<std::string> words;
  for (; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
      for (const std::string& name : option->get_snames()) words.push_back("-" + name);
    }
  }
  return words;
}

std::vector<std::string> NamesOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

Status WithNearest(Status status, const std::string& word, const std::vector<std::string>& valid) {
  const std::string nearest = config::NearestWord(word, valid);
  return nearest.empty() ? status : WithHint(std::move(status), "did you mean `" + nearest + "`?");
}

// `run`, `state show`; empty for the program itself.
std::string PathOf(const CLI::App* app) {
  std::string path;
  for (; app != nullptr && app->get_parent() != nullptr; app = app->get_parent()) {
    path = app->get_name() + (path.empty() ? "" : " " + path);
  }
  return path;
}

const CLI::App* ChosenApp(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? &app : ChosenApp(*chosen.front());
}

// The first word nobody knows decides what is said.
Status JudgeExtra(const CLI::App& app, const std::string& extra) {
  const CLI::App* chosen = ChosenApp(app);
  const std::string path = PathOf(chosen);
  if (extra.size() > 1 && extra[0] == '-') {
    const std::string flag = WithoutValue(extra);
    if (IsLaterFlag(path, flag)) return NotAvailableYet(path, flag);
    const std::string where = path.empty() ? "`rivet`" : "`rivet " + path + "`";
    return WithNearest(Fail(kCliUsage, "unknown flag `" + flag + "` of " + where), flag,
                       FlagsOf(chosen));
  }
  const auto names = NamesOf(*chosen);
  if (IsLaterCommand(path, extra)) return NotAvailableYet(path, extra);
  if (!names.empty()) {
    return WithNearest(
        Fail(kCliUsage, "unknown command `" + (path.empty() ? "" : path + " ") + extra + "`"),
        extra, names);
  }
  return Fail(kCliUsage, "unexpected argument `" + extra + "` of `rivet " + path + "`");
}

std::string FirstSmall(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  const bool word = text.size() > 1 && std::isupper(static_cast<unsigned char>(text[0])) != 0 &&
                    std::islower(static_cast<unsigned char>(text[1])) != 0;
  if (word) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

report::ColorChoice ColorOf(const std::string& word) {
  if (word == "always") return report::ColorChoice::kAlways;
  return word == "never" ? report::ColorChoice::kNever : report::ColorChoice::kAuto;
}

// Wanted even where the line cannot be parsed.
bool WantsJsonErrors(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (word == "--json-errors") return true;
  }
  return false;
}

// Vendors throw; nothing of that leaves this function. `output` gets help or version.
Status Parse(CLI::App* app, const std::vector<std::string>& words, std::string* output) {
  try {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app->parse(reversed);
    return Status::OK();
  } catch (const CLI::CallForHelp&) {
    *output = app->help();  // of the subcommand, where one was named
    return Status::OK();
  } catch (const CLI::CallForVersion& version) {
    *output = version.what();
    return Status::OK();
  } catch (const CLI::ParseError& error) {
    return Fail(kCliUsage, FirstSmall(error.what()));
  }
}

Report RunAction(const Line& line, const GlobalFlags& flags, const Action& action) {
  line.world.log().SetJson(flags.log_format == "json");
  const Context context{line.world,        line.drivers,         line.stop,
                        line.tool_version, ColorOf(flags.color), flags.lock_wait_s};
  return action(context);
}

Status WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    // Whoever read us has enough: `check --json | head` is no failure.
    if (written < 0 && errno == EPIPE) return Status::OK();
    if (written < 0) return FailErrno(errno, "write", "standard output");
    text.remove_prefix(static_cast<size_t>(written));
  }
  return Status::OK();
}

}  // namespace

Answer Execute(const Line& line, const std::vector<std::string>& words) {
  CLI::App app(
      "Copies tables out of PostgreSQL, MySQL and MariaDB into Parquet or CSV files, gently and "
      "exactly.");
  GlobalFlags flags;
  DeclareGlobals(line, &app, &flags);
  std::map<std::string, Action> actions;
  for (const Command* command : line.commands) {
    CLI::App* sub = app.add_subcommand(std::string(command->name), std::string(command->summary));
    sub->fallthrough();
    actions[sub->get_name()] = command->declare(*sub);
  }
  Answer answer;
  answer.json_errors = WantsJsonErrors(words);
  answer.report.status = Parse(&app, words, &answer.report.output);
  if (!answer.report.status.ok() || !answer.report.output.empty()) return answer;
  if (const auto extras = app.remaining(true); !extras.empty()) {
    answer.report.status = JudgeExtra(app, extras.front());
    return answer;
  }
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    answer.report.output = app.help();
    answer.report.status = Fail(kCliUsage, "no command given");
    return answer;
  }
  answer.report = RunAction(line, flags, actions[chosen.front()->get_name()]);
  return answer;
}

int ExitCodeOfStatus(const Status& status) {
  if (status.ok()) return 0;
  int code = 0;
  for (const Fault& fault : FaultsOf(status)) {
    code = WorseExitCode(
        code, ExitCodeOf(fault.code == nullptr ? ClassOf(status) : fault.code->fault_class));
  }
  return code;
}

int RunLine(const Line& line, const std::vector<std::string>& words) {
  Answer answer = Execute(line, words);
  std::string& output = answer.report.output;
  if (!output.empty() && output.back() != '\n') output += '\n';
  if (const Status written = WriteAll(STDOUT_FILENO, output);
      !written.ok() && answer.report.status.ok()) {
    answer.report.status = written;
  }
  const Status& status = answer.report.status;
  if (status.ok()) return 0;
  if (answer.report.told) return ExitCodeOfStatus(status);
  // Straight to stderr: both texts passed the redactor before they were escaped, and must not be
  // changed again.
  const std::string error = (answer.json_errors ? report::ErrorJson(line.world, status)
                                                : report::ErrorText(line.world, status)) +
                            "\n";
  static_cast<void>(WriteAll(STDERR_FILENO, error));
  return ExitCodeOfStatus(status);
}

}  // namespace rivet::command
