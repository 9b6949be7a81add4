#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dice.h"

namespace rivet::sim {

struct Row {
  int64_t id = 0;              // primary key, never changed, never used twice
  std::optional<int64_t> key;  // nullable column, never changed
  int64_t version = 0;         // another one after every UPDATE
  int64_t place = 0;           // physical order: an UPDATE moves the row
  bool operator==(const Row&) const = default;
};
using Rows = std::vector<Row>;

inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// A table of the simulated source, with writers that do what P1 speaks about: rows come, go and
// move, keys stay. Moments are numbered, so that one can say what was there during all of a run.
class Table {
 public:
  Table(Dice* dice, bool sparse, bool null_keys);

  // One small transaction of somebody else.
  void Disturb(Dice* dice);
  // What a snapshot taken now shows, in physical order.
  std::shared_ptr<const Rows> Snapshot() const;

  int64_t moment() const { return moment_; }
  // Ids committed before `since` and not deleted until now.
  std::vector<int64_t> ThereSince(int64_t since) const;
  // Whether some snapshot ever showed this row.
  bool EverHeld(const Row& row) const;

 private:
  struct Life {
    int64_t created = 0, deleted = kNever;
    std::optional<int64_t> key;
    int64_t versions = 0;
  };
  void Insert(int64_t id, std::optional<int64_t> key);

  const bool sparse_, null_keys_;
  std::map<int64_t, Row> rows_;
  std::map<int64_t, Life> lives_;
  int64_t moment_ = 1, place_ = 0;
};

// A line of a simulated file and back.
std::string LineOf(const Row& row);
std::optional<Row> RowOf(const std::string& line);

}  // namespace rivet::sim
