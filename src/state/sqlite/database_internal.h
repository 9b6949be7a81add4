#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/status.h"
#include "base/world.h"

namespace rivet::state::sqlite {

struct OpenOptions {
  int busy_timeout_ms = 10'000;  // how long another process may hold the file
  std::optional<bool> network;   // unset: the file system is asked
};

// One use of a prepared statement, within one Write() or Read() of its database. Values are bound,
// never spliced. The file may have been edited: a cell of the wrong type makes the query fail with
// kStateCorrupt, at the latest at the next Step(); whoever reads one row only asks status().
class Query {
 public:
  Query(class Database* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  void Bind(int place, int64_t value);
  void Bind(int place, int value) { Bind(place, static_cast<int64_t>(value)); }
  void Bind(int place, bool value) { Bind(place, static_cast<int64_t>(value)); }
  void Bind(int place, std::string_view text);
  void Bind(int place, const std::string& text) { Bind(place, std::string_view(text)); }
  void Bind(int place, const char* text) { Bind(place, std::string_view(text)); }
  void Bind(int place, std::nullopt_t);
  template <typename T>
  void Bind(int place, const std::optional<T>& value) {
    value.has_value() ? Bind(place, *value) : Bind(place, std::nullopt);
  }

  Result<bool> Step();  // false: no more rows
  bool IsNull(int column) const;
  int64_t Int(int column);
  std::string Text(int column);
  std::string TextOrEmpty(int column);  // NULL is empty
  std::optional<std::string> OptionalText(int column);
  std::optional<int64_t> OptionalInt(int column);
  WallMicros Time(int column);  // RFC 3339
  // A whole number from 0, a count or an index.
  int64_t Count(int column);
  const Status& status() const { return status_; }
  // For values that only the caller can judge.
  void Corrupt(int column, std::string_view what);

 private:
  Database* database_;
  sqlite3_stmt* statement_;
  Status status_;
};

// One connection, used by all threads of the process: every access is one Write() or Read(), which
// hold its lock.
class Database {
 public:
  // The file exists already. Sets pragmas, migrates nothing.
  static Result<std::shared_ptr<Database>> Connect(World& world, const std::string& path,
                                                   const OpenOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  World& world() const { return world_; }
  const std::string& path() const { return path_; }

  // One transaction, begun for writing. A failure of `body` or of the commit leaves nothing of it
  // behind.
  Status Write(const std::function<Status()>& body);
  // The lock without a transaction of its own: one statement sees one snapshot.
  Status Read(const std::function<Status()>& body);

  // Only inside Write() or Read(). Statements are kept prepared by their text, so texts are
  // constants.
  template <typename... Values>
  Result<Query> Ask(std::string_view sql, const Values&... values) {
    ARROW_ASSIGN_OR_RAISE(Query query, Prepare(sql));
    int place = 0;
    (query.Bind(++place, values), ...);
    return query;
  }
  // A statement without rows to read; gives how many rows it changed.
  template <typename... Values>
  Result<int64_t> Run(std::string_view sql, const Values&... values) {
    ARROW_ASSIGN_OR_RAISE(Query query, Ask(sql, values...));
    ARROW_ASSIGN_OR_RAISE(const bool row, query.Step());
    static_cast<void>(row);
    return static_cast<int64_t>(sqlite3_changes64(handle_));
  }
  // Several statements without values: migrations, pragmas.
  Status Script(const std::string& sql);

  // Names the failure of the last call.
  Status Failure(std::string_view what);
  // What is in the file cannot be ours.
  Status Corrupt(std::string_view what) const;

 private:
  Database(World& world, std::string path);
  Result<Query> Prepare(std::string_view sql);
  Status Harden(const OpenOptions& options);
  Status SetJournal(const OpenOptions& options);
  Status CheckPages();
  Status CheckInPlace();

  World& world_;
  const std::string path_;
  const std::unique_ptr<Monitor> monitor_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

// NFS, SMB, FUSE and their kin, by the magic number of statfs(2): shared memory and locks cannot be
// relied on there.
bool IsNetworkFileSystem(uint64_t magic);

}  // namespace rivet::state::sqlite
