#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/file.h"
#include "base/file_faults.h"
#include "state/ledger.h"
#include "state/sqlite/database_internal.h"

namespace rivet::state::sqlite {
namespace {

// A look at every page reads the whole file; above this size only what is used is looked at.
constexpr int64_t kCheckBytesMax = 256LL << 20;
constexpr std::chrono::milliseconds kJournalRetry{20};

}  // namespace

bool IsNetworkFileSystem(uint64_t magic) {
  constexpr std::array<uint64_t, 13> kMagics = {
      0x6969,      // NFS
      0x517B,      // SMB
      0xFF534D42,  // CIFS
      0xFE534D42,  // SMB2
      0x65735546,  // FUSE
      0x01021997,  // 9P
      0x5346414F,  // AFS
      0x6B414653,  // AFS, the kernel's own
      0x00C36400,  // Ceph
      0x01161970,  // GFS2
      0x0BD00BD0,  // Lustre
      0x7461636F,  // OCFS2
      0x47504653,  // GPFS
  };
  return std::find(kMagics.begin(), kMagics.end(), magic & 0xFFFFFFFFULL) != kMagics.end();
}

Database::Database(World& world, std::string path)
    : world_(world), path_(std::move(path)), monitor_(world.MakeMonitor()) {}

Database::~Database() {
  for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Result<std::shared_ptr<Database>> Database::Connect(World& world, const std::string& path,
                                                    const OpenOptions& options) {
  std::shared_ptr<Database> database(new Database(world, path));
  // The path's folders are resolved: NOFOLLOW is about the file itself. Our own lock makes the
  // library's needless.
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(path.c_str(), &database->handle_, flags, nullptr) != SQLITE_OK) {
    return database->Failure("cannot open");
  }
  ARROW_RETURN_NOT_OK(database->Harden(options));
  ARROW_RETURN_NOT_OK(database->CheckPages());
  ARROW_RETURN_NOT_OK(database->SetJournal(options));
  // FULL: a commit that was reported survives a power cut.
  ARROW_RETURN_NOT_OK(database->Script("PRAGMA synchronous=FULL"));
  return database;
}

// The file may come from anybody: no triggers or views of its own run, no function of theirs is
// called.
Status Database::Harden(const OpenOptions& options) {
  sqlite3_busy_timeout(handle_, options.busy_timeout_ms);
  for (const int off : {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
                        SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION}) {
    sqlite3_db_config(handle_, off, 0, nullptr);
  }
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return Script("PRAGMA cell_size_check=ON");
}

Status Database::CheckPages() {
  return Read([&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(Query version, Ask("SELECT count(*) FROM sqlite_master"));
    ARROW_RETURN_NOT_OK(version.Step().status());
    struct stat facts {};
    if (::stat(path_.c_str(), &facts) == 0 && facts.st_size > kCheckBytesMax) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(Query check, Ask("PRAGMA quick_check(1)"));
    ARROW_ASSIGN_OR_RAISE(const bool row, check.Step());
    const std::string verdict = row ? check.Text(0) : "";
    if (verdict != "ok") return Corrupt(verdict);
    // A page cut short is read as if zeros followed. Only a write-ahead log may still hold what is
    // missing.
    ARROW_ASSIGN_OR_RAISE(Query page, Ask("PRAGMA page_size"));
    ARROW_RETURN_NOT_OK(page.Step().status());
    struct stat log {};
    const bool has_log = ::stat((path_ + "-wal").c_str(), &log) == 0 && log.st_size > 0;
    if (!has_log && facts.st_size % std::max<int64_t>(1, page.Int(0)) != 0)
      return Corrupt("its last page is cut short");
    return Status::OK();
  });
}

Status Database::SetJournal(const OpenOptions& options) {
  struct statfs facts {};
  const bool network =
      options.network.value_or(::statfs(path_.c_str(), &facts) == 0 &&
                               IsNetworkFileSystem(static_cast<uint64_t>(facts.f_type)));
  if (network) {
    world_.log().WarnOnce(
        "state-network-filesystem",
        path_ +
            " is on a network file system: locks there may not hold; keep the state on a "
            "local disk, or never run twice at a time");
  }
  std::string mode;
  const auto set = [&]() -> Status {
    ARROW_ASSIGN_OR_RAISE(Query journal,
                          Ask(network ? "PRAGMA journal_mode=DELETE" : "PRAGMA journal_mode=WAL"));
    ARROW_ASSIGN_OR_RAISE(const bool row, journal.Step());
    if (row) mode = journal.Text(0);
    return journal.status();
  };
  // The change of mode needs the file alone and does not wait by itself for those who open it at
  // this moment too.
  const SteadyMicros until = world_.Steady() + options.busy_timeout_ms * 1000LL;
  Status status = Read(set);
  while (Is(status, kStateBusy) && world_.Steady() < until) {
    SleepFor(world_, kJournalRetry, {});
    status = Read(set);
  }
  ARROW_RETURN_NOT_OK(status);
  if (mode == "memory" || mode == "off") {
    return Fail(kStateError, "the state file " + path_ + " cannot have a journal (" + mode + ")");
  }
  if (!network && mode != "wal") {
    world_.log().WarnOnce("state-no-wal",
                          path_ + " cannot have a write-ahead log here; it uses " + mode);
  }
  return Status::OK();
}

// A file that was removed or replaced can still be written through our descriptor, and nobody would
// ever read it.
Status Database::CheckInPlace() {
  int moved = 0;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved == 0) return Status::OK();
  return Fail(kStateError, "the state file " + path_ + " was removed or replaced while in use");
}

