#include <unistd.h>

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "config/bind_internal.h"
#include "config/config.h"
#include "config/faults.h"
#include "config/words_internal.h"
#include "config/yaml_document_internal.h"

namespace rivet::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStandardInput = "-";
constexpr std::string_view kStandardInputName = "<stdin>";

Result<std::string> ReadStandardInput() {
  Result<std::string> text =
      ReadToEnd(STDIN_FILENO, "the config on standard input", kConfigBytesMax);
  if (text.ok()) return text;
  const Fault fault = FaultOf(text.status());
  return Fail(kFileUnreadable, fault.message, fault.cause);
}

Result<std::string> ReadConfigFile(const std::string& path) {
  Result<std::string> text = ReadWholeFile(path, kConfigBytesMax);
  if (text.ok()) return text;
  const Fault fault = FaultOf(text.status());
  if (fault.cause == "ENOENT") {
    return WithHint(Fail(kFileUnreadable, "there is no config " + Quoted(path), fault.cause),
                    "make one with `rivet init`, or name another with --config");
  }
  return Fail(kFileUnreadable, fault.message, fault.cause);
}

// Aliases can name one export often, so the number of exports is bounded by itself.
void BindExports(const Loading& loading, const Keys& root) {
  const Entry* entry = root.Find("exports");
  const bool is_list = entry != nullptr && entry->value.kind == Node::Kind::kSequence;
  if (entry == nullptr || (is_list && entry->value.items.empty())) {
    loading.Add(kNoExports, root, "exports", "the config declares no exports; one is needed",
                {"add `exports:` with `- name: …`"});
    return;
  }
  if (!is_list) return;
  const std::vector<Node>& items = entry->value.items;
  if (items.size() > kExportsMax) {
    loading.Add(kValueOutOfRange, root, "exports",
                "`exports` has " + std::to_string(items.size()) + " items; at most " +
                    std::to_string(kExportsMax) + " are allowed");
    return;
  }
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].kind != Node::Kind::kMapping) continue;
    const Spot spot = root.spot().Below("exports").Item(i, NameOfExport(items[i]));
    loading.config->exports.push_back(BindExport(loading, Keys(&items[i], spot)));
  }
}

void CheckNames(const Loading& loading, const std::vector<Node>& items) {
  std::map<std::string, Mark> first;
  for (const Node& item : items) {
    const Keys keys(&item, {});
    const Node* name = keys.Usable("name");
    if (name == nullptr || name->text.empty()) continue;
    const auto [known, is_new] = first.emplace(name->text, name->mark);
    if (is_new) continue;
    loading.problems->Add(kDuplicateExport, name->mark,
                          "two exports are called " + Quoted(name->shown()) +
                              ", the first in line " + std::to_string(known->second.line),
                          {"state is keyed by the name, so each export needs its own"},
                          name->shown());
  }
}

// The folder that an export's manifest describes; empty where no two exports can share one.
std::string FolderOf(const Config& config, const Export& item) {
  const std::string& path = item.destination.path;
  if (path.empty() || path.find("{run_id}") != std::string::npos) return {};
  return FillPlaceholders(DestinationRoot(config, item), item.name, "{run_id}", "{date}");
}

// The second manifest in a folder would describe only its own files.
void CheckFolders(const Loading& loading) {
  std::map<std::string, const Export*> first;
  for (const Export& item : loading.config->exports) {
    const std::string folder = FolderOf(*loading.config, item);
    if (folder.empty()) continue;
    const auto [known, is_new] = first.emplace(folder, &item);
    if (is_new || known->second->name == item.name) continue;
    loading.Warn("shared-prefix", Mark{item.place.line, item.place.column},
                 "the exports " + Printable(known->second->name) + " and " + Printable(item.name) +
                     " write to one folder, whose manifest describes only the later; put {export} "
                     "into the path");
  }
}

}  // namespace

void CheckExports(const Loading& loading, const Keys& root) {
  const Node* exports = root.Usable("exports");
  if (exports == nullptr || exports->kind != Node::Kind::kSequence) return;
  CheckNames(loading, exports->items);
  CheckFolders(loading);
}

