#include "source/mysql/mysql.h"

#include <utility>

#include "client/mysql/connection.h"
#include "client/mysql/settings.h"
#include "source/faults.h"
#include "source/mysql/session.h"

namespace rivet::source::mysql {
namespace {

Result<std::unique_ptr<Source>> Open(const OpenContext& context) {
  using client::mysql::Connection;
  ARROW_ASSIGN_OR_RAISE(auto settings, client::mysql::SettingsOf(context.world, context.settings,
                                                                 context.config_folder,
                                                                 context.application, Codes()));
  ARROW_ASSIGN_OR_RAISE(
      auto connection, Connection::Open(context.world, std::move(settings), Codes(), context.stop));
  return std::make_unique<Session>(context.world, std::move(connection), context.settings.tuning,
                                   context.stop);
}

}  // namespace

const client::mysql::FaultCodes& Codes() {
  static constexpr client::mysql::FaultCodes kCodes{
      .auth = &kAuth,
      .denied = &kDenied,
      .missing = &kMissing,
      .sql = &kSql,
      .connection = &kConnection,
      .tls = &kTls,
      .capacity = &kCapacity,
      .resources = &kResources,
      .timeout = &kTimeout,
      .conflict = &kConflict,
      .wire = &kWire,
      .drift = &kDrift,
      .settings = &kConnectionSettings,
  };
  return kCodes;
}

const Driver& driver() {
  static constexpr Driver kDriver{"mysql", &Open};
  return kDriver;
}

}  // namespace rivet::source::mysql
