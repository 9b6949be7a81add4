#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "model/relation.h"
#include "model/settings.h"

// What a warehouse makes of the files of an export. Pure: columns in, advice and SQL out. Each
// warehouse is one file of this room and one line in targets.cc; it judges every kind of logical
// type in a switch without a default, so that a new kind does not compile until all have said what
// it becomes.
namespace rivet::target {

enum class Standing {
  kOk,    // every value arrives, whoever loads the file
  kWarn,  // arrives by the statements of --emit ddl, or with the limits that the note names
  kFail,  // has no place there
};
std::string_view ToString(Standing standing);  // ok, warn, fail

// What a column is judged by. Borrows both.
struct Facts {
  const model::Column& column;
  std::string_view engine;  // of the source: postgres, mysql, mariadb
  const model::FormatSettings& format;
  bool csv() const { return format.format == "csv"; }
};

struct Landing {
  Standing standing = Standing::kOk;
  std::string type;  // in the table that the statements make; empty: no place
  std::string
      autoload;        // what the warehouse makes of a Parquet column by itself, where that differs
  std::string staged;  // of the column as it is first loaded, where a cast follows
  std::string cast;    // from `staged` to `type`; `{}` stands for the column; empty: none
  std::string note;    // empty, or sentences without a final stop, separated by `; `
};

// The files of one export, as its statements must know them.
struct Delivery {
  std::string export_name;             // becomes the name of the table
  std::string from;                    // `table public.orders`, for people
  std::string engine;                  // of the source
  std::vector<model::Column> columns;  // of the file, in its order
  model::FormatSettings format;
  std::string extension;  // parquet, csv.gz
  std::string folder;     // absolute; empty: not a folder of this machine
};

// What a name costs, where it is not plain.
struct NameFlaw {
  Standing standing = Standing::kOk;
  std::string note;
};

struct Target {
  std::string_view name;   // the word of --target
  std::string_view alias;  // another one; empty: none
  std::string_view title;  // for people
  bool folds_case;         // two names that differ in case only are the same one
  std::string (*quote)(std::string_view name);
  NameFlaw (*judge_name)(std::string_view name);
  Landing (*land)(const Facts& facts);
  // CREATE TABLE and what fills it. kFileNotLoaded for files it does not load.
  Result<std::string> (*statements)(const Target& target, const Delivery& delivery,
                                    const std::vector<Landing>& landings);
};

// Every target, in the order of --help.
std::span<const Target* const> Targets();
// Names and aliases.
std::vector<std::string> TargetWords();
// Null when there is none of that name or alias.
const Target* FindTarget(std::string_view word);

// One landing a column: its type's, and what its name and its neighbours' add.
std::vector<Landing> LandAll(const Target& target, const std::vector<model::Column>& columns,
                             std::string_view engine, const model::FormatSettings& format);

// kNoPlace, naming every column that fails and why.
Status RefuseFailures(const Target& target, const std::vector<model::Column>& columns,
                      const std::vector<Landing>& landings);

// SQL for people and programs, with comments; ends with a line feed.
Result<std::string> Ddl(const Target& target, const Delivery& delivery);

}  // namespace rivet::target
