#include <gtest/gtest.h>

#include "state/ledger_altered_suite.h"
#include "state/sqlite/test_store_internal.h"

namespace rivet::state::sqlite {
namespace {

class SqliteHouse : public LedgerHouse {
 public:
  Result<std::unique_ptr<Ledger>> Open(World& world) override {
    ARROW_ASSIGN_OR_RAISE(Store store, driver().open(world, folder_.StatePath()));
    return std::move(store.ledger);
  }

 private:
  ScratchFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerContract,
                         ::testing::Values(LedgerPlace{
                             "file", [] { return std::make_unique<SqliteHouse>(); }}),
                         NameOf);

}  // namespace
}  // namespace rivet::state::sqlite
