// Readers of numbers, booleans and uuids, and the choice of a reader.
#include <arrow/api.h>
#include <arrow/extension_type.h>

#include <limits>
#include <utility>

#include "model/batch.h"
#include "source/faults.h"
#include "source/mysql/decode_internal.h"
#include "source/uuid_text.h"
#include "types/schema.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::ResultColumn;
using model::TypeKind;
using Owned = std::unique_ptr<FieldReader>;

constexpr int64_t kBitBytesMax = 8;

// An integer of the wire, of one width and sign: known per column, so that the row's loop does not
// ask.
template <typename Number>
struct Fixed {
  static bool Load(Field field, Number* value) {
    if (field.size != static_cast<int64_t>(sizeof(Number))) return false;
    *value = LoadLittle<Number>(field.data);
    return true;
  }
  using Value = Number;
};

struct Bits {
  static bool Load(Field field, uint64_t* value) {
    if (field.size < 1 || field.size > kBitBytesMax) return false;
    *value = LoadBits(field);
    return true;
  }
  using Value = uint64_t;
};

template <typename Builder, typename Wire>
class NumberReader : public FieldReader {
 public:
  explicit NumberReader(const FieldRules& rules) : builder_(model::Pool()), rules_(rules) {}

  Status Reserve(int64_t rows) override { return builder_.Reserve(rows); }

  Status Append(Field field) override {
    if (field.size == kNull) {
      builder_.UnsafeAppendNull();
      return Status::OK();
    }
    typename Wire::Value value;
    if (!Wire::Load(field, &value)) return FailLength(rules_, field.size);
    using Kept = typename Builder::value_type;
    if constexpr (std::is_integral_v<Kept>) {
      if (!std::in_range<Kept>(value))
        return FailValue(rules_, std::to_string(value), "is out of range");
    }
    builder_.UnsafeAppend(static_cast<Kept>(value));
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_.Finish(); }

 private:
  Builder builder_;
  const FieldRules rules_;
};

// One byte, of tinyint(1) or bit(1).
class BoolReader : public FieldReader {
 public:
  explicit BoolReader(const FieldRules& rules) : builder_(model::Pool()), rules_(rules) {}

  Status Reserve(int64_t rows) override { return builder_.Reserve(rows); }

  Status Append(Field field) override {
    if (field.size == kNull) {
      builder_.UnsafeAppendNull();
      return Status::OK();
    }
    if (field.size != 1) return FailLength(rules_, field.size);
    if (*field.data > 1) return NoBool(*field.data);
    builder_.UnsafeAppend(*field.data != 0);
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_.Finish(); }

 private:
  Status NoBool(uint8_t byte) const {
    const bool is_unsigned = rules_.native_type.ends_with("unsigned");
    const int value = is_unsigned ? byte : static_cast<int8_t>(byte);
    return WithHint(FailValue(rules_, std::to_string(value), "is neither 0 nor 1"),
                    "Read the column as a number: columns: {" + rules_.column + ": int16}.");
  }

  arrow::BooleanBuilder builder_;
  const FieldRules rules_;
};

// As the text that servers print, or as 16 bytes.
class UuidReader : public FieldReader {
 public:
  UuidReader(bool bytes, const FieldRules& rules)
      : bytes_(bytes),
        type_(types::ArrowType({.kind = TypeKind::kUuid, .tag = {}, .element = {}})),
        builder_(arrow::fixed_size_binary(kBytes), model::Pool()),
        rules_(rules) {}

  Status Reserve(int64_t rows) override { return builder_.Reserve(rows); }

