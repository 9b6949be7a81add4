#include "table.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace rivet::sim {
namespace {

constexpr int64_t kRowsMax = 30;

}  // namespace

Table::Table(Dice* dice, bool sparse, bool null_keys) : sparse_(sparse), null_keys_(null_keys) {
  const int64_t rows = dice->OneIn(12) ? 0 : 1 + dice->Below(kRowsMax);
  int64_t id = dice->Below(3) * 1000 - 1000;  // below, around and above zero
  for (int64_t i = 0; i < rows; ++i) {
    id += 1 + (sparse_ ? dice->Below(7) : 0);
    std::optional<int64_t> key = id;
    if (null_keys_ && dice->OneIn(5)) key.reset();
    Insert(id, key);
  }
}

void Table::Insert(int64_t id, std::optional<int64_t> key) {
  lives_[id] = {moment_, kNever, key, 1};
  rows_[id] = {id, key, 1, ++place_};
}

void Table::Disturb(Dice* dice) {
  ++moment_;
  const int64_t what = dice->Below(10);
  if (rows_.empty() || what < 3) {
    const int64_t last = lives_.empty() ? 0 : lives_.rbegin()->first;
    const int64_t id = last + 1 - dice->Below(20);  // often behind the reader, sometimes in front
    if (lives_.count(id) == 0)
      Insert(id, null_keys_ && dice->OneIn(5) ? std::nullopt : std::optional(id));
    return;
  }
  const auto at = std::next(rows_.begin(), dice->Below(static_cast<int64_t>(rows_.size())));
  if (what < 5) {
    lives_[at->first].deleted = moment_;
    rows_.erase(at);
    return;
  }
  at->second.version = ++lives_[at->first].versions;
  at->second.place = ++place_;
}

std::shared_ptr<const Rows> Table::Snapshot() const {
  auto snapshot = std::make_shared<Rows>();
  for (const auto& [id, row] : rows_) snapshot->push_back(row);
  std::sort(snapshot->begin(), snapshot->end(),
            [](const Row& a, const Row& b) { return a.place < b.place; });
  return snapshot;
}

std::vector<int64_t> Table::ThereSince(int64_t since) const {
  std::vector<int64_t> ids;
  for (const auto& [id, life] : lives_) {
    if (life.created <= since && life.deleted == kNever) ids.push_back(id);
  }
  return ids;
}

bool Table::EverHeld(const Row& row) const {
  const auto life = lives_.find(row.id);
  return life != lives_.end() && life->second.key == row.key && row.version >= 1 &&
         row.version <= life->second.versions;
}

std::string LineOf(const Row& row) {
  const std::string key = row.key ? std::to_string(*row.key) : "-";
  return std::to_string(row.id) + " " + key + " " + std::to_string(row.version) + "\n";
}

std::optional<Row> RowOf(const std::string& line) {
  Row row;
  long long id = 0, key = 0, version = 0;
  if (std::sscanf(line.c_str(), "%lld %lld %lld", &id, &key, &version) == 3) {
    row.key = key;
  } else if (std::sscanf(line.c_str(), "%lld - %lld", &id, &version) != 2) {
    return std::nullopt;
  }
  row.id = id;
  row.version = version;
  return row;
}

}  // namespace rivet::sim
