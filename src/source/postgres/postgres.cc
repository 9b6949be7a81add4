#include "source/postgres/postgres.h"

#include <utility>

#include "client/postgres/connection.h"
#include "client/postgres/settings.h"
#include "source/faults.h"
#include "source/postgres/session.h"

namespace rivet::source::postgres {
namespace {

Result<std::unique_ptr<Source>> Open(const OpenContext& context) {
  using client::postgres::Connection;
  ARROW_ASSIGN_OR_RAISE(
      const auto settings,
      client::postgres::SettingsOf(context.world, context.settings, context.config_folder,
                                   context.application, Codes()));
  ARROW_ASSIGN_OR_RAISE(auto connection,
                        Connection::Open(context.world, settings, Codes(), context.stop));
  return std::make_unique<Session>(context.world, std::move(connection), context.settings.tuning,
                                   context.stop);
}

}  // namespace

const client::postgres::FaultCodes& Codes() {
  static constexpr client::postgres::FaultCodes kCodes{
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
      .cancelled = &kCancelled,
      .wire = &kWire,
      .settings = &kConnectionSettings,
  };
  return kCodes;
}

const Driver& driver() {
  static constexpr Driver kDriver{"postgres", &Open};
  return kDriver;
}

}  // namespace rivet::source::postgres
