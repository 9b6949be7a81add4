#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <arrow/scalar.h>
#include <arrow/type.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "command/faults_internal.h"
#include "command/init_connection_internal.h"
#include "command/init_discover_internal.h"
#include "command/init_yaml_internal.h"
#include "command/shared_internal.h"
#include "engine/drivers.h"
#include "report/report.h"
#include "source/faults.h"

namespace rivet::command::init {
const Driver& driver();

namespace {

constexpr std::string_view kPublic = "public";

struct Flags : InitSource {
  std::string table, schema, mode;
  std::vector<std::string> include, exclude;
  bool force = false, discover = false;
};

Result<ModeWish> WishOf(const std::string& mode) {
  if (mode.empty()) return ModeWish::kBest;
  if (mode == "full") return ModeWish::kFull;
  if (mode == "chunked") return ModeWish::kChunked;
  if (mode == "keyset") return ModeWish::kKeyset;
  if (mode == "incremental" || mode == "time_window")
    return Fail(kNotAvailableYet, "`rivet init --mode " + mode + "` is not available yet");
  return Fail(kCliUsage, "--mode is `" + mode + "`, not full, chunked or keyset");
}

// --- what is there ---

bool Matches(const std::vector<std::string>& globs, const std::string& name) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0;
  });
}

Status NotFound(const std::string& what, const std::vector<model::RelationName>& names,
                const std::string& word) {
  std::vector<std::string> words;
  for (const model::RelationName& name : names) words.push_back(name.name);
  const Status status = Fail(kNothingFound, what);
  const std::string nearest = word.empty() ? "" : config::NearestWord(word, words);
  return nearest.empty() ? status : WithHint(status, "did you mean `" + nearest + "`?");
}

Result<std::vector<model::RelationName>> ChooseOne(source::Source& source, const Flags& flags) {
  const auto find =
      [&](const std::string& schema, const std::string& name,
          std::vector<model::RelationName>* all) -> Result<std::vector<model::RelationName>> {
    ARROW_ASSIGN_OR_RAISE(*all, source.List({schema}));
    std::vector<model::RelationName> found;
    for (const model::RelationName& known : *all) {
      if (known.name == name) found.push_back(known);
    }
    return found;
  };
  std::vector<model::RelationName> all;
  ARROW_ASSIGN_OR_RAISE(auto found, find(flags.schema, flags.table, &all));
  const size_t dot = flags.table.find('.');
  if (found.empty() && dot != std::string::npos && flags.schema.empty()) {
    ARROW_ASSIGN_OR_RAISE(found,
                          find(flags.table.substr(0, dot), flags.table.substr(dot + 1), &all));
  }
  if (!found.empty()) return found;
  return NotFound("no table `" + flags.table + "` that this role may see", all, flags.table);
}

Result<std::vector<model::RelationName>> Choose(source::Source& source, const Flags& flags) {
  if (!flags.table.empty()) return ChooseOne(source, flags);
  ARROW_ASSIGN_OR_RAISE(auto names, source.List({flags.schema}));
  std::erase_if(names, [&](const model::RelationName& name) {
    return Matches(flags.exclude, name.name) ||
           (!flags.include.empty() && !Matches(flags.include, name.name));
  });
  if (!names.empty()) return names;
  return NotFound("no tables or views " +
                      (flags.schema.empty() ? std::string("in the default schema")
                                            : "in schema `" + flags.schema + "`") +
                      " that this role may see",
                  names, "");
}

model::BoundedQuery QueryOf(const model::TableFacts& facts) {
  model::BoundedQuery query;
  query.relation = facts.relation;
  query.columns = facts.columns;
  query.limits = {std::chrono::seconds(30),
                  std::chrono::seconds(5),
                  std::chrono::milliseconds(800),
                  1'000,
                  8LL << 20,
                  0};
  query.application = "rivet/init";
  return query;
}

std::optional<int64_t> IntegerOf(const std::shared_ptr<arrow::Scalar>& value) {
  if (value == nullptr || !value->is_valid) return std::nullopt;
  switch (value->type->id()) {
    case arrow::Type::INT16:
      return static_cast<const arrow::Int16Scalar&>(*value).value;
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Scalar&>(*value).value;
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Scalar&>(*value).value;
    case arrow::Type::UINT64: {
      const uint64_t number = static_cast<const arrow::UInt64Scalar&>(*value).value;
      if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
      return static_cast<int64_t>(number);
    }
    default:
      return std::nullopt;
  }
}