Result<Config> LoadText(const std::string& text, const std::string& name, const std::string& folder,
                        const LoadOptions& options) {
  Config config;
  config.path = name;
  config.folder = folder;
  Problems problems(name);
  std::optional<Node> document = ParseYaml(text, &problems);
  if (!document) return problems.ToStatus();
  Substitution substitution(options);
  substitution.ApplyToTree(&*document, &problems);
  MergeDefaults(&*document, &problems);
  CheckSection(&*document, kRootSection, Spot{}, Outlook{}, &problems);

  const Keys root(&*document, Spot{});
  const Keys source = root.Below("source");
  const Loading loading{&config, &problems, &substitution, name,
                        source.Below("tuning").Int("min_parallel")};
  if (source.mapping() != nullptr) config.source = BindSource(loading, source);
  BindRoot(loading, root);
  BindExports(loading, root);
  CheckExports(loading, root);
  ARROW_RETURN_NOT_OK(problems.ToStatus());
  substitution.WarnUnused(name, &config.warnings);
  return config;
}

Result<ConfigText> ReadText(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(std::string text,
                        path == kStandardInput ? ReadStandardInput() : ReadConfigFile(path));
  return ConfigText{path, Secret(std::move(text))};
}

Result<Config> Load(const ConfigText& source, const LoadOptions& options) {
  const bool standard_input = source.path == kStandardInput;
  std::error_code error;
  const fs::path here = fs::current_path(error);
  if (error) return Fail(kFileUnreadable, "the working folder cannot be read", error.message());
  const fs::path folder =
      standard_input ? here : (here / source.path).lexically_normal().parent_path();
  ARROW_ASSIGN_OR_RAISE(
      Config config,
      LoadText(source.text.Reveal(), standard_input ? std::string(kStandardInputName) : source.path,
               folder.string(), options));
  config.path = source.path;
  return config;
}

Result<Config> Load(const std::string& path, const LoadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const ConfigText text, ReadText(path));
  return Load(text, options);
}

Status CheckTogether(const Config& config, const std::vector<const Export*>& chosen,
                     const Together& together) {
  std::vector<Status> problems;
  std::map<std::string, const Export*> folders;
  const Export* streams = nullptr;
  for (const Export* item : chosen) {
    const auto refuse = [&](const FaultCode& code, std::string message,
                            std::vector<std::string> hints = {}) {
      Fault fault;
      fault.code = &code;
      fault.message = std::move(message);
      fault.hints = std::move(hints);
      fault.export_name = item->name;
      fault.place = item->place;
      problems.push_back(Fail(std::move(fault)));
    };
    const std::string folder = FolderOf(config, *item);
    const auto [known, is_new] = folders.emplace(folder, item);
    if (!folder.empty() && !is_new) {
      refuse(kSharedPrefix, "the exports " + Quoted(known->second->name) + " and " +
                                Quoted(item->name) +
                                " would write to one folder in one run, and the second manifest "
                                "would describe only its own files");
    }
    if (item->destination.type != "stdout") continue;
    if (streams != nullptr) {
      refuse(kStdoutUnsupported, "the exports " + Quoted(streams->name) + " and " +
                                     Quoted(item->name) + " both write to standard output");
    } else if (together.json) {
      refuse(kStdoutUnsupported,
             "the export " + Quoted(item->name) +
                 " writes to standard output, where --json puts the summary",
             {"use --summary-output FILE"});
    } else if (together.at_once && chosen.size() > 1) {
      refuse(kStdoutUnsupported, "the export " + Quoted(item->name) +
                                     " writes to standard output and cannot run beside others");
    }
    streams = item;
  }
  return problems.empty() ? Status::OK() : FailAll(std::move(problems));
}

Result<const Export*> Config::Find(const std::string& export_name) const {
  std::vector<std::string> names;
  for (const Export& item : exports) {
    if (item.name == export_name) return &item;
    names.push_back(item.name);
  }
  Status missing = Fail(kUnknownExport, "the config has no export " + Quoted(export_name));
  const std::string nearest = DidYouMean(export_name, names);
  if (!nearest.empty()) missing = WithHint(std::move(missing), nearest);
  std::string declared = "declared: ";
  for (const std::string& name : names)
    declared += (&name == &names.front() ? "" : ", ") + Printable(name);
  return WithHint(std::move(missing), std::move(declared));
}

}  // namespace rivet::config