  Status Append(Field field) override {
    if (field.size == kNull) {
      builder_.UnsafeAppendNull();
      return Status::OK();
    }
    const std::string_view value(reinterpret_cast<const char*>(field.data),
                                 static_cast<size_t>(field.size));
    if (bytes_) {
      if (field.size != kBytes) return FailValue(rules_, value, "is not 16 bytes long");
      builder_.UnsafeAppend(field.data);
      return Status::OK();
    }
    const auto uuid = ParseUuid(value);
    if (!uuid) return FailValue(rules_, value, "is no uuid");
    builder_.UnsafeAppend(uuid->data());
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override {
    ARROW_ASSIGN_OR_RAISE(auto storage, builder_.Finish());
    return arrow::ExtensionType::WrapArray(type_, storage);
  }

 private:
  static constexpr int kBytes = 16;
  const bool bytes_;
  const std::shared_ptr<arrow::DataType> type_;
  arrow::FixedSizeBinaryBuilder builder_;
  const FieldRules rules_;
};

template <typename Builder>
Owned IntegerReader(const ResultColumn& wire, const FieldRules& rules) {
  using namespace client::mysql;
  const bool is_unsigned = wire.is_unsigned();
  switch (wire.type) {
    case kTinyType:
      if (is_unsigned) return std::make_unique<NumberReader<Builder, Fixed<uint8_t>>>(rules);
      return std::make_unique<NumberReader<Builder, Fixed<int8_t>>>(rules);
    case kShortType:
    case kYearType:
      if (is_unsigned) return std::make_unique<NumberReader<Builder, Fixed<uint16_t>>>(rules);
      return std::make_unique<NumberReader<Builder, Fixed<int16_t>>>(rules);
    case kInt24Type:
    case kLongType:
      if (is_unsigned) return std::make_unique<NumberReader<Builder, Fixed<uint32_t>>>(rules);
      return std::make_unique<NumberReader<Builder, Fixed<int32_t>>>(rules);
    case kLongLongType:
      if (is_unsigned) return std::make_unique<NumberReader<Builder, Fixed<uint64_t>>>(rules);
      return std::make_unique<NumberReader<Builder, Fixed<int64_t>>>(rules);
    case kBitType:
      return std::make_unique<NumberReader<Builder, Bits>>(rules);
    default:
      return nullptr;
  }
}

bool IsLengthEncoded(int type) {
  using namespace client::mysql;
  return type == kVarCharType || type >= kJsonType || type == kBitType || type == kVectorType ||
         type == kDecimalType || type == kNullType;
}

bool IsMoment(int type) {
  using namespace client::mysql;
  return type == kDateType || type == kNewDateType || type == kDateTimeType ||
         type == kTimestampType;
}

// Null where values of the wire's type cannot become values of the logical one.
Owned ReaderFor(const model::LogicalType& type, const ResultColumn& wire, const FieldRules& rules) {
  using namespace client::mysql;
  switch (type.kind) {
    case TypeKind::kBool:
      if (wire.type == kTinyType || wire.type == kBitType)
        return std::make_unique<BoolReader>(rules);
      return nullptr;
    case TypeKind::kInt16:
      return IntegerReader<arrow::Int16Builder>(wire, rules);
    case TypeKind::kInt32:
      return IntegerReader<arrow::Int32Builder>(wire, rules);
    case TypeKind::kInt64:
      return IntegerReader<arrow::Int64Builder>(wire, rules);
    case TypeKind::kUInt64:
      return IntegerReader<arrow::UInt64Builder>(wire, rules);
    case TypeKind::kFloat32:
      if (wire.type != kFloatType) return nullptr;
      return std::make_unique<NumberReader<arrow::FloatBuilder, Fixed<float>>>(rules);
    case TypeKind::kFloat64:
      if (wire.type == kFloatType)
        return std::make_unique<NumberReader<arrow::DoubleBuilder, Fixed<float>>>(rules);
      if (wire.type != kDoubleType) return nullptr;
      return std::make_unique<NumberReader<arrow::DoubleBuilder, Fixed<double>>>(rules);
    case TypeKind::kDecimal:
      if (wire.type != kNewDecimalType && wire.type != kDecimalType)
        return MakeIntegerDecimalReader(type.precision, type.scale, wire, rules);
      return MakeDecimalReader(type.precision, type.scale, rules);
    case TypeKind::kDate:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return IsMoment(wire.type) ? MakeTemporalReader(type, rules) : nullptr;
    case TypeKind::kTime:
      return wire.type == kTimeType ? MakeTemporalReader(type, rules) : nullptr;
    case TypeKind::kText:
    case TypeKind::kBinary:
    case TypeKind::kJson:
    case TypeKind::kEnum:
    case TypeKind::kServerText:
      return IsLengthEncoded(wire.type) ? MakeTextReader(type, rules) : nullptr;
    case TypeKind::kUuid:
      if (!IsLengthEncoded(wire.type)) return nullptr;
      return std::make_unique<UuidReader>(wire.is_bytes() && wire.type_name.empty(), rules);
    case TypeKind::kInterval:  // PostgreSQL's alone
    case TypeKind::kList:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

uint64_t LoadBits(Field field) {
  uint64_t value = 0;
  for (int64_t i = 0; i < field.size; ++i) value = value << 8 | field.data[i];
  return value;
}

Result<std::unique_ptr<FieldReader>> MakeFieldReader(const model::LogicalType& type,
                                                     const ResultColumn& wire,
                                                     const FieldRules& rules) {
  Owned reader = ReaderFor(type, wire, rules);
  if (reader != nullptr) return reader;
  return Fail(kDrift, "column \"" + rules.column + "\" is no longer " + rules.native_type +
                          ": the server sends another type");
}

}  // namespace rivet::source::mysql