// Two probes of the key's index. What cannot be asked only costs the advice on holes.
std::optional<KeyRange> RangeOf(source::Source& source, const model::TableFacts& facts) {
  if (GuessRows(facts).rows <= kChunkThreshold) return std::nullopt;
  const std::optional<std::string> name = ChunkColumnOf(facts);
  if (!name) return std::nullopt;
  model::BoundedQuery query = QueryOf(facts);
  for (const model::Column& column : facts.columns) {
    if (column.name == *name) query.window.key = {{column.name, column.type, column.native_type}};
  }
  const Result<model::KeyFacts> keys = source.Bounds(query);
  if (!keys.ok()) return std::nullopt;
  const auto min = IntegerOf(keys->min), max = IntegerOf(keys->max);
  if (!min || !max || *min > *max) return std::nullopt;
  return KeyRange{*min, *max};
}

// --- from facts to the file ---

// Names as the config writes them. Exports, folders and notes leave out the schema that everybody
// expects; `table:` leaves it out only where the URL itself says it, for a PostgreSQL session would
// look an unqualified name up along its own search_path.
class Naming {
 public:
  Naming(const std::string& engine, const std::string& schema) {
    if (engine == "postgres") home_ = kPublic;
    qualified_ = engine == "postgres";
    anywhere_ = engine != "postgres" && schema.empty();
  }
  bool IsHome(const model::RelationName& name) const {
    return anywhere_ || name.schema.empty() || name.schema == home_;
  }
  std::string Table(const model::RelationName& name) const {
    return IsShort(name) ? name.name : name.schema + "." + name.name;
  }
  std::string Label(const model::RelationName& name) const {
    return IsHome(name) ? name.name : name.schema + "." + name.name;
  }
  std::string Folder(const model::RelationName& name) const {
    return IsHome(name) ? name.name : name.schema + "__" + name.name;
  }
  bool FitsTable(const model::RelationName& name) const {
    return (IsShort(name) || IsPlainName(name.schema)) && IsPlainName(name.name);
  }

 private:
  bool IsShort(const model::RelationName& name) const {
    return name.schema.empty() || (!qualified_ && IsHome(name));
  }

  std::string home_;
  bool qualified_ = false;
  bool anywhere_ = false;  // all that was found is in the URL's own database
};

Status CheckNames(const model::TableFacts& facts) {
  bool valid = IsUtf8(facts.relation.table.name) && IsUtf8(facts.relation.table.schema);
  for (const model::Column& column : facts.columns) valid = valid && IsUtf8(column.name);
  return valid ? Status::OK()
               : Fail(kCliUsage, "a name is not UTF-8 and cannot be written into a config");
}

// The schema that was asked for, by --schema or in front of --table.
std::string SchemaOf(const Flags& flags) {
  if (!flags.schema.empty() || flags.table.empty()) return flags.schema;
  const size_t dot = flags.table.find('.');
  return dot == std::string::npos ? "" : flags.table.substr(0, dot);
}

class Scaffolder {
 public:
  Scaffolder(source::Source& source, Naming naming, ModeWish wish)
      : source_(source), naming_(std::move(naming)), wish_(wish) {}

