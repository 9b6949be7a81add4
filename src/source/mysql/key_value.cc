#include "source/mysql/key_value.h"

#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "base/time_text.h"
#include "source/faults.h"
#include "source/mysql/decode_internal.h"
#include "types/text.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::Parameter;
using client::mysql::ResultColumn;

constexpr int64_t kMicrosOfSecond = 1'000'000;
constexpr int64_t kSecondsOfDay = 86'400;
constexpr int64_t kMicrosOfDay = kSecondsOfDay * kMicrosOfSecond;
constexpr int64_t kLastYear = 9'999;

KeyValue MomentValue(Parameter::Kind kind, int64_t days, int64_t micros_of_day) {
  KeyValue value;
  value.parameter.kind = kind;
  const Civil civil = CivilFromDays(days);
  if (civil.year < 0 || civil.year > kLastYear) {
    value.range = civil.year < 0 ? Range::kBefore : Range::kBehind;
    return value;
  }
  client::mysql::Moment& moment = value.parameter.moment;
  moment.year = static_cast<unsigned>(civil.year);
  moment.month = civil.month;
  moment.day = civil.day;
  const int64_t seconds = micros_of_day / kMicrosOfSecond;
  moment.hour = static_cast<unsigned>(seconds / 3600);
  moment.minute = static_cast<unsigned>(seconds / 60 % 60);
  moment.second = static_cast<unsigned>(seconds % 60);
  moment.micros = static_cast<unsigned>(micros_of_day % kMicrosOfSecond);
  return value;
}

KeyValue NumberValue(int64_t number, bool is_unsigned) {
  KeyValue value;
  value.parameter.kind = is_unsigned ? Parameter::Kind::kUnsigned : Parameter::Kind::kSigned;
  value.parameter.number = number;
  return value;
}

KeyValue TextValue(Parameter::Kind kind, std::string text) {
  KeyValue value;
  value.parameter.kind = kind;
  value.parameter.text = std::move(text);
  return value;
}

template <typename Scalar>
int64_t ValueIn(const arrow::Scalar& value) {
  return static_cast<int64_t>(static_cast<const Scalar&>(value).value);
}

KeyValue TimestampValue(int64_t micros) {
  int64_t days = micros / kMicrosOfDay, rest = micros % kMicrosOfDay;
  if (rest < 0) {
    rest += kMicrosOfDay;
    --days;
  }
  return MomentValue(Parameter::Kind::kDateTime, days, rest);
}

template <typename Number>
Result<int64_t> NumberIn(Field field) {
  if (field.size != static_cast<int64_t>(sizeof(Number)))
    return Fail(kWire, "page key of " + std::to_string(field.size) + " bytes");
  return static_cast<int64_t>(LoadLittle<Number>(field.data));
}

Result<int64_t> IntegerIn(Field field, const ResultColumn& wire) {
  using namespace client::mysql;
  const bool is_unsigned = wire.is_unsigned();
  switch (wire.type) {
    case kTinyType:
      return is_unsigned ? NumberIn<uint8_t>(field) : NumberIn<int8_t>(field);
    case kShortType:
    case kYearType:
      return is_unsigned ? NumberIn<uint16_t>(field) : NumberIn<int16_t>(field);
    case kInt24Type:
    case kLongType:
      return is_unsigned ? NumberIn<uint32_t>(field) : NumberIn<int32_t>(field);
    case kBitType:
      if (field.size < 1 || field.size > 8)
        return Fail(kWire, "page key of " + std::to_string(field.size) + " bytes");
      return static_cast<int64_t>(LoadBits(field));
    default:
      return NumberIn<int64_t>(field);
  }
}

}  // namespace

Result<KeyValue> KeyValueOf(const arrow::Scalar& value) {
  if (!value.is_valid) return Fail(kInternalBug, "a window's edge is NULL");
  switch (value.type->id()) {
    case arrow::Type::INT16:
      return NumberValue(ValueIn<arrow::Int16Scalar>(value), false);
    case arrow::Type::INT32:
      return NumberValue(ValueIn<arrow::Int32Scalar>(value), false);
    case arrow::Type::INT64:
      return NumberValue(ValueIn<arrow::Int64Scalar>(value), false);
    case arrow::Type::UINT64:
      return NumberValue(ValueIn<arrow::UInt64Scalar>(value), true);
    case arrow::Type::DATE32:
      return MomentValue(Parameter::Kind::kDate, ValueIn<arrow::Date32Scalar>(value), 0);
    case arrow::Type::TIMESTAMP:
      return TimestampValue(ValueIn<arrow::TimestampScalar>(value));
    case arrow::Type::BINARY:
      return TextValue(Parameter::Kind::kBytes,
                       static_cast<const arrow::BinaryScalar&>(value).value->ToString());
    case arrow::Type::STRING:
      return TextValue(Parameter::Kind::kText,
                       static_cast<const arrow::StringScalar&>(value).value->ToString());
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256: {
      ARROW_ASSIGN_OR_RAISE(std::string text, types::KeyText(value));
      return TextValue(Parameter::Kind::kDecimal, std::move(text));
    }
    default: {
      // uuid, in the form that the server reads.
      ARROW_ASSIGN_OR_RAISE(std::string text, types::KeyText(value));
      return TextValue(Parameter::Kind::kText, std::move(text));
    }
  }
}

Result<Parameter> KeyParameter(Field field, const ResultColumn& wire) {
  using namespace client::mysql;
  if (field.size == kNull) return Fail(kNullChunkKey, "page key \"" + wire.name + "\" is NULL");
  Parameter parameter;
  const std::string_view bytes(reinterpret_cast<const char*>(field.data),
                               static_cast<size_t>(field.size));
  switch (wire.type) {
    case kTinyType:
    case kShortType:
    case kYearType:
    case kInt24Type:
    case kLongType:
    case kLongLongType:
    case kBitType: {
      const bool is_unsigned = wire.is_unsigned() || wire.type == kBitType;
      parameter.kind = is_unsigned ? Parameter::Kind::kUnsigned : Parameter::Kind::kSigned;
      ARROW_ASSIGN_OR_RAISE(parameter.number, IntegerIn(field, wire));
      return parameter;
    }
    case kDateType:
    case kNewDateType:
    case kDateTimeType:
    case kTimestampType: {
      const auto moment = MomentOf(field);
      if (!moment) return Fail(kWire, "page key of " + std::to_string(field.size) + " bytes");
      parameter.kind = wire.type == kDateTimeType || wire.type == kTimestampType
                           ? Parameter::Kind::kDateTime
                           : Parameter::Kind::kDate;
      parameter.moment = *moment;
      return parameter;
    }
    case kDecimalType:
    case kNewDecimalType:
      parameter.kind = Parameter::Kind::kDecimal;
      break;
    case kFloatType:
    case kDoubleType:
    case kTimeType:
    case kNullType:
      return Fail(kInternalBug, "page key \"" + wire.name + "\" is of a type that is no key");
    default:
      parameter.kind = wire.is_bytes() ? Parameter::Kind::kBytes : Parameter::Kind::kText;
  }
  parameter.text = std::string(bytes);
  return parameter;
}

}  // namespace rivet::source::mysql