Status Database::Write(const std::function<Status()>& body) {
  const MonitorLock lock(*monitor_);
  ARROW_RETURN_NOT_OK(CheckInPlace());
  ARROW_RETURN_NOT_OK(Script("BEGIN IMMEDIATE"));
  Status status = body();
  if (status.ok()) status = CheckInPlace();
  if (status.ok()) status = Script("COMMIT");
  // Some failures end the transaction by themselves.
  if (!status.ok() && sqlite3_get_autocommit(handle_) == 0)
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  return status;
}

Status Database::Read(const std::function<Status()>& body) {
  const MonitorLock lock(*monitor_);
  return body();
}

Result<Query> Database::Prepare(std::string_view sql) {
  std::string text(sql);
  const auto known = statements_.find(text);
  if (known != statements_.end()) return Query(this, known->second);
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, text.c_str(), static_cast<int>(text.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return Failure("cannot ask");
  }
  statements_.emplace(std::move(text), statement);
  return Query(this, statement);
}

Status Database::Script(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK)
    return Status::OK();
  return Failure("cannot write");
}

Status Database::Corrupt(std::string_view what) const {
  return Fail(kStateCorrupt, "the state file " + path_ + " is damaged: " + std::string(what));
}

Status Database::Failure(std::string_view what) {
  if (handle_ == nullptr) return Status::OutOfMemory("no memory for the state file");
  const int code = sqlite3_extended_errcode(handle_);
  const std::string message = sqlite3_errmsg(handle_);
  const std::string cause = "SQLite error " + std::to_string(code);
  const std::string text = std::string(what) + " the state file " + path_ + ": " + message;
  const int system_error = sqlite3_system_errno(handle_);
  switch (code & 0xFF) {
    case SQLITE_NOMEM:
      return Status::OutOfMemory(text);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Fail(kStateBusy, text, cause);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fail(kStateCorrupt, "the state file " + path_ + " is damaged: " + message, cause);
    case SQLITE_FULL:
      return FailErrno(ENOSPC, "cannot write the state file", path_);
    case SQLITE_IOERR:
      if (system_error == ENOSPC || system_error == EDQUOT) {
        return FailErrno(system_error, "cannot write the state file", path_);
      }
      return Fail(kStateError, text, cause + ", errno " + std::to_string(system_error));
    default:
      return Fail(kStateError, text, cause);
  }
}

Query::Query(Query&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      status_(std::move(other.status_)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Query::Bind(int place, int64_t value) {
  if (sqlite3_bind_int64(statement_, place, value) != SQLITE_OK && status_.ok())
    status_ = database_->Failure("cannot use");
}

void Query::Bind(int place, std::string_view text) {
  const int code = sqlite3_bind_text64(statement_, place, text.data() == nullptr ? "" : text.data(),
                                       text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK && status_.ok()) status_ = database_->Failure("cannot use");
}

void Query::Bind(int place, std::nullopt_t) {
  if (sqlite3_bind_null(statement_, place) != SQLITE_OK && status_.ok())
    status_ = database_->Failure("cannot use");
}

Result<bool> Query::Step() {
  ARROW_RETURN_NOT_OK(status_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  status_ = database_->Failure("cannot use");
  return status_;
}

void Query::Corrupt(int column, std::string_view what) {
  if (!status_.ok()) return;
  const char* name = sqlite3_column_name(statement_, column);
  status_ = database_->Corrupt("column " + std::string(name == nullptr ? "?" : name) + " holds " +
                               std::string(what));
}

bool Query::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

int64_t Query::Int(int column) {
  if (sqlite3_column_type(statement_, column) != SQLITE_INTEGER) {
    Corrupt(column, "something else than a whole number");
    return 0;
  }
  return sqlite3_column_int64(statement_, column);
}

int64_t Query::Count(int column) {
  const int64_t value = Int(column);
  if (value < 0) Corrupt(column, std::to_string(value));
  return value;
}

std::string Query::Text(int column) {
  if (sqlite3_column_type(statement_, column) != SQLITE_TEXT) {
    Corrupt(column, "something else than a text");
    return "";
  }
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text == nullptr
             ? ""
             : std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

std::string Query::TextOrEmpty(int column) { return IsNull(column) ? "" : Text(column); }

std::optional<std::string> Query::OptionalText(int column) {
  if (IsNull(column)) return std::nullopt;
  return Text(column);
}

std::optional<int64_t> Query::OptionalInt(int column) {
  if (IsNull(column)) return std::nullopt;
  return Int(column);
}

WallMicros Query::Time(int column) {
  const auto time = ParseRfc3339(Text(column));
  if (!time) Corrupt(column, "something else than a time");
  return time.value_or(0);
}

}  // namespace rivet::state::sqlite