  // False: nothing can be written for it; a note says why.
  Result<bool> Add(const model::RelationName& name) {
    model::TableFacts facts;
    const Status seen = Look(name, &facts);
    if (!seen.ok()) {
      const bool skipped = Is(seen, source::kDenied) || Is(seen, source::kMissing) ||
                           Is(seen, source::kTypeUnsupported) || Is(seen, kCliUsage);
      if (!skipped) return WithContext(seen, naming_.Label(name));
      const std::string why = Is(seen, source::kMissing) ? "is gone meanwhile" : seen.message();
      notes_.push_back("skipped " + naming_.Label(name) + ": " + why);
      return false;
    }
    ScaffoldExport item;
    item.name = UniqueExportName(naming_.Folder(name), &taken_);
    if (naming_.FitsTable(name)) {
      item.table = naming_.Table(name);
    } else {
      item.query = source_.SelectText(facts);
    }
    if (facts.row_security) {
      item.comments.push_back("row security is active here: policies may hide rows from this role");
    }
    // Pages along a key need `table:`.
    const bool whole = item.table.empty() && !ChunkColumnOf(facts);
    item.suggestion =
        Suggest(facts, RangeOf(source_, facts), Cores(), whole ? ModeWish::kFull : wish_);
    DiscoveredTable table{facts, item.suggestion, item.comments};
    if (!GuessRows(facts).analysed) table.notes.push_back("not analysed");
    for (const auto& [on, column] : {std::pair(item.suggestion.exported_at, kExportedAtColumn),
                                     std::pair(item.suggestion.row_hash, kRowHashColumn)}) {
      if (on) continue;
      const std::string what = std::string(column) +
                               " is a column of the table: no meta column of "
                               "that name is written";
      notes_.push_back("review " + naming_.Label(name) + ": " + what);
      table.notes.push_back(what);
    }
    for (const std::string& column : item.suggestion.review) {
      notes_.push_back("review " + naming_.Label(name) + "." + column +
                       ": numeric without a precision lands as exact text");
      table.notes.push_back(column + ": numeric without a precision lands as exact text");
    }
    tables_.push_back(std::move(table));
    exports_.push_back(std::move(item));
    return true;
  }

  std::vector<std::string> TakeNotes() { return std::move(notes_); }
  std::vector<ScaffoldExport> TakeExports() { return std::move(exports_); }
  const std::vector<DiscoveredTable>& tables() const { return tables_; }

 private:
  static int Cores() { return static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))); }

  // EXPLAIN asks the server whether the role may read the columns; no row is read for it.
  Status Look(const model::RelationName& name, model::TableFacts* facts) {
    ARROW_ASSIGN_OR_RAISE(*facts, source_.Describe({name, ""}));
    ARROW_RETURN_NOT_OK(CheckNames(*facts));
    if (facts->columns.empty()) return Fail(kCliUsage, "it has no columns");
    ARROW_ASSIGN_OR_RAISE(const model::QueryCost cost, source_.Explain(QueryOf(*facts)));
    const bool estimated =
        facts->kind == model::RelationKind::kView || facts->kind == model::RelationKind::kForeign;
    if (estimated && facts->row_estimate < 0) facts->row_estimate = cost.row_estimate;
    return Status::OK();
  }

  source::Source& source_;
  const Naming naming_;
  const ModeWish wish_;
  std::vector<DiscoveredTable> tables_;
  std::set<std::string> taken_;
  std::vector<ScaffoldExport> exports_;
  std::vector<std::string> notes_;
};

std::string ScopeOf(const Flags& flags) {
  if (!flags.table.empty()) return "table " + flags.table;
  return flags.schema.empty() ? "the default schema" : "schema " + flags.schema;
}

std::string ServerText(const model::ServerFacts& server) {
  return (server.engine == "postgres" ? "PostgreSQL " : "MySQL ") + server.version;
}

std::vector<std::string> HeaderOf(const Flags& flags, const InitConnection& connection,
                                  const model::ServerFacts& server,
                                  const std::vector<std::string>& notes) {
  std::vector<std::string> lines;
  lines.push_back("Made by `rivet init` from " + ServerText(server) + ", " + ScopeOf(flags) +
                  ". Ready to run: rivet run -c <this file>");
  lines.push_back(connection.key == "url_env" ? "The connection URL is taken from the variable " +
                                                    connection.value + ", so no password is here."
                                              : "The connection URL is taken from the file " +
                                                    connection.value + ", so no password is here.");
  for (const std::string& note : notes) lines.push_back("NOTE: " + note);
  return lines;
}

Status WriteOut(const Context& context, const Flags& flags, const std::string& text) {
  struct stat facts {};
  if (!flags.force && ::lstat(flags.output.c_str(), &facts) == 0) {
    return Fail(kFileExists, flags.output + " exists");
  }
  return WriteFileAtomically(flags.output, text, RandomToken(context.world));
}

Status CheckOutput(const Flags& flags) {
  struct stat facts {};
  if (flags.output.empty() || flags.force || ::lstat(flags.output.c_str(), &facts) != 0)
    return Status::OK();
  return Fail(kFileExists, flags.output + " exists");
}

