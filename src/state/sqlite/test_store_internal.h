#pragma once

#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "state/sqlite/sqlite.h"

// For the tests of this room.
namespace rivet::state::sqlite {

// A folder of its own that goes away with the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    path_ =
        (std::filesystem::temp_directory_path() / ("rivet-state-" + RandomToken(*MakeRealWorld())))
            .string();
    Check(::mkdir(path_.c_str(), 0700) == 0, "no scratch folder");
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string StatePath() const { return path_ + "/.rivet_state.db"; }

 private:
  std::string path_;
};

// Another program's look at the file: plain SQLite, no code of ours.
class Outsider {
 public:
  explicit Outsider(const std::string& path) {
    Check(sqlite3_open(path.c_str(), &handle_) == SQLITE_OK, "an outsider cannot open the file");
  }
  ~Outsider() { sqlite3_close(handle_); }
  Outsider(const Outsider&) = delete;
  Outsider& operator=(const Outsider&) = delete;

  // The first cell of the first row as text, `NULL`, or `error: …`.
  std::string Ask(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      return std::string("error: ") + sqlite3_errmsg(handle_);
    }
    std::string answer = "nothing";
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
      answer = text == nullptr ? "NULL" : text;
    } else if (code != SQLITE_DONE) {
      answer = std::string("error: ") + sqlite3_errmsg(handle_);
    }
    sqlite3_finalize(statement);
    return answer;
  }
  // Several statements; the error or empty.
  std::string Do(const std::string& sql) {
    char* error = nullptr;
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &error) == SQLITE_OK) return "";
    const std::string text = error == nullptr ? "failed" : error;
    sqlite3_free(error);
    return text;
  }

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace rivet::state::sqlite
