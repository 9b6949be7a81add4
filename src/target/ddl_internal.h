#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "target/target.h"

// Pieces of statements that warehouses share.
namespace rivet::target {

// What people put in the place of where their files lie, and the comment that says so. `example` is
// a folder: `gs://bucket`.
inline constexpr std::string_view kFilesVariable = "<FILES>";
std::string FilesComment(const Delivery& delivery, std::string_view example);

// The delivery's columns beside their landings, as SQL.
class Columns {
 public:
  Columns(const Target& target, const Delivery& delivery, const std::vector<Landing>& landings)
      : target_(target), delivery_(delivery), landings_(landings) {}

  bool any_cast() const;
  bool any_list() const;

  // CREATE TABLE `name` (…)`tail`;
  std::string CreateTable(std::string_view head, const std::string& name,
                          std::string_view tail) const;
  // The same with the types that the load itself makes.
  std::string CreateStage(std::string_view head, const std::string& name) const;
  // Names of the columns that have a place, one a line, with their casts. `  "a",\n  "b"`
  std::string Selected() const;
  // INSERT INTO the export's table what was staged, and drop the stage.
  std::string FromStage(const std::string& stage) const;

  // Type of a column as the file is read: also of those that have no place, where a reader wants
  // each.
  std::string StagedType(size_t i, std::string_view without_place) const;
  bool has_place(size_t i) const { return landings_[i].standing != Standing::kFail; }
  std::string Quoted(size_t i) const { return target_.quote(delivery_.columns[i].name); }
  size_t size() const { return landings_.size(); }
  std::string Table() const { return target_.quote(delivery_.export_name); }
  // A second table beside it, for the time of the load.
  std::string Stage() const { return target_.quote(delivery_.export_name + "_loading"); }

 private:
  std::string Create(std::string_view head, const std::string& name, bool staged) const;

  const Target& target_;
  const Delivery& delivery_;
  const std::vector<Landing>& landings_;
};

}  // namespace rivet::target
