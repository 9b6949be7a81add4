#pragma once

#include <cstdint>
#include <string>

namespace rivet::client::mysql {

// Field types of the protocol. They never change.
enum WireType : int {
  kDecimalType = 0,
  kTinyType = 1,
  kShortType = 2,
  kLongType = 3,
  kFloatType = 4,
  kDoubleType = 5,
  kNullType = 6,
  kTimestampType = 7,
  kLongLongType = 8,
  kInt24Type = 9,
  kDateType = 10,
  kTimeType = 11,
  kDateTimeType = 12,
  kYearType = 13,
  kNewDateType = 14,
  kVarCharType = 15,
  kBitType = 16,
  kVectorType = 242,
  kJsonType = 245,
  kNewDecimalType = 246,
  kEnumType = 247,
  kSetType = 248,
  kTinyBlobType = 249,
  kMediumBlobType = 250,
  kLongBlobType = 251,
  kBlobType = 252,
  kVarStringType = 253,
  kStringType = 254,
  kGeometryType = 255,
};

// Bits of ResultColumn::flags.
enum FieldFlag : uint32_t {
  kNotNullFlag = 1,
  kUnsignedFlag = 32,
  kEnumFlag = 256,
  kSetFlag = 2048,
};

inline constexpr uint32_t kBinaryCharset = 63;

// One column of a result, as the server describes it.
struct ResultColumn {
  std::string name;
  int type = kNullType;
  uint64_t length = 0;  // bytes in the connection's charset, or digits
  uint32_t decimals = 0, flags = 0;
  uint32_t charset = 0;     // 63: bytes
  std::string type_name;    // MariaDB's extended metadata: `uuid`, `inet6`, `point`; else empty
  std::string format_name;  // the same: `json`
  bool is_unsigned() const { return (flags & kUnsignedFlag) != 0; }
  bool is_bytes() const { return charset == kBinaryCharset; }
};

}  // namespace rivet::client::mysql
