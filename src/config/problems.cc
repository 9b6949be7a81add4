#include "config/problems_internal.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace rivet::config {
namespace {

constexpr size_t kProblemsShown = 20;
constexpr size_t kProblemsKept = 200;
constexpr size_t kShownCharacters = 60;

// The same for two problems that differ in nothing but the export they are told of.
std::string WithoutExport(const Fault& fault) {
  std::string text = fault.place->file + ":" + std::to_string(fault.place->line) + ":" +
                     std::to_string(fault.place->column) + " " + std::string(fault.code->name);
  std::string_view rest = fault.message;
  const std::string name =
      fault.export_name.empty() ? "" : "(\"" + Printable(fault.export_name) + "\")";
  constexpr std::string_view kItem = "exports[";
  while (!rest.empty()) {
    if (!name.empty() && rest.starts_with(name)) {
      rest.remove_prefix(name.size());
    } else if (rest.starts_with(kItem)) {
      text += kItem;
      rest.remove_prefix(std::min(rest.find(']'), rest.size()));
    } else {
      text += rest.front();
      rest.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace

Spot Spot::Below(std::string_view key) const {
  return {path.empty() ? std::string(key) : path + "." + std::string(key), export_name};
}

Spot Spot::Item(size_t index, std::string name) const {
  return {path + "[" + std::to_string(index) + "]", std::move(name)};
}

std::string Spot::Label() const {
  if (path.empty()) return "the top level";
  return export_name.empty() ? path : path + " (\"" + Printable(export_name) + "\")";
}

std::string Spot::KeyPath(std::string_view key) const { return Quoted(Below(key).path); }

void Problems::Add(const FaultCode& code, Mark at, std::string message,
                   std::vector<std::string> hints, std::string export_name) {
  AddIn(file_, code, at, std::move(message), std::move(hints), std::move(export_name));
}

void Problems::AddIn(std::string file, const FaultCode& code, Mark at, std::string message,
                     std::vector<std::string> hints, std::string export_name) {
  if (enough()) return;
  Fault fault;
  fault.code = &code;
  fault.message = std::move(message);
  fault.hints = std::move(hints);
  fault.export_name = std::move(export_name);
  fault.place = Place{std::move(file), at.line, at.column};
  if (!told_.insert(WithoutExport(fault)).second) return;
  faults_.push_back(std::move(fault));
}

bool Problems::enough() const { return faults_.size() >= kProblemsKept; }

Status Problems::ToStatus() const {
  if (faults_.empty()) return Status::OK();
  std::vector<Fault> sorted = faults_;
  // The config first, then the files it names.
  const auto order = [this](const Fault& fault) {
    return std::tuple(fault.place->file != file_, fault.place->file, fault.place->line,
                      fault.place->column);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Fault& a, const Fault& b) { return order(a) < order(b); });
  if (sorted.size() > kProblemsShown) {
    const size_t more = sorted.size() - kProblemsShown;
    sorted.resize(kProblemsShown);
    sorted.back().hints.push_back((faults_.size() >= kProblemsKept ? "more than " : "") +
                                  std::to_string(more) + " further problems are not shown");
  }
  std::vector<Status> problems;
  for (Fault& fault : sorted) problems.push_back(Fail(std::move(fault)));
  return FailAll(std::move(problems));
}

std::string Printable(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string shown;
  size_t characters = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xC0) == 0x80;
    if (!continues && ++characters > kShownCharacters) return shown + "…";
    if (byte < 0x20 || byte == 0x7F) {
      shown += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      shown += c;
    }
  }
  return shown;
}

std::string Quoted(std::string_view text) { return "`" + Printable(text) + "`"; }

std::string Enumerate(const std::vector<std::string>& words, std::string_view last) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " " + std::string(last) + " " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace rivet::config
