#pragma once

#include "target/target.h"

namespace rivet::target {

extern const Target kDuckDb;
extern const Target kBigQuery;
extern const Target kSnowflake;
extern const Target kClickHouse;
extern const Target kRedshift;

}  // namespace rivet::target