std::string Counted(size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

// To the file that was named, or back as text for stdout.
Result<std::string> Deliver(const Context& context, const Flags& flags, std::string text,
                            const std::string& what) {
  if (flags.output.empty()) return text;
  ARROW_RETURN_NOT_OK(WriteOut(context, flags, text));
  Tell(context.world, "init-written",
       "wrote " + flags.output + " with " + what +
           (flags.discover ? "" : "; next: rivet check -c " + report::ShellWord(flags.output)));
  return std::string();
}

Result<std::string> Make(const Context& context, const Flags& flags) {
  ARROW_ASSIGN_OR_RAISE(const ModeWish wish, WishOf(flags.mode));
  ARROW_RETURN_NOT_OK(CheckOutput(flags));  // before the server is asked for nothing
  ARROW_ASSIGN_OR_RAISE(const InitConnection connection, ConnectionOf(context.world, flags));
  ARROW_ASSIGN_OR_RAISE(const source::Driver* driver,
                        engine::SourceDriver(context.drivers, connection.settings.type));
  ARROW_ASSIGN_OR_RAISE(const auto source,
                        driver->open({context.world, connection.settings, WorkingFolder(),
                                      "rivet/init", context.stop}));
  ARROW_ASSIGN_OR_RAISE(const model::ServerFacts server, source->Identify());
  ARROW_ASSIGN_OR_RAISE(const auto names, Choose(*source, flags));
  Scaffolder scaffolder(*source, Naming(server.engine, SchemaOf(flags)), wish);
  for (const model::RelationName& name : names) {
    if (context.stop.stop_requested()) return Fail(kStopRequested, "stopped: nothing was written");
    ARROW_RETURN_NOT_OK(scaffolder.Add(name).status());
  }
  const std::vector<std::string> notes = scaffolder.TakeNotes();
  for (const std::string& note : notes) Tell(context.world, "init-note", "note: " + note);
  if (scaffolder.tables().empty())
    return NotFound("none of the tables found can be exported", {}, "");
  if (flags.discover) {
    return Deliver(context, flags,
                   DiscoveryText(context.tool_version, connection.settings.type, ScopeOf(flags),
                                 scaffolder.tables()),
                   Counted(scaffolder.tables().size(), "table"));
  }
  Scaffold scaffold{HeaderOf(flags, connection, server, notes),
                    connection.settings.type,
                    connection.key,
                    connection.value,
                    scaffolder.TakeExports(),
                    connection.tls_mode,
                    connection.tls_ca};
  if (!flags.url.empty()) {
    Tell(context.world, "init-source",
         "the URL was not written; before `rivet run`: export " + std::string(kDefaultVariable) +
             "='<the URL you gave>'");
  }
  return Deliver(context, flags, ScaffoldText(scaffold),
                 Counted(scaffold.exports.size(), "export"));
}

std::function<Report(const Context&)> Declare(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  app.add_option("--source", flags->url, "Connection URL; never written to the config");
  app.add_option("--source-env", flags->env, "Name of the variable that holds the URL");
  app.add_option("--source-file", flags->file, "File that holds the URL");
  app.add_option("--tls", flags->tls_mode,
                 "How the connection is secured, now and by the config that is written")
      ->check(CLI::IsMember({"disable", "require", "verify-ca", "verify-full"}));
  app.add_option("--tls-ca", flags->tls_ca,
                 "PEM file of the certificate authority; alone it means verify-full");
  app.add_option("--table", flags->table, "Only this table: name or schema.name");
  app.add_option("--schema", flags->schema,
                 "The schema, without it public; the database of a MySQL URL that names none");
  app.add_option("--include", flags->include, "Only names that match this glob; repeatable")
      ->allow_extra_args(false);
  app.add_option("--exclude", flags->exclude, "No names that match this glob; repeatable")
      ->allow_extra_args(false);
  app.add_option("--mode", flags->mode,
                 "How large and small tables alike are read: full, chunked, keyset");
  app.add_flag("--discover", flags->discover,
               "Write what was found as JSON, for programs, instead of a config");
  app.add_option("-o,--output", flags->output, "Write to this file; without it to stdout");
  app.add_flag("--force", flags->force, "Overwrite the file");
  return [flags](const Context& context) -> Report {
    Result<std::string> text = Make(context, *flags);
    return text.ok() ? Report{*text, Status::OK()} : Report{"", text.status()};
  };
}

}  // namespace

const Driver& driver() {
  static constexpr Driver kDriver{"init", "Look at a database and write a config for it", &Declare};
  return kDriver;
}

}  // namespace rivet::command::init
