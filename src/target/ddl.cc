#include <algorithm>
#include <utility>

#include "target/ddl_internal.h"
#include "target/landing_internal.h"

namespace rivet::target {
namespace {

// A name in a comment must not end it.
std::string OneLine(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return line;
}

std::string LeftOut(const Target& target, const Delivery& delivery,
                    const std::vector<Landing>& landings) {
  std::string text;
  for (size_t i = 0; i < landings.size(); ++i) {
    if (landings[i].standing != Standing::kFail) continue;
    const model::Column& column = delivery.columns[i];
    text += "--   " + OneLine(column.name) + " (" + OneLine(model::ToString(column.type)) +
            "): " + OneLine(landings[i].note) + "\n";
  }
  if (text.empty()) return text;
  return "-- No place in " + std::string(target.title) +
         ", left out below. The load may be refused until they are overridden or left out of the "
         "export:\n" +
         text;
}

}  // namespace

std::string FilesComment(const Delivery& delivery, std::string_view example) {
  // The name of a run's files begins with the export's and with the time the run began.
  return "-- " + std::string(kFilesVariable) +
         " is where the files of one run lie, up to what all their names share, such as\n--   " +
         std::string(example) + "/" + OneLine(delivery.export_name) +
         "_20260131_120000_\n-- manifest.json beside them names them all; what it does not name "
         "was "
         "left by a retry and must not be loaded.\n";
}

bool Columns::any_cast() const {
  for (const Landing& landing : landings_) {
    if (landing.standing != Standing::kFail && !landing.cast.empty()) return true;
  }
  return false;
}

bool Columns::any_list() const {
  for (const model::Column& column : delivery_.columns) {
    if (column.type.kind == model::TypeKind::kList) return true;
  }
  return false;
}

std::string Columns::StagedType(size_t i, std::string_view without_place) const {
  const Landing& landing = landings_[i];
  if (!has_place(i)) return std::string(without_place);
  return landing.cast.empty() ? landing.type : landing.staged;
}

std::string Columns::Create(std::string_view head, const std::string& name, bool staged) const {
  std::string lines;
  for (size_t i = 0; i < landings_.size(); ++i) {
    if (!has_place(i)) continue;
    if (!lines.empty()) lines += ",\n";
    lines += "  " + Quoted(i) + " " + (staged ? StagedType(i, "") : landings_[i].type);
  }
  return std::string(head) + " " + name + " (\n" + lines + "\n)";
}

std::string Columns::CreateTable(std::string_view head, const std::string& name,
                                 std::string_view tail) const {
  return Create(head, name, /*staged=*/false) + std::string(tail) + ";\n";
}

std::string Columns::CreateStage(std::string_view head, const std::string& name) const {
  return Create(head, name, /*staged=*/true) + ";\n";
}

std::string Columns::Selected() const {
  std::string lines;
  for (size_t i = 0; i < landings_.size(); ++i) {
    if (!has_place(i)) continue;
    if (!lines.empty()) lines += ",\n";
    const std::string name = Quoted(i);
    const std::string& cast = landings_[i].cast;
    lines += "  " + (cast.empty() ? name : Applied(cast, name) + " AS " + name);
  }
  return lines;
}

std::string Columns::FromStage(const std::string& stage) const {
  return "INSERT INTO " + Table() + "\nSELECT\n" + Selected() + "\nFROM " + stage +
         ";\nDROP TABLE " + stage + ";\n";
}

Result<std::string> Ddl(const Target& target, const Delivery& delivery) {
  const std::vector<Landing> landings =
      LandAll(target, delivery.columns, delivery.engine, delivery.format);
  const bool any_place = std::any_of(landings.begin(), landings.end(), [](const Landing& landing) {
    return landing.standing != Standing::kFail;
  });
  std::string statements = "-- Nothing is left to load.\n";
  if (any_place) {
    ARROW_ASSIGN_OR_RAISE(statements, target.statements(target, delivery, landings));
  }
  const std::string file = delivery.format.format == "csv" ? "CSV" : "Parquet";
  return "-- " + OneLine(delivery.export_name) + ": " + OneLine(delivery.from) + " as " + file +
         " for " + std::string(target.title) + "\n" + LeftOut(target, delivery, landings) +
         statements;
}

}  // namespace rivet::target
